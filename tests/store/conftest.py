"""What tests of stores start from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def store(undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of a finished store, called `s` in the working directory."""
    shutil.copytree(undisturbed, tmp_path / "s")
    monkeypatch.chdir(tmp_path)
    return Path("s")
