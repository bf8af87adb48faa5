"""What tests of faults start from: processes that are gone at the end, and what must come out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from disks import Disk
from once import Once
from processes import SERIAL, Processes, content, stored_bytes

from twoqs.execution.run import carry_out


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Starts drivers, schedulers and workers."""
    started = Processes(tmp_path, tmp_path / "s")
    yield started
    started.close()


@pytest.fixture
def disk(tmp_path: Path, processes: Processes) -> Iterator[Disk]:
    """A small file system, where this may be mounted."""
    made = Disk(tmp_path / "disk")
    yield made
    processes.close()
    made.remove()


@pytest.fixture(scope="session")
def reference(once: Once) -> dict[str, bytes]:
    """Merged arrays and records of a serial, undisturbed run."""

    def fill(folder: Path) -> None:
        carry_out(content(), folder / "s", SERIAL, quiet=True)

    return stored_bytes(once("reference", fill) / "s")
