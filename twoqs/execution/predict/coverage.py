"""How many points of a sweep theory says something about, and why nothing about the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import xarray as xr

from twoqs.execution.predict.cache import subject
from twoqs.sweep import Point, Sweep
from twoqs.sweep.problems import counted

STALE = "these predictions have none, but there is one now: `twoqs predict` makes it"


@dataclass(frozen=True)
class Coverage:
    """Points with something and points without, by reason.

    Attributes:
        points: number of all.
        reasons: why others have none, with the number of points; the most frequent one first.
    """

    points: int
    reasons: dict[str, int]

    @classmethod
    def of(cls, points: int, reasons: Counter[str]) -> Coverage:
        """The coverage of so many points, from the reasons why some have no prediction."""
        return cls(points, dict(reasons.most_common()))

    @property
    def covered(self) -> int:
        """Number of points that have it."""
        return self.points - sum(self.reasons.values())

    def lines(self, what: str) -> list[str]:
        """One line on all points, and one for each reason.

        Args:
            what: of the points that are covered, such as `compared with theory`.
        """
        number = "all" if not self.reasons else "none" if not self.covered else str(self.covered)
        first = f"{counted(self.points, 'point')}, {number} of them {what}"
        rest = [f"  {count} not: {reason}." for reason, count in self.reasons.items()]
        return [first + (":" if rest else "."), *rest]


def at_points(sweep: Sweep, flags: xr.DataArray) -> Iterator[tuple[Point, int]]:
    """Each point with its integer, whatever the order of the dimensions and coordinates."""
    indexes = [flags.indexes[dim] for dim in sweep.dims]
    values = flags.transpose(*sweep.dims).values
    for point in sweep.points:
        coordinates = (point.coordinates[dim] for dim in sweep.dims)
        position = tuple(
            index.get_loc(value) for index, value in zip(indexes, coordinates, strict=True)
        )
        yield point, int(values[position])


def without_prediction(sweep: Sweep, predicted: xr.Dataset) -> Iterator[tuple[Point, str | None]]:
    """Each point of a sweep, with the reason why it has no prediction, or None."""
    known: dict[str, str] = {}
    for point, method in at_points(sweep, predicted.method):
        if method >= 0:
            yield point, None
            continue
        # Imported here: QuTiP takes a second and more, and most sweeps need none of it.
        from twoqs.theory.catalogue import why_not

        # Points that differ in scheme or trajectories alone are asked about once.
        key = subject(point.model, point.numerics)
        if key not in known:
            known[key] = why_not(point.model, point.numerics) or STALE
        yield point, known[key]


def coverage(sweep: Sweep, predicted: xr.Dataset) -> Coverage:
    """How many points of a sweep have a prediction, and why the others have none.

    Args:
        predicted: what `predictions` gives for the sweep.
    """
    reasons = Counter(why for _, why in without_prediction(sweep, predicted) if why is not None)
    return Coverage.of(len(sweep.points), reasons)
