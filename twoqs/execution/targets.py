"""How far the points of a sweep are from the targets of their errors, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from twoqs.measure.names import error_name
from twoqs.store import Store
from twoqs.store.steps import step_targets
from twoqs.store.targets import targets
from twoqs.sweep import Point
from twoqs.sweep.problems import counted

SHOWN_MISSES = 10
"""Misses that are named; more of them help nobody."""


@dataclass(frozen=True)
class Miss:
    """A point whose budget ended before its errors met their targets.

    Attributes:
        point: the point, with the step and the batches that it has.
        ratio: the largest of its errors in units of its target; infinite if a value is not
            resolved, so that it has no error.
        of_step: whether these are biases of the step.
    """

    point: Point
    ratio: float
    of_step: bool = False

    def __str__(self) -> str:
        where = self.point.label or f"point {self.point.point_id}"
        if self.of_step:
            off = "not known" if self.ratio == math.inf else f"up to {times(self.ratio)}"
            return f"{where}: the bias of the step {self.point.numerics.step:.3g} is {off}"
        return f"{where}: {times(self.ratio)} after {self.point.trajectories} trajectories"


def misses(store: Store) -> list[Miss]:
    """The points that are finished and yet miss a target, the worst first."""
    worst, steps = dict(store.rounds.worst), store.rounds.steps
    for point in store.rounds.damaged:
        worst.pop(point.point_id, None)
    found = []
    for key, point in store.sweep.requirements.items():
        if store.finished(point):
            found += [Miss(point, worst[key])] if worst.get(key, 0.0) > 1 else []
            found += [Miss(point, steps[key], True)] if steps.get(key, 0.0) > 1 else []
    return sorted(found, key=lambda miss: -miss.ratio)


def listed_targets(targets: Mapping[str, float], cause: str = "sampling") -> str:
    """Targets in words: `sz_se <= 0.001, sx_se <= 0.01`."""
    return ", ".join(f"{error_name(name, cause)} <= {error:g}" for name, error in targets.items())


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
    sweep, rounds, missed = store.sweep, store.rounds, misses(store)
    texts = []
    for listed, concerned, ratios, of_step, todo in (
        (
            listed_targets(sweep.target_step, "step"), step_targets, rounds.steps, True,
            "whose step was halved as often as it may be, or whose bias is not resolved",
        ),
        (
            listed_targets(sweep.target_se), targets, rounds.worst, False,
            "whose budget is spent (raise `max_trajectories`)",
        ),
    ):  # fmt: skip
        if not listed:
            continue
        points = [key for key, point in sweep.requirements.items() if concerned(sweep, point)]
        met = sum(ratios.get(key, 2.0) <= 1 for key in points)
        spent = sum(miss.of_step == of_step for miss in missed)
        open_ones = len(points) - met - spent
        text = f"{listed}: met at {met} of {counted(len(points), 'point')}"
        text += f", {open_ones} under way" if open_ones else ""
        texts.append(text + (f", missed at {spent} {todo}" if spent else ""))
    return "; ".join(texts)
