# Bias of each scheme against spin length and step: the numbers of docs/accuracy.md.


rule accuracy:
    input:
        expand("results/validation/{sweep}.csv", sweep=ACCURACY),
    output:
        csv="results/accuracy.csv",
        pictures=["results/figures/accuracy.pdf", "results/figures/accuracy.png"],
    params:
        code=closure_digest("twoqs.paper.figures.accuracy"),
    log:
        "results/logs/accuracy.log",
    shell:
        "twoqs accuracy {input:q} --csv {output.csv:q} --output {output.pictures:q} > {log:q} 2>&1"
