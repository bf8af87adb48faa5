"""The results of a sweep as curves along one of its axes, with their noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twoqs.errors import require
from twoqs.measure.names import error_name
from twoqs.model.arrays import Floats


@dataclass(frozen=True)
class Curves:
    """Every curve along one axis: one for each value of the other dimensions and each variable.

    Attributes:
        values: shape (value of the axis, curve), each variable in units of its range.
        errors: standard errors in the same units; infinite where there is no value.
    """

    values: Floats
    errors: Floats


def curves_along(data: xr.Dataset, axis: str, variables: Sequence[str]) -> Curves:
    """Curves of variables along an axis.

    Args:
        data: a merged dataset; NaN where a point is not finished.

    Raises:
        ArgumentError: if a variable has no standard error, or no value anywhere.
    """
    known = ", ".join(str(name) for name in data.data_vars if error_name(name) in data)
    values, errors = [], []
    for name in variables:
        require(
            error_name(name) in data, "var", f"be a result with a standard error ({known})", name
        )
        value, error = (_table(data[part], axis) for part in (name, error_name(name)))
        known_ones = np.isfinite(value) & np.isfinite(error)
        require(bool(known_ones.any()), "var", "have a value at some point", name)
        span = float(np.ptp(value[known_ones])) or 1.0
        values.append(np.where(known_ones, value, 0.0) / span)
        errors.append(np.where(known_ones, error / span, np.inf))
    return Curves(np.concatenate(values, axis=1), np.concatenate(errors, axis=1))


def _table(data: xr.DataArray, axis: str) -> Floats:
    """Shape (value of the axis, all else)."""
    moved = data.transpose(axis, ...)
    return np.asarray(moved.values, dtype=float).reshape(data.sizes[axis], -1)
