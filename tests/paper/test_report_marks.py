"""The report and its figures mark values that are not ok, and claims that go by them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from sweeps import sweep

from twoqs.execution.predict import predictions, write_netcdf
from twoqs.execution.run import Workers, carry_out
from twoqs.look.open import load
from twoqs.look.plot.style import PALE, footnote, points
from twoqs.paper.figures.draw import with_codes
from twoqs.paper.report import write_report
from twoqs.paper.report.marked import remark
from twoqs.sweep import Sweep

CASES = {
    "pda": {"numerics.scheme": "pda"},
    "W": {"numerics.scheme": "pda"},
    "conserving": {},
}

CLAIMS = """\
fig9:
- {name: early, says: at first, variables: [sz], between: {time: [0, 1]}, percent: 50, errors: 4}
- {name: pda, says: ever, variables: [sz], where: {scheme: pda}, percent: 50, errors: 4}
- {name: conserving, says: it, variables: [sz], where: {case: conserving}, percent: 50, errors: 4}
"""


def late(**changes: object) -> Sweep:
    """A strongly driven short spin far past the validity of the paper's scheme."""
    model = {"spin": 4, "field": [2.0, 0, 0], "decay": 1.0}
    return sweep(
        **{"name": "fig9", "model": model, "numerics": {"times": [0.2, 5, 20, 40]},
           "axes": {"case": {"cases": CASES}}, "trajectories": 256, **changes}
    )  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Read-only."""
    folder = tmp_path_factory.mktemp("late") / "fig9"
    carry_out(late(), folder, Workers(count=0), quiet=True)
    return folder


def test_the_page_says_which_values_and_why(store: Path, tmp_path: Path) -> None:
    (tmp_path / "claims.yaml").write_text(CLAIMS)
    (tmp_path / "fig9.png").write_bytes(b"any picture")
    write_netcdf(predictions(late()), tmp_path / "fig9.nc")
    page = tmp_path / "page.html"
    folders = (tmp_path / "claims.yaml", tmp_path, tmp_path, page, tmp_path / "numbers.csv")
    write_report([store], *folders)
    text = page.read_text(encoding="utf-8")
    (line,) = re.findall(r'<p class="wrong">(.*?)</p>', text)
    assert "pda, W: 3 of 4 values (time = 5 to 40): no state of a spin S" in line
    assert "spin lengths have drifted apart" in line
    assert text.index("<img") < text.index(line) < text.index('<table class="claims">')
    rows = re.findall(r'class="says">(.*?)</td>', text, re.DOTALL)
    found = [re.findall(r"Not ok of these [^<]*", row) for row in rows]
    assert found == [[], ["Not ok of these 8 values: 6 unphysical."], []]
    (counts,) = re.findall(r'<table class="trust">(.*?)</table>', text, re.DOTALL)
    heads = re.findall(r"<th[^>]*>(.*?)</th>", counts)
    assert heads == ["values of", "ok", "not-resolved", "unphysical"]
    (means,) = (row for row in counts.split("<tr>") if "sx, sy, sz" in row)
    assert re.findall(r'<td class="n">(.*?)</td>', means) == ["6", "", "6"]
    assert "<strong>unphysical</strong>: the value belongs to no state: see" in text


def test_nothing_is_said_of_what_is_right(store: Path) -> None:
    data = load(store)
    assert remark(data.sel(case=["conserving"])) == ""
    assert remark(data.sel(time=[0.2])) == ""
    assert remark(data.sel(time=40, case="W")).startswith("1 of 1 values: no state")
    assert "1 of 1 values (time = 40): no state" in remark(data.sel(time=[40], case="W"))


def test_figures_have_pale_symbols_for_what_is_not_ok(store: Path) -> None:
    data = with_codes(load(store))
    figure = Figure()
    axes = figure.subplots()
    points(axes, data.time, data.sel(case="conserving"), "sz", "conserving", 4.0)
    footnote(figure, data, "a spin")
    assert "pale" not in figure.get_supxlabel()
    points(axes, data.time, data.sel(case="pda"), "sz", "pda", 4.0)
    shown = {bars.lines[0].get_alpha(): bars.lines[0].get_xdata() for bars in axes.containers[1:]}
    assert {alpha: list(x) for alpha, x in shown.items()} == {None: [0.2], PALE: [5, 20, 40]}
    footnote(figure, data, "a spin")
    assert figure.get_supxlabel().endswith("the status of these values is not ok (unphysical)")
