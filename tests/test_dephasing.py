"""Pure dephasing, which the method treats exactly, with steps that are not small."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs
from twoqs.kernels import random as kernel_random

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


@pytest.mark.parametrize("parts", [2, 4])
def test_amplitude_of_the_variance_alone_is_not(parts):
    """Negative control: sqrt(2 rate step) is right for small steps only."""
    chance = 2 * kernel_random.TAIL / kernel_random.PIECE

    def decay(amplitude):
        h = kernel_random.VALUE * amplitude / parts
        turned = parts * math.atan(h * (1 + h * h / 3))
        return 1 - chance + chance * math.cos(turned)

    amplitudes = kernel_random.amplitudes.py_func
    for step in (0.5, 0.1, 1e-6):
        wanted = amplitudes(np.array([1.0]), step, parts)[0]
        assert decay(wanted) == pytest.approx(math.exp(-step), rel=1e-12)
    assert wanted == pytest.approx(math.sqrt(2e-6), rel=1e-5)
    assert abs(decay(1.0) / math.exp(-0.5) - 1) > 0.01  # sqrt(2 * 1 * 0.5) = 1
