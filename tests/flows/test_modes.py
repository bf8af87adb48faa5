"""Modes in the flows of a plan: their equations, what is exact, and the compiled machine."""

from __future__ import annotations

import math

import numpy as np
import pytest
from cases import MINUS, PLUS, X, Y, Z
from equations import defined, of_flows, with_modes
from exact_spins import stream_of
from schemes import Enumerated
from start import deviation, random_vectors

from twoqs.flows.generators import Bonds, Channel, Field, Generators, LocalJump, Onsite, Square
from twoqs.flows.mode import VACUUM, quanta
from twoqs.flows.plan import plan_of
from twoqs.flows.relaxation import Relaxation
from twoqs.flows.step import advance
from twoqs.model.kinds import MODE, SPIN

ROUNDING = 1e-11
"""Of hundreds of products of numbers of order ten."""

A, A_DAGGER = MINUS, PLUS


def alone(**pieces):
    return Generators([0], kinds=[MODE], **pieces)


@pytest.mark.parametrize("seed", range(60))
def test_drift_and_diffusion_are_those_of_the_model(seed):
    """Stages, channels and relaxation together: fields, tensors and forms of every direction."""
    rng = np.random.default_rng(seed)
    generators = with_modes(rng)
    s, values = random_vectors(generators, rng, 1)[:, :, 0].T, np.array([1, *rng.random(2)])
    scale = max(1.0, np.abs(s).max())
    drift, diffusion = of_flows(plan_of(generators), s, values)
    by_definition = defined(generators, s, values)
    np.testing.assert_allclose(drift, by_definition[0], atol=ROUNDING * scale**2)
    np.testing.assert_allclose(diffusion, by_definition[1], atol=ROUNDING * scale**2)


def test_a_divided_partner_is_seen():
    """Negative control: what a spin does to a mode, over its m."""
    generators = Generators([0, 1], kinds=[MODE, SPIN], bonds=[Bonds([(0, 1)], [np.eye(3)])])
    s = random_vectors(generators, np.random.default_rng(1), 1)[:, :, 0].T
    divided = s / generators.weights[:, None]
    drift = of_flows(plan_of(generators), s, np.ones(1))[0]
    assert np.abs(drift[0, :2] - [-divided[1, 1] / 2, divided[1, 0] / 2]).max() > 0.01


@pytest.mark.parametrize("step", [0.02, 0.1])
@pytest.mark.parametrize("seed", range(30))
def test_the_machine_is_that_of_numpy(seed, step):
    rng = np.random.default_rng(seed)
    generators = with_modes(rng, ensembles=True)
    values = np.column_stack([np.ones(4), rng.random((4, generators.parameters - 1))])
    assert deviation(generators, values, step, [1, 3], seed) < ROUNDING


@pytest.mark.parametrize("seed", range(4))
def test_single_precision(seed):
    generators = with_modes(np.random.default_rng(seed))
    values = np.ones((3, generators.parameters))
    off = deviation(generators, values, 0.05, [3], seed, dtype=np.float32)
    assert 1e-8 < off < 3e-5  # 6e-8 of each of thousands of operations


def evolved(generators, start, time, steps=200):
    """Amplitudes x - i y after the flows of a model without noise."""
    plan = plan_of(generators)
    end = advance(start, plan, np.ones((steps, 1)), time / steps, stream_of(1, start.shape[2]))
    return end[0] - 1j * end[1], end


def amplitude(alpha):
    alpha = np.atleast_1d(alpha)
    s = np.stack([alpha.real, -alpha.imag, 0 * alpha.real])[:, :, None]
    s[2] = quanta(s)
    return s


def test_frequency_and_drive():
    """H = w n + f a^+ + f* a: alpha e^(-iwt) - f/w (1 - e^(-iwt)), to the order of the step."""
    w, f = 0.7, 0.4 - 0.3j
    # f a^+ + f* a = 2 Re f x - 2 Im f y
    generators = alone(fields=[Field([[2 * f.real, -2 * f.imag, w]])])
    found, _ = evolved(generators, amplitude(0.5 + 0.2j), 3.0, 1000)
    turn = np.exp(-1j * w * 3.0)
    exact = (0.5 + 0.2j) * turn - f / w * (1 - turn)
    assert found[0, 0] == pytest.approx(exact, abs=1e-6)


def test_kerr_turns_each_amplitude_by_its_own_angle():
    """(K/2) a^+ a^+ a a = (K/2) (n^2 - n): alpha turns by K (|alpha|^2 - 1) t, exactly."""
    kerr, alpha = 0.3, 1.1 + 0.4j
    generators = alone(onsite=[Onsite([kerr / 2 * np.diag(Z)])], fields=[Field([-kerr / 2 * Z])])
    found, _ = evolved(generators, amplitude(alpha), 2.0, 20)
    exact = alpha * np.exp(-1j * kerr * (abs(alpha) ** 2 - 1) * 2.0)
    assert found[0, 0] == pytest.approx(exact, abs=1e-9)  # the series of the turn


def test_two_modes_exchange_their_amplitudes():
    """g (a^+ b + b^+ a) = 2g (x x' + y y')."""
    pair = Generators([0, 0], kinds=[MODE] * 2, bonds=[Bonds([(0, 1)], [np.diag([1.0, 1.0, 0])])])
    found, _ = evolved(pair, amplitude(np.array([1.3, 0.0])), math.pi, 2000)
    np.testing.assert_allclose(found[:, 0], [0, -1.3j], atol=1e-5)


@pytest.mark.parametrize("name", ["x", "y", "oblique", "n"])
def test_squares_conserve_their_form(name):
    form = {"x": X, "y": Y, "oblique": 0.6 * X - 0.8 * Y, "n": Z}[name]
    generators = alone(squares=[Square(0.4, [form])])
    start = amplitude(1.3 - 0.8j)
    _, end = evolved(generators, start, 1.0, 5)
    assert form @ end[:, 0, 0] == pytest.approx(form @ start[:, 0, 0], abs=1e-12)
    assert end[2] == pytest.approx(quanta(end), abs=1e-8)  # kept by turns to their series
    assert np.abs(end - start).max() > 0.1


def after_one_step(generators, start, step):
    """All values of the noise at once: amplitudes and their weights."""
    (flow,) = plan_of(generators).flows
    stream = Enumerated(2)
    state = np.repeat(start, len(stream.weights), axis=2)
    end = advance(state, plan_of(generators), np.ones((1, 1)), step, stream)
    assert isinstance(flow, Relaxation)
    return end, stream.weights


@pytest.mark.parametrize("step", [0.05, 3.0])
def test_loss_and_gain_are_exact(step):
    """Means and covariance of an Ornstein-Uhlenbeck process, however long the step."""
    loss, gain, alpha = 0.5, 0.2, 1.2 - 0.7j
    generators = alone(local=[LocalJump(A, [loss]), LocalJump(A_DAGGER, [gain])])
    end, weights = after_one_step(generators, amplitude(alpha), step)
    mean = end[:, 0] @ weights
    kept = math.exp(-(loss - gain) * step)
    assert mean[0] - 1j * mean[1] == pytest.approx(alpha * kept, rel=1e-12)
    covariance = np.cov(end[:2, 0], aweights=weights, ddof=0)
    spread = (loss + gain) / (loss - gain) / 4 * (1 - kept**2)
    np.testing.assert_allclose(covariance, spread * np.eye(2), atol=1e-13)
    np.testing.assert_allclose(end[2], quanta(end), atol=1e-13)


def test_a_squeezed_bath_is_exact():
    """c = cosh r a + sinh r a^+ leaves the squeezed vacuum alone."""
    r = 0.4
    form = math.cosh(r) * A + math.sinh(r) * A_DAGGER
    generators = alone(local=[LocalJump(np.exp(0.3j) * form, [0.5])])
    end, weights = after_one_step(generators, amplitude(0.0), 20.0)
    covariance = np.cov(end[:2, 0], aweights=weights, ddof=0)
    np.testing.assert_allclose(covariance, np.diag(np.exp([-2 * r, 2 * r])) / 4, atol=1e-8)


@pytest.mark.parametrize("shares", [(1.0, 1.0), (0.8, -0.3)])
def test_a_common_bath_damps_one_sum_of_modes(shares):
    """c = u a + v b, for one step: the sum decays by G (u^2 + v^2) dt, what is across stays."""
    u, v = shares
    rate, step = 0.3, 0.02
    forms = np.outer(shares, A)
    pair = Generators([0, 0], kinds=[MODE] * 2, channels=[Channel([0, 1], forms, rate)])
    plan = plan_of(pair)
    stream = Enumerated(3)
    state = np.repeat(amplitude(np.array([0.5, 0.9j])), len(stream.weights), axis=2)
    end = advance(state, plan, np.ones((1, 1)), step, stream)
    alpha = end[0] - 1j * end[1]
    mean, size = alpha @ stream.weights, u * u + v * v
    damped, kept = u * mean[0] + v * mean[1], v * mean[0] - u * mean[1]
    assert kept == pytest.approx(v * 0.5 - u * 0.9j, abs=1e-13)
    # of second order in each step: the third is what differs
    exact = (u * 0.5 + v * 0.9j) * math.exp(-rate * size * step)
    assert damped == pytest.approx(exact, abs=(rate * size * step) ** 3)
    spread = np.abs(u * alpha[0] + v * alpha[1] - damped) ** 2 @ stream.weights
    exact = VACUUM * size * (1 - math.exp(-2 * rate * size * step))
    assert spread == pytest.approx(exact, abs=2 * (rate * size * step) ** 3)
