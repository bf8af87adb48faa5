"""The flows of a plan add up to the equations of motion of its model, to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from cases import MINUS, PLUS, cascade
from equations import defined, of_flows, random_generators, random_turn, turned
from exact_spins import stream_of
from start import step_of

from twoqs.flows.generators import Bonds, Field, Generators, LocalJump, Onsite
from twoqs.flows.plan import plan_of
from twoqs.flows.step import advance

ROUNDING = 1e-11
"""Of hundreds of products of numbers of order one."""


def directions(rng, spins):
    s = rng.normal(size=(len(spins), 3))
    return s / np.linalg.norm(s, axis=1)[:, None] * np.sqrt(spins * (spins + 1))[:, None]


@pytest.mark.parametrize("seed", range(60))
def test_drift_and_diffusion_are_those_of_the_model(seed):
    rng = np.random.default_rng(seed)
    generators = random_generators(rng)
    s, values = directions(rng, generators.spins), np.array([1, *rng.random(2)])
    scale = generators.spins.max()
    drift, diffusion = of_flows(plan_of(generators), s, values)
    by_definition = defined(generators, s, values)
    np.testing.assert_allclose(drift, by_definition[0], atol=ROUNDING * scale)
    np.testing.assert_allclose(diffusion, by_definition[1], atol=ROUNDING * scale**2)


def test_many_spins_each_with_each():
    n, rng = 12, np.random.default_rng(5)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    bonds = [Bonds(pairs, rng.normal(size=(len(pairs), 3, 3)))]
    generators = Generators([5] * n, bonds=bonds, fields=[Field(rng.normal(size=(n, 3)))])
    s = directions(rng, generators.spins)
    drift, _ = of_flows(plan_of(generators), s, np.ones(1))
    np.testing.assert_allclose(drift, defined(generators, s, np.ones(1))[0], atol=1e-10)


def test_the_comparison_can_fail():
    """Negative control: couplings of short spins over the weight, as those of long ones are."""
    for spins, divided in (([2, 3], False), ([8, 9], True)):
        generators = Generators(spins, bonds=[Bonds([(0, 1)], [np.eye(3)])])
        s = directions(np.random.default_rng(1), generators.spins)
        over = s / generators.weights[:, None]
        drift, _ = of_flows(plan_of(generators), s, np.ones(1))
        right, wrong = (np.cross(one[::-1], s) for one in ((over, s) if divided else (s, over)))
        assert np.abs(drift - right).max() < 1e-12
        assert np.abs(drift - wrong).max() > 0.01


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("alike", [True, False], ids=["all alike", "each its own"])
def test_a_turned_model_moves_as_the_model_turned(seed, alike):
    rng = np.random.default_rng(seed)
    generators = random_generators(rng)
    n = generators.n_sites
    r = np.array([random_turn(rng)] * n if alike else [random_turn(rng) for _ in range(n)])
    s, values = directions(rng, generators.spins), np.array([1, *rng.random(2)])
    drift, diffusion = of_flows(plan_of(generators), s, values)
    there = np.einsum("iab,ib->ia", r, s)
    moved = of_flows(plan_of(turned(generators, r)), there, values)
    whole = np.zeros((n, 3, n, 3))
    whole[np.arange(n), :, np.arange(n), :] = r
    whole = whole.reshape(3 * n, 3 * n)
    scale = generators.spins.max()
    np.testing.assert_allclose(moved[0], np.einsum("iab,ib->ia", r, drift), atol=ROUNDING * scale)
    np.testing.assert_allclose(moved[1], whole @ diffusion @ whole.T, atol=ROUNDING * scale**2)


def ring(n, jx, jy):
    pairs = [(i, i + 1) for i in range(n - 1)] + [(0, n - 1)]
    return Bonds(pairs, [np.diag([jx, jy, 0.0])] * n)


def test_alternating_gain_and_loss_is_loss_with_every_second_spin_turned():
    """By half a turn about x: gain becomes loss, and J_y changes its sign."""
    n, even = 6, np.arange(6) % 2 == 0
    alternating = Generators(
        [5] * n,
        bonds=[ring(n, 0.5, -0.8)],
        local=[LocalJump(MINUS, 0.1 * even), LocalJump(PLUS, 0.1 * ~even)],
    )
    loss = Generators([5] * n, bonds=[ring(n, 0.5, 0.8)], local=[LocalJump(MINUS, [0.1] * n)])
    signs = np.where(even[:, None], 1.0, [1.0, -1.0, -1.0])
    s = directions(np.random.default_rng(2), loss.spins)
    drift, diffusion = of_flows(plan_of(loss), s, np.ones(1))
    other = of_flows(plan_of(alternating), signs * s, np.ones(1))
    np.testing.assert_allclose(other[0], signs * drift, atol=1e-12)
    np.testing.assert_allclose(other[1], np.outer(signs, signs) * diffusion, atol=1e-12)


def test_the_second_spin_of_a_cascade_does_not_act_on_the_first():
    """Friction from the second cancels its field: both carry the same factor."""
    generators = cascade(2, 0.8, 0.25)
    plan, rng = plan_of(generators), np.random.default_rng(3)
    s = directions(rng, generators.spins)
    first, _ = of_flows(plan, s, np.ones(1))
    s[1] = directions(rng, generators.spins)[1]
    second, _ = of_flows(plan, s, np.ones(1))
    np.testing.assert_allclose(first[0], second[0], atol=1e-14)
    assert np.abs(first[1] - second[1]).max() > 0.1


def cascade_defect(step):
    """How far the first spin goes astray in one step if the second one starts elsewhere."""
    generators, rng = cascade(2, 0.8, 0.25), np.random.default_rng(3)
    first, second, other = (directions(rng, generators.spins)[0] for _ in range(3))
    ends = [
        advance(
            np.stack([first, start], axis=1)[:, :, None],
            plan_of(generators), np.ones((1, 1)), step, stream_of(1, 1),
        )
        for start in (second, other)
    ]  # fmt: skip
    return np.abs(ends[0][:, 0] - ends[1][:, 0]).max()


def test_in_a_step_of_a_cascade_only_the_error_of_the_step_acts_back():
    """In a finite step the two cancel but for flows that do not commute, with noise of sqrt(dt)."""
    coarse, fine = cascade_defect(1e-2), cascade_defect(1e-4)
    assert fine < coarse * 1e-2 * 0.3  # a force of the second on the first would give 1e-2


@pytest.mark.parametrize("seed", range(8))
def test_lengths_are_constant(seed):
    rng = np.random.default_rng(seed)
    generators = random_generators(rng)
    state = np.repeat(directions(rng, generators.spins).T[:, :, None], 4, axis=2)
    values = np.column_stack([np.ones(23), *rng.random((2, 23))])
    step = min(0.1, step_of(generators) * 3)
    end = advance(state, plan_of(generators), values, step, stream_of(seed, 4))
    lengths = np.linalg.norm(end, axis=0)
    np.testing.assert_allclose(lengths / generators.lengths[:, None], 1, rtol=1e-12)
    assert np.abs(end - state).max() > 1e-3 or len(plan_of(generators).flows) == 0


class Recorded:
    """Noise that is kept, to be given again: each row of `noise` to one call."""

    def __init__(self, rng=None, noise=()):
        self.rng, self.noise, self.kept = rng, list(noise), []

    def four_point(self):
        self.kept.append(self.rng.normal(size=8) if self.rng else self.noise.pop(0))
        return self.kept[-1]


def test_uncoupled_sites_move_as_if_alone():
    spins, rates = [3, 7.5], [0.2, 0.05]
    h = [[0.3, 0.1, 0.7], [0.2, -0.5, 0.1]]
    k = [np.diag([0.1, -0.2, 0.0]), np.diag([0.05, 0.03, 0.0])]

    def model(sites):
        return Generators(
            np.array(spins)[sites],
            fields=[Field(np.array(h)[sites])],
            onsite=[Onsite(np.array(k)[sites])],
            local=[LocalJump(MINUS, np.array(rates)[sites])],
        )

    rng = np.random.default_rng(4)
    both = Recorded(rng)
    state = np.repeat(directions(rng, np.array(spins)).T[:, :, None], 8, axis=2)
    end = advance(state, plan_of(model([0, 1])), np.ones((30, 1)), 0.02, both)
    for site in range(2):
        alone = Recorded(noise=both.kept[site::2])
        found = advance(state[:, [site]], plan_of(model([site])), np.ones((30, 1)), 0.02, alone)
        np.testing.assert_allclose(found[:, 0], end[:, site], atol=1e-12)
        assert not alone.noise
