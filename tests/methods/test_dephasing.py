"""Pure dephasing, which the method treats exactly, with steps that are not small."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs
from twoqs.flows.series import shear_cosine
from twoqs.kernels import random as kernel_random
from twoqs.kernels.kicks import COARSE_COSINE, TRUE_COSINE, kick_sizes

SPIN, TIME = 10, 1.0
MODEL = twoqs.Model(spin=SPIN, dephasing=1.0, initial=twoqs.coherent(math.pi / 2))


def mean_x(scheme, step):
    result = twoqs.simulate(MODEL, times=[TIME], scheme=scheme, step=step, trajectories=102400)
    return float(result.sx[0]), float(result.sx_se[0])


@pytest.mark.parametrize("scheme", ["conserving", "pda"])
@pytest.mark.parametrize("step", [0.5, 0.25, 0.02])
def test_exact_for_any_step(scheme, step):
    value, error = mean_x(scheme, step)
    exact = SPIN * math.exp(-TIME)
    assert abs(value - exact) < 4 * error  # 6 comparisons
    assert error < 0.01 * exact


@pytest.mark.parametrize(
    ("factors", "cosine", "sizes"),
    [(COARSE_COSINE, shear_cosine, (0.02, 1e-6)), (TRUE_COSINE, math.cos, (1.0, 0.5, 0.1, 1e-6))],
    ids=["small angles", "all angles"],
)
def test_size_of_the_variance_alone_is_not(factors, cosine, sizes):
    """Negative control: sqrt(2 rate step) is right for small steps only."""

    def decay(inner, outer):
        return 0.75 * cosine(inner) + 0.25 * cosine(outer)

    for exponent in sizes:
        inner, outer = kick_sizes(np.array([exponent]), factors)[:, 0]
        assert decay(inner, outer) == pytest.approx(math.exp(-exponent), rel=1e-12)
    assert math.sqrt(0.75 * inner**2 + 0.25 * outer**2) == pytest.approx(math.sqrt(2e-6), rel=1e-5)
    # sqrt(2 * 0.5) = 1
    assert abs(decay(kernel_random.SMALL, kernel_random.LARGE) / math.exp(-0.5) - 1) > 0.005


def test_no_noise_without_a_rate():
    np.testing.assert_array_equal(kick_sizes(np.zeros(3)), np.zeros((2, 3)))
