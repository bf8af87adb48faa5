"""Brent's method: SciPy's, to the bit, as samples and noise depend on it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize

from twoqs.flows.roots import brent

FUNCTIONS = {
    "cosine": lambda x: math.cos(x) - 0.3,
    "steep": lambda x: math.expm1(20 * (x - 1.1)),
    "odd": lambda x: math.atan(9 * (x - 1.3)),
    "Langevin": lambda x: 1 / math.tanh(x) - 1 / x - 0.4,
    "jump": lambda x: -1.0 if x < 1.7 else 2.0,
    "rounded": lambda x: float(np.float32(x * x)) - 1.5,
}


@pytest.mark.parametrize("xtol", [1e-300, 1e-13, 1e-3])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_equal_to_that_of_scipy(name, xtol):
    rng = np.random.default_rng(1)
    f = FUNCTIONS[name]
    for a, b in zip(rng.uniform(0.01, 1.0, 200), rng.uniform(1.75, 3.0, 200), strict=True):
        for ends in ((float(a), float(b)), (float(b), float(a))):
            if f(ends[0]) * f(ends[1]) >= 0:
                continue
            expected = optimize.brentq(f, *ends, xtol=xtol, rtol=1e-14)
            assert brent(f, *ends, xtol=xtol, rtol=1e-14) == expected


def test_ends():
    assert brent(lambda x: x, 0.0, 1.0, 1e-9, 1e-9) == 0.0
    assert brent(lambda x: x, -1.0, 0.0, 1e-9, 1e-9) == 0.0
    with pytest.raises(ValueError, match=r"f\(1\) and f\(2\) must have different signs"):
        brent(lambda x: x, 1.0, 2.0, 1e-9, 1e-9)
    with pytest.raises(ArithmeticError, match="no root between 1 and 2 in 100 steps"):
        brent(lambda x: (x - 1.3) ** 9, 1.0, 2.0, 1e-300, 1e-14)
