"""Without dissipation each scheme solves the mean-field equations and keeps what they keep."""

from __future__ import annotations

import math

import numpy as np
import pytest
from schemes import field_at
from scipy.integrate import solve_ivp

import twoqs
from twoqs.methods import METHODS
from twoqs.methods.numerics import Numerics
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady

SCHEMES = [("conserving", "W"), ("pda", "W"), ("euler-maruyama", "W")]


def closed_model():
    """Driven, coupled and twisted about all axes, on a graph with a triangle and weights."""
    edges = [(0, 1, 1.0), (1, 2, -0.6), (0, 2, 0.8), (2, 3, 1.5)]
    return twoqs.Model(
        spin=20,
        lattice=twoqs.from_edges(edges),
        field=([0.3, -0.2, 0.5, 0.1], 0.4, [-0.3, 0.2, 0.6, 0.0]),
        coupling=(0.7, [-0.5, 0.3, 0.4, 0.9], 0.6),
        twist=(0.5, [-0.3, 0.0, 0.2, 0.4], -0.6),
        initial=twoqs.coherent([0.4, 1.1, 1.9, 2.6], [0.0, 2.0, 4.0, 5.0]),
    )


def energy(model, s, scheme):
    """H of spins of shape (3, site, lane), one number a lane (H is quadratic: h.s + B_2.s/2)."""
    linear = field_at(model, np.zeros_like(s))
    return np.sum((linear + field_at(model, s, scheme)) / 2 * s, axis=(0, 1))


def mean_field(model, s, duration, scheme="pda"):
    """Solution of ds/dt = B x s."""

    def right_hand_side(_, flat):
        now = flat.reshape(s.shape)
        return np.cross(field_at(model, now, scheme), now, axis=0).ravel()

    tolerance = {"rtol": 1e-11, "atol": 1e-11 * model.spin}
    solution = solve_ivp(right_hand_side, (0, duration), s.ravel(), method="DOP853", **tolerance)
    return solution.y[:, -1].reshape(s.shape)


@pytest.mark.parametrize(("scheme", "representation"), SCHEMES)
def test_without_noise_the_scheme_solves_the_mean_field_equations(scheme, representation):
    """Error against an adaptive Runge-Kutta solution falls with the declared order."""
    model = closed_model()
    steps = [80, 160, 320] if scheme != "euler-maruyama" else [2000, 4000, 8000]
    errors = []
    for count in steps:
        block = TrajectoryBlock(model, Numerics(scheme=scheme), np.random.SeedSequence(4))
        block.measure()
        start = block.bloch[:3].copy()
        block.advance(steady(count, 4.0 / count))
        block.measure()
        lanes = [0, 13, 63]
        exact = np.stack(
            [mean_field(model, start[..., lane], 4.0, scheme) for lane in lanes], axis=-1
        )
        errors.append(np.abs(block.bloch[:3][..., lanes] - exact).max() / model.spin)
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    order = METHODS[scheme].weak_order
    # next term of the error: of relative size step for order 1, step^2 for order 2
    np.testing.assert_allclose(slopes, order, atol=0.1)
    assert errors[-1] < 1e-2


def test_mean_field_sees_every_sign():
    """Negative control: with one term of H reversed the mean-field solution is another one."""
    model, s = closed_model(), np.random.default_rng(1).normal(size=(3, 4))
    right = mean_field(model, s, 4.0)
    for name in ("field", "coupling", "twist"):
        for axis in range(3):
            vector = list(getattr(model, name))
            vector[axis] = tuple(-v for v in np.broadcast_to(vector[axis], 4).tolist())
            changed = twoqs.Model(spin=20, lattice=model.lattice, **{
                other: getattr(model, other) for other in ("field", "coupling", "twist")
            } | {name: tuple(vector)})  # fmt: skip
            assert np.abs(mean_field(changed, s, 4.0) - right).max() > 1e-2, (name, axis)


@pytest.mark.parametrize("scheme", ["conserving", "pda"])
def test_energy_and_length_over_a_hundred_thousand_steps(scheme):
    """No drift of the energy, an error that falls as step^2, and a length constant to rounding."""
    model = twoqs.Model(
        spin=20, lattice=twoqs.from_edges([(0, 1, 1.0), (1, 2, -0.7)]), field=(0.6, 0.3, -0.4),
        coupling=(0.5, -0.8, 0.3), twist=(0.4, 0.0, -0.3),
        initial=twoqs.coherent([0.5, 1.5, 2.5], 1.0),
    )  # fmt: skip
    early, late = {}, {}
    for step in (0.04, 0.02):
        block = TrajectoryBlock(model, Numerics(scheme=scheme), np.random.SeedSequence(1))
        block.measure()
        start, errors = block.bloch.copy(), []
        for _ in range(200):
            block.advance(steady(500, step))
            block.measure()
            off = energy(model, block.bloch[:3], scheme) - energy(model, start[:3], scheme)
            errors.append(np.sqrt(np.mean(off**2)))
        early[step], late[step] = np.mean(errors[:20]), np.mean(errors[-20:])
        assert late[step] < 2 * early[step]  # a drift would make it ten times larger
        # 600,000 rotations, each rounded to 1e-16; in a random walk 1e-13, in one direction 6e-11
        assert np.abs(block.bloch[3] / start[3] - 1).max() < 1e-11
    # The mean over 20 samples of 64 trajectories scatters by some per cent about 4.
    assert early[0.04] / early[0.02] == pytest.approx(4, rel=0.1)
    assert late[0.04] / late[0.02] == pytest.approx(4, rel=0.1)
    assert late[0.02] < 0.02**2 * 0.5 * model.spin * 3  # in the size of the energy itself


@pytest.mark.parametrize(("scheme", "bound"), [("conserving", 1e-6), ("pda", 5e-4)])
def test_length_in_single_precision_over_a_hundred_thousand_steps(scheme, bound):
    """Restored by one scheme, to its rounding; in the other 600,000 roundings of 6e-8 walk.

    They are not quite symmetric: -1.6e-9 a step, here -1.6e-4 in all.
    """
    model = twoqs.Model(
        spin=20, lattice=twoqs.chain(3), field=(0.6, 0.3, -0.4), coupling=(0.5, -0.8, 0.3),
        initial=twoqs.coherent([0.5, 1.5, 2.5], 1.0),
    )  # fmt: skip
    block = TrajectoryBlock(
        model, Numerics(scheme=scheme, precision="single"), np.random.SeedSequence(1)
    )
    block.measure()
    start = block.bloch[3].copy()
    block.advance(steady(100_000, 0.04))
    block.measure()
    assert np.abs(block.bloch[3] / start - 1).max() < bound


def test_euler_maruyama_lengthens_the_spin_as_it_must():
    """By the factor 1 + (B step/2)^2 in each step: B^2 step/4 per unit of time."""
    model = twoqs.Model(spin=20, field=(1.2, -0.5, 0.9), initial=twoqs.coherent(1.0, 2.0))
    square, step, steps = 1.2**2 + 0.5**2 + 0.9**2, 0.01, 1000
    block = TrajectoryBlock(model, Numerics(scheme="euler-maruyama"), np.random.SeedSequence(1))
    block.measure()
    before = block.bloch[3].copy()
    block.advance(steady(steps, step))
    block.measure()
    growth = np.log(block.bloch[3] / before)
    np.testing.assert_allclose(growth, steps * math.log1p(square * step**2 / 4), rtol=1e-11)
    # per unit of time B^2 step/4, up to the next order, (B step)^2/8 relative
    np.testing.assert_allclose(growth / (steps * step), square * step / 4, rtol=1e-3)
    for scheme in ("conserving", "pda"):  # negative control: no other scheme does
        block = TrajectoryBlock(model, Numerics(scheme=scheme), np.random.SeedSequence(1))
        block.measure()
        before = block.bloch[3].copy()
        block.advance(steady(steps, step))
        block.measure()
        assert np.abs(block.bloch[3] / before - 1).max() < 1e-12
