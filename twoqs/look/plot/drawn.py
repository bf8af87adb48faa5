"""What a picture shows, as a dataset and as a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from twoqs.errors import StoreError, require
from twoqs.look.export import write_netcdf3
from twoqs.look.plot.doubts import STATUS, TOTAL, with_statuses
from twoqs.look.plot.labels import flag_words, shown_of
from twoqs.look.plot.theory import THEORY
from twoqs.measure import error_name
from twoqs.measure.names import STARTS_DIM
from twoqs.simulation.starts import r_hat
from twoqs.store.files import atomically

TABLES = (".csv", ".nc")
"""Endings of files for what is drawn."""


def shown_data(whole: xr.Dataset, data: xr.Dataset, name: str) -> xr.Dataset:
    """What a picture of a variable shows, also beyond the ends of its axes.

    Args:
        whole: the dataset that `data` was chosen from, in units of hbar: what tells of validity.

    Returns:
        The variable, and as far as there are any `<name>_se`, `<name>_total_error`,
        `<name>_status`, `<name>_theory`, `<name>_rhat` and `trajectories`; beside its dimensions
        the coordinates that move along them, and those that were chosen.
    """
    data = with_statuses(whole, data, name)
    shown = [one for dim in whole[name].dims for one in shown_of(whole, str(dim))]
    coordinates = {one: data[one].variable for one in (*data[name].dims, *shown)}
    found = {name: data[name]}
    if error_name(name) in data:
        found[error_name(name)] = data[error_name(name)]
        found[f"{name}_total_error"] = data[TOTAL]
        found[f"{name}_status"] = data[STATUS]
        if STARTS_DIM in data[name].dims:
            found[f"{name}_rhat"] = r_hat(data, name)
    if THEORY in data:
        found[f"{name}_theory"] = data[THEORY]
    if "trajectories" in data:
        found["trajectories"] = data.trajectories
    variables = {key: one.variable for key, one in found.items()}
    return xr.Dataset(variables, coordinates, whole.attrs)


def check_table(path: Path) -> None:
    """Refuse a file that what is drawn cannot be written into.

    Raises:
        ArgumentError: if it ends otherwise, or is a folder.
    """
    wanted = f"be a file that ends in {' or '.join(TABLES)}"
    require(path.suffix in TABLES and not path.is_dir(), "data", wanted, str(path))


def write_drawn(data: xr.Dataset, name: str, path: Path) -> None:
    """Write what `shown_data` returns into a file, whole or not at all.

    Raises:
        StoreError: if the disk refuses.
    """
    check_table(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomically(path) as partial:
            if path.suffix == ".nc":
                write_netcdf3(data, partial)
            else:
                rows_of(data, name).to_csv(partial, index=False)
    except OSError as error:
        raise StoreError(f"Cannot write {path}: {error.strerror}.") from error


def rows_of(data: xr.Dataset, name: str) -> pd.DataFrame:
    """What `shown_data` returns as a table: a row for each value.

    Returns:
        Columns: all coordinates, `variable`, `value`, then as far as there are any
        `standard_error`, `total_error`, the word of the `status`, `rhat`, `theory`, `trajectories`.
    """
    status = f"{name}_status"
    if status in data:
        flags = data[status].attrs
        words = dict(zip(flags["flag_values"], flags["flag_meanings"].split(), strict=True))
        data = data.assign({status: (data[status].dims, np.vectorize(words.get)(data[status]))})
    names = {name: "value", error_name(name): "standard_error"}
    others = [str(one) for one in data.data_vars if one not in names]
    names |= {one: one.removeprefix(f"{name}_") for one in others}
    order = [str(dim) for dim in data[name].dims]
    frame = data.to_dataframe(dim_order=order).reset_index().assign(variable=name)
    if flag_words(data[name]):
        frame = frame.astype({name: "Int64"})  # a flag that may be missing and yet is an integer
    head = [*order, *(str(one) for one in data.coords if one not in order), "variable"]
    return frame[[*head, *data.data_vars]].rename(columns=names)
