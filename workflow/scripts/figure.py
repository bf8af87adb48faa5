"""Snakemake's way to `twoqs.figures.draw`."""

from twoqs.figures import draw

draw(
    snakemake.wildcards.figure,  # noqa: F821
    snakemake.params.store,  # noqa: F821
    snakemake.input.predictions,  # noqa: F821
    snakemake.output,  # noqa: F821
)
