"""The snippets of docs/observables.md run, and print what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import follow, page


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert set(follow(page("observables.md"), "observables.md")) == {"python", "text"}
