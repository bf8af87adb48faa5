# Bias of each scheme against spin length and step: the numbers of docs/accuracy.md.


rule accuracy:
    input:
        expand("results/validation/{study}.csv", study=ACCURACY),
    output:
        csv="results/accuracy.csv",
        pictures=["results/figures/accuracy.pdf", "results/figures/accuracy.png"],
    log:
        "results/logs/accuracy.log",
    script:
        "../scripts/accuracy.py"
