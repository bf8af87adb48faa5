"""Pure collective decay of one spin: the rate equation of the populations."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln
from scipy.stats import binom

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import number, numbers
from twoqs.model.arrays import Floats, Ints
from twoqs.model.known import require_known
from twoqs.model.model import Model
from twoqs.model.states import InitialState

DECAY_TERMS = ("decay",)
"""Terms that the rate equation covers."""


def coherent_populations(spin: float, theta: float) -> Floats:
    """Populations of m = -S..S, shape (2S+1,), in the coherent state at polar angle `theta`."""
    two_s = round(2 * spin)
    return np.asarray(binom.pmf(np.arange(two_s + 1), two_s, math.cos(theta / 2) ** 2))


def decay_sz(
    spin: float, gamma: float, times: ArrayLike, initial: InitialState | str = "up"
) -> Floats:
    """<S^z>(t) of a spin that decays with the rate gamma/(2S) (paper eq. 21).

    The populations obey d p_m/dt = (gamma/S) (a_m^2 p_{m+1} - a_{m-1}^2 p_m) with
    a_m^2 = (S+m+1)(S-m), a pure death process. It is solved by uniformisation: jumps are drawn
    from a Poisson process faster than every rate, and p(t) = sum_k Poisson(k) P^k p(0) has positive
    terms only. Nothing is discretised in time: the error is below 1e-10 S (rounding).

    Args:
        spin: S, a positive multiple of 1/2; the cost grows as S^2 log S (1 s near S = 5000).
        gamma: decay rate, not negative.
        times: array of shape (time,), not negative, in units of 1/gamma's unit.
        initial: "up", "down" or a coherent state with one angle.

    Returns:
        Array of shape (time,), in units of hbar.

    Raises:
        ArgumentError: naming the argument that makes no physical sense.

    Examples:
        >>> twoqs.theory.decay_sz(spin=0.5, gamma=1.0, times=[0, 1]).round(6)
        array([ 0.5     , -0.364665])
        >>> (np.exp(-2 * np.array([0, 1])) - 0.5).round(6)
        array([ 0.5     , -0.364665])
    """
    spin, gamma = number("spin", spin), number("gamma", gamma)
    require(spin > 0 and (2 * spin).is_integer(), "spin", "be a positive multiple of 1/2", spin)
    require(gamma >= 0, "gamma", "not be negative", gamma)
    t = np.array(numbers("times", times))
    require(bool(np.all(t >= 0)), "times", "be numbers that are not negative", times)
    populations = coherent_populations(spin, _theta(initial))
    m = np.arange(2 * spin + 1) - spin
    out_rate = (gamma / spin) * (spin + m) * (spin - m + 1)
    fastest = float(out_rate.max())
    if fastest == 0.0 or len(t) == 0:
        return np.full(t.shape, float(populations @ m))
    latest = _poisson_window(fastest * float(t.max()))[-1]
    height = _heights(populations, out_rate / fastest, latest)
    result = np.empty(t.shape)
    for i, mean in enumerate((fastest * t).tolist()):
        k = _poisson_window(mean)
        log_weight = k * math.log(mean) - gammaln(k + 1) if mean > 0 else np.zeros(1)
        weight = np.exp(log_weight - log_weight.max())
        # Past the last entry the spin has arrived at the south pole.
        above = height[np.minimum(k, len(height) - 1)]
        result[i] = -spin + weight @ above / weight.sum()
    return result


def decaying_spin(model: Model, times: ArrayLike) -> Floats:
    """`decay_sz` of a model of one spin.

    Raises:
        ArgumentError: naming what the rate equation does not cover.
    """
    require_known(model, DECAY_TERMS, "the rate equation")
    require(model.n_sites == 1, "lattice", "be a single spin for the rate equation", model.lattice)
    assert isinstance(model.decay, float)
    wanted = 'be "up", "down" or a coherent state for the rate equation'
    require(isinstance(model.initial, InitialState), "initial", wanted, model.initial)
    assert isinstance(model.initial, InitialState)
    return decay_sz(model.spin, model.decay, times, model.initial)


def _heights(populations: Floats, leave: Floats, last: int) -> Floats:
    """S + <S^z> after 0, 1, 2, ... jumps of the uniformised chain, until `last` or arrival."""
    p = populations
    steps = np.arange(float(len(p)))
    stay = 1.0 - leave
    heights = [float(p @ steps)]
    while len(heights) <= last and heights[-1] > 1e-15:
        moved = leave * p
        p = stay * p
        p[:-1] += moved[1:]
        heights.append(float(p @ steps))
    return np.array(heights)


def _poisson_window(mean: float) -> Ints:
    """The counts that hold all but 1e-20 of a Poisson distribution (ten deviations, and margin)."""
    if mean == 0.0:
        return np.zeros(1, dtype=np.int64)
    half = 10 * math.sqrt(mean) + 30
    return np.arange(max(0, math.floor(mean - half)), math.ceil(mean + half) + 1)


def _theta(initial: InitialState | str) -> float:
    if isinstance(initial, InitialState) and isinstance(initial.theta, float):
        return initial.theta
    if initial in ("up", "down"):
        return 0.0 if initial == "up" else math.pi
    raise ArgumentError.of("initial", 'be "up", "down" or a coherent state with one angle', initial)
