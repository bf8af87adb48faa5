"""Table of deviations of a merged sweep from the predictions for its points."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twoqs.errors import StoreError, require
from twoqs.execution.predict import THEORY_METHODS, are_for
from twoqs.measure import OBSERVABLES, OF_MODES, error_name
from twoqs.model.arguments import file_name
from twoqs.simulation.validity import member_values
from twoqs.store.files import write_atomic
from twoqs.sweep import Sweep

POINT_COLUMNS = ("spin", "scheme", "representation")
"""Columns that say for each point what it is, beside its coordinates."""

ROUNDING = 1e-10
"""Share of its scale below which a difference is rounding."""

BELOW_NOISE = 1e-3
"""Share of a standard error below which what is requested is zero."""

COLUMNS = (
    "variable",
    "value",
    "standard_error",
    "reference",
    "scale",
    "z",
    "deviation",
    "method",
)


def deviations(result: xr.Dataset, predicted: xr.Dataset) -> pd.DataFrame:
    """Every value of a merged sweep for which there is a prediction, beside it.

    Args:
        result: a merged sweep.
        predicted: what `twoqs.execution.predict.predictions` gives for the same sweep.

    Returns:
        One row for each value, with the coordinates of its point, time, distance, member and mode
        (where there are such dimensions), spin (0 for modes), scheme, representation, and: value,
        standard_error, reference, scale (S for means, S^2 for variances, 1 for modes and normalised
        correlations, the reference itself for xi, squeezing and g2, the largest reference of the
        point for what is requested), z = (value -
        reference)/standard_error, deviation = (value - reference)/scale, and the method of the
        prediction. Points that are not finished and fits that are not resolved have no row; a value
        that is not finite deviates by infinity.

    Raises:
        ArgumentError: if the predictions are for another sweep.
    """
    # A merged sweep carries its own description.
    sweep = Sweep.from_dict(json.loads(result.attrs["sweep"]))
    require(
        are_for(predicted, sweep) and _fits(predicted, result, sweep),
        "predicted",
        f"be for the sweep {sweep.name!r}",
        "the predictions of another one",
    )
    # Cases may stand in another order.
    predicted = predicted.reindex({dim: result.indexes[dim] for dim in sweep.dims})
    points = _settings(sweep, result)
    tables = [
        _rows(result, predicted, points, str(name))
        for name in predicted.data_vars
        if error_name(name) in result
    ]
    dims = ("time", "distance", "member", "mode", *_own_dimensions(sweep))
    inner = [dim for dim in dims if dim in predicted.dims]
    settings = [name for name in POINT_COLUMNS if name not in sweep.dims]
    columns = [*sweep.dims, *inner, *settings, *COLUMNS]
    filled = [table for table in tables if not table.empty]
    if not filled:
        return pd.DataFrame(columns=columns)
    return pd.concat(filled, ignore_index=True).reindex(columns=columns)


def _fits(predicted: xr.Dataset, result: xr.Dataset, sweep: Sweep) -> bool:
    """Whether predictions have the dimensions of a result, numbers, and methods that exist."""
    for dim, size in predicted.sizes.items():
        index = predicted.indexes.get(dim)
        if result.sizes.get(dim) != size or index is None or not index.is_unique:
            return False
    if not all(variable.dtype.kind in "if" for variable in predicted.data_vars.values()):
        return False
    methods = predicted.get("method")
    return (
        methods is not None
        and set(methods.dims) == set(sweep.dims)
        and methods.dtype.kind == "i"
        and bool(((methods >= -1) & (methods < len(THEORY_METHODS))).all())
    )


def _own_dimensions(sweep: Sweep) -> Iterator[str]:
    """Dimensions of what is requested beside the moments, each once."""
    found: dict[str, None] = {}
    for point in sweep.points:
        for request in point.numerics.requests:
            found |= dict.fromkeys(request.coordinates(point.model, point.numerics))
    return iter(found)


def _settings(sweep: Sweep, result: xr.Dataset) -> xr.Dataset:
    """The variables of_spin, of_scheme and of_representation of each point."""
    columns: dict[str, list[Any]] = {
        "spin": [member_values(point.model, lambda member: member.spin) for point in sweep.points],
        "scheme": [point.numerics.scheme for point in sweep.points],
        "representation": [point.numerics.representation for point in sweep.points],
    }
    # The description in the attributes has its keys sorted: points are found by coordinates.
    axes = {dim: result.indexes[dim] for dim in sweep.dims}
    positions = [
        tuple(axes[dim].get_loc(value) for dim, value in point.coordinates.items())
        for point in sweep.points
    ]
    shape = tuple(len(index) for index in axes.values())
    grids = {}
    for name, values in columns.items():
        inner = np.shape(values[0])  # (member,) of lengths, if there are several
        grid = np.empty((*shape, *inner), dtype=object)
        for position, value in zip(positions, values, strict=True):
            grid[position] = value
        grids[f"of_{name}"] = ((*axes, *(("member",) if inner else ())), grid)
    return xr.Dataset(grids)


def _rows(result: xr.Dataset, predicted: xr.Dataset, points: xr.Dataset, name: str) -> pd.DataFrame:
    if name in OF_MODES:
        points = points.assign(of_spin=xr.zeros_like(points.of_scheme, dtype=float))
    elif name not in OBSERVABLES and "member" in points.of_spin.dims:  # of all members together
        points = points.assign(of_spin=points.of_spin.astype(float).max("member"))
    together = xr.Dataset(
        {
            "value": result[name].variable,
            "standard_error": result[error_name(name)].variable,
            "reference": predicted[name].variable,
            "largest": _largest(predicted, name).variable,
            "method": predicted.method.variable,
            "trajectories": result.trajectories.variable,
            **{str(key): grid.variable for key, grid in points.data_vars.items()},
        },
        {dim: result[dim] for dim in result[name].dims},
    )
    if not together.dims:
        together = together.expand_dims("alone")
    table = together.to_dataframe(dim_order=list(together.dims)).reset_index()
    table = table[np.isfinite(table.reference) & (table.trajectories > 0)].copy()
    if _power(name) is None:  # fits, and ratios to a mean that noise may hide
        table = table[np.isfinite(table.value)].copy()
    off = (table.value - table.reference).where(np.isfinite(table.value), np.inf)
    table["scale"] = scale = _scale(name, table)
    # A state without noise (P at time 0) has errors that are rounding, and mean nothing.
    rounded = table.standard_error <= ROUNDING * scale
    table["z"] = off / table.standard_error.mask(rounded)
    table["deviation"] = off / scale
    for setting in POINT_COLUMNS:
        # An axis of the sweep may have that name itself.
        if setting not in table:
            table[setting] = table[f"of_{setting}"]
    table["variable"] = name
    table["method"] = [THEORY_METHODS[number] for number in table.method]
    return table


def _power(name: str) -> int | None:
    """The power of S which a variable is a share of; None for all that is requested and derived."""
    return OBSERVABLES[name].power if name in OBSERVABLES else None


def _largest(predicted: xr.Dataset, name: str) -> xr.DataArray:
    """The largest size of a variable along its own dimensions, at each point."""
    inner = [dim for dim in predicted[name].dims if dim not in predicted.method.dims]
    return abs(predicted[name]).max(inner)


def _scale(name: str, table: pd.DataFrame) -> pd.Series:
    """What deviations are shares of; NaN where all of a variable is zero, but for rounding."""
    power = _power(name)
    if power is not None:
        return table.of_spin.astype(float) ** power
    if name in OBSERVABLES:
        return table.reference.abs()
    return table.largest.where(table.largest > BELOW_NOISE * table.standard_error)


def write_table(table: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a table as CSV, whole or not at all, with all digits.

    Raises:
        StoreError: if the disk refuses.
    """
    target = Path(file_name("path", path))
    text = table.to_csv(index=False, float_format="%.17g")
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(target, text.encode())
    except OSError as error:
        raise StoreError(f"Cannot write the table {target}: {error.strerror}.") from error


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Largest and root-mean-square deviation of each variable, scheme, representation and spin.

    Returns:
        One row for each, with the columns scheme, representation, spin, variable, values (their
        number), largest_z, rms_z, largest_percent, rms_percent (of the scale) and median_se_percent
        (the standard error, likewise).
    """
    keys = ["scheme", "representation", "spin", "variable"]
    extended = table.assign(
        z=table.z.abs(),
        percent=100 * table.deviation.abs(),
        se_percent=100 * table.standard_error / table.scale,
    )
    groups = extended.groupby(keys, sort=False)
    return groups.agg(
        values=("z", "size"),
        largest_z=("z", "max"),
        rms_z=("z", _rms),
        largest_percent=("percent", "max"),
        rms_percent=("percent", _rms),
        median_se_percent=("se_percent", "median"),
    ).reset_index()


def _rms(values: pd.Series) -> float:
    return float(np.sqrt((values**2).mean()))
