"""Selection along axes of floats forgives rounding, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr

import twoqs.look.open  # noqa: F401 - gives datasets the accessor
from twoqs.errors import ArgumentError
from twoqs.sweep import Sweep

COMPUTED = [0.1 * 3, 0.1 * 1, -0.1 * 7, -1 + 0.1 * 10]
"""As a loop computes them: 0.30000000000000004 and so on, in no order, with a 0 that may be off."""


@pytest.fixture
def data() -> xr.Dataset:
    coordinates = {"J_y": COMPUTED, "n": [1, 2, 10], "case": ["pda", "conserving"]}
    values = np.arange(24.0).reshape(4, 3, 2)
    return xr.Dataset({"sz": (tuple(coordinates), values)}, coordinates)


@pytest.mark.parametrize(
    ("wanted", "place"),
    [(0.3, 0), (0.1 * 3, 0), (0.1 + 0.2, 0), (0.1, 1), (-0.7, 2), (0, 3), (1e-16, 3)],
)
def test_rounding_is_forgiven(wanted: float, place: int, data: xr.Dataset) -> None:
    xr.testing.assert_identical(data.twoqs.sel(J_y=wanted), data.isel(J_y=place))
    xr.testing.assert_identical(data.sz.twoqs.sel(J_y=wanted), data.sz.isel(J_y=place))


def test_what_a_user_types_is_what_a_sweep_has() -> None:
    """Declared values and those of a linspace need no accessor: they are the same floats."""
    content: dict[str, Any] = {
        "name": "s", "seed": 1, "trajectories": 1, "model": {"spin": 1, "decay": 1.0},
        "numerics": {"times": [1]},
        "axes": {"x": {"sets": "model.field.x", "values": [-0.3, {"linspace": [0, 1, 11]}]}},
    }  # fmt: skip
    (axis,) = Sweep.from_dict(content).axes
    assert axis.coordinates == (-0.3, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)


def test_lists_ranges_and_names(data: xr.Dataset) -> None:
    found = data.twoqs.sel(J_y=[0.3, -0.7], case="pda", n=np.int64(2))
    xr.testing.assert_identical(found, data.isel(J_y=[0, 2], case=0, n=1))
    found = data.twoqs.sel({"J_y": slice(0.1, 0.3)}, case=["conserving"])
    assert found.J_y.values.tolist() == COMPUTED[:2], "both ends, in the order of the axis"
    assert data.twoqs.sel(J_y=slice(None, 0.0)).J_y.values.tolist() == COMPUTED[2:]
    assert data.twoqs.sel(J_y=slice(0.5, None)).sizes["J_y"] == 0


def test_the_tolerance_is_a_share_of_the_value(data: xr.Dataset) -> None:
    assert float(data.twoqs.sel(J_y=0.301, tolerance=0.01).J_y) == COMPUTED[0]
    wide = xr.Dataset(coords={"x": np.logspace(-9, 3, 13)})
    for value in wide.x.values.tolist():
        assert float(wide.twoqs.sel(x=value * (1 + 1e-10)).x) == value
    with pytest.raises(ArgumentError):
        data.twoqs.sel(J_y=0.3 + 1e-9)


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"J_y": 0.25}, r"`J_y` must be a value of the axis \(the nearest are 0.1 and 0.3\).*0.25"),
        ({"J_y": float("nan")}, "`J_y` must be finite"),
        ({"J_y": "0.3"}, "`J_y` must be a number"),
        ({"J_y": slice(0, 1, 2)}, "`J_y` must be a range of numbers"),
        ({"case": "P"}, "`case` must be one of pda, conserving, but got 'P'"),
        ({"case": slice("a", "z")}, "`case` must be a range of numbers"),
        ({"J_x": 0}, "`indexers` must name only J_y, n, case, but got 'J_x'"),
        ({"n": 3}, "`n` must be a value of the axis .the nearest are 1 and 2"),
        ({"tolerance": -1}, "`tolerance` must not be negative"),
    ],
)
def test_what_is_not_there_is_told(choice: dict[str, Any], words: str, data: xr.Dataset) -> None:
    with pytest.raises(ArgumentError, match=words):
        data.twoqs.sel(**choice)


def test_anything_but_a_dict_is_refused(data: xr.Dataset) -> None:
    with pytest.raises(ArgumentError, match="`indexers` must be a dict of dimensions"):
        data.twoqs.sel(0.1)
