"""What the time step does to values: of trajectories that were run at twice the step, too."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from twoqs.kernels.moments import QUANTITIES
from twoqs.measure.statistics import Estimator, Sums, jackknife
from twoqs.model.arrays import Floats

ROOM_FOR_TWINS = 50_000
"""Numbers in a row of a record that runs at twice the step may add."""

TWICE = "at twice the step"


def coarse_part(name: str) -> str:
    """What a part of a row is called among those of runs at twice the step."""
    return f"{TWICE}:{name}"


def coarse_shapes(times: int, groups: int, distances: int) -> dict[str, tuple[int, ...]]:
    """Shape of each part of a row for these runs, as those of the same names for the others.

    And `factor`: what differences of both are to be multiplied by to be the bias of the step,
    times `count`. All zero in the rows of blocks that are run once.
    """
    shapes = {
        "count": (times,),
        "sums": (times, len(QUANTITIES), groups),
        "correlation": (times, 3, distances),
        "factor": (times,),
    }
    small = times * (len(QUANTITIES) * groups + 3 * distances) <= ROOM_FOR_TWINS
    return {coarse_part(name): shape for name, shape in shapes.items()} if small else {}


def coarse_parts(names: Iterable[str]) -> tuple[str, ...]:
    """Names of parts of a row that are of runs at twice the step."""
    return tuple(name for name in names if name.startswith(coarse_part("")))


def may_have_twins(parts: Sums) -> bool:
    """Whether there are runs at twice the step among records, or NaN in the place of any."""
    count = parts.get(coarse_part("count"))
    return count is not None and bool(np.any(count != 0))


def leave_out_twins(parts: Sums) -> None:
    """Say in records without values that none of these runs will be there."""
    for name in coarse_parts(parts):
        parts[name][...] = 0.0


def step_errors(
    parts: Sums, names: Iterable[str], estimator: Estimator
) -> dict[str, tuple[Floats, Floats]]:
    """What the step has added to values, with its standard error, by name.

    Args:
        parts: of all rows, as of `RecordLayout.split`.
        names: of those parts that `estimator` takes.
        estimator: makes values of sums; they are NaN where sums are.

    Returns:
        Of the shape of values, with `time`; nothing without two rows of these runs.
    """
    count = parts.get(coarse_part("count"))
    paired = np.zeros(0, bool) if count is None else count.sum(axis=1) > 0
    if count is None or np.count_nonzero(paired) < 2:
        return {}
    factors = parts[coarse_part("factor")][paired].sum(axis=0) / count[paired].sum(axis=0)
    pairs: Sums = {}
    for name in names:
        fine, twin = parts[name][paired], parts.get(coarse_part(name))
        both = (np.nan * fine, np.nan * fine) if twin is None else (fine, twin[paired])
        pairs[name] = np.stack(both, axis=1)

    def difference(sums: Sums) -> dict[str, Floats]:
        joined = {n: v.reshape(2 * len(v), *v.shape[2:]) for n, v in sums.items()}
        return {name: both[1::2] - both[::2] for name, both in estimator(joined).items()}

    result = {}
    for name, one in jackknife(pairs, difference).items():
        shaped = factors.reshape(-1, *[1] * (one.value.ndim - 1))
        result[name] = one.value * shaped, one.error * np.abs(shaped)
    return result
