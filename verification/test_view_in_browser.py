"""The page of `twoqs view` in a browser: what is chosen is drawn, and nothing else happens."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from chromium import Page, chromium, one_page
from hostile_pages import HOSTILE, hostile_data
from once import Once
from served import served_from_nothing
from sweeps import small, sweep

import twoqs
from twoqs.execution.predict import predictions
from twoqs.execution.run import Workers, carry_out
from twoqs.look.trusted import total_error
from twoqs.look.view.data import page_data
from twoqs.look.view.page import page
from twoqs.store.store import RECEIPTS
from twoqs.sweep import Sweep

PLANE = {
    "numerics": {"average": [5.0, 8.0], "observables": {"height": {"histogram": "s.z", "bins": 9}}},
    "model": {
        "members": {"s": {"spin": 10}},
        "parameters": {"drive": 0.5, "shift": 0.0},
        "hamiltonian": "drive*s.x + shift*s.z",
        "jumps": [{"operator": "s.minus", "rate": 0.05}],
    },
    "axes": {
        "drive": {"sets": "model.parameters.drive", "values": {"linspace": [0.1, 1.5, 8]}},
        "shift": {"sets": "model.parameters.shift", "values": {"linspace": [-1.0, 1.0, 7]}},
    },
    "trajectories": 64,
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    program = chromium()
    assert program is not None, "These tests need Chromium (`chromium` on the path)."
    with one_page(program, tmp_path_factory.mktemp("browser")) as found:
        yield found
        assert found.said == [], "errors in the console"


@pytest.fixture(scope="module")
def plane(once: Once) -> Path:
    def fill(folder: Path) -> None:
        carry_out(Sweep.from_dict(small(**PLANE)), folder / "s", Workers(0), quiet=True)

    return once("view-plane", fill) / "s"


def shown(browser: Page, text: str, folder: Path, **look: int | bool) -> None:
    """Open a page."""
    (folder / "page.html").write_text(text)
    browser.open(f"file://{folder}/page.html", **look)


def test_curves_with_theory_and_another_store(
    browser: Page, undisturbed: Path, tmp_path: Path
) -> None:
    carry_out(sweep(seed=8), tmp_path / "other", Workers(0), quiet=True)
    predicted = predictions(sweep(), workers=0, quiet=True)
    data = page_data([undisturbed, tmp_path / "other"], predicted)
    shown(browser, page(data), tmp_path)
    names = browser.run("shown.traces.map((one) => one.name ?? '')")
    assert {"theory", "small", "ω = 0.5 Γ, case = pda"} <= set(names)
    browser.choose("Show", "theory")
    result = twoqs.open(undisturbed)
    off = ((result.sz - predicted.sz) / result.sz_se).sel(omega=0.5, case="pda").values
    drawn = browser.run("shown.rows[0].ys")
    np.testing.assert_allclose(np.array(drawn, float)[1:], off[1:], rtol=1e-9)  # rounding
    browser.choose("Show", "other")
    other = twoqs.open(tmp_path / "other")
    off = ((result.sz - other.sz) / np.hypot(result.sz_se, other.sz_se)).sel(omega=0.5, case="pda")
    drawn = browser.run("shown.rows[0].ys")
    np.testing.assert_allclose(np.array(drawn, float)[1:], off[1:], rtol=1e-9)


def test_downloads_are_what_is_shown(browser: Page, undisturbed: Path, tmp_path: Path) -> None:
    shown(browser, page(page_data([undisturbed])), tmp_path)
    browser.choose("At case", "1")
    rows = list(csv.DictReader(io.StringIO(browser.run("csvText()"))))
    data = twoqs.open(undisturbed).sel(case="conserving")
    assert [float(row["value"]) for row in rows] == data.sz.values.ravel().tolist()
    assert [float(row["standard_error"]) for row in rows] == data.sz_se.values.ravel().tolist()
    assert {row["status"] for row in rows} == {"ok"}
    total = total_error(data, "sz").values.ravel()
    assert [float(row["total_error"]) for row in rows] == total.tolist()
    root = ElementTree.fromstring(browser.run("svgText()"))
    assert root.tag.endswith("svg")
    assert "ω = 1.5 Γ" in "".join(root.itertext())


def test_a_map_and_its_points(browser: Page, plane: Path, tmp_path: Path) -> None:
    shown(browser, page(page_data([plane])), tmp_path)
    assert browser.run("shown.traces[0].type") == "heatmap"
    gaps = browser.run("[shown.traces[0].xgap, shown.traces[0].ygap].filter(Boolean)")
    assert gaps == [], "gaps between many cells make their colours pale"
    data = twoqs.open(plane)
    drawn = np.array(browser.run("shown.traces[0].z"), float)
    np.testing.assert_array_equal(drawn, data.sz.transpose("shift", "drive").values)
    box = browser.run(
        "(({x, y, width, height}) => [x, y, width, height])"
        "(byId('plot').querySelector('.bglayer .bg').getBoundingClientRect())"
    )
    browser.click(box[0] + box[2] * 0.5, box[1] + box[3] * 0.5)
    browser.until("!byId('details').hidden")
    assert "drive = " in browser.run("byId('point').textContent")
    browser.run("byId('within').value = 'height'; drawInner()")
    at = browser.run("[opened.drive, opened.shift]")
    ys = browser.run("byId('inner').data.find((one) => one.mode?.includes('markers')).y")
    expected = data.height.isel(drive=at[0], shift=at[1]).values
    np.testing.assert_array_equal(np.array(ys, float), expected)
    browser.press("Escape")
    assert browser.run("byId('details').hidden")
    browser.choose("Along y", "")
    assert browser.run("shown.map") is False


def test_cells_that_are_not_ok_are_hatched(browser: Page, plane: Path, tmp_path: Path) -> None:
    data = page_data([plane])
    (store,) = data["stores"]
    sz = store["variables"]["sz"]
    count = len(sz["values"])
    sz["status"] = [3 if i < 7 else 5 if i < 14 else 0 for i in range(count)]
    sz["errors"]["standard error"] = [0.0] * (count - 1) + [100.0]
    shown(browser, page(data), tmp_path)
    names = browser.run("shown.layout.shapes.map((one) => one.name)")
    noisy = "error above half the value"
    assert names == [name for name in ("not-stationary", "step-error", noisy) for _ in range(2)]
    title = browser.run("shown.layout.title.text.replace(/<br>/g, ' ')")
    assert title == f"/// not-stationary; \\\\\\ step-error; ooo {noisy}"
    edges = "browserBox(shown.layout.shapes[0].path)"
    browser.run(
        "window.browserBox = (path) => [0, 1].flatMap((k) => { const all = path.match(/[-\\d.e]+,"
        "[-\\d.e]+/g).map((one) => Number(one.split(',')[k])); return [Math.min(...all), "
        "Math.max(...all)]; }); 0"
    )
    np.testing.assert_allclose(browser.run(edges), [0, 0.2, -7 / 6, 7 / 6], atol=1e-9)  # rounding
    browser.run("choice.logX = true; update(); 0")
    drawn = browser.run(f"{edges}.slice(0, 2)")  # as the library has edges: means of logarithms
    np.testing.assert_allclose(drawn, [0.1 * (1 / 3) ** 0.5, 0.03**0.5], rtol=1e-9)  # rounding


def test_ten_thousand_hatched_cells_are_drawn_at_once(
    browser: Page, plane: Path, tmp_path: Path
) -> None:
    data = page_data([plane])
    (store,) = data["stores"]
    side = 100
    sz = store["variables"]["sz"]
    store["sizes"].update(drive=side, shift=side)
    for axis in ("drive", "shift"):
        store["axes"][axis]["values"] = [i / side for i in range(side)]
    sz.update(values=[float(i % side) for i in range(side**2)], status=[3] * side**2)
    sz.update(errors={}, total_error=[0.0] * side**2)
    store["variables"] = {"sz": sz}
    store["points"] = {"dims": store["points"]["dims"], "trajectories": [64] * side**2}
    shown(browser, page(data), tmp_path)
    took = (
        "(() => { const begun = performance.now(); update(); return performance.now() - begun; })()"
    )
    assert browser.run("shown.layout.shapes[0].path.match(/M/g).length") == side**2
    assert browser.run(took) < 5000  # ms; half a second on a free machine, which is shared


def test_histograms_are_steps_between_the_edges_of_their_bins(
    browser: Page, plane: Path, tmp_path: Path
) -> None:
    shown(browser, page(page_data([plane])), tmp_path)
    browser.choose("Variable", "height")
    browser.choose("Along x", "height_bin")
    browser.choose("Along y", "")
    trace = "shown.traces.find((one) => one.fill === 'tozeroy')"
    data = twoqs.open(plane).height
    wide = np.diff(data.height_bin.values)[0]
    drawn = np.array(browser.run(f"{trace}.x"), float)
    np.testing.assert_allclose(drawn[::2], data.height_bin - wide / 2, atol=1e-9)  # rounding
    np.testing.assert_allclose(drawn[1::2], data.height_bin + wide / 2, atol=1e-9)  # rounding
    points = "shown.traces.find((one) => one.error_y?.visible)"
    ys = browser.run(f"{points}.y")
    assert browser.run(f"{trace}.y") == np.repeat(ys, 2).tolist()
    assert browser.run(f"{points}.error_y.array.every((one) => one !== null)")


def test_everything_by_the_keyboard(browser: Page, undisturbed: Path, tmp_path: Path) -> None:
    shown(browser, page(page_data([undisturbed])), tmp_path)
    unnamed = "[...document.querySelectorAll('select, input, button')].filter((one) => "
    unnamed += "!one.labels?.length && !one.textContent.trim() && !one.ariaLabel).length"
    assert browser.run(unnamed) == 0
    browser.run("byId('plot').focus()")
    assert browser.run("getComputedStyle(byId('plot')).outlineStyle") == "solid"
    said = []
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        browser.press(key)
        said.append(browser.run("byId('readout').textContent"))
    assert len(set(said)) == 3
    assert "time = 1" in said[1]
    assert "±" in said[1]
    assert "status: ok" in said[1]
    assert browser.run("byId('readout').getAttribute('aria-live')") == "polite"
    browser.press("Enter")
    assert browser.run("document.activeElement.id") == "point"
    browser.press("Escape")
    assert browser.run("document.activeElement.id") == "plot"


@pytest.mark.parametrize("dark", [False, True])
def test_a_narrow_window_needs_no_scrolling_sideways(
    browser: Page, plane: Path, tmp_path: Path, dark: bool
) -> None:
    shown(browser, page(page_data([plane])), tmp_path, width=400, dark=dark)
    for open_it in ("0", "openDetails(shown.rows[0].row[0])"):
        browser.run(open_it)
        assert browser.run("document.documentElement.scrollWidth") <= 400


def test_hostile_texts_stay_texts(browser: Page, undisturbed: Path, tmp_path: Path) -> None:
    before = len(browser.asked)
    shown(browser, page(hostile_data(undisturbed)), tmp_path)
    browser.run("window.alert = () => { window.alerted = true; }")
    browser.choose("Variable", HOSTILE)
    browser.run("openDetails(shown.rows[0].row[1])")
    browser.choose("Along x", "case")
    browser.run("svgText()")
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert browser.run("window.alerted") is None
    assert HOSTILE in browser.run("byId('title').textContent")
    assert all(one.startswith(("file:", "data:")) for one in browser.asked[before:])


def test_the_page_follows_and_keeps_what_is_chosen(
    browser: Page, undisturbed: Path, tmp_path: Path
) -> None:
    store = shutil.copytree(undisturbed, tmp_path / "s")
    with served_from_nothing(store) as (server, receipts):
        browser.open(server.address)
        browser.choose("Variable", "sx")
        assert browser.run("shown.rows[0].ys.every((one) => one === null)")
        (store / RECEIPTS).write_bytes(receipts)
        browser.until("shown.rows[0].ys.every((one) => one !== null)")
        assert browser.run("choice.variable") == "sx"
        values = twoqs.open(store).sx.values[0, 0].tolist()
        assert browser.run("shown.rows[0].ys") == values
        browser.open("about:blank#")
