"""Pictures of distributions: what is drawn is what the dataset holds, in the right places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sweeps import sweep

import twoqs
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.look.export import tidy
from twoqs.look.plot.maps import _between, cells_of, draw_map, on_sphere
from twoqs.look.plot.picture import View, plot
from twoqs.look.plot.quick import quick_figure


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """Of two points, to read only."""
    folder = tmp_path_factory.mktemp("maps")
    asked = {
        "h": {"histogram": "spin.z", "bins": [-10, 10, 8]},
        "j": {"histogram": ["spin.z", "spin.x"], "bins": 6},
        "ball": {"sphere": "spin", "l_max": 8},
        "path": {"trajectories": 3},
    }
    axes = {"f": {"sets": "model.field.x", "values": [0.5, 1.5]}}
    content = sweep(numerics__observables=asked, axes=axes, trajectories=256)
    carry_out(content, folder / "s", Workers(0), quiet=True)
    return twoqs.open(folder / "s")


def test_histograms_are_steps_with_bars(data: xr.Dataset) -> None:
    one = data.isel(time=-1)
    figure = quick_figure(data, one, "h", "h_bin", ["f"])
    steps = figure.axes[0].lines[0]
    assert np.array_equal(steps.get_ydata()[::2], one.h[0])
    assert np.array_equal(steps.get_xdata()[[0, -1]], [-10, 10])
    assert len(figure.axes[0].containers) == 2


def test_tables_have_the_coordinates_of_histograms(data: xr.Dataset) -> None:
    one = data.isel(time=-1)
    table = tidy(one, "j").set_index(["f", "j_bin_1", "j_bin_2"])
    assert np.array_equal(table.value, one.j.values.ravel())
    assert table.index.is_unique
    assert set(tidy(one, "sz")) == set(tidy(one, "j")), "tables go below each other in one file"


def test_maps_are_chosen_by_their_cells(data: xr.Dataset, tmp_path: Path) -> None:
    at = {"time": "2", "f": "1.5"}
    for name in ("j", "ball", "ball_w"):
        plot(data, name, [tmp_path / f"{name}.png"], View(at))
        assert (tmp_path / f"{name}.png").stat().st_size > 10_000
    plot(data, "path_sz", [tmp_path / "path.png"], View({"f": "1.5"}))
    with pytest.raises(ArgumentError, match=r"choose a value of `f` \(2 values\)"):
        plot(data, "ball", [tmp_path / "none.png"], View({"time": "2"}))


def test_a_map_shows_the_values_in_their_places(data: xr.Dataset) -> None:
    one = data.isel(time=-1, f=1)
    figure = Figure()
    axes = draw_map(figure, one, "j", ("a", "b", "c"))
    drawn = axes.collections[0].get_array()
    assert np.array_equal(drawn, one.j.values.T)
    assert on_sphere(one, cells_of(one, "ball"))
    assert not on_sphere(one, cells_of(one, "j"))


def test_between_cells_a_sphere_is_smooth_also_at_its_poles(data: xr.Dataset) -> None:
    """A harmonic is known everywhere; cells of its values give it to a per cent."""
    one = data.isel(time=0, f=0)
    cells = cells_of(one, "ball")
    theta, phi = np.meshgrid(one.ball_theta, one.ball_phi, indexing="ij")

    def known(theta: np.ndarray, phi: np.ndarray) -> np.ndarray:
        return np.asarray(np.cos(theta) + np.sin(theta) ** 2 * np.cos(2 * phi - 0.3))

    rng = np.random.default_rng(1)
    at = np.concatenate([[0, 0.01, 3.13, np.pi], np.arccos(rng.uniform(-1, 1, 40))])
    around = np.concatenate([[1, -np.pi, np.pi, 3.1], rng.uniform(-np.pi, np.pi, 40)])
    found = _between(one, cells, known(theta, phi), at, around)
    assert np.allclose(found, known(at, around), atol=0.02)
    # Negative control: the angle about z counted from elsewhere.
    assert not np.allclose(found, known(at, around + 0.3), atol=0.2)


def test_the_sphere_of_a_result_is_a_figure(data: xr.Dataset) -> None:
    figure = data.isel(time=-1, f=1).twoqs.plot_sphere("ball")
    FigureCanvasAgg(figure).draw()
    assert len(figure.axes) == 3  # sphere, map, colours
    for bad in ("j", "sz", "none"):
        with pytest.raises(ArgumentError):
            data.isel(time=-1, f=1).twoqs.plot_sphere(bad)
    with pytest.raises(ArgumentError, match="at one point and time"):
        data.twoqs.plot_sphere("ball")
