"""Linear theory of large general models against their simulation, in time and at rest."""

from __future__ import annotations

import math

import numpy as np
import pytest
from deviations import MEANS, SECOND

import twoqs
from twoqs import Model, Sites, Spin, bonds, coherent, each, jump
from twoqs.theory import linear

SPIN = 1000.0

STEP, STEP_ERROR = 0.02, 5e-5 * SPIN
"""Step of the simulation, and what it costs at most."""


def waveguide(k: float = math.pi / 3) -> Model:
    """Four spins, two of them half as long, driven, and each with some decay of its own."""
    spins = [Spin(SPIN, "a"), Spin(SPIN, "b"), Spin(SPIN / 2, "c"), Spin(SPIN / 2, "d")]
    rates, exchange = twoqs.waveguide([0, 1, 2, 3], gamma=0.5 / SPIN, k=k)
    energy = sum(
        exchange[i, j] * a.plus * b.minus
        for i, a in enumerate(spins)
        for j, b in enumerate(spins)
        if i != j
    )
    own = [jump(a.minus, 0.25 / SPIN) for a in spins]
    return Model(
        hamiltonian=energy + 0.4 * spins[0].x + 0.2 * spins[2].z,
        jumps=[jump([a.minus for a in spins], rates=rates), *own],
        initial={"a": coherent(2.0, 0.3), "c": coherent(1.5, 1.0)},
    )


def honeycomb() -> Model:
    """Two sites a cell, with a field that tells them apart."""
    s = Sites(Spin(SPIN), twoqs.honeycomb(4, 4), "s")
    staggered = each(s.z, [0.5, -0.2] * 16)
    coupling = 0.3 * bonds(s.x, s.x) - 0.2 * bonds(s.y, s.z) + 0.1 * bonds(s.z, s.z)
    bath = math.cos(0.3) * s.minus + 1j * math.sin(0.3) * s.plus
    return Model(
        hamiltonian=staggered + (1 / SPIN) * coupling + 0.3 * s.y,
        jumps=[jump(each(bath), 0.5 / SPIN)],
        initial=coherent(2.0, 0.5),
    )


def power_law() -> Model:
    """A ring with 1/r^3 and a bath in common beside those of the sites."""
    s = Sites(Spin(SPIN), twoqs.power_law(twoqs.chain(12), 3), "s")
    return Model(
        hamiltonian=(0.2 / SPIN) * bonds(s.x, s.x) - (0.3 / SPIN) * bonds(s.z, s.y) + 0.2 * s.x,
        jumps=[jump(each(s.minus), 0.3 / SPIN), jump(s.minus, 0.03 / SPIN)],
        initial=coherent(2.4, 0.5),
    )


@pytest.mark.parametrize(
    "model", [waveguide(), honeycomb(), power_law()], ids=["waveguide", "honeycomb", "power law"]
)
def test_simulations_agree_with_linear_theory(model):
    """To four standard errors, and to the next order: 1/S^2 of means, 1/S of second moments.

    Means are compared to 5e-5 of S, where the step of the simulation counts.
    """
    times = [0.0, 1.0, 3.0]
    in_time = linear.evolution(model, times)
    size = float(in_time.next_order.max())
    assert size < 0.02
    waves = linear.Fluctuations.about(model)
    start = 15 / waves.damping.min()  # after 6 of them, means are still off by 2e-4 of S
    for found, run in (
        (in_time, {"times": times}),
        (waves.steady(), {"average": (start, 1.7 * start), "samples": 33}),
    ):
        ds = twoqs.simulate(model, trajectories=2048, seed=3, step=STEP, **run)
        for names, most in ((MEANS, 4 * SPIN * size**2 + STEP_ERROR), (SECOND, 4 * SPIN * size)):
            off = {n: float(np.abs(ds[n] - found[n]).max()) for n in names}
            kind = "means" if names is MEANS else "second moments"
            print(f"{kind} off linear theory by {max(off.values()):.3g}; {most:.3g} and 4 errors")
            for name in names:
                beyond = np.abs(ds[name] - found[name]) - 4 * ds[f"{name}_se"]
                assert float(beyond.max()) < most, name


def test_the_comparison_can_fail():
    """Negative control: with another phase between the spins of the waveguide."""
    found, other = (
        linear.Fluctuations.about(model).steady() for model in (waveguide(), waveguide(k=0.8))
    )
    assert max(float(np.abs(found[n] - other[n]).max()) for n in MEANS) > 100 * STEP_ERROR
