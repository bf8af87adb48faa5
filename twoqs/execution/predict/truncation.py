"""What truncation leaves out at the points of a sweep: `twoqs.trust` for each, once, and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from twoqs.errors import TwoqsError
from twoqs.execution.predict.cache import PredictionCache, short_digest
from twoqs.execution.predict.grid import over_sweep
from twoqs.execution.predict.pool import kept_or_computed
from twoqs.kernels.compile.sources import closure_digest
from twoqs.measure import error_name
from twoqs.measure.names import MODEL_ERROR
from twoqs.model.arguments import integer, number
from twoqs.model.limits import MOST_TRAJECTORIES
from twoqs.sweep import Point, Sweep
from twoqs.truncation.trust import TRAJECTORIES, from_twins, with_model_errors

_CODE = closure_digest("twoqs.truncation.trust")
"""Digest of the code that simulates and solves twins."""

WHY_NOT = "why_not"
"""Attribute of what was found of a point: why that is nothing."""


@dataclass(frozen=True)
class TwinSettings:
    """How twins are taken.

    Attributes:
        trajectories, longest: as those of `twoqs.trust`.
    """

    trajectories: int = TRAJECTORIES
    longest: float | None = None

    def __post_init__(self) -> None:
        integer("trajectories", self.trajectories, 1, MOST_TRAJECTORIES)
        if self.longest is not None:
            number("longest", self.longest)

    def key(self, point: Point) -> str:
        """Name of what is found of a point: of all that it depends on, and of the code."""
        own = point.numerics
        requests = tuple(request.text for request in own.requests)
        asked = (
            *(own.scheme, own.representation, own.neglect, own.precision),
            *(own.times, own.average, own.samples, own.observables, requests, own.derived),
        )
        return short_digest(f"twins {point.model.digest} {asked!r} {self!r} {_CODE}")


def model_errors_at(
    points: Sequence[Point],
    twins: TwinSettings,
    cache: PredictionCache | None = None,
    workers: int = 0,
    quiet: bool = True,
) -> list[xr.Dataset]:
    """What `twoqs.trust` finds at each point; one without variables and with WHY_NOT for none.

    Args:
        cache, workers, quiet: as those of `twoqs.execution.predict.predictions`.

    Raises:
        ArgumentError, StoreError: as `predictions`.
    """
    needed = {twins.key(point): (point, twins) for point in points}
    known = kept_or_computed(needed, _found, _weight, cache, workers, quiet, ("point", "points"))
    return [known[twins.key(point)] for point in points]


def _found(work: tuple[Point, TwinSettings]) -> xr.Dataset:
    point, twins = work
    try:
        return from_twins(point.model, point.numerics, twins.trajectories, twins.longest)
    except TwoqsError as error:
        return xr.Dataset(attrs={WHY_NOT: error.args[0]})


def _weight(work: tuple[Point, TwinSettings]) -> float:
    return work[0].numerics.end


def over_axes(sweep: Sweep, points: Sequence[Point], found: Sequence[xr.Dataset]) -> xr.Dataset:
    """Errors of all variables over the axes of a sweep, NaN at other points; and `point_id`.

    Args:
        points: those that were tested, of the sweep.
        found: at each of them.

    Raises:
        TwoqsError: if these have other values along a dimension of their own.
    """
    parts = [one[_errors(one)] for one in found]
    result = over_sweep(sweep, zip(points, parts, strict=True))
    for axis in sweep.axes:
        for one in (axis, *axis.parts):
            result[one.name].attrs |= one.attributes
    for part in parts:
        for name, variable in part.data_vars.items():
            result[name].attrs |= variable.attrs
    tested = np.full(sweep.shape, "", dtype=object)
    for point in points:
        tested[point.index] = point.point_id
    return result.assign_coords(point_id=(sweep.dims, tested))


def _errors(found: xr.Dataset) -> list[str]:
    causes = ("model", "model_sampling")
    names = [error_name(name, cause) for name in with_model_errors(found) for cause in causes]
    return [MODEL_ERROR, *names] if MODEL_ERROR in found else names
