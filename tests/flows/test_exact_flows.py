"""The parts of a step that are exact: damped and pumped modes, relaxation, their functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit
from one_block import take_steps
from schemes import Enumerated

import twoqs
from twoqs.flows import pda, series
from twoqs.flows.rates import Rates, graph_of
from twoqs.flows.sequence import conserving_stages, sequence_of
from twoqs.kernels import boost as kernel_boost
from twoqs.kernels import conserving as conserving_kernel
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.pipeline import Work
from twoqs.kernels.samples import conserving_samples
from twoqs.methods.numerics import Numerics
from twoqs.simulation.block import TrajectoryBlock


@njit
def boost(x, y, z, site, constants):
    kernel_boost.boost(x, y, z, site, constants)


def complex_noise(stream):
    first, second = stream.four_points(2)
    return first + 1j * second


@pytest.mark.parametrize("k", [1, 0, -1])
def test_damped_mode_is_an_exact_ornstein_uhlenbeck_process(k):
    """Mean e^{-l t} and E|.|^2 - |E.|^2 = (1-k)/2 (1 - e^{-2 l t}) for a frozen other mode."""
    rate, step, alpha, beta = np.array([0.3]), 0.1, 1.2 - 0.7j, 2.0 + 0.5j
    stream = Enumerated(2)
    psi = np.repeat(np.array([alpha, beta])[:, None, None], len(stream.weights), axis=2)
    pda.damp(psi, 0, 1, rate * step, k, complex_noise(stream))
    decay = math.exp(-rate[0] * (abs(beta) ** 2 + (1 + k) / 2) * step)
    mean = np.sum(stream.weights * psi[0, 0])
    spread = np.sum(stream.weights * abs(psi[0, 0] - mean) ** 2)
    # the exponential is off by x^5/1920 at x = 0.16
    assert mean == pytest.approx(alpha * decay, rel=1e-6)
    assert spread == pytest.approx((1 - k) / 2 * (1 - decay**2), rel=1e-5, abs=1e-15)
    assert np.all(psi[1] == beta)


@pytest.mark.parametrize("k", [1, 0, -1])
def test_pumped_mode_is_its_growing_mirror_image(k):
    """Mean e^{m t} and spread (1+k)/2 (e^{2 m t} - 1); for Q it is deterministic."""
    rate, step, alpha, beta = np.array([0.3]), 0.1, 1.2 - 0.7j, 2.0 + 0.5j
    stream = Enumerated(2)
    psi = np.repeat(np.array([alpha, beta])[:, None, None], len(stream.weights), axis=2)
    clipped = np.zeros((2, len(stream.weights)))
    pda.pump(psi, 1, 0, rate * step, k, complex_noise(stream), clipped)
    growth = math.exp(rate[0] * (abs(alpha) ** 2 - (1 - k) / 2) * step)
    mean = np.sum(stream.weights * psi[1, 0])
    spread = np.sum(stream.weights * abs(psi[1, 0] - mean) ** 2)
    assert mean == pytest.approx(beta * growth, rel=1e-6)  # x^5/1920 at x = 0.06
    assert spread == pytest.approx((1 + k) / 2 * (growth**2 - 1), rel=1e-5, abs=1e-15)
    assert np.all(clipped[0] == 0)
    assert np.all(clipped[1] == (k > -1))


def test_exponential_is_a_square_and_of_fourth_order():
    x = np.linspace(-2, 2, 401)
    value = 1 + series.exponential_less_one(x)
    assert np.all(np.abs(value / np.exp(x) - 1) <= 3 * np.abs(x) ** 5 / 1920 + 1e-15)
    assert np.abs(value[-1] / math.exp(2) - 1) > 0.4 * 2**5 / 1920  # the bound is not idle
    assert np.all(series.exponential_less_one(np.array([-1e3, -10, 10, 1e3])) > -1)
    tiny = np.array([1e-15, -1e-15])  # with the 1 nothing would be left of it
    np.testing.assert_allclose(series.exponential_less_one(tiny), tiny, rtol=1e-14)


def test_cosine_and_sine_are_right_to_the_first_term_left_out():
    x, terms = np.linspace(-0.5, 0.5, 101), series.FINE_TERMS
    for function, exact, power in (
        (series.cosine_series, np.cos, 2 * terms),
        (series.sine_series, np.sin, 2 * terms + 1),
    ):
        error = np.abs(function(x, terms) - exact(x))
        left_out = np.abs(x) ** power / math.factorial(power)
        assert np.all(error <= left_out + 2e-16)  # rounding
        assert np.all(error >= 0.99 * left_out - 2e-16)


def test_three_shears_of_third_order_turn_by_fifth_and_keep_the_length_to_seventh():
    """The matrix is ((c, -t (1 + c)), (s, c)) with c = 1 - t s; a turn for s = 2 t/(1 + t^2)."""
    x = np.linspace(-0.5, 0.5, 101)
    t, s, c = series.half_tangent(x), series.sine_series(x, 2), series.shear_cosine(x)
    turned = np.arctan2(s, c)
    assert np.all(np.abs(turned - (x - x**5 / 120)) <= np.abs(x) ** 7 / 240 + 1e-16)
    np.testing.assert_allclose(c**2 + s * t * (1 + c), 1, rtol=1e-15)  # areas stay, whatever t, s
    lost = s - 2 * t / (1 + t**2)
    assert np.all(np.abs(lost) <= np.abs(x) ** 7 / 192 + 1e-16)
    assert np.abs(lost[-1]) > 0.9 * 0.5**7 / 192  # the bound is not idle


@pytest.mark.parametrize("sign", [1, -1], ids=["decay", "gain"])
def test_relaxation_alone_follows_the_hyperbolic_tangent(sign):
    """z/L -> (z/L - T)/(1 - T z/L), T = tanh(2 G L t), in any number of steps, by the kernel."""
    length, rate, duration = 7.0, 0.05, 1.3
    rng = np.random.default_rng(1)
    s = rng.normal(size=(3, 2, LANES))
    s *= length / np.sqrt(np.sum(s**2, axis=0))
    model = twoqs.Model(spin=1, lattice=twoqs.from_edges([], n_sites=2))
    none = np.zeros(2)
    z, azimuth = s[2] / length, np.arctan2(s[1], s[0])
    t = math.tanh(2 * sign * rate * length * duration)
    for steps, about_z in [(1, False), (7, False), (40, True)]:
        state = s.copy()
        stream = TrajectoryBlock(model, Numerics(), np.random.SeedSequence(1)).trajectories.stream
        decay, gain = (np.full(2, max(one * rate, 0)) for one in (sign, -sign))
        rates = Rates(decay, gain, none, decay - gain)
        step = duration / steps
        graph = graph_of(model)
        # a field along z, which turns nothing here, makes two moves of one
        visited = graph._replace(z=graph.z._replace(field=np.ones(2))) if about_z else graph
        sequence = sequence_of(graph, conserving_stages(visited, rates, length))
        constants = conserving_kernel.conserving_constants(graph, rates, sequence, length, step)
        constants = constants._replace(kicks=np.zeros_like(constants.kicks))
        scratch, clipped = np.empty((2, LANES)), np.empty((2, LANES))
        work = Work(tuple(state), constants, None, 0, stream, scratch, clipped)
        take_steps(conserving_samples, work, steps)
        # Each move changes the length by 0.12 x^5 at most, and the heights that follow by less.
        rapidity = 2 * rate * length * step
        atol = steps * 0.12 * rapidity**5 + 1e-13
        np.testing.assert_allclose(state[2] / length, (z - t) / (1 - t * z), rtol=0, atol=atol)
        np.testing.assert_allclose(np.sqrt(np.sum(state**2, axis=0)), length, rtol=1e-13)
        np.testing.assert_allclose(np.arctan2(state[1], state[0]), azimuth, atol=1e-12)


def test_damping_is_exact_in_direction_and_at_the_poles():
    """Only the common factor of all components is a polynomial."""
    length = 7.0
    z = np.linspace(-length, length, LANES)
    s = np.stack([np.sqrt(length**2 - z**2), np.zeros(LANES), z])[:, None]
    for rapidity in (-0.5, 0.02, 0.5):
        moved = s.copy()
        boost(*moved, 0, kernel_boost.boost_constants(np.array([rapidity]), length))
        t = math.tanh(rapidity)
        kept = np.sqrt(np.sum(moved**2, axis=0))[0] / length
        height = (z / length - t) / (1 - t * z / length)
        np.testing.assert_allclose(moved[2, 0] / length, kept * height, rtol=0, atol=1e-14)
        assert np.all(np.abs(kept - 1) <= 0.12 * abs(rapidity) ** 5 + 1e-14)
        assert np.max(np.abs(kept - 1)) > 0.1 * abs(rapidity) ** 5  # the bound is not idle
        np.testing.assert_allclose(kept[[0, -1]], 1, rtol=1e-14)
