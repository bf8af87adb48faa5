# A sweep keeps its records in a store that Snakemake does not know: it would delete the store with
# all finished batches before a rerun. The declared output is a digest of it, written last.


rule sweep:
    input:
        "config/sweeps/{figure}.yaml",
    output:
        "results/digests/{figure}{suffix}.json",
    wildcard_constraints:
        suffix="|-preview",
    params:
        size=lambda wildcards: wildcards.suffix.removeprefix("-") or "paper",
        where=lambda wildcards, threads: (
            f"--scheduler {config['scheduler']}"
            if config["scheduler"]
            else f"--workers {threads}"
        ),
    log:
        "results/logs/{figure}{suffix}.log",
    threads: workflow.cores
    shell:
        "twoqs run {input} --size {params.size} {params.where} --digest {output} 2>&1 | tee {log}"
