"""The cache of compiled kernels: used when it is right, and only then."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from disks import Disk
from processes import ROOT, SERIAL, Driver, Processes, stored_bytes, until
from sweeps import small

from twoqs.kernels.compile.sources import closure_digest
from twoqs.run.run import run as run_sweep
from twoqs.store import verify
from twoqs.sweep import Sweep

PROGRAM = """
import numpy as np, twoqs
from twoqs.simulation.block import TrajectoryBlock
from twoqs.kernels import samples
from twoqs.methods.numerics import Numerics
block = TrajectoryBlock(twoqs.Model(spin=4, decay=1.0), Numerics(), np.random.SeedSequence(1))
block.measure()
print(sum(samples.measure_vectors.stats.cache_hits.values()), repr(float(block.bloch.sum())))
"""
"""One of the kernels that are compiled soonest."""

SPEC = small(axes={}, trajectories=15 * 256)
"""A sweep of one scheme, as all that it takes is compiled anew."""


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What its store must hold."""
    store = tmp_path_factory.mktemp("expected") / "s"
    run_sweep(Sweep.from_dict(SPEC), store, SERIAL, quiet=True)
    return stored_bytes(store)


def check_finished(driver: Driver, expected: dict[str, bytes]) -> None:
    assert driver.end() == 0, driver.text
    assert stored_bytes(driver.store) == expected
    assert list(verify(driver.store)) == []


def run(folder: Path, **environment: str) -> tuple[int, str]:
    """Cache hits of the kernel, and what it computed, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"NUMBA_CACHE_DIR": str(folder), "PATH": ""} | environment, cwd=folder.parent,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    hits, value = done.stdout.split()
    return int(hits), value


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    hits, value = run(folder)
    assert hits == 0
    assert run(folder) == (1, value)
    return folder, value


RECORDS = """
import hashlib
import numpy as np, twoqs
from twoqs.simulation.batch import run_batch
from twoqs.simulation.block import TrajectoryBlock
from twoqs.methods.numerics import Numerics, resolve
model = twoqs.Model(spin=20, lattice=twoqs.chain(6), coupling=(0.5, -1.2, 0.0), decay=1.0)
for scheme in ("conserving", "pda"):
    numerics = resolve(model, Numerics(scheme, times=(0.5, 1.0), observables=("correlation",)))
    if order == "advance first":
        TrajectoryBlock(model, numerics, np.random.SeedSequence(1)).advance(3, 0.05)
    print(hashlib.sha256(run_batch(model, numerics, 1, 0).tobytes()).hexdigest())
"""


def test_compiled_and_loaded_kernels_give_equal_bits(tmp_path):
    """Kernels that call one another do not: which copy of one runs depends on what came first."""

    def records(order: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", f"order = {order!r}\n{RECORDS}"],
            env={"NUMBA_CACHE_DIR": str(tmp_path), "PATH": ""}, capture_output=True, text=True,
            check=True,
        ).stdout  # fmt: skip

    compiled = records("batch only")
    assert len(compiled.split()) == 2
    assert records("batch only") == compiled
    assert records("advance first") == compiled  # compiles `advance`, and loads the rest
    assert records("advance first") == compiled


@pytest.mark.parametrize(("suffix", "damage"), [("nbc", "flip"), ("nbi", "cut")])
def test_damaged_files_are_replaced(filled, suffix, damage):
    folder, value = filled
    found = list(folder.rglob(f"samples.measure_vectors-*.{suffix}"))
    assert found
    for path in found:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= damage == "flip"
        path.write_bytes(content[: -100 if damage == "cut" else None])
    assert run(folder) == (0, value)
    assert run(folder) == (1, value)


@pytest.mark.parametrize("name", ["series.py", "sequence.py", "model.py"])
def test_any_changed_source_makes_all_kernels_new(monkeypatch, name):
    """numba alone would go on with machine code that holds the old form of another file."""
    from twoqs.kernels import conserving
    from twoqs.kernels.compile import cache

    assert conserving.advance_conserving._cache._cache_file._source_stamp == cache.SOURCES
    assert closure_digest("twoqs.kernels") == cache.SOURCES
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read(self) + b"#" * (self.name == name))
    assert closure_digest("twoqs.kernels") != cache.SOURCES


def test_a_changed_constant_that_kernels_compile_in_is_seen(tmp_path):
    """Of a module that is no kernel, in a copy of the package: nothing stale is loaded."""
    shutil.copytree(
        ROOT / "twoqs", tmp_path / "twoqs", ignore=shutil.ignore_patterns("__pycache__")
    )

    def hits() -> int:
        return run(tmp_path / "cache", PYTHONPATH=str(tmp_path))[0]

    assert [hits(), hits()] == [0, 1]
    source = tmp_path / "twoqs" / "flows" / "sequence.py"
    text = source.read_text(encoding="utf-8")
    assert text.count("\nBEFORE = 2\n") == 1
    source.write_text(text.replace("\nBEFORE = 2\n", "\nBEFORE = 1\n"), encoding="utf-8")
    assert [hits(), hits()] == [0, 1]


def compiled(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".nbi", ".nbc")]


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
    driver = processes.driver("--workers", "2", spec=SPEC, environment=environment)
    check_finished(driver, expected)


@pytest.mark.parametrize("why", ["full", "not a folder"])
def test_no_room_for_a_cache(
    why: str, disk: Disk, processes: Processes, expected: dict[str, bytes]
) -> None:
    disk.set("size=64k")
    environment = {"NUMBA_CACHE_DIR": str(disk.path)}
    if why == "not a folder":
        (disk.path / "file").touch()
        environment = {
            "NUMBA_CACHE_DIR": str(disk.path / "file"),
            "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator",
        }
    driver = processes.driver("--workers", "0", spec=SPEC, environment=environment)
    check_finished(driver, expected)
