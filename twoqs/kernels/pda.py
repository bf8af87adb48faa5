"""The paper's equations in second order, on spinors; see `twoqs.reference.pda`."""

from __future__ import annotations

import math

import numpy as np

from twoqs.kernels.fields import local_field
from twoqs.kernels.jit import LANES, jit
from twoqs.kernels.random import kick, three_point
from twoqs.kernels.rotations import cosine_sine, turn_by


@jit
def spin_component(axis, state, out):
    """Set out[site, lane] to s^x, s^y or s^z of the spinors in `state`."""
    for site in range(state.shape[1]):
        ar, ai, br, bi = state[0, site], state[1, site], state[2, site], state[3, site]
        row = out[site]
        if axis == 0:
            for lane in range(LANES):
                row[lane] = ar[lane] * br[lane] + ai[lane] * bi[lane]
        elif axis == 1:
            for lane in range(LANES):
                row[lane] = ar[lane] * bi[lane] - ai[lane] * br[lane]
        else:
            for lane in range(LANES):
                a2 = ar[lane] * ar[lane] + ai[lane] * ai[lane]
                row[lane] = 0.5 * (a2 - br[lane] * br[lane] - bi[lane] * bi[lane])


@jit
def turn_spinor(axis, ar, ai, br, bi, c, s):
    """Apply exp(-i angle sigma/2) to the spinors of one site, c and s of half the angle."""
    if axis == 0:
        turn_by(ai, br, c, s)
        turn_by(bi, ar, c, s)
    elif axis == 1:
        turn_by(ar, br, c, s)
        turn_by(ai, bi, c, s)
    else:
        turn_by(ai, ar, c, s)
        turn_by(br, bi, c, s)


@jit
def rotation(axis, state, spins, graph, rate, step, stream, work):
    """Rotate all sites about `axis` by field times step plus noise of variance 2 rate step."""
    spin_component(axis, state, spins)
    field, twist, coupling = graph.field[axis], graph.twist[axis], graph.coupling[axis]
    start, neighbour = graph.start, graph.neighbour
    half, c, s = work[0], work[1], work[2]
    for site in range(state.shape[1]):
        local_field(half, site, spins, field, twist, start, neighbour, coupling, 0.5 * step)
        if rate[site] > 0.0:
            kick(stream, math.sqrt(0.5 * rate[site] * step), half)
        cosine_sine(half, c, s)
        turn_spinor(axis, state[0, site], state[1, site], state[2, site], state[3, site], c, s)


@jit
def grow(mode, factor, width, noise):
    """Multiply one quadrature of one site by `factor` and add noise; all of shape (lane,)."""
    for lane in range(LANES):
        mode[lane] = factor[lane] * mode[lane] + width[lane] * noise[lane]


@jit
def damped_mode(mode, driver, rate, k, step, stream, work):
    """The mode that loses quanta (alpha in decay): exact flow for a frozen other mode, eq. 22."""
    offset = 0.5 * (1 + k)
    spread = 0.25 * (1 - k)
    factor, width, noise = work[0], work[1], work[2]
    noise[:] = 0.0
    for site in range(mode.shape[1]):
        if rate[site] == 0.0:
            continue
        scale = rate[site] * step
        dr, di = driver[0, site], driver[1, site]
        for lane in range(LANES):
            x = scale * (dr[lane] * dr[lane] + di[lane] * di[lane] + offset)
            e = (12.0 - 6.0 * x + x * x) / (12.0 + 6.0 * x + x * x)
            factor[lane] = e
            width[lane] = math.sqrt(spread * (1.0 - e * e))
        for part in range(2):
            if spread > 0.0:
                three_point(stream, noise)
            grow(mode[part, site], factor, width, noise)


@jit
def pumped_mode(mode, driver, rate, k, step, stream, work, clipped):
    """The mode that gains quanta (beta in decay), likewise, eq. 23.

    Where its diffusion is negative (k = 0, driver below half a quantum) it is set to zero;
    clipped[0] counts how often, clipped[1] out of how many, for each lane.
    """
    offset = 0.5 * (1 - k)
    spread = 0.25 * (1 + k)
    factor, width, noise = work[0], work[1], work[2]
    noise[:] = 0.0
    for site in range(mode.shape[1]):
        if rate[site] == 0.0:
            continue
        scale = rate[site] * step
        dr, di = driver[0, site], driver[1, site]
        for lane in range(LANES):
            x = scale * (dr[lane] * dr[lane] + di[lane] * di[lane] - offset)
            e = (12.0 + 6.0 * x + x * x) / (12.0 - 6.0 * x + x * x)
            variance = spread * (e * e - 1.0)
            factor[lane] = e
            width[lane] = math.sqrt(0.0 if variance < 0.0 else variance)
        if spread > 0.0:
            for lane in range(LANES):
                clipped[0, lane] += 1.0 if factor[lane] < 1.0 else 0.0
                clipped[1, lane] += 1.0
        for part in range(2):
            if spread > 0.0:
                three_point(stream, noise)
            grow(mode[part, site], factor, width, noise)


@jit
def dissipation(state, decay, gain, k, has_decay, has_gain, step, stream, work, clipped):
    """Decay and gain for one step, a palindrome of the exact flows of single modes."""
    a, b = state[:2], state[2:]
    half = 0.5 * step
    if has_decay and has_gain:
        damped_mode(a, b, decay, k, half, stream, work)
        pumped_mode(b, a, decay, k, half, stream, work, clipped)
        damped_mode(b, a, gain, k, half, stream, work)
        pumped_mode(a, b, gain, k, step, stream, work, clipped)
        damped_mode(b, a, gain, k, half, stream, work)
        pumped_mode(b, a, decay, k, half, stream, work, clipped)
        damped_mode(a, b, decay, k, half, stream, work)
    elif has_decay:
        damped_mode(a, b, decay, k, half, stream, work)
        pumped_mode(b, a, decay, k, step, stream, work, clipped)
        damped_mode(a, b, decay, k, half, stream, work)
    elif has_gain:
        damped_mode(b, a, gain, k, half, stream, work)
        pumped_mode(a, b, gain, k, step, stream, work, clipped)
        damped_mode(b, a, gain, k, half, stream, work)


@jit
def advance(state, spins, graph, rates, k, about_z, steps, step, stream, clipped):
    """Advance `state` (4, site, lane) by `steps` steps; `spins` (site, lane) is scratch."""
    work = np.empty((3, LANES))
    none = np.zeros(state.shape[1])
    has_decay, has_gain = np.any(rates.decay != 0.0), np.any(rates.gain != 0.0)
    half = 0.5 * step
    rotation(0, state, spins, graph, none, half, stream, work)
    for number in range(steps):
        rotation(1, state, spins, graph, none, half, stream, work)
        if about_z:
            rotation(2, state, spins, graph, rates.dephasing, half, stream, work)
        dissipation(
            state, rates.decay, rates.gain, k, has_decay, has_gain, step, stream, work, clipped
        )
        if about_z:
            rotation(2, state, spins, graph, rates.dephasing, half, stream, work)
        rotation(1, state, spins, graph, none, half, stream, work)
        last = half if number == steps - 1 else step
        rotation(0, state, spins, graph, none, last, stream, work)
