"""The cache of compiled kernels: used when it is right, and only then.

What holds of any kernel is shown by one of a line; those of the package take a quarter of a minute
to compile, which `verification` does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from disks import Disk
from numba.core import caching, config
from processes import ROOT

from twoqs.kernels.compile import cache
from twoqs.kernels.compile.jit import jit
from twoqs.kernels.compile.sources import closure_digest

# --- A kernel of a line ---------------------------------------------------------------------------


def half(value: float) -> float:
    return value / 2


def hits(plain: Any = half) -> int:
    """How often the kernel was loaded, made as in a process that has not met it."""
    kernel = jit(plain)
    assert kernel(5.0) == 2.5
    return sum(kernel.stats.cache_hits.values())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where kernels that are made from now on are kept."""
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize(("suffix", "damage"), [("nbc", "flip"), ("nbi", "cut")])
def test_damaged_files_are_replaced(suffix: str, damage: str, folder: Path) -> None:
    assert [hits(), hits()] == [0, 1]
    found = list(folder.rglob(f"*.half-*.{suffix}"))
    assert found
    for path in found:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= damage == "flip"
        path.write_bytes(content[: -100 if damage == "cut" else None])
    assert [hits(), hits()] == [0, 1]


def test_no_room_for_a_kernel(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, on which the code alone has room, and a file in place of the folder."""
    disk.set("size=12k")
    monkeypatch.setattr(config, "CACHE_DIR", str(disk.path))
    assert [hits(), hits()] == [0, 0]
    assert not list(disk.path.rglob("*.nbi"))
    (disk.path / "file").touch()
    monkeypatch.setattr(config, "CACHE_DIR", str(disk.path / "file"))
    monkeypatch.setattr(config, "CACHE_LOCATOR_CLASSES", "UserProvidedCacheLocator")
    assert not cache.is_kept(jit(half))
    assert [hits(), hits()] == [0, 0]


@pytest.mark.parametrize("name", ["series.py", "sequence.py", "model.py"])
def test_any_changed_source_makes_all_kernels_new(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """numba alone would go on with machine code that holds the old form of another file."""
    from twoqs.kernels.samples import conserving_samples

    assert conserving_samples._cache._cache_file._source_stamp == cache.SOURCES
    assert closure_digest("twoqs.kernels") == cache.SOURCES
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda self: read(self) + b"#" * (self.name == name))
    assert closure_digest("twoqs.kernels") != cache.SOURCES


def test_an_interrupt_that_llvm_swallowed_is_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """numba finds no code to keep then, and says so by an error of its own."""

    def interrupted(*arguments: Any) -> None:
        raise RuntimeError("no compiled object yet for <Library 'half'>")

    with monkeypatch.context() as patched:
        patched.setattr(caching.FunctionCache, "save_overload", interrupted)
        with pytest.raises(KeyboardInterrupt):
            hits()
    assert [hits(), hits()] == [0, 1]


AT_ONCE = """
import sys, time
from twoqs.kernels.compile.jit import jit

@jit
def half(value):
    return value / 2

compiled = half._compiler.compile

def slowly(*arguments):
    time.sleep(1.0)  # against milliseconds from the start of one process to that of the others
    return compiled(*arguments)

half._compiler.compile = slowly
print("ready", flush=True)
for value in eval(sys.stdin.readline()):
    assert half(value) == value / 2
print(sum(half.stats.cache_misses.values()))
"""


def test_processes_that_compile_at_once(tmp_path: Path) -> None:
    """One of those that need the same code compiles it; that for other arguments is kept, too."""
    (tmp_path / "at_once.py").write_text(AT_ONCE, encoding="utf-8")
    settings = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}

    def misses(*values: str) -> list[int]:
        """Of processes that start at one time, each with these values of its own."""
        running = [
            subprocess.Popen(
                [sys.executable, str(tmp_path / "at_once.py")], env=settings, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            ) for _ in values
        ]  # fmt: skip
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process, value in zip(running, values, strict=True):
            assert process.stdin is not None
            process.stdin.write(f"[{value}]\n")
            process.stdin.flush()
        return [int(process.communicate()[0]) for process in running]

    found = misses("5.0", "5.0", "5", "True")
    assert sum(found) == 3
    assert found[2] == found[3] == 1
    # In this order: a number is converted for code that is there already, if nothing is lost by it.
    assert misses("True, 5, 5.0") == [0]
