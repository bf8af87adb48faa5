"""Writes a sweep into one file for other tools: netCDF or CSV."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twoqs.errors import ArgumentError, StoreError, require
from twoqs.look.choice import moving_along, only
from twoqs.look.open import open_one, reading
from twoqs.look.per_spin import in_hbar, over_spin
from twoqs.look.trusted import statuses
from twoqs.measure import DIMENSIONS, error_name, without_errors
from twoqs.model.arguments import file_name
from twoqs.store.files import atomically

MOST_BYTES = 2**31 - 4
"""Largest variable of a netCDF-3 file that every reader takes."""


def export(
    store: str | os.PathLike[str],
    output: str | os.PathLike[str],
    variables: Sequence[str] = (),
    force: bool = False,
    per_spin: bool = False,
) -> xr.Dataset:
    """Write what is finished of a sweep into one file, whole or not at all.

    Files that end in `.nc` are netCDF-3 with 64-bit offsets and hold all of the dataset: integers
    are those of 32 bits, and where they do not fit floats; truth values are 0 and 1. Files that end
    in `.csv` are what `tidy` makes of each variable, one after the other.

    Args:
        store: folder of the sweep.
        output: file to write.
        variables: names of those to write, with their standard errors; all if empty.
        force: whether to replace a file.
        per_spin: whether values are in units of S or S^2: of `variables`, or of all that have such
            units; statuses stay as they are.

    Returns:
        The dataset that was written; points that are not finished are masked in it.

    Raises:
        ArgumentError: if there is no sweep or no such variable, or one of them that no power of S
            divides; or the file is there or cannot be of this kind.
        StoreError: if the sweep is damaged, or the disk refuses.
    """
    path = Path(file_name("output", output))
    require(path.suffix in _WRITERS, "output", f"end in {' or '.join(_WRITERS)}", str(path))
    require(not path.is_dir(), "output", "be a file", str(path))
    wanted = "be a file that does not exist yet, unless replacing it is asked for (--force)"
    require(force or not path.exists(), "output", wanted, str(path))
    data = open_one(store)
    divided = [name for name in variables or in_hbar(data) if per_spin]
    shown = over_spin(data, divided)
    shown = only(shown, variables) if variables else shown
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomically(path) as partial:
            _WRITERS[path.suffix](data, shown, partial, Path(file_name("store", store)))
    except OSError as error:
        raise StoreError(f"Cannot write {path}: {error.strerror}.") from error
    return shown


def tidy(data: xr.Dataset, name: str, shown: xr.Dataset | None = None) -> pd.DataFrame:
    """One variable as a table with a row for each point and each of its own coordinates.

    Args:
        data: results of a sweep, in units of hbar.
        name: of the variable.
        shown: the same in other units, whose values are those of the table.

    Returns:
        Columns: the sweep's axes, each with what moves together along it, then `time`, `distance`,
        `site`, `mode_site`, `member`, `mode` and all others that the dataset has (empty where the
        variable has not), `variable`, `value`, `standard_error` (empty if it has none),
        `trajectories` and the word of its `status` (empty if it has no standard error, or the
        dataset lacks the means and variances that tell of it). The value of a point that is not
        finished is empty.

    Raises:
        ArgumentError: if there is no such variable.
    """
    require(name in data.data_vars, "name", "be a variable of the dataset", name)
    shown = data if shown is None else shown
    columns = {"value": shown[name], "trajectories": data.trajectories}
    if error_name(name) in data:
        columns["standard_error"] = shown[error_name(name)]
    codes = _codes(data, name)
    if codes is not None:
        columns["status"] = codes
    table = xr.Dataset({key: column.variable for key, column in columns.items()})
    named = [name for dim in data.trajectories.dims for name in (dim, *moving_along(data, dim))]
    own = {name: data[name].variable for name in (*table.dims, *named)}
    table = table.assign_coords(own)
    order = [*data.trajectories.dims, *(d for d in data[name].dims if d not in data.complete.dims)]
    if not order:
        table, order = table.expand_dims("alone"), ["alone"]
    frame = table.to_dataframe(dim_order=order).reset_index().assign(variable=name)
    # A type of pandas in which a flag may be missing and yet be an integer.
    values = frame["value"].astype("Int64") if data[name].dtype.kind == "i" else frame["value"]
    frame["value"] = values.where(frame["trajectories"] > 0)
    if codes is not None:
        words = codes.attrs["flag_meanings"].split()
        frame["status"] = frame["status"].map(dict(zip(codes.flag_values, words, strict=True)))
    inner = [dim for dim in (*DIMENSIONS, *data.dims) if dim in data.dims]
    head = dict.fromkeys([*named, *(dim for dim in inner if dim not in data.trajectories.dims)])
    return frame.reindex(columns=[*head, "variable", *_COLUMNS])


def _codes(data: xr.Dataset, name: str) -> xr.DataArray | None:
    """Status of each value; None if it has none, or these few variables do not tell."""
    try:
        return statuses(data, name)
    except ArgumentError:
        return None


def _write_csv(data: xr.Dataset, shown: xr.Dataset, path: Path, store: Path) -> None:
    names = without_errors(shown.data_vars)
    names = [name for name in names if name != "trajectories"]
    with path.open("w", encoding="utf-8", newline="") as file:
        for i, name in enumerate(names):
            with reading(store):
                table = tidy(data, name, shown)
            table.to_csv(file, index=False, header=i == 0)


def _write_netcdf(_: xr.Dataset, data: xr.Dataset, path: Path, store: Path) -> None:
    largest = max(data.variables, key=lambda name: data.variables[name].nbytes)
    fits = data[largest].nbytes <= MOST_BYTES
    require(fits, "output", f"end in .csv, as {largest} is too large for this netCDF", path.name)
    with reading(store):
        data = data.load()
    write_netcdf3(data, path)


def write_netcdf3(data: xr.Dataset, path: Path) -> None:
    """Write a dataset in memory as netCDF-3 with 64-bit offsets."""
    plain = data.assign({name: _plain(variable) for name, variable in data.variables.items()})
    plain.attrs = {key: _plain_attribute(value) for key, value in data.attrs.items()}
    with warnings.catch_warnings():
        # xarray says for every integer that it becomes one of 32 bits; we know.
        warnings.simplefilter("ignore", UserWarning)
        plain.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")


def _plain(variable: xr.Variable) -> xr.Variable:
    """A variable of a type that the file format has."""
    if variable.dtype.kind == "i" and not _fits(variable.values):
        return variable.astype(float)
    return variable


def _plain_attribute(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not _fits(value) else value


def _fits(value: Any) -> bool:
    limits = np.iinfo(np.int32)
    return bool(np.all((np.asarray(value) >= limits.min) & (np.asarray(value) <= limits.max)))


_COLUMNS = ("value", "standard_error", "trajectories", "status")
"""The last columns of a table."""

_WRITERS: dict[str, Callable[[xr.Dataset, xr.Dataset, Path, Path], None]] = {
    ".nc": _write_netcdf,
    ".csv": _write_csv,
}
