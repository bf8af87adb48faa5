"""The page on theory works, prints what it says, and lists the theories that there are."""

from __future__ import annotations

from pages import follow, page, table

from twoqs.theory.catalogue import CATALOGUE, MOST_DIMENSIONS, MOST_RATE_SPIN, MOST_STEADY
from twoqs.theory.linear.prediction import SMALL_ORDER

PAGE = page("theory.md")


def test_the_page_is_true() -> None:
    assert set(follow(PAGE, "theory.md")) == {"python", "text"}


def test_the_table_is_the_catalogue() -> None:
    rows = table(PAGE, "Theory")
    kinds = {True: "a time average", False: "values in time"}
    assert [(row[0], row[1]) for row in rows] == [
        (theory.method, kinds[theory.steady]) for theory in CATALOGUE
    ]
    for limit in (MOST_DIMENSIONS, MOST_RATE_SPIN, MOST_STEADY):
        assert any(f" {limit}" in row[2] for row in rows)
    assert f"at most {SMALL_ORDER:g};" in PAGE
