# The page on all that is made: pictures, settings, deviations from theory, claims.


rule report:
    input:
        claims=CLAIMS,
        figures=expand("results/figures/{sweep}.png", sweep=MADE),
        digests=expand("results/digests/{sweep}{suffix}.json", sweep=MADE, suffix=SUFFIX),
        predictions=expand("results/predictions/{sweep}{suffix}.nc", sweep=MADE, suffix=SUFFIX),
    output:
        html=report("results/report.html", caption="../report/report.rst", category="Validation"),
        csv=report(
            "results/validation.csv", caption="../report/validation.rst", category="Validation"
        ),
    params:
        stores=lambda wildcards, input: [store(path) for path in input.digests],
        claims=lambda wildcards, input: [f"--claims={path}" for path in input.claims],
        predictions=lambda wildcards, input: str(Path(input.predictions[0]).parent),
        figures=lambda wildcards, input: str(Path(input.figures[0]).parent),
        code=closure_digest("twoqs.paper.report"),
    log:
        "results/logs/report.log",
    shell:
        "twoqs report {params.stores:q} {params.claims:q} --predictions {params.predictions:q}"
        " --figures {params.figures:q} --html {output.html:q} --csv {output.csv:q} 2>&1"
        " | tee -i {log:q}"
