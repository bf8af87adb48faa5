"""The recipes of docs/query.md work, in their order, and print what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import follow, page


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert set(follow(page("query.md"), "query.md")) == {"yaml", "sh", "python", "text"}


@pytest.mark.parametrize(
    ("block", "error"),
    [
        ("python\n1 / 0\n", ZeroDivisionError),
        ("python\nprint(1)\n```\n\n```text\n2\n", AssertionError),
        ("sh\ntwoqs show nowhere\n", AssertionError),
        ("sh\nls\n", AssertionError),
        ("py\n# twoqs/errors.py\ndef refuse_nothing():\n", AssertionError),
        ("text\n```\n```\n", AssertionError),
    ],
)
def test_a_page_that_is_not_true_is_seen(block: str, error: type[Exception]) -> None:
    """Negative control."""
    with pytest.raises(error):
        follow(f"# Page\n\n```{block}```\n", "page.md")
