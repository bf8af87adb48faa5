"""Snakemake's way to `twoqs.figures.draw_accuracy`."""

from twoqs.figures import draw_accuracy

draw_accuracy(snakemake.input, snakemake.output.csv, snakemake.output.pictures)  # noqa: F821
