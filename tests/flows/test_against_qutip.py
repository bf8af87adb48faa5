"""Means and second moments of all models of `cases` against the master equation, and what fails."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from cases import CASES, MINUS, UP, Case, X
from equations import random_turn, turned
from exact_spins import exact, excess, sampled, trajectories

from twoqs.flows.common import CommonTurn
from twoqs.flows.generators import Field, Generators, LocalJump, Onsite
from twoqs.flows.plan import plan_of

SLOWER = 3.0
"""Times the default step: 0.15 over the fastest rate, which costs less than 0.003 of S."""


def beyond(case, expected, **options):
    options = {"functions": case.functions, "slower": SLOWER} | options
    return excess(
        case.generators, trajectories(case.generators, *case.start, case.times, **options), expected
    )


@pytest.fixture(scope="module")
def expected():
    """Exact moments of a case, once each."""
    kept = {}

    def of(name):
        case = CASES[name]
        if name not in kept:
            kept[name] = exact(case.generators, *case.start, case.times, case.functions)
        return kept[name]

    return of


@pytest.mark.parametrize("name", CASES)
def test_moments_are_those_of_the_master_equation(name, expected):
    """To what the truncation costs for spins so small, and three standard errors of each moment."""
    case = CASES[name]
    found = beyond(case, expected(name))
    print(f"{name}: {found[0]:.4f} and {found[1]:.4f} beyond three standard errors")
    assert found[0] < case.tolerance[0]
    assert found[1] < case.tolerance[1]


def test_the_dark_state_of_two_spins_stays():
    case = CASES["dark state"]
    *_, last = trajectories(case.generators, *case.start, case.times, slower=SLOWER)
    values, errors = sampled(case.generators, last)
    assert abs(values[2] - 0.488) < 0.02 + 3 * errors[2]


def test_the_first_spin_of_a_cascade_is_a_driven_spin(expected):
    """Its means and second moments, as those of one spin alone; those of both are less exact."""
    case = CASES["cascade"]
    alone = Generators([6], fields=[Field([0.8 * X])], local=[LocalJump(MINUS, [1 / 12])])
    one = exact(alone, [UP], [0.0], case.times)
    np.testing.assert_allclose(expected("cascade")[:, :3], one[:, :3], atol=1e-5)
    states = trajectories(case.generators, *case.start, case.times, slower=SLOWER)
    first = (state[:, :1] for state in states)
    assert max(excess(alone, first, one)) < 0.03


def test_a_turned_model_gives_turned_moments():
    """Other axes, other random numbers, general rotations: the same physics."""
    case = CASES["mixed jump"]
    r = random_turn(np.random.default_rng(6))
    generators = turned(case.generators, r[None])
    z = r[:, 2]
    there = Case(generators, [math.acos(z[2])], case.times, (0.02, 0.02), [math.atan2(z[1], z[0])])
    found = beyond(there, exact(generators, *there.start, there.times))
    assert max(found) < 0.02


TWIST = np.array([[0, 2, 0], [2, 0, 0], [0, 0, 0.0]])
"""S^x S^y + S^y S^x twice: (40, -40, 0)/(2S) for squares about x and y, turned by 45 degrees."""


@pytest.mark.parametrize(("rate", "time", "xi2"), [(0.0, 0.034, 0.16234), (0.1, 0.029, 0.27729)])
def test_two_axis_twisting(rate, time, xi2):
    """Squeezing at the best time to 8 %, for S = 10, where the method errs by some 3 %."""
    generators = Generators([10], onsite=[Onsite([TWIST])], local=[LocalJump(MINUS, [rate])])
    (state,) = trajectories(generators, [UP], [0.0], [time], lanes=16384)
    x, y, z = state[:, 0]
    smaller = np.linalg.eigvalsh(np.cov([x, y]))[0]
    found = 2 * 10 * smaller / (generators.weights[0] * z.mean()) ** 2
    assert found == pytest.approx(xi2, rel=0.08)


def scaled(plan, noise=1.0, drag=1.0):
    """A plan with other noise and friction."""

    def by(factor, parts):
        return tuple((column, factor * part) for column, part in parts)

    flows = [
        replace(flow, noises=by(noise, flow.noises), drags=by(drag, flow.drags))
        for flow in plan.flows
    ]
    return replace(plan, flows=tuple(flows))


@pytest.mark.parametrize("name", ["squeezing jump", "mixed jump", "thermal bath", "common bath"])
@pytest.mark.parametrize("mistake", [{"noise": 2.0}, {"noise": 0.5}, {"drag": 2.0}, {"drag": 0.5}])
def test_a_wrong_factor_two_is_seen(name, mistake, expected):
    """Negative control."""
    case = CASES[name]
    plan = scaled(plan_of(case.generators), **mistake)
    found = beyond(case, expected(name), plan=plan)
    assert found[0] > case.tolerance[0] or found[1] > case.tolerance[1]


@pytest.mark.parametrize("name", ["common bath", "dark state", "cascade"])
def test_friction_without_its_cross_terms_is_seen(name, expected):
    """Negative control: every member feels only itself, with the noise that they share."""
    case = CASES[name]
    plan, flows = plan_of(case.generators), []
    for flow in plan.flows:
        if not isinstance(flow, CommonTurn):
            flows.append(flow)
            continue
        # Only the friction of the larger spin is left of what is common.
        ((column, drag),) = flow.drags
        flows.append(replace(flow, drags=((column, drag * [[0.0], [1.0]]),)))
    found = beyond(case, expected(name), plan=replace(plan, flows=tuple(flows)))
    assert found[0] > case.tolerance[0] or found[1] > case.tolerance[1]


def test_own_baths_instead_of_a_common_one_are_seen(expected):
    """Negative control: noise without its cross terms."""
    case = CASES["common bath"]
    plan = plan_of(Generators([5, 2], local=[LocalJump(MINUS, [0.1, 0.1])]))
    assert max(beyond(case, expected("common bath"), plan=plan)) > 0.1


def test_a_pulse_without_its_time_is_seen(expected):
    """Negative control: the pulse half a width late."""
    case = CASES["pulse"]
    late = {1: lambda t: case.functions[1](t - 0.5)}
    assert beyond(case, expected("pulse"), functions=late)[0] > case.tolerance[0]
