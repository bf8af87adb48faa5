"""What the time step does to values: of trajectories that were run at twice the step, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.moments import QUANTITIES
from twoqs.measure.statistics import Estimate, Sums, differences
from twoqs.model.arrays import Floats, Ints

ROOM_FOR_TWINS = 50_000
"""Numbers in a row of a record that runs at twice the step may add."""

TWICE = "at twice the step"

PARTED = 0.5
"""Variance of a difference over that of the value itself from which on both runs have parted. It is
some thousandths while they are together, and 2 of two that know nothing of each other."""

STEP_FLAG = "step_status"
TOGETHER, NOT_TOGETHER, NO_TWINS = "resolved", "not-resolved", "unknown"
STEP_WORDS = (TOGETHER, NOT_TOGETHER, NO_TWINS)
"""Variable of results that says whether biases of the step are known, and its words."""


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


def pairs_of(parts: Sums, names: Iterable[str]) -> list[Sums]:
    """Sums of blocks that were run twice, at the step and at twice the step.

    Args:
        parts: of all rows, as of `RecordLayout.split`.
        names: of those parts that values are made of.

    Returns:
        NaN where those at twice the step were not kept; nothing without two rows of these runs.
    """
    paired = _paired(parts)
    if np.count_nonzero(paired) < 2:
        return []
    fine = {name: parts[name][paired] for name in names}
    coarse = {
        name: parts[coarse_part(name)][paired] if coarse_part(name) in parts else np.nan * rows
        for name, rows in fine.items()
    }
    return [fine, coarse]


def step_errors(
    parts: Sums, fine: Mapping[str, Estimate], coarse: Mapping[str, Estimate]
) -> tuple[dict[str, tuple[Floats, Floats]], Ints]:
    """What the step has added to values, with its standard error, and whether that is resolved.

    Both runs have parted at a time where most differences scatter as values do.

    Args:
        parts: of all rows, as of `RecordLayout.split`.
        fine, coarse: estimates of the sums of `pairs_of`.

    Returns:
        By name, of the shape of values, with `time`; and indices of STEP_WORDS, shape (time,).
    """
    paired = _paired(parts)
    of_pairs = (
        # Along contiguous rows, whose order of sums does not depend on the number of times.
        parts[coarse_part(name)][paired].T.copy().sum(axis=-1)
        for name in ("factor", "count")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        factors = np.divide(*of_pairs)
        result = {}
        excess = np.zeros((2, len(factors)), np.int64)  # of how many values it is low, and high
        for name, one in differences(coarse, fine).items():
            shaped = factors.reshape(-1, *[1] * (one.value.ndim - 1))
            result[name] = one.value * shaped, one.error * np.abs(shaped)
            share = (one.error / fine[name].error).reshape(len(factors), -1) ** 2
            excess += np.stack([share <= PARTED, share > PARTED]).sum(axis=-1)
    low, high = excess
    codes = np.where(high > low, STEP_WORDS.index(NOT_TOGETHER), STEP_WORDS.index(TOGETHER))
    return result, np.where(high + low > 0, codes, STEP_WORDS.index(NO_TWINS))


def _paired(parts: Sums) -> NDArray[np.bool_]:
    """Which rows are of blocks that were run twice."""
    count = parts.get(coarse_part("count"))
    return np.zeros(0, bool) if count is None else np.asarray(count.sum(axis=1) > 0)
