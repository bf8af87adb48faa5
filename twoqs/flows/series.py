"""The truncated series that all schemes use for cosine, sine and exponential, in plain NumPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from twoqs.model.arrays import Floats

FINE_TERMS = 5
"""Terms of cosine and sine in rotations of spinors, whose length is never restored, and of vectors
by large angles."""


def cosine_series(angle: Any, terms: int) -> Any:
    """cos(angle) of a number or an array, up to angle^(2 terms - 2)."""
    return sum((-1) ** n * angle ** (2 * n) / math.factorial(2 * n) for n in range(terms))


def sine_series(angle: Any, terms: int) -> Any:
    """sin(angle), likewise, up to angle^(2 terms - 1)."""
    powers = range(1, 2 * terms, 2)
    return sum((-1) ** (n // 2) * angle**n / math.factorial(n) for n in powers)


def half_tangent(angle: Any) -> Any:
    """tan(angle/2) up to angle^3."""
    return angle / 2 + angle**3 / 24


def shear_cosine(angle: Any) -> Any:
    """Cosine of a turn by three shears, of tan(angle/2), sin(angle) and tan(angle/2) as above."""
    return 1 - half_tangent(angle) * sine_series(angle, 2)


def exponential_less_one(x: Floats) -> Floats:
    """exp(x) - 1, off by x^5/1920 of exp(x); never below -1, as with the 1 it is a square."""
    root = sum((x / 2) ** n / math.factorial(n) for n in range(1, 5))
    return np.asarray(root * (2 + root))
