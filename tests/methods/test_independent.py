"""Samples of ensembles whose members are thermal or mixed, against exact moments."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs
from twoqs.flows.length import mean_weight
from twoqs.methods.sphere import sample_bloch

LANES = 65536
SIZE = 20


@pytest.mark.parametrize("beta", [0.0, 0.7, -1.5])
def test_moments_are_those_of_independent_members(beta):
    """Each member has <s^z> = -tanh(beta/2)/2; sums of members have binomial moments."""
    ensemble = twoqs.Ensemble(SIZE)
    state = twoqs.thermal(beta) if beta else twoqs.mixed()
    model = twoqs.Model(members=[ensemble], initial=state)
    x, y, z = sample_bloch(model, np.random.default_rng(3), LANES)[:, 0]
    up = -math.tanh(beta / 2)
    mean, spread = SIZE * up / 2, SIZE / 4 * (1 - up**2)
    for values, expected in (
        (x, 0.0), (mean_weight(SIZE / 2) * z, mean), (x**2, SIZE / 4), (y**2, SIZE / 4),
        (z**2, spread + mean**2), (x * y, 0.0), (x * z, 0.0),
    ):  # fmt: skip
        error = values.std(ddof=1) / math.sqrt(LANES)
        assert values.mean() == pytest.approx(expected, abs=4 * error)


def test_a_collective_spin_is_another_state():
    """Negative control: the maximally mixed spin N/2 has larger squares."""
    spin = twoqs.Model(spin=SIZE / 2, initial=twoqs.mixed())
    x = sample_bloch(spin, np.random.default_rng(3), LANES)[0, 0]
    assert np.mean(x**2) > 5 * SIZE / 4
