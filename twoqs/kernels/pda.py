"""The paper's equations in second order, on spinors; see `twoqs.reference.pda`."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.fields import angle_of, set_sum
from twoqs.kernels.jit import LANES, jit, lanes
from twoqs.kernels.kicks import SPINOR_ORDER, kick_sizes
from twoqs.kernels.random import four_point_pair
from twoqs.kernels.series import exponential, fine_cosine, fine_sine
from twoqs.rates import Graph, Rates, turns

Floats = NDArray[np.float64]


class Parts(NamedTuple):
    """What is constant while the step is."""

    decay: Floats  # (site,): raw rate times step
    gain: Floats
    has_decay: bool
    has_gain: bool
    turns_x: bool  # whether anything turns the spins about x
    turns_y: bool
    kick: Floats  # (2, site): of dephasing, in half a step
    no_kick: Floats


def parts_of(graph: Graph, rates: Rates, step: float) -> Parts:
    """The `Parts` of a step for raw rates."""
    kick = kick_sizes(rates.dephasing * step / 2, SPINOR_ORDER)
    return Parts(
        rates.decay * step,
        rates.gain * step,
        bool(np.any(rates.decay)),
        bool(np.any(rates.gain)),
        turns(graph.x),
        turns(graph.y),
        kick,
        np.zeros_like(kick),
    )


@lanes
def spins_x(ar, ai, br, bi, out):
    """s^x of all sites."""
    for site in range(out.shape[0]):
        for lane in range(LANES):
            out[site, lane] = ar[site, lane] * br[site, lane] + ai[site, lane] * bi[site, lane]


@lanes
def spins_y(ar, ai, br, bi, out):
    """s^y of all sites."""
    for site in range(out.shape[0]):
        for lane in range(LANES):
            out[site, lane] = ar[site, lane] * bi[site, lane] - ai[site, lane] * br[site, lane]


@lanes
def spins_z(ar, ai, br, bi, out):
    """s^z of all sites."""
    for site in range(out.shape[0]):
        for lane in range(LANES):
            a2 = ar[site, lane] * ar[site, lane] + ai[site, lane] * ai[site, lane]
            b2 = br[site, lane] * br[site, lane] + bi[site, lane] * bi[site, lane]
            out[site, lane] = 0.5 * (a2 - b2)


@lanes
def turn_two(a, b, c, d, site, angle):
    """Turn (a, b) and (c, d) of one site by -angle/2: what exp(-i angle sigma/2) does to pairs."""
    for lane in range(LANES):
        cos, sin = fine_cosine(0.5 * angle[lane]), fine_sine(0.5 * angle[lane])
        p, q, r, w = a[site, lane], b[site, lane], c[site, lane], d[site, lane]
        a[site, lane], b[site, lane] = cos * p + sin * q, cos * q - sin * p
        c[site, lane], d[site, lane] = cos * r + sin * w, cos * w - sin * r


@lanes
def scale_mode(mr, mi, dr, di, site, rate, offset):
    """m = m exp(rate (|d|^2 + offset)): the flow of a mode with a frozen other one."""
    for lane in range(LANES):
        number = dr[site, lane] * dr[site, lane] + di[site, lane] * di[site, lane]
        e = exponential(rate * (number + offset))
        mr[site, lane] *= e
        mi[site, lane] *= e


@lanes
def scale_mode_with_noise(mr, mi, dr, di, site, rate, offset, spread, first, second):
    """The same and noise of the variance spread (e^2 - 1), but none where that is negative."""
    for lane in range(LANES):
        number = dr[site, lane] * dr[site, lane] + di[site, lane] * di[site, lane]
        e = exponential(rate * (number + offset))
        variance = spread * (e * e - 1.0)
        width = math.sqrt(0.0 if variance < 0.0 else variance)
        mr[site, lane] = mr[site, lane] * e + width * first[lane]
        mi[site, lane] = mi[site, lane] * e + width * second[lane]


@lanes
def count_clipped(dr, di, site, offset, clipped):
    """Count where the driver is below half a quantum, and the diffusion negative."""
    for lane in range(LANES):
        number = dr[site, lane] * dr[site, lane] + di[site, lane] * di[site, lane]
        clipped[lane] += 1.0 if number + offset < 0.0 else 0.0


@jit
def rotation(number, ar, ai, br, bi, axis, step, kick, stream, spins, scratch):
    """Rotate all sites about axis `number` by field times step plus noise."""
    angle, total = scratch[0], scratch[1]
    if axis.neighbour.size > 0 or axis.uniform != 0.0:
        if number == 0:
            spins_x(ar, ai, br, bi, spins)
        elif number == 1:
            spins_y(ar, ai, br, bi, spins)
        else:
            spins_z(ar, ai, br, bi, spins)
        if axis.uniform != 0.0:
            set_sum(total, spins)
    for site in range(spins.shape[0]):
        angle_of(angle, site, spins, total, axis, step, kick, stream)
        if number == 0:
            turn_two(ar, bi, br, ai, site, angle)
        elif number == 1:
            turn_two(br, ar, bi, ai, site, angle)
        else:
            turn_two(ar, ai, bi, br, site, angle)


@jit
def damped_mode(mr, mi, dr, di, rate, factor, k, stream, noise):
    """The mode that loses quanta (alpha in decay), eq. 22, for `factor` of a step."""
    offset, spread = 0.5 * (1 + k), -0.25 * (1 - k)
    for site in range(mr.shape[0]):
        if rate[site] == 0.0:
            continue
        if spread < 0.0:
            four_point_pair(stream, noise[0], noise[1])
            scale_mode_with_noise(
                mr, mi, dr, di, site, -factor * rate[site], offset, spread, noise[0], noise[1]
            )  # fmt: skip
        else:
            scale_mode(mr, mi, dr, di, site, -factor * rate[site], offset)


@jit
def pumped_mode(mr, mi, dr, di, rate, factor, k, stream, noise, clipped):
    """The mode that gains quanta (beta in decay), eq. 23, likewise.

    Where its diffusion is negative (k = 0, driver below half a quantum) it is set to zero;
    clipped[0] counts how often, clipped[1] out of how many, for each lane.
    """
    offset, spread = -0.5 * (1 - k), 0.25 * (1 + k)
    updates = 0
    for site in range(mr.shape[0]):
        if rate[site] == 0.0:
            continue
        if spread > 0.0:
            updates += 1
            if k < 1:
                count_clipped(dr, di, site, offset, clipped[0])
            four_point_pair(stream, noise[0], noise[1])
            scale_mode_with_noise(
                mr, mi, dr, di, site, factor * rate[site], offset, spread, noise[0], noise[1]
            )  # fmt: skip
        else:
            scale_mode(mr, mi, dr, di, site, factor * rate[site], offset)
    for lane in range(LANES):
        clipped[1, lane] += updates


@jit
def dissipation(ar, ai, br, bi, parts, k, stream, noise, clipped):
    """Decay and gain for one step, a palindrome of the exact flows of single modes."""
    decay, gain = parts.decay, parts.gain
    if parts.has_decay and parts.has_gain:
        damped_mode(ar, ai, br, bi, decay, 0.5, k, stream, noise)
        pumped_mode(br, bi, ar, ai, decay, 0.5, k, stream, noise, clipped)
        damped_mode(br, bi, ar, ai, gain, 0.5, k, stream, noise)
        pumped_mode(ar, ai, br, bi, gain, 1.0, k, stream, noise, clipped)
        damped_mode(br, bi, ar, ai, gain, 0.5, k, stream, noise)
        pumped_mode(br, bi, ar, ai, decay, 0.5, k, stream, noise, clipped)
        damped_mode(ar, ai, br, bi, decay, 0.5, k, stream, noise)
    elif parts.has_decay:
        damped_mode(ar, ai, br, bi, decay, 0.5, k, stream, noise)
        pumped_mode(br, bi, ar, ai, decay, 1.0, k, stream, noise, clipped)
        damped_mode(ar, ai, br, bi, decay, 0.5, k, stream, noise)
    elif parts.has_gain:
        damped_mode(br, bi, ar, ai, gain, 0.5, k, stream, noise)
        pumped_mode(ar, ai, br, bi, gain, 1.0, k, stream, noise, clipped)
        damped_mode(br, bi, ar, ai, gain, 0.5, k, stream, noise)


@jit
def advance(state, spins, graph, parts, k, about_z, steps, step, stream, scratch, clipped):
    """Advance `state` of shape (4, site, lane) by `steps` steps.

    Args:
        spins: scratch, shape (site, lane).
        scratch: of shape (2, lane) or larger.
    """
    ar, ai, br, bi = state[0], state[1], state[2], state[3]
    half = 0.5 * step
    none = parts.no_kick
    if parts.turns_x:
        rotation(0, ar, ai, br, bi, graph.x, half, none, stream, spins, scratch)
    for number in range(steps):
        if parts.turns_y:
            rotation(1, ar, ai, br, bi, graph.y, half, none, stream, spins, scratch)
        if about_z:
            rotation(2, ar, ai, br, bi, graph.z, half, parts.kick, stream, spins, scratch)
        dissipation(ar, ai, br, bi, parts, k, stream, scratch, clipped)
        if about_z:
            rotation(2, ar, ai, br, bi, graph.z, half, parts.kick, stream, spins, scratch)
        if parts.turns_y:
            rotation(1, ar, ai, br, bi, graph.y, half, none, stream, spins, scratch)
        if parts.turns_x:
            last = half if number == steps - 1 else step
            rotation(0, ar, ai, br, bi, graph.x, last, none, stream, spins, scratch)
