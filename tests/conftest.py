"""Fixtures that several files share."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from once import Once, made_once, undisturbed_store  # noqa: F401 - found by name
from sweeps import small, write_spec

# A shell without job control starts `make test &` with Ctrl-C ignored, `nohup make test` with the
# end of its terminal, and processes inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Test processes share the cores, and threads of linear algebra that wait for one another on busy
# cores take twenty times the time of the work. In effect in all processes that are started later.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Tests start hundreds of processes: to compile all sources again takes each a quarter of its start,
# and the processes of the session eight seconds. numba keeps its code beside them anyway.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

FIRST = ("faults", "paper", "execution", "system")
"""Folders of tests that start processes, and take seconds each."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests come first: one that comes last has the other cores wait for it."""
    rank = {folder: number for number, folder in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.path.parent.name, len(rank)))


@pytest.fixture
def serial(undisturbed: Path, tmp_path: Path) -> Path:
    """A copy of that store, to do anything with."""
    return shutil.copytree(undisturbed, tmp_path / "serial")


@pytest.fixture(scope="session")
def results(once: Once) -> Path:
    """A folder as the workflow makes it, with small sweeps; to read only."""
    from paper import make_results  # imports matplotlib, which few tests need

    return once("results", make_results)


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small sweep as a file, in a working directory of its own."""
    monkeypatch.chdir(tmp_path)
    sizes = {"preview": {"trajectories": 100}}
    return write_spec(tmp_path / "small.yaml", small(sizes=sizes))
