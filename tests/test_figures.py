"""Every figure is drawn from small sweeps of its kind, the report and the study with them."""

from __future__ import annotations

import base64
import json
import re
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

import twoqs
from twoqs.access import load
from twoqs.cli import main
from twoqs.errors import StoreError
from twoqs.figures import FIGURES, draw, draw_accuracy, fig4
from twoqs.figures.accuracy import figure as accuracy_figure
from twoqs.figures.style import NEUTRAL, STYLE
from twoqs.predictions import read_predictions
from twoqs.report import write_report
from twoqs.run import Workers, run
from twoqs.sweep import Sweep
from twoqs.sweep.source import read
from twoqs.validation import write_table
from twoqs.validation.accuracy import STUDIES, accuracy_tables
from twoqs.validation.bias import bias, power, step_bias

ROOT = Path(__file__).parent.parent

NAMES = sorted(FIGURES)


def drawing(name):
    """The function that draws a figure of data and predictions."""
    return import_module(f"twoqs.figures.{name}").figure


SMALLER = {
    "fig1": {}, "fig2": {},
    "fig3": {"numerics": {"times": {"linspace": [0, 3, 13]}}},
    "fig4": {"axes.Omega.values": [0.3, 0.6, 1.5], "model.spin": 10, "numerics.step": 0.1},
    "fig5": {"axes.Gamma.values": [0.0, 0.125, 0.25, 0.5, 1.0], "numerics.step": 0.1},
    "fig6": {"numerics.step": 0.1},
    "fig7": {
        "model.lattice.chain.n": 8, "axes.J_y.values": [-0.8, -0.49, -0.3], "numerics.step": 0.1,
        "axes.case.cases.pda": {"numerics.scheme": "pda", "numerics.average": [10, 20]},
        "axes.case.cases.conserving": {"numerics.average": [10, 20]},
    },
}  # fmt: skip
"""Changes that make the sweep of a figure a matter of seconds."""


def smaller(name: str) -> Sweep:
    """The sweep of a figure with few trajectories, short spins and short windows."""
    content = read(ROOT / "config" / "sweeps" / f"{name}.yaml").data
    overlay = {"trajectories": 256}
    for path, value in SMALLER[name].items():
        if path == "numerics":
            overlay |= {f"numerics.{key}": inner for key, inner in value.items()}
        else:
            overlay[path] = value
    if "spin" in content["axes"]:
        # S = 100 takes the master equation minutes, and the figure nothing else.
        overlay["axes.spin.values"] = [6, 10]
    for case, settings in content["axes"]["case"]["cases"].items():
        key = f"axes.case.cases.{case}"
        overlay.setdefault(key, {k: v for k, v in settings.items() if k != "trajectories"})
        if name == "fig4":
            overlay[key] = overlay[key] | {"numerics.average": [20, 40], "numerics.samples": 5}
    content["sizes"] = {"tiny": overlay}
    return Sweep.from_dict(content, "tiny")


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder as the workflow makes it, with small sweeps."""
    folder = tmp_path_factory.mktemp("results")
    for name in FIGURES:
        sweep = smaller(name)
        run(sweep, folder / name, Workers(0), quiet=True)
        spec = folder / f"{name}.yaml"
        spec.write_text(json.dumps(sweep.spec))
        predicted = folder / "predictions" / f"{name}-tiny.nc"
        assert main(["predict", str(spec), "--workers", "0", "--output", str(predicted)]) == 0
        table = folder / "validation" / f"{name}.csv"
        arguments = ["--predictions", str(predicted), "--csv", str(table)]
        assert main(["validate", str(folder / name), *arguments]) == 0
        draw(name, folder / name, predicted, [folder / "figures" / f"{name}.png"])
    return folder


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_figures_are_drawn_and_reproducible(results, tmp_path, name):
    predicted = results / "predictions" / f"{name}-tiny.nc"
    for folder in ("a", "b"):
        outputs = [tmp_path / folder / f"{name}.{ending}" for ending in ("pdf", "png")]
        draw(name, results / name, predicted, outputs)
        assert outputs[0].read_bytes().startswith(b"%PDF")
        assert outputs[1].read_bytes().startswith(b"\x89PNG")
    for ending in ("pdf", "png"):
        first, second = (tmp_path / f / f"{name}.{ending}" for f in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_everything_of_a_figure_is_inside_and_legends_cover_nothing(results, name):
    with style.context(STYLE):
        figure = drawing(name)(
            load(results / name), read_predictions(results / "predictions" / f"{name}-tiny.nc")
        )
        FigureCanvasAgg(figure).draw()
    (legend,) = figure.legends
    box, whole = legend.get_window_extent(), figure.bbox
    for axes in figure.axes:
        panel = axes.get_tightbbox()
        assert not box.overlaps(panel)
        assert whole.x0 <= panel.x0 <= panel.x1 <= whole.x1
        assert whole.y0 <= panel.y0 <= panel.y1 <= whole.y1
    note = figure.findobj(lambda artist: artist is figure._supxlabel)[0].get_window_extent()
    assert whole.x0 <= note.x0 <= note.x1 <= whole.x1
    # The legend's symbols are those of the panels, and grey stands for all colours.
    symbols = {text.get_text() for text in legend.get_texts()}
    assert ("exact" in symbols) != (name == "fig7")


def test_the_lines_of_optima_have_a_grid_of_their_own(results):
    data = load(results / "fig5")
    theory = read_predictions(results / "predictions" / "fig5-tiny.nc")
    axes = drawing("fig5")(data, theory).axes[2]
    assert len(axes.lines[0].get_xdata()) > 5 * data.sizes["Gamma"]
    grey = to_hex(NEUTRAL)
    assert {to_hex(one.lines[0].get_color()) for one in axes.containers} == {grey}


def test_figure_7_has_the_couplings_of_the_model_too(results):
    theory = read_predictions(results / "predictions" / "fig7-tiny.nc")
    figure = drawing("fig7")(load(results / "fig7"), theory)
    top, bottom, _, length = figure.axes
    for axes in (top, length):
        (own,) = (one for one in axes.child_axes if "of the model" in one.get_xlabel())
        axes.set_xlim(-1, 0)
        FigureCanvasAgg(figure).draw()
        assert own.get_xlim() == pytest.approx((-4, 0))
    for axes in (top, bottom, length):
        assert "transition" in [text.get_text() for text in axes.texts]


def test_unknown_figures_are_refused(tmp_path):
    with pytest.raises(twoqs.ArgumentError, match="`name` must be one of fig1, fig2"):
        draw("fig99", tmp_path, tmp_path, [])


def command(results, name, *, store=None, predicted=None, output="f.png"):
    """`twoqs figure` on the small sweeps."""
    store = results / (store or name)
    predicted = results / "predictions" / f"{predicted or store.name}-tiny.nc"
    return main(["figure", name, str(store), "--predictions", str(predicted), "--output", output])


def test_the_command_draws_the_same(results, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command(results, "fig1") == 0
    assert Path("f.png").read_bytes() == (results / "figures" / "fig1.png").read_bytes()


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("fig9", {"store": "fig1"}, "Argument `name` must be one of fig1, fig2"),
        ("fig1", {"output": "f.jpg"}, "Argument `output` must end in .png, .pdf, .svg"),
        ("fig1", {"store": "fig7"}, "Argument `store` must hold the sweep of fig1"),
        ("fig1", {"predicted": "fig2"}, "Argument `predictions` must be for the sweep 'fig1-tiny'"),
        ("fig1", {"predicted": "fig8"}, "There are no predictions in"),
    ],
)
def test_what_no_figure_can_be_drawn_of(
    results, tmp_path, monkeypatch, capsys, name, given, message
):
    monkeypatch.chdir(tmp_path)
    assert command(results, name, **given) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def report(results, folder, stores=NAMES):
    return write_report(
        [results / name for name in stores], ROOT / "config" / "claims.yaml",
        results / "predictions", results / "figures",
        folder / "report.html", folder / "numbers.csv",
    )  # fmt: skip


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


def test_the_report_is_one_page_with_everything(results, tmp_path):
    found = report(results, tmp_path)
    text = (tmp_path / "report.html").read_text()
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


def test_the_numbers_of_the_report_are_those_of_the_tables(results, tmp_path):
    report(results, tmp_path)
    numbers = pd.read_csv(tmp_path / "numbers.csv")
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
    away = (results / gone).rename(tmp_path / "away")
    try:
        with pytest.raises(StoreError):
            report(results, tmp_path, ["fig1"])
    finally:
        away.rename(results / gone)
    assert not (tmp_path / "report.html").exists()


def test_claims_on_the_command_line(results, tmp_path, capsys):
    claims = tmp_path / "claims.yaml"
    text = "fig2:\n  - {{name: c, says: it, variables: [sx], percent: {}, errors: 0}}\n"
    arguments = ["validate", str(results / "fig2"), "--claims", str(claims)]
    claims.write_text(text.format(100))
    assert main(arguments) == 0
    assert "c: holds: 0 of" in capsys.readouterr().out
    claims.write_text(text.format(0))
    assert main(arguments) == 1
    assert "c: does not hold" in capsys.readouterr().out
    claims.write_text(text.replace("fig2", "fig3").format(0))
    assert main(arguments) == 2


def study():
    """Tables as the accuracy sweeps give them, with known bias: 0.5 S^-1, 3 dt^2."""
    rng = np.random.default_rng(1)
    tables = {}
    for sweep, (_, axis, variables) in STUDIES.items():
        values = [10.0, 30.0, 100.0, 300.0] if axis == "spin" else [0.2, 0.1, 0.05, 0.001]
        rows = [
            {"spin": 100.0, axis: x, "scheme": scheme, "representation": "W", "time": time,
             "variable": name, "reference": 50.0, "standard_error": 0.01}
            for x in values for name in variables for time in (1.0, 2.0)
            for scheme in (["pda"] if "decay" in sweep else ["conserving"])
        ]  # fmt: skip
        frame = pd.DataFrame(rows)
        x = frame[axis]
        off = 50 * (0.5 / x if axis == "spin" else 0.1 + 3 * x**2)
        frame["value"] = 50 + off + 0.01 * rng.normal(size=len(frame))
        frame["scale"] = 50.0
        frame["deviation"] = (frame.value - 50) / 50
        tables[sweep] = frame
    return tables


def test_known_powers_are_found():
    tables = study()
    sizes, powers = accuracy_tables(tables)
    for law in powers.itertuples():
        wanted = -1 if law.against == "spin length" else 2
        assert law.power == pytest.approx(wanted, abs=4 * law.power_se)
        assert law.power_se < 0.05
    first = sizes[(sizes.sweep == "accuracy-decay") & (sizes.x == 10)]
    assert first.bias.item() == pytest.approx(0.05, rel=0.02)


def test_noise_is_no_bias():
    """Negative control: pure noise gives sizes of the order of the error, not of its spread."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({
        "spin": np.repeat([10.0, 30.0], 200), "scheme": "pda", "representation": "W",
        "variable": "sz", "reference": 1.0, "standard_error": 0.1, "scale": 1.0,
        "time": np.tile(np.arange(200.0), 2),
    })  # fmt: skip
    frame["value"] = 1 + 0.1 * rng.normal(size=400)
    frame["deviation"] = frame.value - 1
    assert (bias(frame, "spin", ["sz"]).bias < 0.04).all()
    frame["deviation"] *= 3
    frame["value"] = 1 + frame.deviation
    assert (bias(frame, "spin", ["sz"]).bias > 0.2).all()
    assert len(step_bias(frame, "spin", ["sz"])) == 1


def test_a_power_law_is_fitted_with_its_error():
    rng = np.random.default_rng(4)
    x, error = np.array([10.0, 30.0, 100.0, 300.0]), np.full(4, 0.002)
    found = [power(x, 0.8 / x + error * rng.normal(size=4), error) for _ in range(200)]
    z = [(law.exponent + 1) / law.exponent_se for law in found]
    assert abs(np.mean(z)) < 0.4  # four errors of the mean, and the law is not linear
    assert 0.8 < np.std(z) < 1.25


def test_what_drowns_in_noise_has_no_power_law():
    assert np.isnan(power([10, 30, 100], [0.1, 0, 0], [0.1] * 3).exponent)
    weak = power([10, 30, 100], [0.1, 0.05, 0], [0.1] * 3)
    assert weak.exponent_se > 0.5


def test_the_study_has_means_and_variances_in_panels_of_their_own():
    shown = accuracy_figure(*accuracy_tables(study()))
    titles = [axes.get_title("left") for axes in shown.axes]
    assert len(titles) == 3
    assert "mean" in titles[0]
    assert "variances" in titles[1]
    for axes in shown.axes:
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        # One entry for each law, with the symbol and the colour that it is drawn with.
        assert len(texts) == len(axes.containers)
        for handle, drawn in zip(axes.get_legend().legend_handles, axes.containers, strict=True):
            assert handle.get_color() == drawn.lines[0].get_color()
            assert handle.get_marker() == drawn.lines[0].get_marker()


def test_the_study_is_drawn(tmp_path):
    paths = []
    for name, table in study().items():
        paths.append(tmp_path / f"{name}.csv")
        write_table(table, paths[-1])
    draw_accuracy(paths, tmp_path / "numbers.csv", [tmp_path / "study.png"])
    assert (tmp_path / "study.png").read_bytes().startswith(b"\x89PNG")
    assert len(pd.read_csv(tmp_path / "numbers.csv")) == 4 + 4 + 3 + 3
    paths[0].unlink()
    with pytest.raises(StoreError, match="Cannot read"):
        draw_accuracy(paths, tmp_path / "n.csv", [])


@pytest.mark.parametrize(("dephasing", "drives"), [(0.0, 400), (0.1, 0)])
def test_figure_4_has_no_line_that_does_not_cover_its_model(results, dephasing, drives):
    data = load(results / "fig4")
    spec = json.loads(data.attrs["sweep"])
    spec["model"]["dephasing"] = dephasing
    drawn = fig4.figure(data.assign_attrs(sweep=json.dumps(spec)), data)
    assert len(drawn.axes[0].lines[0].get_xdata()) == drives


@pytest.mark.parametrize("content", [None, "", "a,b\n1,2\n", '\0\n"', "x"])
def test_what_is_no_study_is_refused(tmp_path, capsys, content):
    tables = [tmp_path / f"{study}.csv" for study in STUDIES]
    if content is not None:
        for table in tables:
            table.write_text(content)
    options = ["--csv", str(tmp_path / "a.csv"), "--output", str(tmp_path / "a.png")]
    assert main(["accuracy", *map(str, tables), *options]) == 1
    assert main(["accuracy", str(tables[0]), *options]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert ("Cannot read" if content is None else "is no table of deviations") in first
    assert "Argument `tables` must be accuracy-decay.csv, accuracy-driven.csv" in second
    assert not list(tmp_path.glob("a.*"))
