"""How many batches a point needs until its standard errors meet their targets.

The number follows from the records of the point alone, round by round: never from the order in
which batches finish, from where they run, from interruptions, or from other points. So the result
of a sweep with targets is as reproducible as that of one with a fixed number of trajectories.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from twoqs.kernels.moments import ROWS
from twoqs.measure import asked, error_name
from twoqs.measure.results import estimated
from twoqs.model.arrays import Floats
from twoqs.simulation.batch import rows_per_batch
from twoqs.simulation.step_pairs import first_pair
from twoqs.store.steps import step_targets
from twoqs.sweep import Point, Sweep

LEAST_ROWS = 32
"""Rows of the first round at least: the standard error is then known to an eighth."""

DEFAULT_BUDGET = 100
"""Trajectories of a point at most, in units of `trajectories`, where the sweep does not say."""

GROWTH = 4
"""A round at most multiplies the batches of a point by this: early errors are rough guesses."""

SHARE = 0.8
"""A round far from the target goes this far: overshooting costs more than one round more ..."""

NEAR = 1.25
"""... and one that is expected to need no more than this factor goes all the way."""

LEAST_GROWTH = 1.05
"""A round at least multiplies by this, so that chance does not hold a point at its target."""


def targets(sweep: Sweep, point: Point) -> dict[str, float]:
    """The targets of a sweep that concern a point: those of variables that its result has."""
    if not sweep.target_se:
        return {}
    there = asked(point.model, point.numerics)
    return {name: error for name, error in sweep.target_se.items() if name in there}


def most_batches(sweep: Sweep, point: Point) -> int:
    """Batches of a point of `sweep`, as it was read, that the budget allows."""
    if sweep.max_trajectories is None:
        return DEFAULT_BUDGET * point.batches
    return max(point.batches, sweep.max_trajectories // point.per_batch)


def first_batches(sweep: Sweep, point: Point) -> int:
    """Batches of a point before its errors are first looked at; all of them without targets."""
    rows = LEAST_ROWS if targets(sweep, point) else 0
    if step_targets(sweep, point):
        rows = max(rows, ROWS * (first_pair(point.numerics) + 1))
    least = -(-rows // rows_per_batch(point.model, point.numerics))
    return max(point.batches, min(least, most_batches(sweep, point)))


def next_batches(count: int, ratio: float, most: int) -> int:
    """Batches of a point in the next round; `count` if there is none.

    Args:
        count: batches so far.
        ratio: the worst of its standard errors over its target; infinite if that is not known.
        most: batches that the budget allows.
    """
    if ratio <= 1 or count >= most:
        return count
    needed = min(count * ratio * ratio, GROWTH * count)  # a power would overflow with an error
    aim = max(min(needed, NEAR * count), SHARE * needed, LEAST_GROWTH * count)
    return min(most, max(count + 1, math.ceil(aim)))


def standard_errors(point: Point, rows: Floats, names: Iterable[str]) -> dict[str, float | None]:
    """The largest standard error of variables along their own dimensions, such as time.

    Args:
        rows: rows of raw sums, shape (row, length).

    Returns:
        By variable; None where a value is not resolved somewhere, so that it has no error.
    """
    variables = estimated(point.model, point.numerics, rows).variables
    largest = {name: float(variables[error_name(name)].values.max()) for name in names}
    return {name: error if math.isfinite(error) else None for name, error in largest.items()}


def worst_ratio(errors: Mapping[str, float | None], target_se: Mapping[str, float]) -> float:
    """The largest of the errors in units of their targets; infinite if one is not known."""
    ratios = (_ratio(errors[name], target) for name, target in target_se.items())
    return max(ratios, default=0.0)


def _ratio(error: float | None, target: float) -> float:
    return math.inf if error is None else error / target
