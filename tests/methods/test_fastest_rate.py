"""The fastest rate of a model bounds how fast any of its spins turns."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs
from twoqs.methods.numerics import (
    Numerics,
)
from twoqs.methods.quickest import fastest_rate
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady

DRIVEN = twoqs.Model(spin=10, field=(2.0, 0, 0), decay=0.5)
COUPLED = twoqs.Model(spin=10, lattice=twoqs.chain(4), coupling=(0.5, -0.8, 0), decay=1.0)
TWISTED = twoqs.Model(spin=10, twist=(1.0, 0, 0), decay=0.1)


def test_fastest_rate_of_simple_models():
    model = twoqs.Model
    assert fastest_rate(model(spin=5, field=(3.0, 0, -4.0))) == pytest.approx(5.0)
    assert fastest_rate(model(spin=5, decay=0.7, gain=0.5)) == pytest.approx(1.2)
    assert fastest_rate(model(spin=5, dephasing=2.5)) == pytest.approx(2.5)
    assert fastest_rate(model(spin=5, twist=(0, 0, -2.0))) == pytest.approx(2.0)
    # the largest of them decides
    assert fastest_rate(model(spin=5, field=(1, 0, 0), decay=3.0)) == pytest.approx(3.0)


def test_fastest_rate_of_coupled_models():
    pair = twoqs.from_edges([(0, 1)])
    for lattice, neighbours in ((pair, 1), (twoqs.chain(5), 2), (twoqs.square(3, 3), 4)):
        model = twoqs.Model(spin=5, lattice=lattice, coupling=(0, -3.0, 0))
        assert fastest_rate(model) == pytest.approx(neighbours * 1.5)  # J/(2S) S of each
    weighted = twoqs.from_edges([(0, 1, -2.0), (1, 2, 0.5)])
    model = twoqs.Model(spin=5, lattice=weighted, coupling=([1.0, 4.0], 0, 0))
    assert fastest_rate(model) == pytest.approx(0.5 * (2.0 * 1.0 + 0.5 * 4.0))


def test_fastest_rate_is_that_of_the_fastest_site():
    model = twoqs.Model(spin=5, lattice=twoqs.chain(3), field=([0, 7.0, 1.0], 0, 0), decay=1.0)
    assert fastest_rate(model) == pytest.approx(7.0)


@pytest.mark.parametrize("model", [COUPLED, TWISTED, DRIVEN], ids=["coupled", "twisted", "driven"])
def test_no_spin_turns_faster_than_the_fastest_rate(model):
    """Rotation per time of random directions, from one short step without dissipation."""
    closed = twoqs.Model(
        spin=model.spin, lattice=model.lattice, field=model.field, coupling=model.coupling,
        twist=model.twist, initial=twoqs.coherent([0.3, 1.1, 1.9, 2.5][: model.n_sites], 1.0),
    )  # fmt: skip
    block = TrajectoryBlock(closed, Numerics(), np.random.SeedSequence(1))
    before = block.state.copy()
    block.advance(steady(1, 1e-4))
    speed = np.sqrt(np.sum((block.state - before) ** 2, axis=0)).max() / 1e-4
    length = math.sqrt(10 * 11)
    assert speed <= fastest_rate(closed) * length * (
        length / 10
    )  # spins are a little longer than S
    assert speed > 0.2 * fastest_rate(closed) * length  # a bound that is worth something


# --- Steps ----------------------------------------------------------------------------------------
