"""A merged dataset as a table in the terminal: one row for each point, value +- error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError, require

DEFAULT_VARIABLES = ("sx", "sy", "sz")
ALWAYS = "trajectories"

NOISE = 1e-12
"""Values below this whose error is exactly 0 are what rounding left of 0."""


def table(
    data: xr.Dataset, variables: Sequence[str] = (), at: Mapping[str, str] | None = None
) -> str:
    """The table as text.

    Args:
        data: a merged dataset.
        variables: names of variables to show; the mean spin if empty.
        at: for dimensions, the coordinate to show (the nearest one, for numbers). Without one for
            `time`, the last time is shown.

    Raises:
        ArgumentError: for unknown names, or a variable with a dimension that is left open.
    """
    names = list(dict.fromkeys(variables)) or [name for name in DEFAULT_VARIABLES if name in data]
    for name in names:
        known = ", ".join(str(v) for v in data.data_vars if not str(v).endswith("_se"))
        require(name in data.data_vars, "var", f"be a variable ({known})", name)
    names = [name for name in names if name != ALWAYS]
    wanted = dict(at or {})
    if "time" in data.dims and "time" not in wanted:
        wanted["time"] = str(data["time"].values[-1])
    for name, text in wanted.items():
        data = _select(data, name, text)
    axes = list(data[ALWAYS].dims)
    for name in names:
        for dim in data[name].dims:
            require(dim in axes, "at", f"choose a value of `{dim}` for `{name}`", "none")
    header = [*(str(axis) for axis in axes), *names, ALWAYS]
    rows = [header, *_rows(data, [str(axis) for axis in axes], names)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    lines = ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    fixed = ", ".join(f"{dim} = {_number(data[dim].values.item())}" for dim in wanted)
    return "\n".join(([f"at {fixed}"] if fixed else []) + lines)


def _select(data: xr.Dataset, dim: str, text: str) -> xr.Dataset:
    known = ", ".join(str(d) for d in data.dims)
    require(dim in data.dims, "at", f"name a dimension ({known})", dim)
    if data[dim].dtype.kind not in "iuf":
        names = [str(value) for value in data[dim].values]
        require(text in names, "at", f"name one of {', '.join(names)} for `{dim}`", text)
        return data.isel({dim: names.index(text)})
    try:
        value = float(text)
    except ValueError:
        raise ArgumentError.of("at", f"give a number for `{dim}`", text) from None
    require(math.isfinite(value), "at", f"give a finite number for `{dim}`", text)
    return data.isel({dim: int(np.abs(data[dim].values - value).argmin())})


def _rows(data: xr.Dataset, axes: list[str], names: list[str]) -> Iterator[list[str]]:
    values = {name: data[name].transpose(*axes).values for name in [*names, ALWAYS]}
    errors = {
        name: data[f"{name}_se"].transpose(*axes).values for name in names if f"{name}_se" in data
    }
    for index in product(*(range(data.sizes[axis]) for axis in axes)):
        where = [_number(data[axis].values[i]) for axis, i in zip(axes, index, strict=True)]
        cells = [
            estimate(float(values[name][index]), float(errors[name][index]))
            if name in errors
            else _number(float(values[name][index]))
            for name in names
        ]
        yield [*where, *cells, str(int(values[ALWAYS][index]))]


def estimate(value: float, error: float) -> str:
    """A value with its error, both to two digits of the error."""
    if error == 0 and abs(value) < NOISE:
        return "0 ± 0"
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return _number(value)
    digits = 1 - math.floor(math.log10(error))
    if not -3 <= digits <= 12:
        return f"{value:.6g} ± {error:.2g}"
    places = max(0, digits)
    return f"{value:.{places}f} ± {error:.{places}f}"


def _number(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "-" if math.isnan(value) else f"{value:.6g}"
    return str(value)
