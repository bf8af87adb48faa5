"""The general flows beside the method that is made for x, y, z couplings and decay."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cases import MINUS, PLUS, X, Z
from exact_spins import trajectories

import twoqs
from twoqs.flows.generators import Bonds, Field, Generators, LocalJump, Onsite

SPIN, SITES, TIMES = 20, 6, (0.5, 1.5, 4.0)

MODEL = twoqs.Model(
    spin=SPIN, lattice=twoqs.chain(SITES), field=(0.3, 0, 0.2), coupling=(0.5, -1.8, 0),
    twist=(0, 0, 0.4), decay=1.0, gain=0.2, dephasing=0.1, initial=twoqs.coherent(2.0),
)  # fmt: skip


def same_model(decay: float = 1.0) -> Generators:
    """MODEL by its raw coefficients."""
    pairs = [(i, i + 1) for i in range(SITES - 1)] + [(0, SITES - 1)]
    raw, ones = 1 / (2 * SPIN), np.ones(SITES)
    return Generators(
        SPIN * ones,
        fields=[Field([0.3 * X + 0.2 * Z] * SITES)],
        bonds=[Bonds(pairs, [raw * np.diag([0.5, -1.8, 0])] * SITES)],
        onsite=[Onsite([raw * np.diag([0, 0, 0.4])] * SITES)],
        local=[
            LocalJump(MINUS, decay * raw * ones),
            LocalJump(PLUS, 0.2 * raw * ones),
            LocalJump(Z, 0.1 * ones),
        ],
    )


@pytest.fixture(scope="module")
def special():
    return twoqs.simulate(MODEL, times=TIMES, trajectories=4096, seed=5)


def largest_excess(generators, special):
    """Of means over S, beyond three standard errors of both."""
    angles = [2.0] * SITES, [0.0] * SITES
    beyond = []
    for place, state in enumerate(trajectories(generators, *angles, TIMES, seed=6)):
        for axis, name in enumerate(("sx", "sy", "sz")):
            # Sites are alike, trajectories independent.
            means = state[axis].mean(axis=0) * generators.weights[0]
            error = math.hypot(
                means.std(ddof=1) / math.sqrt(means.size), float(special[f"{name}_se"][place])
            )
            off = abs(means.mean() - float(special[name][place])) - 3 * error
            beyond.append(off / SPIN)
    return max(beyond)


def test_a_chain_has_the_same_moments(special):
    assert largest_excess(same_model(), special) < 0.002  # steps of another order of flows


def test_another_rate_is_seen(special):
    """Negative control."""
    assert largest_excess(same_model(decay=1.1), special) > 0.004
