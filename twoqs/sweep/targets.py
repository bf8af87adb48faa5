"""Targets of errors in a sweep: which variables may have one, at which points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twoqs.measure import asked
from twoqs.sweep.point import Point
from twoqs.sweep.points import requested_dimensions
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


def check_target_step(spec: SweepSpec, points: Sequence[Point]) -> Iterator[tuple[KeyPath, str]]:
    """Targets of what has no bias of the step, and of points that would not share dimensions."""
    if spec.target_step is None:
        return
    there = {
        name
        for point in points
        for name, record in asked(point.model, point.numerics).items()
        if record.finish is not None
    }
    for name in spec.target_step:
        if name not in there:
            path: KeyPath = ("target_step", name)
            wanted = "name results of this sweep that are made of averages"
            yield path, sentence(path[:1], wanted, name, nearest(name, sorted(there)))
    for point in points:
        numerics = point.numerics
        if "step" not in numerics.budget:
            path = ("numerics", "budget")
            wanted = "name `step`, or be left out, where `target_step` is given"
            yield path, sentence(path, wanted, list(numerics.budget))
            return
        if numerics.requests and numerics.step is not None:
            dims = requested_dimensions(point)
            if requested_dimensions(point.with_step(numerics.step / 2)) != dims:
                path = ("numerics", "samples")
                wanted = "be given where `target_step` is, as dimensions of results depend on it"
                yield path, sentence(path, wanted, numerics.samples)
                return
