"""Predictions for all points of a sweep, as one dataset over its axes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import TwoqsError
from twoqs.execution.predict.cache import THEORY_METHODS, PredictionCache, points_digest
from twoqs.execution.predict.pool import kept_or_computed
from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model
from twoqs.sweep import Point, Sweep
from twoqs.theory.point import method_for, predict

Settings = tuple[Model, Numerics]


def predictions(
    sweep: Sweep,
    cache: PredictionCache | None = None,
    workers: int = 0,
    quiet: bool = True,
) -> xr.Dataset:
    """What theory says about each point.

    Points that differ in scheme, representation or trajectories only share one prediction. Each is
    kept in the cache as soon as it is there, so that an interrupted call loses no more than
    the ones under way.

    Args:
        cache: where predictions are looked up and kept.
        workers: processes for those that are not there; with fewer than 2 this one computes. A
            script that asks for more needs the guard `if __name__ == "__main__"`.
        quiet: whether to keep progress for itself.

    Returns:
        Dataset over the axes of the sweep and `time` or `distance`, with the variables of a result
        as far as they are predicted, NaN elsewhere, and `method`: a flag with the method of each
        point.

    Raises:
        ArgumentError: if `workers` is no such number, or the limit of open files forbids it.
        StoreError: if the disk refuses what is to be kept.
    """
    needed = {
        PredictionCache.key(point.model, point.numerics): (point.model, point.numerics)
        for point in sweep.points
        if method_for(point.model, point.numerics) is not None
    }
    unit = ("prediction", "predictions")
    known = kept_or_computed(needed, _predict, _weight, cache, workers, quiet, unit)
    return _together(sweep, known)


def _predict(settings: Settings) -> xr.Dataset:
    found = predict(*settings)
    assert found is not None
    return found


def _weight(settings: Settings) -> float:
    """Logarithm of the work, roughly: large chains have no number for it."""
    model, numerics = settings
    return 3 * model.n_sites * math.log(2 * model.spin + 1) + math.log1p(numerics.end)


def _together(sweep: Sweep, known: dict[str, xr.Dataset]) -> xr.Dataset:
    methods = np.full(sweep.shape, -1, np.int32)
    parts = []
    for point in sweep.points:
        found = known.get(PredictionCache.key(point.model, point.numerics))
        if found is not None:
            methods[point.index] = THEORY_METHODS.index(found.attrs["method"])
            parts.append((point, found))
    flag = {
        "flag_values": np.arange(len(THEORY_METHODS)),
        "flag_meanings": ", ".join(THEORY_METHODS),
    }
    result = over_sweep(sweep, parts).assign_attrs(points_sha256=points_digest(sweep))
    return result.assign(method=(sweep.dims, methods, flag))


def over_sweep(sweep: Sweep, parts: Iterable[tuple[Point, xr.Dataset]]) -> xr.Dataset:
    """Datasets of some points as one over the axes of the sweep; NaN at all others.

    Raises:
        TwoqsError: if they have other values along a dimension of their own.
    """
    variables: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    # Numbers are floats: the file format has no integers beyond 32 bits.
    coordinates: dict[str, Any] = {
        axis.name: [v if isinstance(v, str) else float(v) for v in axis.coordinates]
        for axis in sweep.axes
    }
    moving = ((axis.name, part) for axis in sweep.axes for part in axis.parts)
    coordinates |= {part.name: (dim, np.array(part.coordinates, float)) for dim, part in moving}
    for point, found in parts:
        for name, variable in found.data_vars.items():
            dims = tuple(str(dim) for dim in variable.dims)
            if name not in variables:
                empty = np.full((*sweep.shape, *variable.shape), np.nan)
                variables[str(name)] = (*sweep.dims, *dims), empty
            for dim in dims:
                own = coordinates.setdefault(dim, found[dim].values)
                if not np.array_equal(own, found[dim].values):
                    raise TwoqsError(
                        f"What was found at {point.label} has other values of `{dim}` than what "
                        "was found before it, so that they do not fit into one dataset."
                    )
            variables[str(name)][1][point.index] = variable.values
    return xr.Dataset(variables, coordinates)
