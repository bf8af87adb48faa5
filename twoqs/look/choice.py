"""What a user chooses of a merged dataset on the command line: variables, and coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError, require
from twoqs.measure.names import error_name, without_errors


def chosen(data: xr.Dataset, names: Sequence[str]) -> list[str]:
    """Names of variables, each once.

    Raises:
        ArgumentError: for a name that is none.
    """
    for name in names:
        known = ", ".join(without_errors(data.data_vars))
        require(name in data.data_vars, "var", f"be a variable ({known})", name)
    return list(dict.fromkeys(names))


def only(data: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Some variables of a dataset, each with its standard error, and the counts of trajectories.

    Raises:
        ArgumentError: for a name that is none.
    """
    names = chosen(data, names)
    errors = [error_name(name) for name in names if error_name(name) in data]
    return data[list(dict.fromkeys([*names, *errors, "trajectories"]))]


def at(data: xr.Dataset, coordinates: Mapping[str, str]) -> xr.Dataset:
    """The dataset at one coordinate of some dimensions: the nearest one, for numbers.

    Raises:
        ArgumentError: for a name that is no dimension, or a coordinate that cannot be.
    """
    for dim, text in coordinates.items():
        data = data.isel({dim: _position(data, dim, text)})
    return data


def coordinates_of(texts: Iterable[str]) -> dict[str, str]:
    """Dimensions and coordinates in texts of the form DIM=VALUE.

    Raises:
        ArgumentError: for a text of another form.
    """
    found = {}
    for text in texts:
        dim, separator, value = text.partition("=")
        require(bool(separator), "at", "have the form DIM=VALUE", text)
        require(dim not in found, "at", "choose one value of each dimension", text)
        found[dim] = value
    return found


def _position(data: xr.Dataset, dim: str, text: str) -> int:
    known = ", ".join(str(d) for d in data.dims)
    require(dim in data.dims, "at", f"name a dimension ({known})", dim)
    if data[dim].dtype.kind not in "iuf":
        names = [str(value) for value in data[dim].values]
        require(text in names, "at", f"name one of {', '.join(names)} for `{dim}`", text)
        return names.index(text)
    try:
        value = float(text)
    except ValueError:
        raise ArgumentError.of("at", f"give a number for `{dim}`", text) from None
    values = data[dim].values
    low, high = float(values.min()), float(values.max())
    # Half of what lies between two values, or rounding where there is but one.
    slack = (high - low) / max(1, 2 * (len(values) - 1)) + 1e-9 * abs(high)
    inside = low - slack <= value <= high + slack
    require(inside, "at", f"give a number from {low:g} to {high:g} for `{dim}`", text)
    return int(np.abs(values - value).argmin())
