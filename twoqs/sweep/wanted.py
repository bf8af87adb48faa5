"""Targets of standard errors in a sweep: which variables may have one, at which points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twoqs.quantities import CORRELATIONS, LENGTH_FIT, MOMENTS, OPTIMUM, SITES, SQUEEZING
from twoqs.sweep.points import Point
from twoqs.sweep.problems import Path, nearest, sentence
from twoqs.sweep.schema import SweepSpec

BUDGET: Path = ("max_trajectories",)


def estimates(point: Point) -> tuple[str, ...]:
    """The variables that the result of a point has with a standard error."""
    model, numerics = point.model, point.numerics
    averaged = numerics.average is not None
    alone = model.n_sites == 1
    correlated = "correlation" in numerics.observables
    found = (
        (MOMENTS, True),
        (SQUEEZING, alone),
        (OPTIMUM, alone and not averaged),
        (CORRELATIONS, correlated),
        (SITES, "sites" in numerics.observables),
        (LENGTH_FIT, correlated and averaged and model.lattice.kind == "chain"),
    )
    return tuple(name for table, there in found if there for name in table)


def check_wanted(spec: SweepSpec, points: Sequence[Point]) -> Iterator[tuple[Path, str]]:
    """Targets of variables that no point has, and a budget that is of no use."""
    budget = spec.max_trajectories
    if spec.target_se is None:
        if budget is not None:
            yield BUDGET, sentence(BUDGET, "go with `target_se` only", budget)
        return
    there = {name for point in points for name in estimates(point)}
    for name in spec.target_se:
        if name not in there:
            path: Path = ("target_se", name)
            wanted = "name results of this sweep that have a standard error"
            yield path, sentence(path[:1], wanted, name, nearest(name, sorted(there)))
    most = max(point.requested for point in points)
    if budget is not None and budget < most:
        yield BUDGET, sentence(BUDGET, f"be at least `trajectories`, {most}", budget)
