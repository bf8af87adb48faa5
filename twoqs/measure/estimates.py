"""Values of all observables of a result, by the jackknife over the rows of its records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twoqs.measure import OBSERVABLES, Averages, Observable
from twoqs.measure.coarse import coarse_parts
from twoqs.measure.halves import half_parts
from twoqs.measure.statistics import Estimate, Estimator, Sums, jackknife
from twoqs.measure.statuses import RESOLVED
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model


def estimates_of(
    model: Model,
    numerics: Numerics,
    several: Sequence[Sums],
    observables: dict[str, Observable],
) -> list[dict[str, Estimate]]:
    """Of all observables that are made of averages, by their names.

    Args:
        several: sums as of `sums_of`, for each of which there are estimates.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        # Where all trajectories diverged there is nothing to average: NaN, without a warning.
        found = jackknife(several, _estimator(model, numerics, observables))
    for estimates in found:
        for name in estimates:
            if observables[name].relative_to:
                _hide_unresolved(estimates, observables[name])
    return found


def sums_of(parts: Sums) -> Sums:
    """The parts that observables are made of."""
    without = "diverged", "clipped", *half_parts(parts), *coarse_parts(parts)
    return {name: part for name, part in parts.items() if name not in without}


def _estimator(model: Model, numerics: Numerics, observables: dict[str, Observable]) -> Estimator:
    """What makes all observables that are made of averages of sums."""
    known = OBSERVABLES | observables
    names = [name for name, record in observables.items() if record.finish is not None]

    def estimator(s: Sums) -> dict[str, Floats]:
        averages = Averages(model, numerics, s, known)
        return {name: averages[name] for name in names}

    return estimator


def _hide_unresolved(estimates: dict[str, Estimate], record: Observable) -> None:
    """Where noise hides what a ratio is relative to, as the mean spin, it has no value."""
    signal = sum(estimates[name].value ** 2 for name in record.relative_to)
    noise = sum(estimates[name].error ** 2 for name in record.relative_to)
    ratio = estimates[record.name]
    hidden = signal < RESOLVED**2 * noise
    ratio.value[hidden] = ratio.error[hidden] = np.nan
