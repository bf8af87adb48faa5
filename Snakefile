# The figures of the paper, from parameter grids: sweep -> merged dataset -> table, figure, report.
# `snakemake --cores 2` makes all; see the README for sizes and single figures.
from snakemake.utils import min_version, validate

min_version("9.0")

configfile: "config/config.yaml"


validate(config, "workflow/schemas/config.schema.yaml")


# An Apptainer image of your own with this project in it; used with --sdm apptainer only.
container: "twoqs.sif"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"


wildcard_constraints:
    figure="|".join([*config["figures"], *ACCURACY]),
    suffix="|-preview|-fine",


include: "workflow/rules/sweep.smk"
include: "workflow/rules/figure.smk"
include: "workflow/rules/accuracy.smk"


rule all:
    default_target: True
    input:
        expand("results/figures/{figure}.{ending}", figure=config["figures"], ending=["pdf", "png"]),
        expand("results/validation/{figure}.csv", figure=config["figures"]),
        "results/report.html",
        "results/validation.csv",
        # A sweep that failed has lost its digest; only what is asked for here is made again.
        expand("results/digests/{figure}{suffix}.json", figure=config["figures"], suffix=SUFFIX),
