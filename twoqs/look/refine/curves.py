"""The results of a sweep as curves along one of its axes, or over two, with their noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twoqs.errors import require
from twoqs.look.trusted import judged, statuses
from twoqs.measure.names import error_name
from twoqs.measure.statuses import VALUE_WORDS
from twoqs.model.arrays import Floats

SET_ASIDE = ("unphysical", "not-stationary", "depends-on-start")
"""Statuses of values that attract no new points."""


@dataclass(frozen=True)
class Curves:
    """Every curve along an axis: one for each value of the other dimensions and each variable.

    Attributes:
        values: shape (value of the axis, curve), each variable in units of its range. Over two
            axes, curves are surfaces: shape (point, surface).
        errors: standard errors in the same units; infinite where there is no value.
    """

    values: Floats
    errors: Floats


def curves_along(data: xr.Dataset, axes: Sequence[str], variables: Sequence[str]) -> Curves:
    """Curves of variables along an axis, or over the points of two.

    Args:
        data: a merged dataset; NaN where a point is not finished.
        axes: dimensions; the last one varies fastest among the points of two.

    Raises:
        ArgumentError: if a variable has no standard error, or no value anywhere.
    """
    known = ", ".join(str(name) for name in data.data_vars if error_name(name) in data)
    values, errors = [], []
    for name in variables:
        require(
            error_name(name) in data, "var", f"be a result with a standard error ({known})", name
        )
        value, error = (_table(data[part], axes) for part in (name, error_name(name)))
        known_ones = np.isfinite(value) & np.isfinite(error)
        require(bool(np.isfinite(value).any()), "var", "have a value at some point", name)
        # Where all values are set aside, nothing is seen along the axis.
        span = float(np.ptp(value[known_ones])) if known_ones.any() else 0.0
        span = span or 1.0
        values.append(np.where(known_ones, value, 0.0) / span)
        errors.append(np.where(known_ones, error / span, np.inf))
    return Curves(np.concatenate(values, axis=1), np.concatenate(errors, axis=1))


def set_aside(data: xr.Dataset, variables: Sequence[str]) -> tuple[xr.Dataset, list[str]]:
    """Infinite errors for values that say nothing of where results change, by their status.

    A window that has not relaxed or a state that is none would otherwise look like a phase of its
    own, with a kink at its border that attracts all new points. Where only the step or the number
    of trajectories is too small, changes are still changes.

    Args:
        data: a merged dataset.
        variables: names of variables; those without a standard error are passed over.

    Returns:
        The dataset, and a sentence for each variable with such values.
    """
    told = []
    for name in (name for name in variables if name in judged(data)):
        codes = statuses(data, name)
        wrong = codes.isin([VALUE_WORDS.index(word) for word in SET_ASIDE])
        counts = {word: int((codes == VALUE_WORDS.index(word)).sum()) for word in SET_ASIDE}
        if not wrong.any():
            continue
        which = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        told.append(f"Of {wrong.size} values of {name}, {which}: they attract no new values.")
        data = data.assign({error_name(name): data[error_name(name)].where(~wrong, np.inf)})
    return data, told


def _table(data: xr.DataArray, axes: Sequence[str]) -> Floats:
    """Shape (point of the axes, all else)."""
    count = math.prod(data.sizes[axis] for axis in axes)
    return np.asarray(data.transpose(*axes, ...).values, dtype=float).reshape(count, -1)
