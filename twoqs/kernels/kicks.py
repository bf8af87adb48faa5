"""Size of the random angles, in plain NumPy: done once for each length of step."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.random import INNER, OUTER

Floats = NDArray[np.float64]

COARSE_COSINE = (-1 / 2, 1 / 24, 1 / 144)
"""Of a turn by the shears of `series`: 1 and these times the powers of angle^2 from the first."""

TRUE_COSINE = tuple((-1) ** n / math.factorial(2 * n) for n in range(1, 13))
"""The true one, or near enough up to angles of 2."""


def kick_sizes(relaxed: Floats, cosine: tuple[float, ...] = COARSE_COSINE) -> Floats:
    """Values (inner, outer) of a four-point angle with E cos = exp(-relaxed), shape (2, site).

    relaxed is rate times step, shape (site,), at most 1. A Brownian angle has the variance
    2 relaxed and this average of the cosine; a four-point angle of the same variance has it only
    to second order. So pure dephasing has no error from the step.
    """
    terms = [
        factor * (0.75 * INNER ** (2 * n) + 0.25 * OUTER ** (2 * n))
        for n, factor in enumerate(cosine, start=1)
    ]
    lost = np.array([*terms[::-1], 0.0])  # E cos - 1, a polynomial of the square of the size
    slope = np.polyder(lost)
    rates, site = np.unique(relaxed, return_inverse=True)
    square = 2.0 * rates
    for _ in range(8):
        square = square - (np.polyval(lost, square) - np.expm1(-rates)) / np.polyval(slope, square)
    return np.sqrt(square)[site] * np.array([[INNER], [OUTER]])
