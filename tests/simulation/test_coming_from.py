"""The page for users of other tools: each pair of examples gives the same."""

from __future__ import annotations

from pages import follow, page


def test_the_page_is_true() -> None:
    assert set(follow(page("coming_from.md"), "coming_from.md")) == {"python", "text"}
