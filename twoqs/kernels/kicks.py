"""Values of the random angles, in plain NumPy: done once for each length of step."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from twoqs.kernels.random import LARGE, SMALL
from twoqs.model.arrays import Floats

COARSE_COSINE = (-1 / 2, 1 / 24, 1 / 144)
"""Cosine of a turn by the shears of `series`: coefficients of angle^2, angle^4 and angle^6."""

TRUE_COSINE = tuple((-1) ** n / math.factorial(2 * n) for n in range(1, 13))
"""Coefficients of the true cosine, as many as angles up to 2 need."""


@cache
def _lost_and_slope(cosine: tuple[float, ...]) -> tuple[Floats, Floats]:
    """E cos - 1 of four points, a polynomial of the square of their size, and its derivative."""
    terms = [
        factor * (0.75 * SMALL ** (2 * n) + 0.25 * LARGE ** (2 * n))
        for n, factor in enumerate(cosine, start=1)
    ]
    lost = np.array([*terms[::-1], 0.0])
    return lost, np.polyder(lost)


def kick_sizes(exponent: Floats, cosine: tuple[float, ...] = COARSE_COSINE) -> Floats:
    """Values (small, large) of a four-point angle with E cos = exp(-exponent), shape (2, site).

    exponent is rate times step, shape (site,), at most 1. A Brownian angle has the variance
    2 exponent and this average of the cosine; a four-point angle of the same variance has it only
    to second order. So pure dephasing has no error from the step.
    """
    if not exponent.any():
        return np.sqrt(exponent) * np.array([[SMALL], [LARGE]])
    lost, slope = _lost_and_slope(cosine)
    rates, site = np.unique(exponent, return_inverse=True)
    square = 2.0 * rates
    for _ in range(8):
        square = square - (np.polyval(lost, square) - np.expm1(-rates)) / np.polyval(slope, square)
    return np.sqrt(square)[site] * np.array([[SMALL], [LARGE]])
