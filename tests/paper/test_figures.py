"""Every figure is drawn from small sweeps of its kind."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import pytest
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

import twoqs
from twoqs.cli import main
from twoqs.execution.predict import read_predictions
from twoqs.look.open import load
from twoqs.look.plot.style import NEUTRAL, STYLE
from twoqs.paper.figures import FIGURES, draw, fig4
from twoqs.paper.figures.fine import INTERPOLATED

NAMES = sorted(FIGURES)


def drawing(name):
    """The function that draws a figure of data and predictions."""
    return import_module(f"twoqs.paper.figures.{name}").figure


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_figures_are_drawn_and_reproducible(results, tmp_path, name):
    """Once more, to the byte, than for the folder of results."""
    predicted = results / "predictions" / f"{name}-tiny.nc"
    outputs = [tmp_path / f"{name}.{ending}" for ending in ("pdf", "png")]
    draw(name, results / name, predicted, outputs)
    for output, start in zip(outputs, (b"%PDF", b"\x89PNG"), strict=True):
        assert output.read_bytes().startswith(start)
        assert output.read_bytes() == (results / "figures" / output.name).read_bytes()


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
    # The other two have a closed form at any drive, and predictions without a line.
    assert (INTERPOLATED in figure.get_supxlabel()) == (name not in ("fig4", "fig7"))
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


@pytest.mark.parametrize(("dephasing", "drives"), [(0.0, 400), (0.1, 0)])
def test_figure_4_has_no_line_that_does_not_cover_its_model(results, dephasing, drives):
    data = load(results / "fig4")
    spec = json.loads(data.attrs["sweep"])
    spec["model"]["dephasing"] = dephasing
    drawn = fig4.figure(data.assign_attrs(sweep=json.dumps(spec)), data)
    assert len(drawn.axes[0].lines[0].get_xdata()) == drives
