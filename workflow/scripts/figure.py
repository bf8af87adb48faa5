"""Snakemake's way to `twoqs.figures.draw`."""

from twoqs.figures import draw

draw(snakemake.wildcards.figure, snakemake.params.store, snakemake.output)  # noqa: F821
