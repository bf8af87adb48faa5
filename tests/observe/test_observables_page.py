"""The page docs/observables.md works, in its order, and prints what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import follow, page


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert {"python", "text"} <= set(follow(page("observables.md"), "observables.md"))
    assert {path.name for path in tmp_path.glob("*.png")} == {"chart.png", "path.png"}
