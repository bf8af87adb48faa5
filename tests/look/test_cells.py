"""Maps of scattered points, and what any picture shows as a dataset and as files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.path import Path as Outline
from sweeps import sweep

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.look.plot.cells import BORDER, PointCells
from twoqs.look.plot.labels import label_of
from twoqs.look.plot.model_error import plane_of_map
from twoqs.look.plot.picture import View, picture
from twoqs.look.plot.typeset import wrapped
from twoqs.measure.statuses import VALUE_WORDS

DRIVES, DETUNINGS = [0.1, 0.6, 1.1], [-1.0, 0.0, 1.0]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Points of a grid and one between them, with windows that begin too early; to read only."""
    pairs = [*((a, b) for a in DRIVES for b in DETUNINGS), (0.35, 0.5)]
    drives, detunings = map(list, zip(*pairs, strict=True))
    parts = {
        "omega": {"sets": "model.field.x", "values": drives, "units": "Gamma"},
        "delta": {"sets": "model.field.z", "values": detunings},
    }
    axes = {
        "plane": {"zip": parts},
        "case": {"cases": {"conserving": {}, "pda": {"numerics.scheme": "pda"}}},
    }
    window = {"average": [2, 4], "samples": 4}
    folder = tmp_path_factory.mktemp("cells") / "s"
    carry_out(sweep(axes=axes, numerics=window, trajectories=256), folder, Workers(0), quiet=True)
    return folder


@pytest.fixture(scope="module")
def data(store: Path) -> xr.Dataset:
    return twoqs.open(store)


def coordinates(x: object, y: object) -> tuple[xr.DataArray, xr.DataArray]:
    return xr.DataArray(x, dims="plane"), xr.DataArray(y, dims="plane")


def polygons(cells: PointCells, count: int) -> list[np.ndarray]:
    return [cells.outline(np.arange(count) == i).vertices[:-1] for i in range(count)]


def area(corners: np.ndarray) -> float:
    x, y = corners.T
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def test_each_cell_holds_what_is_nearest_to_its_point() -> None:
    rng = np.random.default_rng(1)
    x, y = 3 * rng.random(40), 100 * rng.random(40) - 50
    cells = polygons(PointCells(*coordinates(x, y)), 40)
    span = np.array([np.ptp(x), np.ptp(y)])
    places = np.stack([x, y], axis=1)
    for at in np.stack([3 * rng.random(200), 100 * rng.random(200) - 50], axis=1):
        inside = [i for i, cell in enumerate(cells) if Outline(cell).contains_point(at)]
        within = bool(((at > places.min(0)) & (at < places.max(0))).all())
        nearest = int(np.square((places - at) / span).sum(axis=1).argmin())
        assert inside == [nearest] or not within
    # Together they fill the plane and its border.
    assert sum(map(area, cells)) == pytest.approx((1 + 2 * BORDER) ** 2 * span.prod())


def test_cells_of_a_grid_are_rectangles_also_in_logarithms() -> None:
    x, y = map(np.ravel, np.meshgrid(np.logspace(-2, 1, 4), np.arange(3.0)))
    cells = polygons(PointCells(*coordinates(x, y)), 12)
    middle = cells[5]
    assert np.allclose(sorted(set(middle[:, 0].round(9))), [10**-1.5, 10**-0.5], rtol=1e-6)
    assert np.allclose(sorted(set(middle[:, 1].round(9))), [0.5, 1.5])


def test_scattered_points_are_a_map_by_themselves(data: xr.Dataset) -> None:
    figure = data.twoqs.plot("sz", at={"case": "pda"}, contours=[float(data.sz.mean())])
    axes, bar = figure.axes
    mesh, lines = axes.collections
    assert isinstance(mesh, PolyCollection)
    assert np.array_equal(mesh.get_array(), data.sz.sel(case="pda"))
    assert (axes.get_xlabel(), axes.get_ylabel()) == (r"$\omega$ ($\Gamma$)", r"$\delta$")
    assert lines.get_paths()
    assert bar.lines[0].get_ydata()[0] == float(data.sz.mean())
    late = data.sel(case="pda").twoqs.status("sz") == VALUE_WORDS.index("not-stationary")
    hatched = {one.get_hatch(): one.get_path() for one in axes.patches}
    ends = (hatched["////"].codes == Outline.CLOSEPOLY).sum()
    assert 0 < int(late.sum()) == ends < 10, "else the test says nothing"


def test_model_errors_are_a_map_of_scattered_points(data: xr.Dataset) -> None:
    content = twoqs.Sweep.from_dict(json.loads(data.attrs["sweep"]))
    assert plane_of_map(content, {}) == ("omega", "delta")
    with pytest.raises(ArgumentError, match="go with two axes"):
        plane_of_map(content, {"omega": "0.1"})


def test_the_other_axes_are_maps_beside_each_other(data: xr.Dataset) -> None:
    figure = picture(data, "sz", View(x="omega", y="delta"))
    *maps, _ = figure.axes
    assert [axes.get_title() for axes in maps] == ["case = conserving", "case = pda"]
    for axes, case in zip(maps, data["case"].values, strict=True):
        assert np.array_equal(axes.collections[0].get_array(), data.sz.sel(case=case))
    # A point without a value leaves its cell out.
    holed = data.assign(sz=data.sz.where(data.plane != 3))
    figure = picture(holed, "sz", View({"case": "pda"}, y="omega"))
    assert len(figure.axes[0].collections[0].get_paths()) == 9


def test_a_path_is_a_curve_and_a_line_no_map(data: xr.Dataset) -> None:
    path = data.isel(plane=[0, 3, 9, 6])
    assert picture(path, "sz", View({"case": "pda"})).axes[0].containers
    line = data.isel(plane=[0, 1, 2])
    with pytest.raises(ArgumentError, match="`y` must scatter over a plane with `omega`"):
        picture(line, "sz", View({"case": "pda"}, x="omega", y="delta"))
    with pytest.raises(ArgumentError, match="be another dimension"):
        picture(data, "sz", View({"case": "pda"}, x="plane", y="plane"))


def test_units_of_s_are_formulas(data: xr.Dataset) -> None:
    figure = picture(data, "var_sz", View({"case": "pda"}, per_spin=True))
    assert figure.axes[1].get_ylabel().endswith("units of $S^2$")
    text = "relative to S, S^2 or the value ($a_{b}$); xi^2 of 1"
    assert wrapped(text, 90) == r"relative to S, $S^2$ or the value ($a_{b}$); $\xi^2$ of 1"
    assert label_of(data, "var_sz").endswith("(ħ²)")


def test_the_data_of_a_picture_are_what_it_shows(data: xr.Dataset) -> None:
    figure = data.twoqs.plot("sz", at={"case": "pda"}, per_spin=True)
    shown = figure.data
    one = data.sel(case="pda")
    assert np.allclose(shown.sz, one.sz / 10, rtol=1e-15)
    assert np.allclose(shown.sz_total_error, one.twoqs.total_error("sz") / 10, rtol=1e-12)
    assert np.array_equal(shown.sz_status, one.twoqs.status("sz"))
    assert set(shown.coords) == {"plane", "omega", "delta", "case"}
    assert shown.sz.attrs["units"] == "S"
    assert shown.attrs["seed"] == data.attrs["seed"]


def test_files_of_what_is_drawn(
    store: Path, data: xr.Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    png, csv, nc = (tmp_path / f"drawn.{ending}" for ending in ("png", "csv", "nc"))
    command = ["plot", str(store), "--at", "omega=0.35", "--x", "case", "--output", str(png)]
    for table in (csv, nc):
        assert main([*command, "--data", str(table)]) == 0
        assert capsys.readouterr().out.split() == [str(png), str(table)]
    rows = pd.read_csv(csv)
    one = data.isel(plane=9)
    assert list(rows.columns) == [
        "case", "omega", "delta", "variable", "value", "standard_error", "total_error",
        "status", "trajectories",
    ]  # fmt: skip
    assert np.allclose(rows.value, one.sz, rtol=1e-15)
    assert np.allclose(rows.standard_error, one.sz_se, rtol=1e-15)
    words = one.twoqs.status("sz").attrs["flag_meanings"].split()
    assert list(rows.status) == [words[code] for code in one.twoqs.status("sz").values]
    with xr.open_dataset(nc) as found:
        assert np.array_equal(found.sz, one.sz)
        assert found.sz_status.attrs["flag_meanings"].split() == words
    assert main([*command, "--data", "drawn.txt"]) == 2
    assert "`data` must be a file that ends in .csv or .nc" in capsys.readouterr().err


def test_theory_and_starts_are_among_the_data(data: xr.Dataset, tmp_path: Path) -> None:
    predicted = data[["sz"]] + 0.5
    at = View({"case": "pda"}, x="plane")
    shown = picture(data, "sz", at, predicted).data
    assert np.array_equal(shown.sz_theory, data.sz.sel(case="pda") + 0.5)
    model = twoqs.Model(spin=10, field=(0.3, 0, 0), decay=1.0)
    found = twoqs.simulate(model, times=[0, 1], trajectories=256, starts=["down", "x"])
    assert found.twoqs.plot().data.sz_rhat.dims == ("time",)
