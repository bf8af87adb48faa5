"""Model errors beside a store, and as a table and a map: `twoqs trust`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twoqs.errors import StoreError
from twoqs.execution.predict import read_predictions, write_netcdf
from twoqs.execution.predict.truncation import WHY_NOT
from twoqs.look.table import number_text, with_error
from twoqs.look.trusted import statuses
from twoqs.measure import error_name, without_errors
from twoqs.measure.names import MODEL_ERROR
from twoqs.measure.statuses import MISSING, TOLERATED_MODEL_ERROR, VALUE_WORDS
from twoqs.store.description import MODEL_ERRORS
from twoqs.sweep import Point, Sweep
from twoqs.truncation.extrapolate import TRENDS
from twoqs.truncation.trust import shares_of_scale, with_model_errors

Judged = tuple[xr.DataArray, xr.DataArray]
"""Values of a variable, and their statuses."""


def with_kept(data: xr.Dataset, folder: Path) -> xr.Dataset:
    """The dataset of a store with the model errors in its folder, NaN at points not tested.

    Points are those of the same identity, wherever they were in a grid.

    Warns:
        UserWarning: if none of the points is there, or the file is damaged; both count as none.
    """
    path = folder / MODEL_ERRORS
    try:
        kept = read_predictions(path)
        places = _places(kept, data)
    except (StoreError, AttributeError):
        return _ignored(data, f"The model errors in {path} are damaged")
    if (places < 0).all():
        return _ignored(data, f"The model errors in {path} are those of other points")
    return data.assign(_at(kept, data, places))


def _places(kept: xr.Dataset, data: xr.Dataset) -> NDArray[np.int64]:
    """Where each point of a dataset is among those that are kept; -1 for those that are not."""
    known = {one: place for place, one in enumerate(kept.point_id.values.ravel().tolist()) if one}
    return np.array([known.get(one, -1) for one in data.point_id.values.ravel().tolist()])


def _at(kept: xr.Dataset, data: xr.Dataset, places: NDArray[np.int64]) -> dict[str, Any]:
    """The errors that are kept, at the points of a dataset."""
    found: dict[str, Any] = {}
    for name, values in kept.data_vars.items():
        own = [dim for dim in values.dims if dim not in kept.point_id.dims]
        if all(dim in data.dims and data[dim].equals(kept[dim]) for dim in own):
            sizes = [kept.sizes[dim] for dim in own]
            rows = values.transpose(*kept.point_id.dims, *own).values.reshape(-1, *sizes)
            rows = np.where((places >= 0).reshape(-1, *(1 for _ in own)), rows[places], np.nan)
            shape = (*data.point_id.shape, *sizes)
            found[str(name)] = (*data.point_id.dims, *own), rows.reshape(shape), values.attrs
    return found


def _ignored(data: xr.Dataset, what: str) -> xr.Dataset:
    text = f"{what}, and are left out: `twoqs trust` makes them anew."
    warnings.warn(text, UserWarning, stacklevel=5)
    return data


def keep(found: xr.Dataset, sweep: Sweep, folder: Path) -> None:
    """Write model errors into the folder of a store; those of points that were tested before stay.

    Args:
        found: of `twoqs.execution.predict.truncation.over_axes`, over the axes of the sweep.

    Raises:
        StoreError: if the disk refuses.
    """
    path, made = folder / MODEL_ERRORS, found
    with suppress(StoreError, AttributeError):  # none, or damaged
        old = read_predictions(path)
        ids = np.array([point.point_id for point in sweep.points], dtype=object)
        grid = found.assign_coords(point_id=(sweep.dims, ids.reshape(sweep.shape)))
        places = _places(old, grid)
        before = found.drop_vars(list(found)).assign(_at(old, grid, places))
        made = found.combine_first(before.where(found.point_id == ""))
        known = np.where((places >= 0).reshape(sweep.shape), grid.point_id, "")
        tested = np.where(found.point_id != "", found.point_id, known)
        made = made.assign_coords(point_id=(sweep.dims, tested))
        for name in made.data_vars:
            made[name].attrs = (found if name in found else before)[name].attrs
    write_netcdf(made, path)


def lines_of(
    points: Sequence[Point], found: Sequence[xr.Dataset], data: xr.Dataset | None
) -> Iterator[str]:
    """For each point what was tested, and a table of its variables.

    Args:
        found: of `twoqs.trust`, at each of them.
        data: results of the sweep with these errors, if there are some: for values and statuses,
            which are else those of the longest twin, and that the model errors alone give.
    """
    known: dict[str, Judged] = {}
    if data is not None:
        judged = [name for name in without_errors(data.data_vars) if error_name(name) in data]
        known = {name: (data[name], statuses(data, name)) for name in judged}
    for number, (point, one) in enumerate(zip(points, found, strict=True)):
        head = f"{point.label}: " if point.label else ""
        if number:
            yield ""
        if WHY_NOT in one.attrs:
            yield f"{head}not tested: {one.attrs[WHY_NOT]}"
            continue
        spins = ", ".join(f"{spin:g}" for spin in one.twin_spin.values)
        yield (
            f"{head}{one.attrs['tested']}, by spins of {spins}; "
            f"at most {float(one[MODEL_ERROR]):.2g} %"
        )
        place = dict(zip(point.coordinates, point.index, strict=True))
        own = {name: (value.isel(place), code.isel(place)) for name, (value, code) in known.items()}
        yield from _table(one, point.model.spin, own)


def _table(found: xr.Dataset, spin: float, known: dict[str, Judged]) -> Iterator[str]:
    """Lines with the largest error of each variable, in % of what is large, and where that is."""
    rows = []
    for name in with_model_errors(found):
        value, codes = known.get(name, (None, None))
        shares = 100 * shares_of_scale(found, name, spin, value)
        size = np.hypot(shares.bias, shares.error)
        trend = found[f"{name}_trend"]
        if not size.notnull().any():
            rows.append((name, "-", TRENDS[-1], "", ""))
            continue
        at = {dim: int(place) for dim, place in size.argmax(...).items()} if size.dims else {}
        one = shares.isel(at)
        rows.append(
            (
                name,
                f"{with_error(float(one.bias), float(one.error))} %",
                TRENDS[int(trend.isel(at))],
                ", ".join(
                    f"{dim} = {number_text(size[dim][place].item())}" for dim, place in at.items()
                ),
                _status(float(size.isel(at)), codes, at),
            )
        )
    table = [("variable", "model error", "trend", "at", "status"), *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        yield "  ".join(
            f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)
        ).rstrip()


def _status(percent: float, codes: xr.DataArray | None, at: dict[Any, int]) -> str:
    if codes is not None:
        return [*VALUE_WORDS, MISSING][int(codes.isel(at))]
    return "model-error" if percent > 100 * TOLERATED_MODEL_ERROR else "ok"
