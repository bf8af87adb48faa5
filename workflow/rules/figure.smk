# Table of deviations and picture of one figure, from its merged sweep.


rule validation:
    input:
        digest,
    output:
        "results/validation/{figure}.csv",
    params:
        store=store,
    log:
        "results/logs/{figure}-validation.log",
    shell:
        "twoqs validate {params.store} --csv {output} > {log} 2>&1"


rule figure:
    input:
        digest,
    output:
        "results/figures/{figure}.pdf",
        "results/figures/{figure}.png",
    params:
        store=store,
    log:
        "results/logs/{figure}-figure.log",
    script:
        "../scripts/figure.py"
