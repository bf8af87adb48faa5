"""Jumps of one spin 1/2 that are drawn anew, against the exact means and squares."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from exact_spins import stream_of

from twoqs.flows import redraw as module
from twoqs.flows.generators import Generators, LocalJump
from twoqs.flows.redraw import MINUS, PLUS, Redraw, redraw_sites, redraws_of, size_of, uniform
from twoqs.model.kinds import HALF, SPIN

LANES = 2**16
NOISE = 3 * 0.5 / np.sqrt(LANES)
"""Three standard errors of a mean of numbers +-1/2."""

ONE = np.ones(1)


def redraw_of(jumps, kinds) -> list[Redraw]:
    return redraws_of(Generators([0.5] * len(kinds), kinds=kinds, local=jumps))


def jumps(decay: float, pump: float) -> Redraw:
    (flow,) = redraw_of([LocalJump(MINUS, [decay]), LocalJump(PLUS, [pump])], [HALF])
    return flow


def corners(means) -> np.ndarray:
    """Lanes at the eight corners with these means, shape (3, 1, lane)."""
    places = np.array(list(itertools.product((-0.5, 0.5), repeat=3)))
    weights = np.prod(0.5 + 2 * places * means, axis=1)
    counts = np.round(np.cumsum(weights) * LANES).astype(int)
    which = np.searchsorted(counts, np.arange(LANES), side="right")
    return places[which].T[:, None, :].copy()


def exact(means, decay, pump, time):
    total = decay + pump
    rest = (pump - decay) / (2 * total)
    fade = np.exp(-total * time)
    return np.array([means[0] * fade, means[1] * fade, rest + (means[2] - rest) * fade**2])


START = np.array([0.3, -0.2, 0.25])


def run(flow: Redraw, step: float, steps: int, seed: int = 1) -> np.ndarray:
    state, stream = corners(START), stream_of(seed, LANES)
    for _ in range(steps):
        redraw_sites(state, flow, step, ONE, stream)
    return state[:, 0]


@pytest.mark.parametrize(("decay", "pump"), [(1.0, 0.0), (0.0, 0.7), (0.8, 0.5)])
@pytest.mark.parametrize(("step", "steps"), [(0.02, 20), (0.2, 2), (0.4, 1), (3.0, 1)])
def test_means_are_exact_at_any_step(decay, pump, step, steps):
    found = run(jumps(decay, pump), step, steps)
    assert np.all(np.abs(found) == 0.5)
    expected = exact(START, decay, pump, step * steps)
    np.testing.assert_allclose(found.mean(axis=1), expected, atol=1.2 * NOISE)  # of 36 means


def off(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found.mean(axis=1) - expected).max())


def test_half_of_a_mean_in_a_long_step_is_seen(monkeypatch):
    """Negative control: what holds for a single jump is not so for a step with several."""
    expected = exact(START, 1.0, 0.0, 0.8)
    monkeypatch.setattr(module.np, "exp", lambda x: np.ones_like(x))  # c = 1/2
    assert off(run(jumps(1.0, 0.0), 0.8, 1), expected) > 0.02


def test_a_rate_that_is_off_by_two_is_seen():
    expected = exact(START, 1.0, 0.0, 0.4)
    assert off(run(jumps(2.0, 0.0), 0.4, 1), expected) > 0.05


def test_jumps_without_redrawing_are_seen():
    """Negative control: components across z that stay what they were do not decay."""
    state, stream = corners(START), stream_of(1, LANES)
    kept = state[:2].copy()
    redraw_sites(state, jumps(1.0, 0.0), 0.4, ONE, stream)
    state[:2] = kept
    assert off(state[:, 0], exact(START, 1.0, 0.0, 0.4)) > 0.05


def test_sites_have_their_own_rates_and_words():
    """Those without jumps are left alone; parameters multiply rates."""
    jumps = [LocalJump(2 * MINUS, [0.1, 0.0, 0.3], parameter=1), LocalJump(PLUS, [0] * 3)]
    (flow,) = redraw_of(jumps, [HALF] * 3)
    np.testing.assert_array_equal(flow.sites, [0, 2])
    ((column, rates),) = [(c, r) for c, r in flow.decays if np.any(r)]
    assert column == 1
    np.testing.assert_allclose(rates, [0.4, 1.2])
    state = np.repeat(corners(START), 3, axis=1)
    before = state[:, 1].copy()
    redraw_sites(state, flow, 0.5, np.array([1.0, 0.5]), stream_of(2, LANES))
    np.testing.assert_array_equal(state[:, 1], before)
    for site, rate in ((0, 0.2), (2, 0.6)):
        assert off(state[:, site], exact(START, rate, 0.0, 0.5)) < 1.2 * NOISE
    one, two = (state[2, site] - state[2, site].mean() for site in (0, 2))
    # Jumps at different sites are independent, but both began alike.
    assert not np.array_equal(one, two)


def test_rates_of_zero_change_nothing():
    state = corners(START)
    flow = jumps(1.0, 0.5)
    found = state.copy()
    redraw_sites(found, flow, 0.5, np.zeros(1), stream_of(1, LANES))
    np.testing.assert_array_equal(found, state)
    assert redraw_of([], [HALF]) == []
    assert redraw_of([LocalJump(MINUS, [0.0, 0.0])], [HALF] * 2) == []
    assert redraw_of([LocalJump(MINUS, [1.0])], [SPIN]) == []
    assert redraw_of([LocalJump([0, 0, 1], [1.0])], [HALF]) == []


def test_forms():
    assert size_of(2j * MINUS, MINUS) == pytest.approx(4)
    assert size_of(MINUS, PLUS) == 0
    assert size_of(np.array([1, 0, 0j]), MINUS) == 0


def test_uniform_numbers_are_the_upper_bits():
    words = np.array([0, 2**63, 2**64 - 1], np.uint64)
    np.testing.assert_array_equal(uniform(words), [0, 0.5, 1 - 2.0**-52])
