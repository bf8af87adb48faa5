"""What a user chooses of a merged dataset on the command line: variables, and coordinates."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError, require
from twoqs.measure.names import errors_of, without_errors


def chosen(data: xr.Dataset, names: Sequence[str]) -> list[str]:
    """Names of variables, each once.

    Raises:
        ArgumentError: for a name that is none.
    """
    for name in names:
        known = ", ".join(without_errors(data.data_vars))
        require(name in data.data_vars, "var", f"be a variable ({known})", name)
    return list(dict.fromkeys(names))


def leading_variable(data: xr.Dataset) -> str:
    """What is looked at if nothing is chosen: S^z, or of modes alone the number of quanta."""
    return "sz" if "sz" in data.data_vars else "n"


def only(data: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Some variables of a dataset, each with its errors, and the counts of trajectories.

    Raises:
        ArgumentError: for a name that is none.
    """
    names = chosen(data, names)
    errors = [error for name in names for error in errors_of(name, data)]
    return data[list(dict.fromkeys([*names, *errors, "trajectories"]))]


def at(data: xr.Dataset, coordinates: Mapping[str, str]) -> xr.Dataset:
    """The dataset at one coordinate of some dimensions: the nearest one, for numbers.

    Values that move together along a dimension may choose it together.

    Raises:
        ArgumentError: for a name that is no dimension and nothing that moves along one, or a
            coordinate that cannot be.
    """
    found: dict[Hashable, list[int]] = {}
    for name, text in coordinates.items():
        dim = dimension_of(data, name)
        known = ", ".join(str(one) for own in data.dims for one in (own, *moving_along(data, own)))
        require(dim is not None, "at", f"name a dimension ({known})", name)
        assert dim is not None
        near = _positions(data, name, text)
        found[dim] = [i for i in found.get(dim, near) if i in near]
        require(bool(found[dim]), "at", f"go with what else is chosen along `{dim}`", text)
    for dim, places in found.items():
        first = data[dim].values[places[0]]
        once = f"choose one place along `{dim}`, as --at {dim}={first} does"
        texts = [f"{n}={text}" for n, text in coordinates.items() if dimension_of(data, n) == dim]
        require(len(places) == 1, "at", once, ", ".join(texts))
    return data.isel({dim: places[0] for dim, places in found.items()})


def moving_along(data: xr.Dataset | xr.DataArray, dim: Hashable) -> list[str]:
    """Names of the values that move together along a dimension."""
    own = (str(name) for name, values in data.coords.items() if values.dims == (dim,))
    return [name for name in own if name != dim and "sets" in data[name].attrs]


def dimension_of(data: xr.Dataset | xr.DataArray, name: Hashable) -> Hashable | None:
    """The dimension of a name: itself, or along which these values move; None if there is none."""
    if name in data.dims and name in data.coords:
        return name
    return next((dim for dim in data.dims if name in moving_along(data, dim)), None)


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


def _positions(data: xr.Dataset, dim: str, text: str) -> list[int]:
    """Where a dimension has the nearest value, once; what moves along it may have it again."""
    if data[dim].dtype.kind not in "iuf":
        names = [str(value) for value in data[dim].values]
        require(text in names, "at", f"name one of {', '.join(names)} for `{dim}`", text)
        return [names.index(text)]
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
    near = np.abs(values - value)
    places: list[int] = np.flatnonzero(near == near.min()).tolist()
    return places[:1] if dim in data.dims else places
