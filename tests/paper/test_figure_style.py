"""What makes figures readable: smooth lines, symbols beside one another, one colour for a thing."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import twoqs
from twoqs.look.plot.style import (
    CASE_MARKERS,
    NEUTRAL,
    STYLE,
    case_handles,
    exact_handle,
    transition,
)
from twoqs.paper.figures.fine import FINE, fine
from twoqs.paper.figures.in_time import SHOWN_TIMES, case_curves
from twoqs.theory import evolve

CASES = ["pda-P", "pda-W", "pda-Q", "conserving"]


def values(times: int) -> xr.Dataset:
    """The same curve for each case."""
    time = np.linspace(0, 6, times)
    curve = np.tile(np.cos(time), (len(CASES), 1))
    return xr.Dataset(
        {"sz": (("case", "time"), curve), "sz_se": (("case", "time"), 0.01 + 0 * curve)},
        {"case": CASES, "time": time},
    )


def test_lines_pass_exact_values_and_are_smooth_between_them() -> None:
    x = np.linspace(0, 15, 121)  # as in figure 3
    grid, line = fine(x, np.sin(1.7 * x))
    assert len(grid) == 120 * FINE + 1
    np.testing.assert_allclose(line[::FINE], np.sin(1.7 * x), atol=1e-12)
    # A third of what straight lines are off by, (1.7 / 8)^2 / 8.
    assert np.abs(line - np.sin(1.7 * grid)).max() < (1.7 / 8) ** 2 / 24


def test_nobody_sees_that_lines_are_interpolated() -> None:
    """Figure 3, whose lines in time are those that turn fastest: 0.3 % is less than their width."""
    model, times = twoqs.Model(spin=10, field=(2.0, 0, 0), decay=1.0), np.linspace(0, 15, 241)
    exact = evolve(model, times.tolist()).sz.values / 10
    grid, line = fine(times[::2], exact[::2])
    assert FINE % 2 == 0, "every half of an interval is on the grid"
    np.testing.assert_allclose(grid[:: FINE // 2], times)
    off = np.abs(line[:: FINE // 2] - exact).max() / np.ptp(exact)
    assert 0.001 < off < 0.003


def test_lines_do_not_overshoot_and_leave_out_what_is_not_there() -> None:
    x, y = np.array([0, 0.1, 0.2, 0.5, 1, 2]), np.array([0, np.nan, 1, 1.01, 1.02, 1.03])
    grid, line = fine(x, y)
    assert np.isfinite(line).all()
    assert 0 <= line.min() <= line.max() <= 1.03
    assert (np.diff(grid) > 0).all()
    two = fine([0, 1, 2], [0, 1, np.nan])
    np.testing.assert_array_equal(two, [[0, 1], [0, 1]])


@pytest.mark.parametrize("times", [4, 41, 61, 121, 129])
def test_no_symbol_lies_on_another(times: int) -> None:
    axes, data = Figure().subplots(), values(times)
    case_curves(axes, data, data.isel(case=0), "sz", CASES, 1.0)
    shown = [set(container.lines[0].get_xdata()) for container in axes.containers]
    assert len(shown) == len(CASES)
    for number, places in enumerate(shown):
        assert 1 <= len(places) <= SHOWN_TIMES
        assert not any(places & other for other in shown[:number])
    exact = axes.lines[0]
    assert len(exact.get_xdata()) == (times - 1) * FINE + 1


def test_symbols_of_the_legend_have_one_colour_that_stands_for_nothing_else() -> None:
    handles = [*case_handles(CASES), exact_handle()]
    assert {to_hex(handle.get_color()) for handle in handles} == {to_hex(NEUTRAL)}


def test_open_symbols_stay_open_and_hold_a_dot() -> None:
    assert STYLE["errorbar.capsize"] == 0
    circles = [look for look in CASE_MARKERS.values() if look["marker"] == "o"]
    assert circles
    # A "." is drawn half as wide as its size.
    assert all(look["ms"] > 2 * CASE_MARKERS["conserving"]["ms"] / 2 for look in circles)


def test_the_transition_is_named() -> None:
    with matplotlib.rc_context(STYLE):
        axes = Figure().subplots()
        transition(axes, 0.5, 0.3)
    (text,) = axes.texts
    assert text.get_text() == "transition"
    assert list(axes.lines[0].get_xdata()) == [0.5, 0.5]
