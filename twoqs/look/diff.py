"""Two results beside each other: what differs between them, and by how many standard errors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import stdtr

from twoqs.errors import ArgumentError, shown
from twoqs.kernels.moments import GROUP
from twoqs.look.choice import moving_along
from twoqs.look.diff_settings import setting_differences
from twoqs.look.open import open as open_results
from twoqs.look.positions import ZERO_SHARE
from twoqs.look.select import TOLERANCE
from twoqs.look.table import number_text, with_error
from twoqs.measure import error_name, without_errors
from twoqs.store import read_spec
from twoqs.sweep.point import label
from twoqs.sweep.problems import counted

BEYOND = 3.0
"""Standard errors beyond which deviations are counted ..."""

LARGEST = 10
"""... and how many of the largest are told."""

ROUNDING_SHARE = 1e-10
"""Share of the largest value of a variable below which errors and differences are rounding."""


@dataclass(frozen=True)
class _Pair:
    """A variable that both results have, at the same places.

    Attributes:
        name: the variable.
        data: its values in the first result, with their places.
        values, errors: of both.
        z: (first - other) in standard errors of the difference; NaN where there is no such thing.
        chance: probability that noise alone brings z beyond BEYOND.
        same: whether both are of the same trajectories, which is no comparison.
    """

    name: str
    data: xr.DataArray
    values: tuple[NDArray[np.float64], NDArray[np.float64]]
    errors: tuple[NDArray[np.float64], NDArray[np.float64]]
    z: NDArray[np.float64]
    chance: NDArray[np.float64]
    same: NDArray[np.bool_]


def difference(one: Path, other: Path) -> dict[str, Any]:
    """What differs between the results in two stores, with the keys of `twoqs diff --json`.

    Points are those at the same coordinates; if the axes differ, those of the same identity (model
    and numerics). Unfinished points count with the batches that they have.

    Raises:
        ArgumentError: if they have no point in common.
        StoreError: if one of them is no store, or damaged.
    """
    for path in (one, other):
        read_spec(path)  # a folder of sweeps is none
    first, second = (open_results(path, early=True) for path in (one, other))
    assert isinstance(first, xr.Dataset)
    assert isinstance(second, xr.Dataset)
    a, b, matched = _aligned(first, second)
    if not a.point_id.size:
        raise ArgumentError(
            f"The stores {one} and {other} have no point in common: none at the same coordinates "
            "of the same axes, and none with the same model and numerics."
        )
    one_seed = first.attrs["seed"] == second.attrs["seed"]
    same = (a.point_id.values == b.point_id.values) & one_seed
    pairs = list(_pairs(a, b, same))
    every = [(pair, np.isfinite(pair.values[0] - pair.values[1]) & ~pair.same) for pair in pairs]
    alike = [np.abs(pair.z[pair.same & ~np.isnan(pair.z)]) for pair in pairs]
    return {
        "stores": [str(one), str(other)],
        "differences": [
            {"what": what, "values": list(values)}
            for what, *values in setting_differences(first.attrs, second.attrs, _steps(a, b))
        ],
        "points": {
            "common": int(same.size),
            "of": [int(first.point_id.size), int(second.point_id.size)],
            "matched_by": matched,
            "same_trajectories": int(same.sum()),
            "same_largest_z": _number(np.concatenate([[0.0], *alike]).max()),
        },
        "summary": _summary([(pair.z[use], pair.chance[use]) for pair, use in every]),
        "variables": {
            pair.name: _summary([(pair.z[use], pair.chance[use])]) for pair, use in every
        },
        "largest": _largest([(pair, np.where(use, pair.z, np.nan)) for pair, use in every]),
    }


def _aligned(a: xr.Dataset, b: xr.Dataset) -> tuple[xr.Dataset, xr.Dataset, str]:
    """Both results at points and times that they have in common, and how points were found."""
    grids = a.point_id.dims, b.point_id.dims
    a = a.squeeze([dim for dim in grids[0] if dim not in grids[1] and a.sizes[dim] == 1])
    b = b.squeeze([dim for dim in grids[1] if dim not in grids[0] and b.sizes[dim] == 1])
    matched = "coordinates"
    own, others = a.point_id.dims, b.point_id.dims
    if set(own) != set(others):
        a, b, matched = _by_identity(a, own), _by_identity(b, others), "identity"
    for dim in [dim for dim in a.dims if dim in b.dims and dim in a.coords and dim in b.coords]:
        here, there = _common(_coordinates(a, dim), _coordinates(b, dim))
        a, b = a.isel({dim: here}), b.isel({dim: there})
    return a, b.transpose(*[dim for dim in a.dims if dim in b.dims], ...), matched


def _by_identity(data: xr.Dataset, dims: tuple[Any, ...]) -> xr.Dataset:
    """The same with all points along one dimension, each identity once."""
    flat = data.expand_dims("point") if not dims else data.stack(point=dims, create_index=False)
    _, first = np.unique(flat.point_id.values.astype(str), return_index=True)
    flat = flat.isel(point=np.sort(first)).drop_vars(moving_along(flat, "point"))
    return flat.assign_coords(point=flat.point_id.values.astype(str)).transpose("point", ...)


def _coordinates(data: xr.Dataset, dim: Any) -> NDArray[Any]:
    """Values along a dimension; where several move together along it, texts of all of them."""
    together = sorted(moving_along(data, dim))
    if not together:
        return data[dim].values
    rows = zip(*(data[name].values.tolist() for name in together), strict=True)
    return np.array([label(dict(zip(together, row, strict=True))) for row in rows], dtype=object)


def _common(one: NDArray[Any], other: NDArray[Any]) -> tuple[list[int], list[int]]:
    """Positions of the coordinates that are in both, but for rounding of numbers."""
    order = np.argsort(other, kind="stable")
    index = pd.Index(other[order])
    if one.dtype.kind in "iuf" and other.dtype.kind in "iuf" and index.is_unique:
        near = np.maximum(TOLERANCE * np.abs(one), ZERO_SHARE * np.abs(one).max(initial=0.0))
        found = index.get_indexer(one, method="nearest", tolerance=near)
    else:
        found = index.get_indexer(pd.Index(one))
    here = np.flatnonzero(found >= 0)
    return here.tolist(), order[found[here]].tolist()


def _pairs(a: xr.Dataset, b: xr.Dataset, same: NDArray[np.bool_]) -> Iterator[_Pair]:
    """All variables with standard errors that both have over the same dimensions."""
    for name in without_errors(a.data_vars):
        error = error_name(name)
        if error not in a or name not in b or error not in b or a[name].shape != b[name].shape:
            continue
        values = a[name].values.astype(float), b[name].values.astype(float)
        errors = a[error].values.astype(float), b[error].values.astype(float)
        shape = (*same.shape, *(1 for _ in range(values[0].ndim - same.ndim)))
        groups = [data.trajectories.values.reshape(shape) / GROUP for data in (a, b)]
        rounding = ROUNDING_SHARE * max(np.abs(v[np.isfinite(v)]).max(initial=0.0) for v in values)
        yield _Pair(
            name,
            a[name],
            values,
            errors,
            *_deviations(values, errors, groups, rounding),
            np.broadcast_to(same.reshape(shape), values[0].shape),
        )


def _deviations(
    values: tuple[NDArray[np.float64], ...],
    errors: tuple[NDArray[np.float64], ...],
    groups: list[NDArray[np.float64]],
    rounding: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """z of differences, and the probabilities that noise brings them beyond BEYOND.

    Standard errors come from few groups of trajectories, so that z has a distribution of Student
    with (e1^2 + e2^2)^2/(e1^4/(n1 - 1) + e2^4/(n2 - 1)) degrees of freedom (Welch 1947). What is
    equal but for rounding, as an initial state without noise, tells nothing.
    """
    off, error = values[0] - values[1], np.hypot(*errors)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(
            error > rounding, off / error, np.where(np.abs(off) > rounding, np.inf, np.nan)
        )
        uneven = sum(e**4 / (n - 1) for e, n in zip(errors, groups, strict=True))
        freedom = np.where(error > rounding, error**4 / uneven, np.inf)
    return np.where(np.isnan(off), np.nan, z), 2 * stdtr(freedom, -BEYOND)


def _summary(found: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> dict[str, Any]:
    """How many values, how many beyond BEYOND, how many of them chance explains, and rms z."""
    z, chance = (np.concatenate([[], *(pair[which] for pair in found)]) for which in (0, 1))
    z, chance = z[~np.isnan(z)], chance[~np.isnan(z)]
    return {
        "values": len(z),
        "beyond": int((np.abs(z) > BEYOND).sum()),
        "expected": float(chance.sum()),
        "rms_z": _number(math.sqrt(np.mean(z**2))) if len(z) else None,
    }


def _steps(a: xr.Dataset, b: xr.Dataset) -> tuple[str, str]:
    """The steps at the points in common, in words."""
    ends = [(float(data.step.min()), float(data.step.max())) for data in (a, b)]
    texts = [f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}" for low, high in ends]
    return texts[0], texts[1]


def _largest(found: list[tuple[_Pair, NDArray[np.float64]]]) -> list[dict[str, Any]]:
    """The largest deviations of all variables, and where they are."""
    tops = []
    for pair, z in found:
        sizes = np.where(np.isnan(z), -1.0, np.abs(z)).ravel()
        places = np.argsort(-sizes, kind="stable")[:LARGEST]
        tops += [(sizes[place], pair, int(place)) for place in places if sizes[place] >= 0]
    tops.sort(key=lambda top: -top[0])
    return [
        {
            "variable": pair.name,
            "at": _at(pair.data, place),
            "values": [_number(v.ravel()[place]) for v in pair.values],
            "standard_errors": [_number(e.ravel()[place]) for e in pair.errors],
            "z": _number(pair.z.ravel()[place]),
        }
        for _, pair, place in tops[:LARGEST]
    ]


def _at(data: xr.DataArray, place: int) -> dict[str, Any]:
    """Coordinates of a value, by its number in the array."""
    index = dict(zip(data.dims, np.unravel_index(place, data.shape), strict=True))
    return {
        str(dim): data[dim][int(number)].item() if dim in data.coords else int(number)
        for dim, number in index.items()
    }


def _number(value: Any) -> float | None:
    """A number that JSON has."""
    return float(value) if math.isfinite(value) else None


def difference_lines(found: dict[str, Any]) -> Iterator[str]:
    """What `difference` has found, in lines of text."""
    for one in found["differences"]:
        yield f"{one['what']}: {' | '.join(map(_setting, one['values']))}"
    points = found["points"]
    counts = " and ".join(map(str, points["of"]))
    yield f"{counted(points['common'], 'point')} in common by {points['matched_by']}, of {counts}"
    if points["same_trajectories"]:
        z = points["same_largest_z"]
        apart = f"at most {'inf' if z is None else f'{z:.2g}'} standard errors apart"
        yield (
            f"{points['same_trajectories']} of them of the same trajectories (model, numerics and "
            f"seed), which test nothing and are left out below: {'equal' if z == 0 else apart}"
        )
    if not found["summary"]["values"]:
        return
    rows = {"all": found["summary"], **found["variables"]}
    table = pd.DataFrame(
        {
            "variable": name,
            "values": row["values"],
            f"beyond {BEYOND:g}": row["beyond"],
            "by chance": f"{row['expected']:.2g}",
            "rms z": number_text(math.nan if row["rms_z"] is None else row["rms_z"]),
        }
        for name, row in rows.items()
        if row["values"]
    )
    yield from ("", table.to_string(index=False), "", "largest differences")
    largest = pd.DataFrame(
        {
            "z": "inf" if row["z"] is None else f"{row['z']:.2f}",
            "variable": row["variable"],
            "at": label(row["at"]),
            **{
                place: with_error(value, error)
                for place, value, error in zip(
                    ("first", "second"), row["values"], row["standard_errors"], strict=True
                )
            },
        }
        for row in found["largest"]
    )
    yield largest.to_string(index=False)


def _setting(value: Any) -> str:
    return "left out" if value is None else value if isinstance(value, str) else shown(value)
