"""Size of the random angles, in plain NumPy: done once for each length of step."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.random import INNER, OUTER

Floats = NDArray[np.float64]

VECTOR_ORDER = 2
"""Terms after 1 of `series.cosine`, which turns vectors."""

SPINOR_ORDER = 8
"""Spinors turn by half the angle and a finer series: as good as the true cosine."""


def kick_sizes(relaxed: Floats, order: int = VECTOR_ORDER) -> Floats:
    """Values (inner, outer) of a four-point angle with E cos = exp(-relaxed), shape (2, site).

    relaxed is rate times step, shape (site,), at most 1/2. A Brownian angle has the variance
    2 relaxed and this average of the cosine; a four-point angle of the same variance has it only
    to second order. So pure dephasing has no error from the step.
    """
    terms = [
        (-1) ** n * (0.75 * INNER ** (2 * n) + 0.25 * OUTER ** (2 * n)) / math.factorial(2 * n)
        for n in range(order, 0, -1)
    ]
    lost = np.array([*terms, 0.0])  # E cos - 1, a polynomial of the square of the angle's size
    slope = np.polyder(lost)
    rates, site = np.unique(relaxed, return_inverse=True)
    square = 2.0 * rates
    for _ in range(6):
        square = square - (np.polyval(lost, square) - np.expm1(-rates)) / np.polyval(slope, square)
    return np.sqrt(square)[site] * np.array([[INNER], [OUTER]])
