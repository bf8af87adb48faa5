"""How short the steps of a point are to be: halved until what they add to values is below targets.

Like the number of batches it follows from the records of the point alone: those of the first round
at each step, of which some trajectories were run at twice the step, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from twoqs.errors import ArgumentError
from twoqs.kernels.compile.jit import LANES
from twoqs.measure import asked
from twoqs.measure.coarse import STEP_FLAG, STEP_WORDS, TOGETHER
from twoqs.measure.names import error_name
from twoqs.measure.results import estimated
from twoqs.model.arrays import Floats
from twoqs.simulation.step_pairs import first_pair, has_pairs
from twoqs.sweep import Point, Sweep

BOUND = 2.0
"""Errors that bound a bias where twins have parted. Shorter steps do not bring them together."""


def step_targets(sweep: Sweep, point: Point) -> dict[str, float]:
    """The targets of the bias of the step that concern a point: of variables that it has."""
    there = asked(point.model, point.numerics)
    return {name: bias for name, bias in sweep.target_step.items() if name in there}


def step_biases(point: Point, rows: Floats, names: Iterable[str]) -> dict[str, float | None]:
    """What the step has added to variables at most, along their own dimensions, such as time.

    Args:
        rows: rows of raw sums, shape (row, length).

    Returns:
        Of each variable, by the name of the bias, how large it or its error is where biases are
        resolved; by the name of the error, the bound of others. None where nothing is known.
    """
    variables = estimated(point.model, point.numerics, rows).variables
    found: dict[str, float | None] = {}
    for name in names:
        keys = bias_names(name)
        if any(key not in variables for key in keys):
            found |= dict.fromkeys(keys)
            continue
        bias, error = (np.abs(variables[key].values) for key in keys)
        known = np.isfinite(bias) & np.isfinite(error)
        together = variables[STEP_FLAG].values == STEP_WORDS.index(TOGETHER)
        together = together.reshape(*together.shape, *[1] * (bias.ndim - together.ndim))
        sizes = np.maximum(bias, error)[known & together], BOUND * error[known & ~together]
        for key, one in zip(keys, sizes, strict=True):
            found[key] = float(one.max(initial=0.0)) if known.any() else None
    return found


def bias_names(name: str) -> tuple[str, str]:
    """The variables with the bias of the step of another one, and with its error."""
    return error_name(name, "step"), error_name(name, "step_sampling")


def step_ratio(biases: Mapping[str, float | None], target_step: Mapping[str, float]) -> float:
    """The largest of biases in units of its target, as far as known; infinite if one is not."""
    return max(_ratio(biases, target_step, 0), _ratio(biases, target_step, 1))


def with_halved_step(
    point: Point, biases: Mapping[str, float | None], target_step: Mapping[str, float], most: int
) -> tuple[Point, int]:
    """The point at the step that its biases call for, and how often that halves the step.

    Once, where nothing runs at twice the step because that is too long.

    Args:
        biases: as of `step_biases`.
        most: times that the step may be halved.
    """
    ratio = _ratio(biases, target_step, 0)
    if ratio <= 1 or not most:
        return point, 0
    order, step, known = point.numerics.method.weak_order, point.numerics.step, ratio < math.inf
    assert step is not None
    times = min(max(1, math.ceil(math.log2(ratio) / order)), most) if known else 1
    try:
        other = point.with_step(step / 2**times)
    except ArgumentError:  # shorter than steps may be
        return point, 0
    return (other, times) if known or (not _paired(point) and _paired(other)) else (point, 0)


def _paired(point: Point) -> bool:
    return has_pairs(point.model, point.numerics, LANES * (first_pair(point.numerics) + 1))


def _ratio(
    biases: Mapping[str, float | None], target_step: Mapping[str, float], which: int
) -> float:
    sizes = {name: biases[bias_names(name)[which]] for name in target_step}
    ratios = (math.inf if s is None else s / target_step[name] for name, s in sizes.items())
    return max(ratios, default=0.0)
