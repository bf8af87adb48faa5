"""Values with the errors of all causes that records tell of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.measure import Observable
from twoqs.measure.coarse import NO_TWINS, STEP_WORDS, may_have_twins, pairs_of, step_errors
from twoqs.measure.drift import Stationarity, relaxation_of
from twoqs.measure.estimates import estimates_of, sums_of
from twoqs.measure.half_values import (
    bias_of_moments,
    drifts_of,
    parts_of_window,
    slowest_of,
)
from twoqs.measure.halves import half_parts
from twoqs.measure.statistics import Estimate, Sums
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats, Ints
from twoqs.model.model import Model


class Budgeted(NamedTuple):
    """Values, and what is known beside them of the window that they are of.

    Attributes:
        estimates: of all observables that are made of averages, by their names.
        relaxation: of what is measured; None where records tell of no halves.
        bias: what values are off by, with its sign, as far as that is known, by their names.
        resolved: whether biases of the step are known, indices of STEP_WORDS, shape (time,); None
            where there are none.
    """

    estimates: dict[str, Estimate]
    relaxation: Stationarity | None
    bias: dict[str, Floats]
    resolved: Ints | None


def budgeted(
    model: Model,
    numerics: Numerics,
    parts: Sums,
    observables: dict[str, Observable],
    free: NDArray[np.bool_] | None = None,
) -> Budgeted:
    """All of it, from one call of the functions of observables.

    Args:
        parts: of all rows, as of `RecordLayout.split`; or of several points, as of
            `twoqs.measure.together`, which stand where times do, last in what relaxes.
        free: of several points, see `relaxation_of`.
    """
    sums, relaxation = sums_of(parts), relaxation_of(model, numerics, parts, free)
    halves = [] if relaxation is None else parts_of_window(model, parts, sums, relaxation)
    several = [sums, *halves, *pairs_of(parts, sums)]
    found, *others = estimates_of(model, numerics, several, observables)
    known, pairs = others[: len(halves)], others[len(halves) :]
    bias: dict[str, Floats] = {}
    if relaxation is not None:
        bias = bias_of_moments(found, known[0])
        if len(known) > 1:
            slowest = slowest_of(model, numerics, parts, relaxation)
            relaxation, bias = drifts_of(
                model, numerics, found, known[1:], relaxation, bias, slowest, observables
            )
    steps, resolved = step_errors(parts, *pairs) if pairs else ({}, None)
    paired, halved = may_have_twins(parts), bool(half_parts(parts))
    if paired and resolved is None:
        resolved = np.full(parts["count"].shape[1], STEP_WORDS.index(NO_TWINS))
    for name, one in found.items():
        unknown, budget = np.full_like(one.value, np.nan), one.budget
        if paired:
            step, error = steps.get(name, (unknown, unknown))
            budget = budget._replace(step=step, step_sampling=error)
        if halved:
            budget = budget._replace(drift=np.abs(bias.get(name, unknown)))
        found[name] = one._replace(budget=budget)
    return Budgeted(found, relaxation, bias, resolved)
