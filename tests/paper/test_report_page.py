"""The report is one page, with all figures and numbers, of small sweeps."""

from __future__ import annotations

import base64
import re
import shutil
from html.parser import HTMLParser

import pandas as pd
import pytest
from paper import ROOT

import twoqs
from twoqs.errors import StoreError
from twoqs.paper.figures import FIGURES
from twoqs.paper.report import write_report

NAMES = sorted(FIGURES)


def report(results, folder, stores=NAMES):
    return write_report(
        [results / name for name in stores], ROOT / "config" / "claims.yaml",
        results / "predictions", results / "figures",
        folder / "report.html", folder / "numbers.csv",
    )  # fmt: skip


@pytest.fixture(scope="module")
def reported(results, tmp_path_factory):
    """A folder with the report on all figures and its numbers, and what was found for it."""
    folder = tmp_path_factory.mktemp("report")
    return folder, report(results, folder)


class Page(HTMLParser):
    """Collects what a page refers to, and its text."""

    def __init__(self, text):
        super().__init__()
        self.references, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        known = ("src", "href", "data", "action", "srcset", "poster")
        self.references += [value for key, value in attributes if key in known]
        assert tag not in ("script", "iframe", "object", "embed", "link")

    def handle_data(self, data):
        self.words.append(data)


def test_the_report_is_one_page_with_everything(results, reported):
    folder, found = reported
    text = (folder / "report.html").read_text()
    page = Page(text)
    for reference in page.references:
        assert reference.startswith(("#", "data:image/png;base64,"))
    assert not re.search(r"@import|url\(", text)
    pictures = [base64.b64decode(r[22:]) for r in page.references if r.startswith("data:")]
    words = " ".join(page.words)
    assert not re.search(r"\de[+-]\d", words), "a number with a power of ten"
    assert re.search(r"Written on \d{4}-\d\d-\d\d \d\d:\d\d UTC by", words)
    assert f"twoqs report {results / 'fig1'} " in words
    assert f"twoqs {twoqs.__version__}" in words
    for name, picture in zip(sorted(FIGURES), pictures, strict=True):
        assert picture == (results / "figures" / f"{name}.png").read_bytes()
    for one in found:
        assert one.heading in words
        for verdict in one.verdicts:
            assert verdict.claim.says in words
            # why a claim must fail is not said of one that holds, hidden in noise
            hidden = verdict.holds and not verdict.claim.expected
            assert not verdict.claim.because or (verdict.claim.because in words) != hidden
    assert "256" in words
    assert "conserving" in words


def test_a_note_is_shown_as_prose_and_no_note_is_not(results, tmp_path):
    claims = tmp_path / "claims.yaml"
    own = "claims: [{name: c, says: it, variables: [sx], percent: 100, errors: 0}]"
    pages = []
    for head in ("title: one & two, note: 'Why S < 1 <b>differs</b>.', ", ""):
        claims.write_text(f"fig2: {{{head}{own}}}\n")
        page = tmp_path / "page.html"
        parts = (results / "predictions", results / "figures", page, tmp_path / "numbers.csv")
        write_report([results / "fig2"], claims, *parts)
        pages.append(page.read_text())
    assert '<p class="note">Why S &lt; 1 &lt;b&gt;differs&lt;/b&gt;.</p>' in pages[0]
    assert '<h2 id="fig2">Figure 2: one &amp; two</h2>' in pages[0]
    assert '<p class="note">' not in pages[1]
    assert '<h2 id="fig2">Figure 2</h2>' in pages[1]


def test_of_a_sweep_without_claims_all_else_is_told(results, tmp_path):
    claims = tmp_path / "claims.yaml"
    claims.write_text("fig1: [{name: c, says: it, variables: [sz], percent: 100, errors: 0}]\n")
    for given, names, tables in ((None, ["fig2"], 0), (claims, ["fig1", "fig2"], 1)):
        page = tmp_path / "page.html"
        parts = (results / "predictions", results / "figures", page, tmp_path / "numbers.csv")
        found = write_report([results / name for name in names], given, *parts)
        text = page.read_text()
        assert found[-1].verdicts == []
        assert '<h2 id="fig2">Figure 2</h2>' in text
        assert "compared with theory" in text
        assert text.count('<table class="claims">') == tables
        assert ("1 of 1 claims hold" in text) == bool(tables)
        assert ("--claims" in text) == bool(tables)


def test_the_numbers_of_the_report_are_those_of_the_tables(results, reported):
    numbers = pd.read_csv(reported[0] / "numbers.csv")
    assert list(numbers.figure.unique()) == sorted(FIGURES)
    table = pd.read_csv(results / "validation" / "fig3.csv")
    own = table[(table.scheme == "conserving") & (table.spin == 10) & (table.variable == "sy")]
    row = numbers[
        (numbers.figure == "fig3") & (numbers.scheme == "conserving") & (numbers.spin == 10)
        & (numbers.variable == "sy")
    ]  # fmt: skip
    assert row.largest_percent.item() == pytest.approx(100 * own.deviation.abs().max(), rel=1e-6)
    assert row.largest_z.item() == pytest.approx(own.z.abs().max(), rel=1e-6)


@pytest.mark.parametrize(
    "gone", ["predictions/fig1-tiny.nc", "figures/fig1.png", "fig1/merged.zarr"]
)
def test_a_report_without_its_parts_is_refused_and_leaves_nothing(results, tmp_path, gone):
    for part in ("fig1", "predictions", "figures"):
        shutil.copytree(results / part, tmp_path / part)
    (tmp_path / gone).rename(tmp_path / "away")
    with pytest.raises(StoreError):
        report(tmp_path, tmp_path, ["fig1"])
    assert not (tmp_path / "report.html").exists()
