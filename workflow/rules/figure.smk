# Table of deviations and picture of one figure, from its merged sweep; the report on all of them.


rule validation:
    input:
        digest=digest,
        predictions=predictions,
    output:
        "results/validation/{figure}.csv",
    params:
        store=store,
        code=closure_digest("twoqs.look.open", "twoqs.look.validation"),
    log:
        "results/logs/{figure}-validation.log",
    shell:
        "twoqs validate {params.store:q} --predictions {input.predictions:q} --csv {output:q}"
        " > {log:q} 2>&1"


rule figure:
    input:
        digest=digest,
        predictions=predictions,
    output:
        "results/figures/{figure}.pdf",
        report(
            "results/figures/{figure}.png",
            caption="../report/figure.rst",
            category="Figures",
            labels={"figure": "{figure}"},
        ),
    params:
        store=store,
        code=drawing,
    wildcard_constraints:
        figure="|".join(config["figures"]),
    log:
        "results/logs/{figure}-figure.log",
    shell:
        "twoqs figure {wildcards.figure} {params.store:q} --predictions {input.predictions:q}"
        " --output {output:q} > {log:q} 2>&1"


rule report:
    input:
        claims="config/claims.yaml",
        figures=expand("results/figures/{figure}.png", figure=config["figures"]),
        predictions=expand(
            "results/predictions/{figure}{suffix}.nc", figure=config["figures"], suffix=SUFFIX
        ),
    output:
        html=report("results/report.html", caption="../report/report.rst", category="Validation"),
        csv=report(
            "results/validation.csv", caption="../report/validation.rst", category="Validation"
        ),
    params:
        stores=expand("results/{figure}{suffix}", figure=config["figures"], suffix=SUFFIX),
        code=closure_digest("twoqs.paper.report"),
    log:
        "results/logs/report.log",
    shell:
        "twoqs report {params.stores:q} --claims {input.claims:q} --predictions results/predictions"
        " --figures results/figures --html {output.html:q} --csv {output.csv:q} 2>&1"
        " | tee -i {log:q}"
