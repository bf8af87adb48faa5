"""The workflow of sweeps: rules for Snakemake, examples of sweeps, and folders to start from."""

from pathlib import Path

HOME = Path(__file__).parent

SNAKEFILE = str(HOME / "Snakefile")
"""The workflow of one's own sweeps, for `snakefile:` of a module."""

RULES = str(HOME / "rules")
"""Folder of the rules that it shares with the workflow of the paper's figures."""
