"""Table of deviations of a merged sweep from the predictions for its points."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr
from pandas.api.types import is_numeric_dtype

from twoqs.store.files import write_atomic
from twoqs.sweep import Point, Sweep
from twoqs.validation.references import reference_for

COLUMNS = (
    "variable",
    "distance",
    "value",
    "standard_error",
    "reference",
    "z",
    "deviation",
    "kind",
)


def deviations(result: xr.Dataset) -> pd.DataFrame:
    """Every value of a merged sweep for which there is a prediction, beside it.

    Returns:
        One row for each value, with the coordinates of its point and: value, standard_error,
        reference, z = (value - reference)/standard_error, deviation = (value - reference) over its
        scale (S for means, S^2 for variances, 1 for normalised correlations, the reference itself
        for xi), and the kind of the prediction. Points without one, and values that are not
        there (xi where it is not resolved), have no row.
    """
    # A merged sweep carries its own description.
    sweep = Sweep.from_dict(json.loads(result.attrs["sweep"]))
    rows = [row for point in sweep.points for row in _rows(result, point)]
    return pd.DataFrame(rows, columns=[*sweep.dims, *COLUMNS])


def write_table(table: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a table as CSV, whole or not at all."""
    text = table.to_csv(index=False, float_format="%.8g")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_atomic(Path(path), text.encode())


def summary(table: pd.DataFrame) -> str:
    """Largest deviation of each variable, for each value of the axes that have names for values."""
    if table.empty:
        return "There is no prediction for any point of this sweep."
    named = [c for c in table.columns[: -len(COLUMNS)] if not is_numeric_dtype(table[c])]
    groups = table.assign(z=table.z.abs(), deviation=table.deviation.abs()).groupby(
        [*named, "variable"], sort=False
    )
    lines = groups.agg(
        values=("z", "size"), largest_z=("z", "max"), largest_deviation=("deviation", "max")
    )
    return str(lines.to_string(float_format="{:.3g}".format))


def _rows(result: xr.Dataset, point: Point) -> Iterator[dict[str, Any]]:
    reference = reference_for(point.model, point.numerics)
    if reference is None:
        return
    at = result.sel(point.coordinates)
    for name, predicted in reference.values.items():
        if name not in at:
            continue
        table = predicted if isinstance(predicted, dict) else {None: predicted}
        for distance, value in table.items():
            here = {} if distance is None else {"distance": distance}
            got = float(at[name].sel(here))
            error = float(at[f"{name}_se"].sel(here))
            if not math.isfinite(got) or not math.isfinite(value):
                continue
            off = got - value
            yield {
                **point.coordinates,
                "variable": name,
                "distance": distance,
                "value": got,
                "standard_error": error,
                "reference": value,
                "z": off / error if error > 0 else math.nan,
                "deviation": off / _scale(name, value, point.model.spin),
                "kind": reference.kind,
            }


def _scale(name: str, reference: float, spin: float) -> float:
    if name.startswith("correlation"):
        return 1.0
    if name == "xi":
        return reference
    return spin if len(name) == 2 else spin**2
