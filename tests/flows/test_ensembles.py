"""Ensembles of two-level members with jumps of their own: exact moments, PIQS, and the machine."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from cases import DOWN, MINUS, PLUS, UP, X, Y, Z
from ensembles import beyond, by_piqs, single_members
from exact_spins import stream_of
from schemes import Enumerated
from start import coherent, deviation

import twoqs
from twoqs.flows.generators import Channel, Field, Generators, LocalJump, MemberJump
from twoqs.flows.plan import plan_of
from twoqs.flows.relaxation import Relaxation, relax
from twoqs.flows.relaxing import member_bloch, relaxations_of
from twoqs.flows.step import advance
from twoqs.model.kinds import ENSEMBLE, SPIN

ANY = X + (0.3 - 0.4j) * Y + 0.5j * Z
"""A jump operator without symmetry."""

JUMPS = {
    "decay": [MemberJump(MINUS, [0.3])],
    "pump": [MemberJump(PLUS, [0.3])],
    "dephasing": [MemberJump(Z, [0.3])],
    "dephasing about x": [MemberJump(X, [0.3])],
    "all": [MemberJump(MINUS, [0.2]), MemberJump(PLUS, [0.3]), MemberJump(Z, [0.1])],
    "any": [MemberJump(ANY, [0.2])],
}


def ensemble(n, **pieces):
    return Generators([n / 2], kinds=[ENSEMBLE], **pieces)


def test_rates_of_a_member_are_those_of_the_literature():
    decay, pump, dephasing = 0.2, 0.5, 0.3
    rates = [(MINUS, decay), (PLUS, pump), (Z, dephasing)]
    matrix, vector = (
        sum(rate * part for part, (_, rate) in zip(parts, rates, strict=True))
        for parts in zip(*(member_bloch(form) for form, _ in rates), strict=True)
    )
    across = decay + pump + dephasing
    np.testing.assert_allclose(matrix, -np.diag([across, across, 2 * (decay + pump)]), atol=1e-15)
    np.testing.assert_allclose(vector, [0, 0, pump - decay], atol=1e-15)


@pytest.mark.parametrize("step", [0.1, 2.0])
@pytest.mark.parametrize("name", JUMPS)
def test_a_step_has_exact_moments(name, step):
    """From vectors inside the ball, any step: those of independent members, to rounding.

    Second moments of s evolve as those of J, whose mean is m E[s].
    """
    n = 20
    generators = ensemble(n, members=JUMPS[name])
    (flow,) = relaxations_of(generators)
    start = np.random.default_rng(1).normal(size=(3, 1, 16)) * 2
    assert np.linalg.norm(start, axis=0).max() < n / 2
    stream = Enumerated(3, starts=16)
    state = np.tile(start, (1, 1, len(stream.weights) // 16))
    clipped = np.zeros((2, len(stream.weights)))
    relax(state, flow, step, np.ones(1), stream, clipped)
    assert np.all(clipped[0] == 0)
    assert np.all(clipped[1] == 1)
    weight, s = generators.weights[0], start[:, 0]
    mean, squares = weight * s.mean(axis=1), s @ s.T / 16
    exact = single_members(JUMPS[name], n, mean, squares, step)
    found, weights = state[:, 0], stream.weights / 16
    np.testing.assert_allclose(weight * found @ weights, exact[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found * weights @ found.T, exact[1], rtol=0, atol=1e-11)


@pytest.mark.parametrize("name", ["decay", "pump", "all", "any"])
def test_what_mixes_components_is_needed(name):
    """Negative control: without D_c s_c the squares are off."""
    n, step = 20, 0.5
    generators = ensemble(n, members=JUMPS[name])
    (flow,) = relaxations_of(generators)
    parts = tuple((column, part.copy()) for column, part in flow.parts)
    for _, part in parts:
        part[:, 3:, 1:] = 0.0
    stream = Enumerated(3)
    start = np.array([3.0, -2.0, 1.0])
    state = np.tile(start[:, None, None], (1, 1, len(stream.weights)))
    relax(state, replace(flow, parts=parts), step, np.ones(1), stream)
    weight = generators.weights[0]
    exact = single_members(JUMPS[name], n, weight * start, np.outer(start, start), step)
    assert np.abs(state[:, 0] * stream.weights @ state[:, 0].T - exact[1]).max() > 0.05


def test_outside_the_ball_noise_is_clipped_and_counted():
    generators = ensemble(20, members=[MemberJump(MINUS, [0.3])])
    (flow,) = relaxations_of(generators)
    heights = np.array([-10.9, -10.6, -10.4, 0.0])  # of L = 10.488 and N/2 = 10
    state, clipped = np.zeros((3, 1, 4)), np.zeros((2, 4))
    state[2, 0] = heights
    relax(state, flow, 0.01, np.ones(1), stream_of(1, 4), clipped)
    np.testing.assert_array_equal(clipped, [[1, 1, 0, 0], [1, 1, 1, 1]])
    assert np.all(np.isfinite(state))


@pytest.mark.parametrize("name", JUMPS)
def test_the_machine_is_that_of_numpy(name):
    """Beside a collective spin, with a rate that depends on time, and what is clipped."""
    first, *others = JUMPS[name]
    members = [MemberJump(first.form, [0.0, *first.rates, 0.1], 1)]
    members += [MemberJump(jump.form, [0.0, *jump.rates, 0.0]) for jump in others]
    generators = Generators(
        [3, 10, 4], kinds=[SPIN, ENSEMBLE, ENSEMBLE], members=members,
        fields=[Field([X, X + Z, Y])], local=[LocalJump(MINUS, [0.05] * 3)],
        channels=[Channel([0, 1, 2], [MINUS, MINUS, PLUS], 0.02)],
    )  # fmt: skip
    values = np.column_stack([np.ones(6), np.repeat([0.5, 1.0, 0.0], 2)])
    assert deviation(generators, values, 0.05, [2, 4]) < 1e-11


def test_without_jumps_of_members_an_ensemble_is_a_collective_spin():
    """The same random numbers, the same paths, but for the length that the one has restored."""
    pieces = {"fields": [Field([0.7 * X])], "local": [LocalJump(MINUS, [0.05])]}
    ends, fine = [], np.ones(2, np.bool_)
    for kind in (SPIN, ENSEMBLE):
        generators = Generators([10], kinds=[kind], **pieces)
        start = coherent(generators, np.array([0.4]), np.zeros(1), np.random.default_rng(1), 64)
        plan, values = plan_of(generators), np.ones((60, 1))
        ends.append(advance(start, plan, values, 0.05, stream_of(1, 64), fine))
    np.testing.assert_allclose(*ends, atol=1e-7)
    assert not any(isinstance(flow, Relaxation) for flow in plan_of(generators).flows)


def test_equal_sites_are_one_class():
    generators = Generators(
        [10, 5, 10, 10], kinds=[ENSEMBLE] * 4,
        members=[MemberJump(MINUS, [0.1, 0.1, 0.1, 0.2])],
    )  # fmt: skip
    (flow,) = relaxations_of(generators)
    assert len(flow.parts[0][1]) == 3
    assert flow.classes[0] == flow.classes[2]


CASES = {
    "superradiant laser": (12, DOWN, {"collective": 0.5, "pump": 2.0}, 4.0),
    "decay and dephasing": (12, UP, {"collective": 0.05, "decay": 0.2, "dephasing": 0.3}, 4.0),
    "driven": (12, DOWN, {"drive": 1.0, "collective": 0.08, "decay": 0.05}, 8.0),
}


@pytest.mark.parametrize("name", CASES)
def test_moments_are_those_of_piqs(name):
    """Means and second moments over N/2 to 0.015 for so few members, and three standard errors."""
    n, theta, rates, end = CASES[name]
    times = np.linspace(0, end, 9)
    expected = by_piqs(n, theta, times, **rates)
    found = beyond(n, theta, times, expected, lanes=8192, **rates)
    print(f"{name}: {found[0]:.4f} and {found[1]:.4f} beyond three standard errors")
    assert max(found) < 0.015


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_members_alone_along_all_axes(axis):
    """Dephasing about an axis and decay, from a tilted state: exact, so to three errors alone."""
    n, times = 20, np.linspace(0, 3, 7)
    form = {"x": X, "y": Y, "z": Z}[axis]
    jumps = [MemberJump(form, [0.4]), MemberJump(MINUS, [0.1])]
    found = beyond(n, 1.1, times, None, lanes=8192, jumps=jumps)
    assert max(found) < 0.004  # clipping at the rim of the ball: 1/N^2


@pytest.mark.parametrize("wrong", [{"noise": 0.5}, {"cross": 0.0}])
def test_wrong_noise_is_seen(wrong):
    """Negative control: half of it, and none that depends on the state."""
    times, jumps = np.linspace(0, 3, 7), [MemberJump(MINUS, [0.4])]
    assert max(beyond(20, 1.1, times, None, lanes=8192, jumps=jumps, **wrong)) > 0.01


def test_members_pumped_along_another_axis_are_dark_there():
    """All along x, to where they are pumped, members stay: var S^z = N/4; about other axes than z
    the noise had heavy tails. Within four standard errors of 2048 trajectories."""
    ensemble = twoqs.Ensemble(100)
    pumped = twoqs.jump(twoqs.each(ensemble.y + 1j * ensemble.z), rate=0.3)
    model = twoqs.Model(jumps=[pumped], initial=twoqs.coherent(math.pi / 2, 0))
    ds = twoqs.simulate(model, times=[0, 20], trajectories=2048, seed=1)
    assert ds.sx.values == pytest.approx(50, rel=1e-3)
    for name in ("var_sz", "var_sy"):
        error = ds[f"{name}_se"].values[1]
        assert error < 2
        assert ds[name].values[1] == pytest.approx(25, abs=4 * error)
