"""What the report says of a sweep is what was run."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from sweeps import sweep

from twoqs.execution.run import Workers, carry_out
from twoqs.look.open import load
from twoqs.look.validation import percent, plain
from twoqs.paper.report.facts import cases_of, heading, settings_of
from twoqs.sweep import Sweep

PAGE = Path(__file__).parents[2] / "twoqs" / "paper" / "report" / "page.html"

CASES = {"pda": {"numerics.scheme": "pda"}, "conserving": {"trajectories": 1024}}
"""In an order that is not that of the alphabet."""


def test_cases_have_their_own_trajectories(tmp_path: Path) -> None:
    carry_out(sweep(axes__case={"cases": CASES}), tmp_path / "s", Workers(count=0), quiet=True)
    data = load(tmp_path / "s")
    noted = Sweep.from_dict(json.loads(data.attrs["sweep"]))
    assert noted.dims == data.sz.dims[:2] == ("omega", "case")
    assert list(noted.axes[1].coordinates) == data.case.values.tolist() == list(CASES)
    rows = {row["scheme"]: row["trajectories"] for row in cases_of(noted, data)}
    assert rows == {"pda": "512", "conserving": "1024"}
    assert dict(settings_of(noted, data))["grid"] == "omega: 0.5, 1.5; case: pda, conserving"


def test_another_order_of_cases_is_merged_anew(tmp_path: Path) -> None:
    store = tmp_path / "s"
    for cases in (CASES, dict(reversed(CASES.items()))):
        carry_out(sweep(axes__case={"cases": cases}), store, Workers(count=0), quiet=True)
        assert load(store).case.values.tolist() == list(cases)


def test_headings_have_number_and_words() -> None:
    assert heading("fig5", "squeezing") == "Figure 5: squeezing"
    assert heading("fig12", "") == "Figure 12"
    assert heading("quench", "after a pulse") == "quench: after a pulse"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (float("nan"), "-"), (0.0, "0"), (0.00001, "< 0.0001"), (0.00021, "0.00021"),
        (0.8, "0.8"), (2.748, "2.75"), (22.94, "22.9"), (104.4, "104"), (99.96, "100"),
        (5693.0, "5690"), (1.2e7, "12000000"),
    ],
)  # fmt: skip
def test_numbers_have_few_digits_and_no_powers_of_ten(value: float, text: str) -> None:
    assert plain(value) == text


def test_large_deviations_are_multiples() -> None:
    assert percent(5690.0) == "56.9 times"
    assert percent(999.0) == "999 %"
    assert percent(float("nan")) == "-"


class Tables(HTMLParser):
    """Whether each table is that of claims, or lies in a box that scrolls."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        kind = dict(attributes).get("class") or ""
        if tag == "table":
            self.found.append(kind if kind == "claims" else self.open[-1])
        if tag == "div":
            self.open.append(kind)

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self.open.pop()


def test_nothing_is_wider_than_a_narrow_window() -> None:
    """Tables scroll in their own boxes; that of claims is laid out in lines below 45rem."""
    text = PAGE.read_text(encoding="utf-8")
    assert Tables(text).found == ["wide", "claims", "wide", "wide", "wide"]
    assert re.search(r"\.wide \{[^}]*overflow-x: auto", text)
    narrow = text[text.index("@media (max-width: 45rem)") :]
    assert re.search(r"\.claims tr \{[^}]*display: grid", narrow)
    # Cells that lost the heading of their column name it themselves.
    head, row = re.findall(r"<tr[^>]*>(.*?)</tr>", text[text.index('class="claims"') :], re.S)[:2]
    named = re.findall(r'data-name="([^"]+)"', row)
    assert ["claim", *named] == re.findall(r"<th[^>]*>([^<]+)</th>", head)
    assert re.search(r"img \{[^}]*width: 100%", text)
