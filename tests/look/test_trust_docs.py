"""The page on trust works, and has the words of all statuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import follow, page, table

from twoqs.look.table import DOUBTS, MARK
from twoqs.measure.statuses import VALUE_MEANINGS


@pytest.mark.filterwarnings("ignore::twoqs.NotStationaryWarning", "ignore::twoqs.AccuracyWarning")
def test_the_page_on_trust_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert set(follow(page("trust.md"), "trust.md")) == {"python"}


def test_it_has_all_statuses() -> None:
    signs = {**DOUBTS, "unphysical": MARK}
    rows = [[word, signs.get(word, ""), *text] for word, text in VALUE_MEANINGS.items()]
    assert table(page("trust.md"), "One word for each value") == rows
