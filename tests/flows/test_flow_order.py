"""Weak order two of the steps, by all values of the noise at once: no sampling errors."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from cases import MINUS, PLUS, X, Z, pair
from exact_spins import values_of
from schemes import Enumerated

from twoqs.flows.common import CommonTurn
from twoqs.flows.generators import Channel, Field, Generators, LocalJump, Onsite
from twoqs.flows.plan import Visit, plan_of
from twoqs.flows.step import advance

DIRECTIONS = np.array([[0.64, -0.48, 0.6], [0.36, 0.8, -0.48]])

SINGLE = LocalJump(MINUS, [0.25])
TWIST = Onsite([[[0.2, 0.1, 0.0], [0.1, -0.1, 0.05], [0.0, 0.05, 0.3]]])

MODELS = {
    "decay": Generators([2], local=[SINGLE]),
    "driven decay": Generators([2], local=[SINGLE], fields=[Field([0.6 * X + 0.3 * Z])]),
    "squeezing": Generators([2], local=[LocalJump(0.9 * MINUS + 0.4 * PLUS, [0.25])]),
    "mixed jump": Generators([2], local=[LocalJump(MINUS + 0.6 * Z, [0.25])]),
    "thermal bath": Generators(
        [2], local=[LocalJump(MINUS, [0.3]), LocalJump(PLUS, [0.1]), LocalJump(Z, [0.2])]
    ),
    "twisted": Generators([2], local=[SINGLE], onsite=[TWIST]),
    "common bath": pair(2, 1, [MINUS, MINUS], 0.25),
    "different shares": pair(2, 1, [MINUS, 0.5 * PLUS + 0.3 * Z], 0.25),
    "two baths": Generators(
        [2, 1],
        channels=[Channel([0, 1], [MINUS, MINUS], 0.2), Channel([0, 1], [PLUS, PLUS], 0.1)],
    ),
}


def draws(plan):
    """Random numbers that a step takes."""
    found = 0
    outer = [plan.outer] * (2 if plan.outer is not None else 0)
    for place in [*outer, *(visit.flow for visit in plan.inner)]:
        flow = plan.flows[place]
        found += 1 if isinstance(flow, CommonTurn) else len(flow.noisy) if flow.noises else 0
    return found


def expectations(generators, plan, steps, duration):
    """Of all components and products of two of them after equal steps."""
    n = generators.n_sites
    state = (DIRECTIONS[:n] * generators.lengths[:, None]).T[:, :, None]
    weights = np.ones(1)
    for _ in range(steps):
        stream = Enumerated(draws(plan), starts=state.shape[2])
        repeated = np.tile(state, (1, 1, len(stream.weights) // state.shape[2]))
        state = advance(repeated, plan, np.ones((1, 1)), duration / steps, stream)
        assert stream.used_up()
        weights = stream.weights * np.resize(weights, len(stream.weights))
    s = state.reshape(3 * n, -1) / generators.spins.max()
    products = np.einsum("il,jl,l->ij", s, s, weights)
    return np.concatenate([s @ weights, products[np.triu_indices(3 * n)]])


def in_one_run(generators, plan, steps, duration):
    """The same by steps whose outer flows join."""
    n = generators.n_sites
    outer = plan.flows[plan.outer]
    joined = len(outer.noisy) if outer.noises else 0
    stream = Enumerated(steps * draws(plan) - (steps - 1) * joined)
    state = (DIRECTIONS[:n] * generators.lengths[:, None]).T[:, :, None]
    repeated = np.repeat(state, len(stream.weights), axis=2)
    s = advance(repeated, plan, np.ones((steps, 1)), duration / steps, stream)
    assert stream.used_up()
    s = s.reshape(3 * n, -1) / generators.spins.max()
    products = np.einsum("il,jl,l->ij", s, s, stream.weights)
    return np.concatenate([s @ stream.weights, products[np.triu_indices(3 * n)]])


def local_order(generators, plan, duration=0.02, by=expectations):
    """Weak order p, as one step and two half steps differ by c dt^(p+1)."""
    sizes = [
        np.linalg.norm(by(generators, plan, 1, time) - by(generators, plan, 2, time))
        for time in (duration, duration / 2)
    ]
    return math.log2(sizes[0] / sizes[1]) - 1


@pytest.mark.parametrize("name", MODELS)
def test_steps_are_of_weak_order_two(name):
    generators = MODELS[name]
    order = local_order(generators, plan_of(generators))
    print(f"{name}: {order:.3f}")
    assert order == pytest.approx(2, abs=0.1)  # steps of 0.02, rates of one


@pytest.mark.parametrize("name", ["decay", "driven decay", "mixed jump", "twisted"])
def test_steps_whose_outer_flows_join_are_of_weak_order_two(name):
    generators = MODELS[name]
    order = local_order(generators, plan_of(generators), by=in_one_run)
    assert order == pytest.approx(2, abs=0.1)


def pull(arcs, phi):
    return sum(
        arc.constant + arc.turn_cosine * np.cos(ratio * phi) + arc.turn_sine * np.sin(ratio * phi)
        for ratio, arc in arcs
    )


def midpoint(angle, duration, arcs, fine, slope=0.0):
    """Which misses the variance inside the step."""
    return angle + duration * pull(arcs, angle / 2 + duration / 2 * pull(arcs, 0 * angle))


def without_noise(angle, duration, arcs, fine, slope=0.0):
    """A predictor that does not know the noise."""
    now = pull(arcs, 0 * angle)
    return angle + duration / 2 * (now + pull(arcs, duration * now))


@pytest.mark.parametrize("rule", [midpoint, without_noise])
@pytest.mark.parametrize("name", ["decay", "mixed jump", "common bath"])
def test_other_rules_are_of_order_one(name, rule, monkeypatch):
    """Negative control."""
    for module in ("turn", "common"):
        monkeypatch.setattr(f"twoqs.flows.{module}.with_friction", rule)
    generators = MODELS[name]
    assert local_order(generators, plan_of(generators)) == pytest.approx(1, abs=0.25)


def test_a_step_that_is_no_palindrome_is_of_order_one():
    """Negative control."""
    generators = MODELS["driven decay"]
    plan = plan_of(generators)
    visits = tuple(Visit(flow, 1.0) for flow in range(len(plan.flows)))
    lopsided = replace(plan, outer=None, inner=visits)
    assert local_order(generators, lopsided) == pytest.approx(1, abs=0.2)


def test_a_pulse_is_of_second_order():
    """Of a spin in a time-dependent field, without noise: slope of the error."""
    generators = Generators([5], fields=[Field([X], 1), Field([Z])])

    def pulse(t):
        return 2 * math.exp(-((t - 1) ** 2))

    def end(steps):
        values = values_of(generators, {1: pulse}, 0.0, steps, 2 / steps)
        state = (DIRECTIONS[:1] * generators.lengths[:, None]).T[:, :, None]
        return advance(state, plan_of(generators), values, 2 / steps, None)

    ends = [end(steps) for steps in (40, 80, 160)]
    first, second = (np.abs(a - b).max() for a, b in itertools.pairwise(ends))
    assert math.log2(first / second) == pytest.approx(2, abs=0.1)
