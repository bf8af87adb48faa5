"""Targets of standard errors in a sweep: which variables may have one, at which points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twoqs.measure import asked
from twoqs.sweep.point import Point
from twoqs.sweep.problems import KeyPath, nearest, sentence
from twoqs.sweep.schema import SweepSpec

BUDGET_KEY: KeyPath = ("max_trajectories",)


def check_target_se(spec: SweepSpec, points: Sequence[Point]) -> Iterator[tuple[KeyPath, str]]:
    """Targets of variables that no point has, and a budget that is of no use."""
    budget = spec.max_trajectories
    if spec.target_se is None:
        if budget is not None:
            yield BUDGET_KEY, sentence(BUDGET_KEY, "go with `target_se` only", budget)
        return
    there = {name for point in points for name in asked(point.model, point.numerics)}
    for name in spec.target_se:
        if name not in there:
            path: KeyPath = ("target_se", name)
            wanted = "name results of this sweep that have a standard error"
            yield path, sentence(path[:1], wanted, name, nearest(name, sorted(there)))
    most = max(point.requested for point in points)
    if budget is not None and budget < most:
        yield BUDGET_KEY, sentence(BUDGET_KEY, f"be at least `trajectories`, {most}", budget)
