"""New values of axes go where results change beyond their noise, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from sweeps import sweep

from twoqs.errors import ArgumentError
from twoqs.look.refine import Refinement, refine
from twoqs.look.refine.axis import TIDY, GrowingAxis, Scale, fewest_digits
from twoqs.sweep import Sweep

ONE = {"x": {"sets": "model.field.x", "values": {"linspace": [0, 3.9, 40]}}}


TWO = {
    "x": {"sets": "model.field.x", "values": {"linspace": [0, 1.9, 20]}},
    "y": {"sets": "model.field.y", "values": {"linspace": [0, 1.1, 12]}},
}


def made(axes: dict[str, Any], values: Any, error: float, seed: int = 0) -> tuple[Sweep, Any]:
    """A sweep, and a dataset with `values` of its coordinates, with noise of the size `error`."""
    content = sweep(axes=axes)
    coordinates = {axis.name: list(axis.coordinates) for axis in content.axes}
    grid = xr.Dataset(coords=coordinates)
    shape = {name: len(values) for name, values in coordinates.items()}
    zero = xr.DataArray(np.zeros(tuple(shape.values())), coordinates, list(shape))
    exact = (values(grid) + zero).transpose(*shape)
    noise = np.random.default_rng(seed).normal(scale=error, size=exact.shape)
    return content, xr.Dataset({"sz": exact + noise, "sz_se": xr.full_like(exact, error)})


def along_x(values: Any, error: float, points: int = 40, seed: int = 0) -> Refinement:
    content, data = made(ONE, values, error, seed)
    (found,) = refine(content, data, ["x"], points)
    assert len(found.added) == points
    assert found.grown == sorted({*found.added, *content.axes[0].coordinates})
    return found


def near(found: Refinement, place: float, distance: float) -> float:
    """Share of the new values near a place."""
    return float(np.mean(np.abs(np.array(found.added) - place) <= distance))


KINK, JUMP = 1.53, 2.04


def kink(data: Any) -> Any:
    return np.maximum(data.x - KINK, 0.0)


def jump(data: Any) -> Any:
    return 1.0 * (data.x > JUMP)


def hill(data: Any) -> Any:
    return np.tanh((data.x - 2.0) / 0.2)


# The spacing is 0.1. The interval of a kink and its neighbours are equally suspect, and some ten
# values in forty are there to spread points over the rest.
@pytest.mark.parametrize("error", [0.0, 0.003])
@pytest.mark.parametrize(("curve", "place"), [(kink, KINK), (jump, JUMP)])
def test_a_kink_and_a_jump_get_the_points(curve: Any, place: float, error: float) -> None:
    found = along_x(curve, error)
    assert found.seen
    assert near(found, place, 0.2) >= 0.6


def test_a_smooth_step_gets_the_points_over_its_width() -> None:
    assert near(along_x(hill, 0.01), 2.0, 0.6) >= 0.6


# Along the rising line neighbours differ by 0.1.
@pytest.mark.parametrize(("slope", "error"), [(0.0, 0.05), (1.0, 0.2)])
@pytest.mark.parametrize("seed", range(5))
def test_a_noisy_straight_line_gets_points_evenly(slope: float, error: float, seed: int) -> None:
    found = along_x(lambda data: slope * data.x, error, 39, seed)
    assert not found.seen
    # Each of the 39 gaps is cut in two.
    np.testing.assert_allclose(np.diff(found.grown), 0.05, atol=0.1 * TIDY + 1e-9)


def test_noise_that_is_not_owned_up_to_draws_points() -> None:
    """Negative control: with standard errors ten times too small the flat line has features."""
    content, data = made(ONE, lambda grid: 0.0 * grid.x, 0.05)
    (found,) = refine(content, data.assign(sz_se=data.sz_se / 10), ["x"], 39)
    assert found.seen
    gaps = np.diff(found.grown)
    assert np.sum(np.isclose(gaps, 0.05, atol=0.1 * TIDY + 1e-9)) < 60


def test_chance_makes_few_flat_lines_look_otherwise() -> None:
    """Of 100 flat lines, 5 may be taken for more; 12 or more have a probability of 0.4 %."""
    assert sum(along_x(lambda d: 0.0 * d.x, 0.1, 1, seed).seen for seed in range(100)) < 12


def test_a_kink_below_the_noise_is_not_seen() -> None:
    assert not along_x(lambda data: 1e-3 * kink(data), 0.05).seen


def test_more_curves_count_by_the_one_with_most(tmp_path: Path) -> None:
    axes = {**ONE, "case": {"cases": {"flat": {}, "kinked": {"numerics.scheme": "pda"}}}}
    content, data = made(axes, lambda grid: kink(grid) * (grid.case == "kinked"), 0.003)
    (found,) = refine(content, data, ["x"], 40)
    assert near(found, KINK, 0.2) >= 0.6
    in_time = xr.concat(
        [data.sel(case="flat", drop=True), data.sel(case="kinked", drop=True)], "time"
    )
    (again,) = refine(sweep(axes=ONE), in_time, ["x"], 40)
    assert again.added == found.added


def test_points_without_a_value_draw_nothing() -> None:
    content, data = made(ONE, kink, 0.003)
    data["sz"][30] = np.nan
    data["sz_se"][31] = np.nan
    (found,) = refine(content, data, ["x"], 40)
    assert near(found, KINK, 0.2) >= 0.6
    assert near(found, 3.05, 0.2) <= 0.1


def test_in_two_dimensions_the_points_go_to_the_axis_that_gains() -> None:
    content, data = made(TWO, lambda grid: np.maximum(grid.y - 0.43, 0.0) + 0.0 * grid.x, 0.002)
    x, y = refine(content, data, ["x", "y"], 12)
    assert len(x.added) + len(y.added) == 12
    assert len(y.added) >= 9
    assert near(y, 0.43, 0.2) >= 0.75
    assert (x.seen, y.seen) == (False, True)


def test_in_two_dimensions_each_axis_gets_points_at_its_own_kink() -> None:
    content, data = made(TWO, lambda grid: abs(grid.x - 1.32) + abs(grid.y - 0.43), 0.001)
    x, y = refine(content, data, ["x", "y"], 20)
    assert min(len(x.added), len(y.added)) >= 5
    assert near(x, 1.32, 0.2) >= 0.6
    assert near(y, 0.43, 0.2) >= 0.6


def test_in_two_dimensions_noise_spreads_evenly() -> None:
    content, data = made(TWO, lambda grid: 0.0 * (grid.x + grid.y), 0.1)
    x, y = refine(content, data, ["x", "y"], 30)
    assert not x.seen
    assert not y.seen
    # Gaps are compared by their share of the axis: those of y, a twelfth, before those of x.
    assert (len(y.added), len(x.added)) == (11, 19)
    for found, gap in ((x, 0.05), (y, 0.05)):
        np.testing.assert_allclose(np.diff(found.grown), gap, atol=0.1 * TIDY + 1e-9)


def test_the_order_of_values_and_axes_does_not_matter() -> None:
    content, data = made(ONE, kink, 0.003)
    (found,) = refine(content, data, ["x", "x"], 10)
    shuffled = np.random.default_rng(1).permutation(40)
    mixed = sweep(axes__omega={**ONE["x"], "values": list(data.x.values[shuffled])})
    (again,) = refine(mixed, data.isel(x=shuffled).rename(x="omega"), ["omega"], 10)
    assert again.grown == found.grown


def test_falling_values_go_on_falling() -> None:
    values = [3.0, 2.0, 1.0]
    axis = GrowingAxis(Scale("x", values, whole=False, logarithmic=False), values)
    assert axis.take(0.25)
    assert axis.grown == [3.0, 2.0, 1.5, 1.0]
    assert axis.positions.tolist() == [0.0, 0.5, 1.0]


def test_among_integers_there_are_integers_only() -> None:
    content, data = made(
        {"n": {"sets": "model.spin", "values": [1, 4, 6]}}, lambda grid: grid.n**2, 0.01
    )
    (found,) = refine(content, data, ["n"], 10)
    assert found.added == [2, 3, 5]
    assert all(isinstance(value, int) for value in found.grown)
    for path, added in (("model.spin", [2.0]), ("model.decay", [2.5])):
        other = sweep(axes={"n": {"sets": path, "values": [1.0, 4.0]}})
        (found,) = refine(other, data.isel(n=[0, 1]), ["n"], 1)
        assert found.added == added


def test_distances_of_logarithms() -> None:
    values = {"sets": "model.decay", "values": {"logspace": [-3, 3, 7]}}
    content, data = made({"rate": values}, lambda grid: 0.0 * grid.rate, 0.1)
    (found,) = refine(content, data, ["rate"], 6, logarithmic=["rate"])
    ratios = np.array(found.grown[1:]) / found.grown[:-1]
    # The tidy numbers 3.0 ... lie a few per cent from the square root of 10.
    np.testing.assert_allclose(ratios, 10**0.5, rtol=0.3)


@pytest.mark.parametrize(
    ("value", "gap", "text"),
    [
        (0.48751, 0.025, "0.488"),
        (0.45, 0.1, "0.45"),
        (1234.5, 700.0, "1200.0"),
        (-1e-9, 2e-8, "0.0"),
    ],
)
def test_new_values_have_few_digits(value: float, gap: float, text: str) -> None:
    assert repr(fewest_digits(value, gap)) == text


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"axes": ["z"]}, r"`axis` must name an axis of the sweep \(x, case\)"),
        ({"axes": ["case"]}, "`axis` must name an axis of numbers"),
        ({"points": 0}, "`points`"),
        ({"variables": ["diverged"]}, r"`var` must be a result with a standard error \(sz\)"),
        ({"logarithmic": ["y"]}, r"`log` must name one of the axes \(x\)"),
        ({"logarithmic": ["x"]}, r"`log` must have positive values \(`x`\), but got 0"),
    ],
)
def test_refine_refuses(arguments: dict[str, Any], named: str) -> None:
    axes = {**ONE, "case": {"cases": {"a": {}}}}
    content, data = made(axes, lambda grid: kink(grid) + 0.0 * (grid.case == "a"), 0.01)
    with pytest.raises(ArgumentError, match=named):
        refine(content, data, **{"axes": ["x"], "points": 3, **arguments})


def test_one_value_cannot_be_refined() -> None:
    axes = {"x": {"sets": "model.field.x", "values": [1.0]}}
    content, data = made(axes, lambda grid: grid.x, 0.1)
    with pytest.raises(ArgumentError, match="`axis` must have at least two values"):
        refine(content, data, ["x"], 3)
