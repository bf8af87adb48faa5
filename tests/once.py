"""What all processes of a session of tests make once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock
from sweeps import sweep

from twoqs.execution.run import Workers, carry_out

Once = Callable[[str, Callable[[Path], None]], Path]
"""Takes the name of a folder and what fills it; returns the folder, which is to be read only."""


@pytest.fixture(scope="session", name="once")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Folders that the first of all test processes fills which needs them."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent  # what the processes of one session have in common

    def filled(name: str, fill: Callable[[Path], None]) -> Path:
        folder, half = root / name, root / f"{name}-half"
        with FileLock(root / f"{name}.lock"):
            if not folder.is_dir():
                half.mkdir(exist_ok=True)
                fill(half)
                half.rename(folder)
        return folder

    return filled


@pytest.fixture(scope="session", name="undisturbed")
def undisturbed_store(once: Once) -> Path:
    """The store of an undisturbed serial run of the small sweep; to read only."""

    def fill(folder: Path) -> None:
        carry_out(sweep(), folder / "s", Workers(0), quiet=True)

    return once("undisturbed", fill) / "s"
