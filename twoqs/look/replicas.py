"""Replicas of a result: what it would be without some of its trajectories, again and again.

The spread of any function of them gives that function's standard error, whatever it is made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import require
from twoqs.measure.names import REPLICA
from twoqs.measure.results import replicates
from twoqs.measure.rows import ROWS_OF_RESULT, ResultRows
from twoqs.measure.variables import Results, Variable
from twoqs.model.arguments import is_sequence
from twoqs.store import Store
from twoqs.sweep import Point

STORE_OF_RESULT = "twoqs_store"
"""Key of the encoding of a dataset under which the folder of its sweep is.

Under "source" xarray notes the file that it has read."""


def replicas(data: xr.Dataset, names: str | Sequence[str]) -> Any:
    """Estimates with one group of trajectories after the other left out.

    Args:
        data: what `simulate` has returned or `open` has read, or some of its points.
        names: of a variable with a standard error, or several of them.

    Returns:
        A DataArray with the dimension `replica` first, for several names a Dataset: of all times
        and sites of the points of `data`. NaN for points that have fewer replicas than others.

    Raises:
        ArgumentError: for other data, or names that are none.
        StoreError: if the store is gone, or a record of it damaged.
    """
    several = is_sequence(names)
    wanted = list(names) if several else [names]
    text = all(isinstance(name, str) for name in wanted) and len(wanted) > 0
    require(text, "names", "be the name of a variable, or a list of names", names)
    found = _replicas(data, [str(name) for name in wanted])
    return found if several else found[wanted[0]]


def _replicas(data: xr.Dataset, names: list[str]) -> xr.Dataset:
    rows, folder = data.encoding.get(ROWS_OF_RESULT), data.encoding.get(STORE_OF_RESULT)
    if rows is not None:
        return xr.Dataset(*_chosen(_of_rows(rows), names))
    known = folder is not None and "point_id" in data.coords
    wanted = "be what simulate has returned in this process or open has read, or points of it"
    require(known, "data", wanted, "a dataset whose sums are not known")
    return _of_points(data, Path(str(folder)), names)


def _of_rows(rows: ResultRows) -> Results:
    return replicates(*rows)


def _chosen(results: Results, names: Sequence[str]) -> tuple[dict[str, Variable], dict[str, Any]]:
    """The variables of these names, and the coordinates of their dimensions."""
    known = ", ".join(results.variables)
    for name in names:
        require(name in results.variables, "names", f"be of variables with errors ({known})", name)
    variables = {name: results.variables[name] for name in names}
    dims = {dim for one in variables.values() for dim in one.dims}
    return variables, {dim: one for dim, one in results.coordinates.items() if dim in dims}


def _of_points(data: xr.Dataset, folder: Path, names: list[str]) -> xr.Dataset:
    """Of all points of a sweep that are in a dataset."""
    store = Store(folder)
    points = {point.point_id: point for point in store.sweep.points}
    grid = data.point_id
    made: dict[int, Results] = {}
    for i, identity in enumerate(grid.values.flat):
        point: Point | None = points.get(str(identity))
        if point is not None and store.finished(point):
            made[i] = replicates(point.model, point.numerics, store.rows(point))
    require(bool(made), "data", "have a point that is finished", f"{grid.size} that are not")
    coordinates: dict[Any, Any] = {
        name: values for name, values in data.coords.items() if set(values.dims) <= set(grid.dims)
    }
    variables = {}
    for name in names:
        found = {i: _chosen(results, [name]) for i, results in made.items()}
        variables[name] = _stacked(grid, {i: own[0][name] for i, own in found.items()})
        for _, own in found.values():
            coordinates |= own
    return xr.Dataset(variables, coordinates)


def _stacked(grid: xr.DataArray, found: Mapping[int, Variable]) -> Variable:
    """Variables of points as one over all of them, NaN where there is none."""
    first = next(iter(found.values()))
    most = max(len(one.values) for one in found.values())
    values = np.full((most, grid.size, *first.values.shape[1:]), np.nan)
    for i, one in found.items():
        values[: len(one.values), i] = one.values
    dims = (REPLICA, *map(str, grid.dims), *first.dims[1:])
    return Variable(dims, values.reshape(most, *grid.shape, *values.shape[2:]), first.attributes)
