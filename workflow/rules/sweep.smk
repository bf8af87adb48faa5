# A sweep keeps its records in a store that Snakemake does not know: it would delete the store with
# all finished batches before a rerun. The declared output is a digest of it, written last.


rule sweep:
    input:
        "config/sweeps/{figure}.yaml",
    output:
        "results/digests/{figure}{suffix}.json",
    params:
        size=size,
        where=where,
        code=closure_digest("twoqs.run.run"),
    log:
        "results/logs/{figure}{suffix}.log",
    threads: workflow.cores
    shell:
        "twoqs run {input:q} --size {params.size} {params.where:q} --digest {output:q} 2>&1"
        " | tee -i {log:q}"


# What theory says does not depend on the number of trajectories: the cache keeps it.
rule predictions:
    input:
        "config/sweeps/{figure}.yaml",
    output:
        "results/predictions/{figure}{suffix}.nc",
    params:
        size=size,
        code=closure_digest("twoqs.run.predict"),
    log:
        "results/logs/{figure}{suffix}-predictions.log",
    threads: workflow.cores
    shell:
        "twoqs predict {input:q} --size {params.size} --workers {threads} --output {output:q}"
        " --cache results/predictions/cache 2>&1 | tee -i {log:q}"
