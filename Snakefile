# The figures of the paper, from parameter grids: sweep -> merged dataset -> table, figure, report.
# `snakemake --cores 2` makes all; see the README for sizes and single figures. Sweeps of your own
# go by the same rules, and so do they where there is no checkout: see `twoqs workflow`.
from pathlib import Path

from snakemake.utils import min_version

from twoqs.workflow import RULES

min_version("9.20")

if Path("config/config.yaml").is_file():

    configfile: "config/config.yaml"


include: "workflow/rules/paper.smk"


# An Apptainer image of your own with this project in it; used with --sdm apptainer only.
container: "twoqs.sif"


report: "workflow/report/workflow.rst"


include: f"{RULES}/common.smk"
include: f"{RULES}/sweep.smk"
include: f"{RULES}/report.smk"
include: "workflow/rules/figure.smk"
include: "workflow/rules/accuracy.smk"
include: "workflow/rules/gallery.smk"


rule all:
    default_target: True
    input:
        expand("results/figures/{sweep}.{ending}", sweep=MADE, ending=["pdf", "png"]),
        expand("results/validation/{sweep}.csv", sweep=MADE),
        "results/report.html",
        "results/validation.csv",
        # A sweep that failed has lost its digest; only what is asked for here is made again.
        expand("results/digests/{sweep}{suffix}.json", sweep=MADE, suffix=SUFFIX),
