"""Kernels of every scheme that are compiled in any order, and a run that can keep none of them.

Equal bits, as those that are loaded give. About three minutes on one core.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from disks import Disk
from processes import ROOT, SERIAL, Processes, stored_bytes
from test_kernel_cache import SPEC, check_finished

import twoqs
from twoqs.methods.numerics import Numerics, resolve
from twoqs.run.run import run
from twoqs.simulation.batch import run_batch
from twoqs.sweep import Sweep

MODEL = twoqs.Model(spin=20, lattice=twoqs.chain(6), coupling=(0.5, -1.2, 0.0), decay=1.0)


def record(scheme: str, *observables: str) -> str:
    """Digest of a batch."""
    numerics = resolve(MODEL, Numerics(scheme, times=(0.5, 1.0), observables=observables))
    return hashlib.sha256(run_batch(MODEL, numerics, 1, 0).tobytes()).hexdigest()


ADVANCED = """
import numpy as np
from test_kernel_cache_long import MODEL, Numerics, record
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady
scheme, *observables = {arguments!r}
for first in {before!r}:
    TrajectoryBlock(MODEL, Numerics(first), np.random.SeedSequence(1)).advance(steady(3, 0.05))
print(record(scheme, *observables))
"""


def records(folder: Path, before: list[str], *arguments: str) -> str:
    """The same in a process of its own, after these schemes; kernels are kept in `folder`."""
    folders = (ROOT, ROOT / "tests", ROOT / "tests" / "faults", Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", ADVANCED.format(arguments=arguments, before=before)],
        env={
            "NUMBA_CACHE_DIR": str(folder), "PATH": "",
            "PYTHONPATH": ":".join(map(str, folders)),
        },
        cwd=folder.parent, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("scheme", ["conserving", "pda", "euler-maruyama"])
def test_compiled_and_loaded_kernels_give_equal_bits(scheme: str, tmp_path: Path) -> None:
    arguments = (scheme, "correlation")
    compiled = records(tmp_path, [], *arguments)
    assert compiled == record(*arguments)
    assert records(tmp_path, [], *arguments) == compiled
    other = ["pda" if scheme == "conserving" else "conserving"]
    assert records(tmp_path, other, *arguments) == compiled  # compiles the other, loads this one
    assert records(tmp_path, other, *arguments) == compiled
    assert records(tmp_path / "anew", other, *arguments) == compiled


def test_no_room_for_a_cache(disk: Disk, processes: Processes, tmp_path: Path) -> None:
    run(Sweep.from_dict(SPEC), tmp_path / "alone", SERIAL, quiet=True)
    disk.set("size=64k")
    environment = {"NUMBA_CACHE_DIR": str(disk.path)}
    driver = processes.driver("--workers", "0", spec=SPEC, environment=environment)
    check_finished(driver, stored_bytes(tmp_path / "alone"))
