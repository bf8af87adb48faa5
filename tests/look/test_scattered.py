"""Scattered points lie where surfaces bend beyond their noise, and go on with what is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy.interpolate import LinearNDInterpolator, RegularGridInterpolator
from scipy.spatial import Delaunay
from sweeps import receipts, small, sweep, write_spec

import twoqs
from twoqs.cli import main
from twoqs.errors import ArgumentError
from twoqs.execution.run import Workers, carry_out
from twoqs.look.refine.scattered import Scattered, scatter
from twoqs.sweep import Sweep

Surface = Callable[[Any, Any], Any]


def front(x: Any, y: Any) -> Any:
    """A boundary that bends through the plane, a thirtieth of it wide."""
    return np.tanh((y - 0.25 - 0.45 * x - 0.1 * np.sin(4 * x)) / 0.03)


def ridge(x: Any, y: Any) -> Any:
    return np.exp(-(((np.hypot(x, y) - 0.7) / 0.05) ** 2))


def grid(count: int) -> Sweep:
    values = {"linspace": [0, 1, count]}
    axes = {name: {"sets": f"model.field.{name}", "values": values} for name in "xy"}
    return sweep(axes=axes)


def measured(pairs: Any, surface: Surface, error: float, seed: int) -> Any:
    """Values at points, with noise of the size `error`."""
    x, y = np.array(pairs).T
    return surface(x, y) + np.random.default_rng(seed).normal(scale=error, size=len(pairs))


def along(pairs: Any, values: Any, error: float) -> tuple[Sweep, xr.Dataset]:
    """A sweep whose two axes move together, and its dataset."""
    parts = {
        name: {"sets": f"model.field.{name}", "values": [float(one) for one in numbers]}
        for name, numbers in zip("xy", np.array(pairs).T, strict=True)
    }
    data = xr.Dataset({"sz": ("x_y", values), "sz_se": ("x_y", np.full(len(values), error))})
    return sweep(axes={"x_y": {"zip": parts}}), data


def first(surface: Surface, error: float, points: int, count: int = 9) -> tuple[Scattered, Any]:
    """New points for a grid, and the values of the old ones."""
    content = grid(count)
    pairs = [tuple(point.coordinates.values()) for point in content.points]
    values = measured(pairs, surface, error, 0)
    shape = content.shape
    data = xr.Dataset(
        {"sz": (("x", "y"), values.reshape(shape)), "sz_se": (("x", "y"), np.full(shape, error))}
    )
    return scatter(content, data, ["x", "y"], points), values


FINE = np.linspace(0, 1, 101)


def off(interpolated: Any, surface: Surface) -> float:
    x, y = np.meshgrid(FINE, FINE, indexing="ij")
    return float(np.sqrt(np.mean((interpolated((x, y)) - surface(x, y)) ** 2)))


@pytest.mark.parametrize("surface", [front, ridge])
@pytest.mark.parametrize("error", [1e-9, 0.02])
def test_a_map_is_better_by_far_than_one_of_as_many_points_on_a_grid(
    surface: Surface, error: float
) -> None:
    """18 x 18 points, three steps after 9 x 9: uniform ones are 2.2 to 3.3 times as far off."""
    found, values = first(surface, error, 81)
    pairs = [*found.old, *found.added]
    values = np.append(values, measured(found.added, surface, error, 1))
    for step in (2, 3):
        found = scatter(*along(pairs, values, error), ["x", "y"], 81)
        values = np.append(values, measured(found.added, surface, error, step))
        pairs += found.added
    assert len(set(pairs)) == 18 * 18
    even = np.linspace(0, 1, 18)
    uniform = measured([(x, y) for x in even for y in even], surface, error, 4).reshape(18, 18)
    scattered = off(LinearNDInterpolator(pairs, values), surface)
    assert scattered < 0.5 * off(RegularGridInterpolator((even, even), uniform), surface)


@pytest.fixture(scope="module")
def flat() -> tuple[Sweep, list[xr.Dataset]]:
    """A sweep over the points of a grid, and 100 times noise of the size 0.1."""
    pairs = [(float(x), float(y)) for x in range(9) for y in range(9)]
    rng = np.random.default_rng(0)
    content, data = along(pairs, np.zeros(81), 0.1)
    return content, [data.assign(sz=data.sz + rng.normal(scale=0.1, size=81)) for _ in range(100)]


def test_noise_spreads_them_evenly(flat: tuple[Sweep, list[xr.Dataset]]) -> None:
    content, (data, *_) = flat
    found = scatter(content, data, ["x", "y"], 208)
    assert not found.seen
    # Each square of the grid has one in its middle, and each of its edges.
    halves = {(x / 2, y / 2) for x in range(17) for y in range(17)}
    assert set(found.added) == halves - set(found.old)
    # Negative control: noise that is not owned up to.
    assert scatter(content, data.assign(sz_se=data.sz_se / 10), ["x", "y"], 1).seen


def test_chance_makes_few_flat_surfaces_look_otherwise(
    flat: tuple[Sweep, list[xr.Dataset]],
) -> None:
    """Of 100, 5 may be taken for more; 12 or more have a probability of 0.4 %."""
    content, noisy = flat
    assert sum(scatter(content, data, ["x", "y"], 1).seen for data in noisy) < 12


def test_the_middles_of_triangles_keep_their_shape() -> None:
    found, _ = first(front, 1e-9, 200)
    p = np.array([*found.old, *found.added])
    corners = p[Delaunay(p).simplices]
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2)
    a, b, c = np.sort(sides, axis=1).T
    # Rounding to few digits moves points by a twentieth of an edge, and degrees matter little.
    assert np.degrees(np.arccos((b**2 + c**2 - a**2) / (2 * b * c))).min() > 10


def test_values_that_are_set_aside_or_missing_attract_none() -> None:
    content = grid(9)
    x, y = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9), indexing="ij")
    spot = (x > 0.7) & (y > 0.7)
    values, errors = np.where(spot, 1.0, 0.0), np.full((9, 9), 1e-3)
    data = xr.Dataset({"sz": (("x", "y"), values), "sz_se": (("x", "y"), errors)})

    def beside(data: xr.Dataset) -> float:
        added = np.array(scatter(content, data, ["x", "y"], 60).added)
        return float(np.mean((added > 0.6).all(axis=1)))

    assert beside(data) > 0.8
    for hidden in (data.assign(sz_se=data.sz_se.where(~spot, np.inf)), data.where(~spot)):
        # A sixth of the plane.
        assert beside(hidden) < 0.25


def test_integers_and_logarithms() -> None:
    content = sweep(
        axes={
            "S": {"sets": "model.spin", "values": [1, 3, 4]},
            "rate": {"sets": "model.decay", "values": [0.01, 1.0]},
        }
    )
    values = np.zeros((3, 2))
    data = xr.Dataset({"sz": (("S", "rate"), values), "sz_se": (("S", "rate"), values + 1)})
    found = scatter(content, data, ["S", "rate"], 7, logarithmic=["rate"])
    spins, rates = zip(*found.added, strict=True)
    assert set(spins) <= {1, 2, 3, 4}
    assert all(isinstance(spin, int) for spin in spins)
    assert min(abs(np.log10(np.array(rates)) + 1)) < 0.1
    whole = sweep(axes={"S": content.spec["axes"]["S"], "n": {"sets": "model.lattice.chain.n",
                        "values": [3, 4]}}, model__lattice={"chain": {"n": 3}})  # fmt: skip
    full = scatter(whole, data.rename(rate="n"), ["S", "n"], 5)
    assert set(full.added) == {(2, 3), (2, 4)}


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        (["x"], "`axis` must name an axis with values of its own, or two"),
        (["x", "none"], r"`axis` must name an axis \(x, y\)"),
    ],
)
def test_refusals(axes: list[str], words: str) -> None:
    data = xr.Dataset({"sz": (("x", "y"), np.ones((3, 3))), "sz_se": (("x", "y"), np.ones((3, 3)))})
    with pytest.raises(ArgumentError, match=words):
        scatter(grid(3), data, axes, 3)


def test_points_on_a_line_span_no_plane() -> None:
    content, data = along([(0, 0), (1, 1), (2, 2), (3, 3)], np.zeros(4), 1.0)
    with pytest.raises(ArgumentError, match="span a plane"):
        scatter(content, data, ["x", "y"], 1)


def test_a_store_goes_on_from_a_grid_to_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    axes = {
        "omega": {"sets": "model.field.x", "values": [0.5, 1.5]},
        "delta": {"sets": "model.field.z", "values": [0, 1, 2]},
    }
    sizes = {"less": {"axes.omega.values": [0.5]}}
    file = write_spec(tmp_path / "old.yaml", small(axes=axes, sizes=sizes))
    carry_out(Sweep.from_file(file), tmp_path / "s", Workers(0), quiet=True)
    before = receipts(tmp_path / "s")
    two = ["--axis", "omega", "--axis", "delta"]
    own = ["refine", "old.yaml", "--store", "s", *two, "--points", "4", "--scattered"]
    assert main(own) == 2
    assert "without sizes of these axes" in capsys.readouterr().err
    assert main(["refine", "s", *two, "--points", "4", "--scattered", "--output", "new.yaml"]) == 0
    assert "4 new points over omega and delta (10 in all).\n" in capsys.readouterr().err
    carry_out(Sweep.from_file("new.yaml"), tmp_path / "s", Workers(0), quiet=True)
    done = receipts(tmp_path / "s")
    assert done[: len(before)] == before
    assert len({point for point, _ in done[len(before) :]}) == 4
    data = twoqs.open("s")
    assert data.sz.dims == ("omega_delta", "time")
    # Once they move together, there is no other way.
    assert data.twoqs.refined(2, axis=("omega", "delta")).shape == (12,)
    again = sweep(axes=axes)
    assert carry_out(again, tmp_path / "s", Workers(0), quiet=True).computed == 0
    grown = twoqs.open("s").twoqs.refined(4, axis=("omega", "delta"), scattered=True)
    assert grown == Sweep.from_file("new.yaml")
