"""How far the points of a sweep are from the targets of their standard errors, in words."""

from __future__ import annotations

from dataclasses import dataclass

from twoqs.measure.names import error_name
from twoqs.store import Store
from twoqs.store.targets import targets
from twoqs.sweep import Point, Sweep
from twoqs.sweep.problems import counted

SHOWN_MISSES = 10
"""Misses that are named; more of them help nobody."""


@dataclass(frozen=True)
class Miss:
    """A point whose budget ended before its standard errors met their targets.

    Attributes:
        point: the point, with the batches that it has.
        ratio: the largest of its errors in units of its target; infinite if a value is not
            resolved, so that it has no error.
    """

    point: Point
    ratio: float

    def __str__(self) -> str:
        where = self.point.label or f"point {self.point.point_id}"
        return f"{where}: {times(self.ratio)} after {self.point.trajectories} trajectories"


def misses(store: Store) -> list[Miss]:
    """The points that are finished and yet miss a target, the worst first."""
    worst = dict(store.rounds.worst)
    for point in store.rounds.damaged:
        worst.pop(point.point_id, None)
    points = store.sweep.requirements.items()
    found = [Miss(point, worst[key]) for key, point in points if worst.get(key, 0.0) > 1]
    finished = [miss for miss in found if store.finished(miss.point)]
    return sorted(finished, key=lambda miss: -miss.ratio)


def listed_targets(sweep: Sweep) -> str:
    """The targets of a sweep: `sz_se <= 0.001, sx_se <= 0.01`."""
    return ", ".join(f"{error_name(name)} <= {error:g}" for name, error in sweep.target_se.items())


def shortened(missed: list[Miss]) -> list[str]:
    """A line for each of the worst misses, and one for the others."""
    lines = [str(miss) for miss in missed[:SHOWN_MISSES]]
    more = len(missed) - len(lines)
    return lines + ([f"... and {more} more points"] if more else [])


def times(ratio: float) -> str:
    """A largest error in units of its target, in words."""
    unresolved = "a value is not resolved (NaN; `twoqs show` says why)"
    return unresolved if ratio == float("inf") else f"{ratio:.3g} times the target"


def progress(store: Store) -> str:
    """How many points meet the targets, are under way, or have spent their budget."""
    sweep, worst = store.sweep, store.rounds.worst
    points = [(key, point) for key, point in sweep.requirements.items() if targets(sweep, point)]
    met = sum(worst.get(key, 2.0) <= 1 for key, _ in points)
    spent = len(misses(store))
    text = f"{listed_targets(sweep)}: met at {met} of {counted(len(points), 'point')}"
    open_ones = len(points) - met - spent
    text += f", {open_ones} under way" if open_ones else ""
    more = f", missed at {spent} whose budget is spent (raise `max_trajectories`)"
    return text + (more if spent else "")
