"""How long observables remember: autocorrelation times, and what samples of a window amount to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats

ENOUGH_TIMES = 5.0
"""Autocorrelations are summed up to so many times their sum (Sokal): later ones are noise."""


def integrated_time(correlations: Floats, step: float) -> Floats:
    """Integrated autocorrelation time, int_0^inf C(tau)/C(0) d tau.

    Args:
        correlations: connected ones at equidistant lags from 0 on, shape (..., lag).
        step: time between two lags.
    """
    normalised = correlations / correlations[..., :1]
    sums = step * (np.cumsum(normalised, axis=-1) - 0.5)
    enough = step * np.arange(sums.shape[-1]) >= ENOUGH_TIMES * sums
    enough[..., -1] = True
    last = np.argmax(enough, axis=-1)
    return np.take_along_axis(sums, last[..., None], axis=-1)[..., 0]


def memory_records(
    name: str, finish: Callable[[Averages], Floats], numerics: Numerics
) -> tuple[Observable, ...]:
    """The autocorrelation time of A, and how many independent samples the window has.

    Args:
        name: of the request.
        finish: makes the autocorrelation time, shape (any, time).
    """
    assert numerics.average is not None
    window = numerics.average[1] - numerics.average[0]
    memory = f"{name}_autocorrelation_time"
    return (
        Observable(
            memory, "integrated autocorrelation time of A", "inverse unit of the rates", None,
            finish, over="",
        ),
        Observable(
            f"{name}_effective_samples", "independent samples that the window of a trajectory has",
            "1", None, lambda averages: window / (2 * averages[memory]), over="",
        ),
    )  # fmt: skip
