"""A mode whose field is kept: a linear map, known without samples, beside the exact one."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
from cases import MINUS, Z

from twoqs.flows.generators import Channel, Field, Generators
from twoqs.flows.plan import plan_of
from twoqs.flows.step import advance
from twoqs.model.kinds import MODE

A = MINUS
"""a = x - i y, as S^-."""

DRAWS = 8
"""Random numbers of a step at most."""

VACUUM = np.eye(2) / 4


class Given:
    """Random numbers that are 1 in one lane each, and 0 in all others."""

    def __init__(self):
        self.rows = list(np.eye(DRAWS, DRAWS + 2, 2))

    def four_point(self):
        return self.rows.pop(0)


def maps(step, frequency):
    """What a step makes of (x, y) and of its random numbers: of the mode, and of its field."""
    generators = Generators(
        [0], kinds=[MODE], fields=[Field([frequency * Z])], taps=[Channel([0], [A], 1.0)]
    )
    plan = plan_of(generators)
    state, fields = np.zeros((3, 1, DRAWS + 2)), np.zeros((1, 2, DRAWS + 2))
    state[:2, 0] = np.eye(2, DRAWS + 2)
    fine = np.ones(len(plan.flows), bool)
    state = advance(state, plan, np.ones((1, 1)), step, Given(), fine, fields=fields)
    whole = np.concatenate([state[:2, 0], fields[0]])
    return whole[:2, :2], whole[:2, 2:], whole[2:, :2], whole[2:, 2:]


@pytest.mark.parametrize("frequency", [0.0, 0.7])
@pytest.mark.parametrize("step", [0.2, 0.1, 0.05])
def test_a_step_is_of_second_order(step, frequency):
    """Of the loss 1: a step errs by step^3, the vacuum that it keeps by step^2."""
    mode, noise, _, _ = maps(step, frequency)
    c, s = np.cos(frequency * step), np.sin(frequency * step)
    exact = np.exp(-step) * np.array([[c, -s], [s, c]])
    assert np.abs(mode - exact).max() < 0.2 * step**3
    covariance = scipy.linalg.solve_discrete_lyapunov(mode, noise @ noise.T)
    assert np.abs(covariance - VACUUM).max() < 0.08 * step**2


@pytest.mark.parametrize("frequency", [0.0, 0.7])
@pytest.mark.parametrize("step", [0.2, 0.1, 0.05])
def test_the_field_of_the_vacuum_is_white(step, frequency):
    """Bins do not know of one another, and have 1/4 of their length in each quadrature."""
    mode, noise, own, drawn = maps(step, frequency)
    covariance = scipy.linalg.solve_discrete_lyapunov(mode, noise @ noise.T)
    variance = own @ covariance @ own.T + drawn @ drawn.T
    assert np.abs(variance - VACUUM * step).max() < 0.3 * step**3
    after = own @ (mode @ covariance @ own.T + noise @ drawn.T)
    assert np.abs(after).max() < 0.2 * step**4


def test_noise_of_another_sign_is_seen():
    """Negative control: what leaves knows what the mode has seen."""
    mode, noise, own, drawn = maps(0.1, 0.7)
    covariance = scipy.linalg.solve_discrete_lyapunov(mode, noise @ noise.T)
    vacuum = drawn @ drawn.T  # its size alone, not its sign
    assert np.abs(own @ covariance @ own.T + vacuum - VACUUM * 0.1).max() < 0.3 * 0.1**2
    after = own @ (mode @ covariance @ own.T - noise @ drawn.T)
    assert np.abs(after).max() > 50 * 0.2 * 0.1**4
