"""The cache of compiled kernels: used when it is right, and only then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from disks import Disk
from processes import Processes, check_whole, until

PROGRAM = """
import numpy as np, twoqs
from twoqs.integrate import Block
from twoqs.kernels import conserving
from twoqs.numerics import Numerics
block = Block(twoqs.Model(spin=4, decay=1.0), Numerics(), np.random.SeedSequence(1))
block.advance(3, 0.1)
print(sum(conserving.advance.stats.cache_hits.values()), repr(float(block._state.sum())))
"""


def run(folder: Path) -> tuple[int, str]:
    """Cache hits of the kernel, and what it computed, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={"NUMBA_CACHE_DIR": str(folder), "PATH": ""},
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


@pytest.mark.parametrize(("suffix", "damage"), [("nbc", "flip"), ("nbi", "cut")])
def test_damaged_files_are_replaced(filled, suffix, damage):
    folder, value = filled
    found = list(folder.rglob(f"conserving.advance-*.{suffix}"))
    assert found
    for path in found:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= damage == "flip"
        path.write_bytes(content[: -100 if damage == "cut" else None])
    assert run(folder) == (0, value)
    assert run(folder) == (1, value)


def test_any_changed_kernel_makes_all_of_them_new(filled, monkeypatch):
    """numba alone would go on with machine code that holds the old form of another file."""
    from twoqs.kernels import cache, conserving

    assert conserving.advance._cache._cache_file._source_stamp == cache.SOURCES
    before = cache._digest()
    read = Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda self: read(self) + b"#" * (self.name == "series.py")
    )
    assert cache._digest() != before


def compiled(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".nbi", ".nbc")]


def test_workers_with_a_damaged_cache(processes: Processes, reference: dict[str, bytes]) -> None:
    """First by a driver that was killed while it filled the cache, then by a bad disk."""
    cache = processes.folder / "cache"
    environment = {"NUMBA_CACHE_DIR": str(cache)}
    killed = processes.driver("--workers", "0", environment=environment)
    until(lambda: compiled(cache), "a compiled kernel")
    killed.kill_group()
    killed.end()
    for number, path in enumerate(compiled(cache)):
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content[: None if number % 2 else -100])
    driver = processes.driver("--workers", "2", environment=environment)
    assert driver.end() == 0, driver.text
    check_whole(driver.store, reference)


@pytest.mark.parametrize("why", ["full", "not a folder"])
def test_no_room_for_a_cache(
    why: str, disk: Disk, processes: Processes, reference: dict[str, bytes]
) -> None:
    disk.set("size=64k")
    environment = {"NUMBA_CACHE_DIR": str(disk.path)}
    if why == "not a folder":
        (disk.path / "file").touch()
        environment = {
            "NUMBA_CACHE_DIR": str(disk.path / "file"),
            "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator",
        }
    driver = processes.driver("--workers", "0", environment=environment)
    assert driver.end() == 0, driver.text
    check_whole(driver.store, reference)
