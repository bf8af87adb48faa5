"""The page on sweeps from Python works."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import follow, page


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert set(follow(page("python.md"), "python.md")) == {"python", "text"}
