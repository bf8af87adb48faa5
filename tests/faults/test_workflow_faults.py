"""Snakemake fails, and is forced: the store, unknown to it, is kept.

`verification` has it killed, unlocked, and interrupted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import injected
import pytest
from processes import (
    ROOT,
    SECONDS,
    SPEC,
    TOTAL,
    Processes,
    check_whole,
    content,
    count,
    until,
)
from sweeps import mtimes, write_spec

DIGEST = "results/digests/fig1.json"
VICTIM = [content().points[1].point_id, 3]


class Workflow:
    """The workflow of this checkout, with one small sweep of 60 batches."""

    def __init__(self, processes: Processes) -> None:
        self.processes = processes
        self.folder = processes.folder / "workflow-folder"
        (self.folder / "config" / "sweeps").mkdir(parents=True)
        for name in ("Snakefile", "workflow"):
            (self.folder / name).symlink_to(ROOT / name)
        shutil.copy(ROOT / "config" / "config.yaml", self.folder / "config")
        write_spec(self.folder / "config" / "sweeps" / "fig1.yaml", SPEC)
        self.store = self.folder / "results" / "fig1"
        self.digest = self.folder / DIGEST
        # The rules call `twoqs`: it shall be the one with faults, and compute in its own process
        # unless a test has it start workers, which takes longer than its batches.
        program = self.folder / "bin" / "twoqs"
        program.parent.mkdir()
        command = f'exec "{sys.executable}" "{injected.__file__}" "$@" --workers "$WORKERS"'
        program.write_text(f"#!/bin/sh\n{command}\n")
        program.chmod(0o755)

    def start(
        self, *options: str, workers: int = 0, **faults: Any
    ) -> tuple[subprocess.Popen[bytes], Path]:
        """Snakemake, on its way to the digest of the sweep, and what it says."""
        output = self.folder / f"snakemake-{len(self.processes.groups)}.txt"
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])
        settings = {"sweep.work.BUNDLE_SECONDS": 0.0}
        environment = self.processes.faulty(**faults, settings=settings)
        environment |= {"PATH": path, "WORKERS": str(workers)}
        arguments = [
            *(sys.executable, "-m", "snakemake", "--cores", "1"),
            *("--directory", str(self.folder), "--snakefile", str(self.folder / "Snakefile")),
            *(*options, "--", DIGEST),
        ]
        return self.processes.start(arguments, output, environment), output

    def run(self, *options: str, **faults: Any) -> tuple[int, str]:
        """The same to its end: exit code and what it said."""
        process, output = self.start(*options, **faults)
        return process.wait(SECONDS), output.read_text(encoding="utf-8")

    def until_receipts(self, number: int) -> None:
        until(lambda: count(self.store) >= number, "receipts")

    def driver(self) -> int:
        """Process that writes to the store."""
        return int(json.loads((self.store / "lock").read_text(encoding="utf-8"))["pid"])


@pytest.fixture(name="workflow")
def new_workflow(processes: Processes) -> Workflow:
    """The workflow in a folder of its own."""
    return Workflow(processes)


def test_a_sweep_that_fails_is_gone_on_with_and_forcing_computes_nothing(
    workflow: Workflow, reference: dict[str, bytes]
) -> None:
    code, text = workflow.run(victim=VICTIM, how="raise")
    assert code == 1
    assert f"given up: batch 3 of point {VICTIM[0]}" in text
    assert count(workflow.store) == TOTAL - 1
    assert not workflow.digest.exists()
    code, text = workflow.run()
    assert code == 0, text
    assert "1 batch computed." in text
    check_whole(workflow.store, reference)
    before, digest = mtimes(workflow.store), workflow.digest.read_bytes()
    code, text = workflow.run("-F")
    assert code == 0, text
    assert "Nothing to do." in text
    assert mtimes(workflow.store) == before
    assert workflow.digest.read_bytes() == digest
