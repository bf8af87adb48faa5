# A sweep keeps its records in a store that Snakemake does not know: it would delete the store with
# all finished batches before a rerun. The declared output is a digest of it, written last.


rule sweep:
    input:
        spec,
    output:
        "results/digests/{sweep}{suffix}.json",
    params:
        size=size,
        where=where,
        store=lambda wildcards, output: store(output[0]),
        code=closure_digest("twoqs.execution.run"),
    wildcard_constraints:
        sweep=SWEEP_NAME,
        suffix=SUFFIXES,
    log:
        "results/logs/{sweep}{suffix}.log",
    threads: workflow.cores
    shell:
        "twoqs run {input:q} --size {params.size} --store {params.store:q} {params.where:q}"
        " --digest {output:q} 2>&1 | tee -i {log:q}"


# What theory says does not depend on the number of trajectories: the cache keeps it.
rule predictions:
    input:
        spec,
    output:
        "results/predictions/{sweep}{suffix}.nc",
    params:
        size=size,
        cache=lambda wildcards, output: str(Path(output[0]).with_name("cache")),
        code=closure_digest("twoqs.execution.predict"),
    wildcard_constraints:
        sweep=SWEEP_NAME,
        suffix=SUFFIXES,
    log:
        "results/logs/{sweep}{suffix}-predictions.log",
    # Two sweeps side by side: what comes before the first prediction takes longer than most of them.
    threads: max(1, workflow.cores // 2)
    shell:
        "twoqs predict {input:q} --size {params.size} --workers {threads} --output {output:q}"
        " --cache {params.cache:q} 2>&1 | tee -i {log:q}"


rule validation:
    input:
        digest=digest,
        predictions=predictions,
    output:
        report(
            "results/validation/{sweep}.csv",
            caption="../report/deviations.rst",
            category="Validation",
            labels={"sweep": "{sweep}"},
        ),
    params:
        store=lambda wildcards, input: store(input.digest),
        code=closure_digest("twoqs.look.open", "twoqs.look.validation"),
    wildcard_constraints:
        sweep=SWEEP_NAME,
    log:
        "results/logs/{sweep}-validation.log",
    shell:
        "twoqs validate {params.store:q} --predictions {input.predictions:q} --csv {output:q}"
        " > {log:q} 2>&1"


rule picture:
    input:
        digest,
    output:
        "results/figures/{sweep}.pdf",
        report(
            "results/figures/{sweep}.png",
            caption="../report/picture.rst",
            category="Sweeps",
            labels={"sweep": "{sweep}"},
        ),
    params:
        store=lambda wildcards, input: store(input[0]),
        about=about,
        variable=variable,
        code=closure_digest("twoqs.look.open", "twoqs.look.plot.picture"),
    wildcard_constraints:
        sweep=OWN,
    log:
        "results/logs/{sweep}-picture.log",
    shell:
        "twoqs plot {params.store:q} {params.variable:q} --output {output:q} > {log:q} 2>&1"
