"""Commands for those who start: examples of sweep files, and a folder with a workflow."""

from __future__ import annotations

import argparse
import shlex
import sys


def example(options: argparse.Namespace) -> int:
    from twoqs.workflow.examples import example_list, example_text

    text = f"{example_list()}\n" if options.name is None else example_text(options.name)
    sys.stdout.write(text)
    return 0


def workflow(options: argparse.Namespace) -> int:
    from twoqs.workflow.folder import FIRST, make_folder

    folder = make_folder(options.folder)
    print(f"{folder}: a workflow with one sweep, config/sweeps/{FIRST}.yaml. Make all of it:")
    print(f"    cd {shlex.quote(str(folder))} && snakemake --cores 2")
    return 0
