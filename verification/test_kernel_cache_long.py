"""Kernels of every scheme that are compiled in any order, lost, or kept nowhere.

Equal bits, as those that are loaded give. About three minutes on one core.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from disks import Disk
from processes import ROOT, SERIAL, Driver, Processes, stored_bytes, until
from sweeps import small

import twoqs
from twoqs.execution.run import carry_out
from twoqs.methods.numerics import Numerics, resolve
from twoqs.simulation.batch import run_batch
from twoqs.store import verify
from twoqs.sweep import Sweep

SPEC = small(axes={}, trajectories=15 * 256)
"""A sweep of one scheme, as all that it takes is compiled anew."""

MODEL = twoqs.Model(spin=20, lattice=twoqs.chain(6), coupling=(0.5, -1.2, 0.0), decay=1.0)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What its store must hold."""
    store = tmp_path_factory.mktemp("expected") / "s"
    carry_out(Sweep.from_dict(SPEC), store, SERIAL, quiet=True)
    return stored_bytes(store)


def check_finished(driver: Driver, expected: dict[str, bytes]) -> None:
    assert driver.end() == 0, driver.text
    assert stored_bytes(driver.store) == expected
    assert list(verify(driver.store)) == []


def compiled(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".nbi", ".nbc")]


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
        # With the variables of this process, one of which may say how OpenBLAS rounds.
        env=os.environ | {
            "NUMBA_CACHE_DIR": str(folder), "PYTHONPATH": ":".join(map(str, folders)),
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


def test_workers_with_a_damaged_cache(processes: Processes, expected: dict[str, bytes]) -> None:
    """First by a driver that was killed while it filled the cache, then by a bad disk."""
    cache = processes.folder / "cache"
    environment = {"NUMBA_CACHE_DIR": str(cache)}
    killed = processes.driver("--workers", "0", spec=SPEC, environment=environment)
    until(lambda: compiled(cache), "a compiled kernel")
    killed.kill_group()
    killed.end()
    for number, path in enumerate(compiled(cache)):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content[: None if number % 2 else -100])
    driver = processes.driver("--workers", "1", spec=SPEC, environment=environment)
    check_finished(driver, expected)


def test_no_room_for_a_cache(disk: Disk, processes: Processes, expected: dict[str, bytes]) -> None:
    disk.set("size=64k")
    environment = {"NUMBA_CACHE_DIR": str(disk.path)}
    driver = processes.driver("--workers", "0", spec=SPEC, environment=environment)
    check_finished(driver, expected)


CONSTANT = """
from twoqs.flows.sequence import BEFORE
from twoqs.kernels.compile.jit import jit

@jit
def before(value):
    return value + BEFORE
"""

PROGRAM = """
from twoqs.kernels.constant import before
value = before(0)
print(sum(before.stats.cache_hits.values()), value)
"""


def test_a_changed_constant_that_kernels_compile_in_is_seen(tmp_path: Path) -> None:
    """Of a module that is no kernel, in a copy of the package: nothing stale is loaded."""
    package = tmp_path / "twoqs"
    shutil.copytree(ROOT / "twoqs", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "kernels" / "constant.py").write_text(CONSTANT, encoding="utf-8")

    def found() -> list[int]:
        """Loads, and the value, in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True,
            env={"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PATH": ""}, check=True,
        )  # fmt: skip
        return [int(word) for word in done.stdout.split()]

    assert [found(), found()] == [[0, 2], [1, 2]]
    source = package / "flows" / "sequence.py"
    text = source.read_text(encoding="utf-8")
    assert text.count("\nBEFORE = 2\n") == 1
    source.write_text(text.replace("\nBEFORE = 2\n", "\nBEFORE = 1\n"), encoding="utf-8")
    assert [found(), found()] == [[0, 1], [1, 1]]
