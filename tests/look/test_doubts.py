"""Pictures of values that are not ok: signs, bars and hatches where the statuses are."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch
from sweeps import sweep

import twoqs
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.look.plot.doubts import sign
from twoqs.look.plot.picture import View, picture
from twoqs.look.unphysical import spins
from twoqs.measure.statuses import VALUE_WORDS

DRIVES = [0.1, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """Windows that begin too early at strong drives, over two axes of numbers; to read only."""
    axes = {
        "omega": {"sets": "model.field.x", "values": DRIVES},
        "delta": {"sets": "model.field.z", "values": {"linspace": [-1, 1, 7]}},
    }
    window = {"average": [2, 4], "samples": 4}
    folder = tmp_path_factory.mktemp("doubts") / "s"
    carry_out(sweep(axes=axes, numerics=window, trajectories=256), folder, Workers(0), quiet=True)
    return twoqs.open(folder)


def test_each_status_has_a_sign_of_its_own() -> None:
    signs = [(sign(code)["marker"], sign(code)["color"]) for code in range(1, len(VALUE_WORDS))]
    assert (
        len({marker for marker, _ in signs}) == len({colour for _, colour in signs}) == len(signs)
    )


def test_curves_have_signs_and_bars_where_values_are_not_ok(data: xr.Dataset) -> None:
    one = data.sel(delta=0)
    code = VALUE_WORDS.index("not-stationary")
    late = one.twoqs.status("sz") == code
    assert 0 < int(late.sum()) < len(DRIVES), "else the test says nothing"
    figure = picture(data, "sz", View({"delta": "0"}, x="omega"))
    (axes,) = figure.axes
    (signs,) = (line for line in axes.lines if line.get_marker() == sign(code)["marker"])
    assert np.array_equal(signs.get_xydata(), np.stack([one.omega, one.sz], 1)[late])
    assert np.array_equal(axes.containers[0].lines[0].get_markevery(), (~late).values)
    larger = one.twoqs.total_error("sz") > 1.1 * one.sz_se
    bars = [c for c in axes.collections if isinstance(c, LineCollection) and c.get_alpha()]
    assert [len(c.get_segments()) for c in bars] == [int(larger.sum())]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["not-stationary", "total error"]


def test_two_axes_of_numbers_are_a_map_with_hatches(data: xr.Dataset) -> None:
    figure = data.twoqs.plot("sz", contours=[float(data.sz.mean())])
    axes, bar = figure.axes
    mesh = axes.collections[0]
    assert np.array_equal(mesh.get_array(), data.sz.transpose("delta", "omega"))
    # Cells meet half way between the values, which are uneven.
    np.testing.assert_allclose(mesh.get_coordinates()[0, :3, 0], [0.0, 0.2, 0.35], atol=1e-12)
    hatched = [one for one in axes.patches if isinstance(one, PathPatch)]
    cells = {one.get_hatch(): len(one.get_path().vertices) // 5 for one in hatched}
    status = data.twoqs.status("sz")
    assert cells["////"] == int((status == VALUE_WORDS.index("not-stationary")).sum())
    assert "mean of" in bar.get_ylabel()
    assert "not-stationary" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_early_values_have_a_dot_or_a_hatch(data: xr.Dataset) -> None:
    begun = data.assign_coords(complete=data.complete & (data.omega != 0.4))
    curve = picture(begun, "sz", View({"delta": "0"}, x="omega"))
    (dots,) = (line for line in curve.axes[0].lines if line.get_marker() == ".")
    assert dots.get_xydata().tolist() == [[0.4, float(data.sz.sel(delta=0, omega=0.4))]]
    heat = picture(begun, "sz")
    hatched, _ = (one for one in heat.axes[0].patches if one.get_hatch() == "*")
    assert len(hatched.get_path().vertices) == 5 * data.sizes["delta"]
    for figure in (curve, heat):
        texts = [text.get_text() for text in figure.legends[0].get_texts()]
        assert "early: not finished" in texts


def test_curves_over_logarithms(data: xr.Dataset) -> None:
    figure = picture(data, "var_sx", View({"delta": "0"}, x="omega", y_log=True))
    assert figure.axes[0].get_yscale() == "log"


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (View(y="omega", x="omega"), "be another dimension"),
        (View(y="none"), "`y` must be a dimension of `sz`"),
        (View(y_log=True), "`y_log` must go with curves, not with a map"),
        (View({"omega": "0.1"}, y_log=True), "`y_log` must go with positive values"),
        (View(contours=[1e3]), "`contours` must lie between"),
        (View(x="omega", contours=[0.0]), "go with a map"),
    ],
)
def test_maps_that_cannot_be_are_refused(data: xr.Dataset, view: View, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        picture(data, "sz", view)


def test_a_result_of_simulate_has_pictures_too() -> None:
    model = twoqs.Model(spin=10, field=(0.3, 0, 0), decay=1.0)
    found = twoqs.simulate(model, times=[0, 1, 2], trajectories=256)
    figure = found.twoqs.plot()
    assert figure.axes[0].get_xlabel().startswith("time")
    assert "256 trajectories" in figure.get_supxlabel()


def test_the_lengths_of_spins_do_not_need_each_point(data: xr.Dataset) -> None:
    """Strengths do not change them; an axis of lengths does."""
    assert spins(data).dims == ()
    assert float(spins(data)) == 10
