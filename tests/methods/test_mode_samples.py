"""Samples of Gaussian states of modes against their Wigner functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import qutip

from twoqs.methods.modes import mode_vectors
from twoqs.model.mode_states import gaussian, vacuum

LANES = 65536

STATES = {
    "vacuum": (0.0, 0.0, 0.0),
    "coherent": (1.2 - 0.7j, 0.0, 0.0),
    "thermal": (0.0, 0.8, 0.0),
    "squeezed": (0.0, 0.0, 0.5),
    "squeezed in any direction": (0.3 + 0.4j, 0.3, 0.6 * np.exp(1.1j)),
}


def density(alpha, occupation, squeezing, levels=60):
    thermal = qutip.thermal_dm(levels, occupation)
    move = qutip.displace(levels, alpha) * qutip.squeeze(levels, squeezing)
    return move * thermal * move.dag()


@pytest.mark.parametrize("name", STATES)
def test_moments_are_those_of_the_state(name):
    """Means, second moments and n, to four standard errors: nothing is approximated."""
    alpha, occupation, squeezing = STATES[name]
    covariance = gaussian(n=occupation, r=abs(squeezing), angle=np.angle(squeezing)).covariance
    rng = np.random.default_rng(1)
    s = mode_vectors(np.array([alpha + 0j]), covariance[None], rng, LANES)[:, 0]
    a = qutip.destroy(60)
    x, y = (a + a.dag()) / 2, (a.dag() - a) / 2j
    operators = [x, y, a.dag() * a, x * x, y * y, (x * y + y * x) / 2, (a.dag() * a) ** 2 + 0.25]
    samples = [*s, s[0] ** 2, s[1] ** 2, s[0] * s[1], s[2] ** 2]
    rho = density(alpha, occupation, squeezing)
    for operator, values in zip(operators, samples, strict=True):
        error = values.std(ddof=1) / math.sqrt(LANES)
        assert values.mean() == pytest.approx(qutip.expect(operator, rho), abs=4 * error + 1e-9)


def test_samples_are_spread_evenly():
    """Of 64 trajectories the mean scatters less than that of independent ones: 1/(2 sqrt 64)."""
    rng = np.random.default_rng(2)
    means = [
        mode_vectors(np.zeros(1, complex), vacuum().covariance[None], rng, 64)[0].mean()
        for _ in range(200)
    ]
    assert np.std(means) < 0.75 * 0.5 / 8


def test_the_other_sign_of_y_is_seen():
    """Negative control: y is -Im alpha."""
    covariance = gaussian(n=0.3, r=0.6, angle=1.1).covariance
    mirrored = gaussian(n=0.3, r=0.6, angle=-1.1).covariance
    assert np.abs(covariance - mirrored).max() > 0.1
