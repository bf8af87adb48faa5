# Picture of one figure of the paper, from its merged sweep.


rule figure:
    input:
        digest=digest,
        predictions=predictions,
    output:
        "results/figures/{sweep}.pdf",
        report(
            "results/figures/{sweep}.png",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{sweep}"},
        ),
    params:
        store=lambda wildcards, input: store(input.digest),
        code=drawing,
    wildcard_constraints:
        sweep="|".join(config["figures"]),
    log:
        "results/logs/{sweep}-figure.log",
    shell:
        "twoqs figure {wildcards.sweep} {params.store:q} --predictions {input.predictions:q}"
        " --output {output:q} > {log:q} 2>&1"
