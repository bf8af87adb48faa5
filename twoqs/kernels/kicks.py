"""Size of the random angles, in plain NumPy: done once for each length of step."""

from __future__ import annotations

import math

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import NDArray

from twoqs.kernels.random import INNER, OUTER

Floats = NDArray[np.float64]

VECTOR_ORDER = 3
"""Terms after 1 of `series.cosine`, which turns vectors."""

SPINOR_ORDER = 8
"""Spinors turn by half the angle and a finer series: as good as the true cosine."""


def kick_sizes(relaxed: Floats, order: int = VECTOR_ORDER) -> Floats:
    """Values (inner, outer) of a four-point angle with E cos = exp(-relaxed), shape (2, site).

    relaxed is rate times step, shape (site,), at most 1/2. A Brownian angle has the variance
    2 relaxed and this average of the cosine; a four-point angle of the same variance has it only
    to second order. So pure dephasing has no error from the step.
    """
    moments = [0.75 * INNER ** (2 * n) + 0.25 * OUTER ** (2 * n) for n in range(1, order + 1)]
    terms = [m * (-1) ** n / math.factorial(2 * n + 2) for n, m in enumerate(moments)]
    lost = Polynomial([0.0, *terms])  # 1 - E cos of the square of the angle's size
    square = 2.0 * relaxed
    for _ in range(6):
        square = square - (lost(square) + np.expm1(-relaxed)) / lost.deriv()(square)
    return np.sqrt(square) * np.array([[INNER], [OUTER]])
