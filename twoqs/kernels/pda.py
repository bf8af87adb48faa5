"""The paper's equations in second order, on spinors; see `twoqs.reference.pda`."""

from __future__ import annotations

import math

import numpy as np

from twoqs.kernels.fields import local_field
from twoqs.kernels.jit import LANES, jit
from twoqs.kernels.random import amplitudes, kick, three_point


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
def turn_spinor(axis, ar, ai, br, bi, half):
    """Apply exp(-i half sigma) to the spinors of one site; t is tan(half/2) to fifth order."""
    for lane in range(LANES):
        h = 0.5 * half[lane]
        t = h * (1.0 + h * h * (1.0 / 3.0))
        d = 1.0 / (1.0 + t * t)
        c = (1.0 - t * t) * d
        s = 2.0 * t * d
        p, q, r, w = ar[lane], ai[lane], br[lane], bi[lane]
        if axis == 0:
            ar[lane], ai[lane] = c * p + s * w, c * q - s * r
            br[lane], bi[lane] = c * r + s * q, c * w - s * p
        elif axis == 1:
            ar[lane], ai[lane] = c * p - s * r, c * q - s * w
            br[lane], bi[lane] = c * r + s * p, c * w + s * q
        else:
            ar[lane], ai[lane] = c * p + s * q, c * q - s * p
            br[lane], bi[lane] = c * r - s * w, c * w + s * r


@jit
def rotation(axis, state, spins, graph, step, amplitude, stream, half):
    """Rotate all sites about `axis` by field times step plus noise of the given amplitude."""
    spin_component(axis, state, spins)
    field, twist, coupling = graph.field[axis], graph.twist[axis], graph.coupling[axis]
    start, neighbour = graph.start, graph.neighbour
    for site in range(state.shape[1]):
        local_field(half, site, spins, field, twist, start, neighbour, coupling, 0.5 * step)
        if amplitude[site] > 0.0:
            kick(stream, 0.5 * amplitude[site], half)
        turn_spinor(axis, state[0, site], state[1, site], state[2, site], state[3, site], half)


@jit
def damped_mode(mode, driver, rate, k, step, stream, noise):
    """The mode that loses quanta (alpha in decay): exact flow for a frozen other mode, eq. 22."""
    offset = 0.5 * (1 + k)
    spread = 0.25 * (1 - k)
    for site in range(mode.shape[1]):
        if rate[site] == 0.0:
            continue
        if spread > 0.0:
            three_point(stream, noise[0])
            three_point(stream, noise[1])
        scale = rate[site] * step
        mr, mi, dr, di = mode[0, site], mode[1, site], driver[0, site], driver[1, site]
        for lane in range(LANES):
            x = scale * (dr[lane] * dr[lane] + di[lane] * di[lane] + offset)
            e = (12.0 - 6.0 * x + x * x) / (12.0 + 6.0 * x + x * x)
            width = math.sqrt(spread * (1.0 - e * e))
            mr[lane] = mr[lane] * e + width * noise[0, lane]
            mi[lane] = mi[lane] * e + width * noise[1, lane]


@jit
def pumped_mode(mode, driver, rate, k, step, stream, noise, clipped):
    """The mode that gains quanta (beta in decay), likewise, eq. 23.

    Where its diffusion is negative (k = 0, driver below half a quantum) it is set to zero;
    clipped[0] counts how often, clipped[1] out of how many, for each lane.
    """
    offset = 0.5 * (1 - k)
    spread = 0.25 * (1 + k)
    for site in range(mode.shape[1]):
        if rate[site] == 0.0:
            continue
        if spread > 0.0:
            three_point(stream, noise[0])
            three_point(stream, noise[1])
        scale = rate[site] * step
        mr, mi, dr, di = mode[0, site], mode[1, site], driver[0, site], driver[1, site]
        for lane in range(LANES):
            x = scale * (dr[lane] * dr[lane] + di[lane] * di[lane] - offset)
            e = (12.0 + 6.0 * x + x * x) / (12.0 - 6.0 * x + x * x)
            variance = spread * (e * e - 1.0)
            width = math.sqrt(0.0 if variance < 0.0 else variance)
            mr[lane] = mr[lane] * e + width * noise[0, lane]
            mi[lane] = mi[lane] * e + width * noise[1, lane]
            clipped[0, lane] += 1.0 if variance < 0.0 else 0.0
        if spread > 0.0:
            for lane in range(LANES):
                clipped[1, lane] += 1.0


@jit
def dissipation(state, decay, gain, k, has_decay, has_gain, step, stream, noise, clipped):
    """Decay and gain for one step, a palindrome of the exact flows of single modes."""
    a, b = state[:2], state[2:]
    half = 0.5 * step
    if has_decay and has_gain:
        damped_mode(a, b, decay, k, half, stream, noise)
        pumped_mode(b, a, decay, k, half, stream, noise, clipped)
        damped_mode(b, a, gain, k, half, stream, noise)
        pumped_mode(a, b, gain, k, step, stream, noise, clipped)
        damped_mode(b, a, gain, k, half, stream, noise)
        pumped_mode(b, a, decay, k, half, stream, noise, clipped)
        damped_mode(a, b, decay, k, half, stream, noise)
    elif has_decay:
        damped_mode(a, b, decay, k, half, stream, noise)
        pumped_mode(b, a, decay, k, step, stream, noise, clipped)
        damped_mode(a, b, decay, k, half, stream, noise)
    elif has_gain:
        damped_mode(b, a, gain, k, half, stream, noise)
        pumped_mode(a, b, gain, k, step, stream, noise, clipped)
        damped_mode(b, a, gain, k, half, stream, noise)


@jit
def advance(state, spins, graph, rates, k, about_z, steps, step, stream, clipped):
    """Advance `state` (4, site, lane) by `steps` steps; `spins` (site, lane) is scratch."""
    noise = np.zeros((2, LANES))
    angle = np.empty(LANES)
    none = np.zeros(state.shape[1])
    half = 0.5 * step
    dephasing = amplitudes(rates.dephasing, half, 4)
    has_decay, has_gain = np.any(rates.decay != 0.0), np.any(rates.gain != 0.0)
    rotation(0, state, spins, graph, half, none, stream, angle)
    for number in range(steps):
        rotation(1, state, spins, graph, half, none, stream, angle)
        if about_z:
            rotation(2, state, spins, graph, half, dephasing, stream, angle)
        dissipation(
            state, rates.decay, rates.gain, k, has_decay, has_gain, step, stream, noise, clipped
        )
        if about_z:
            rotation(2, state, spins, graph, half, dephasing, stream, angle)
        rotation(1, state, spins, graph, half, none, stream, angle)
        last = half if number == steps - 1 else step
        rotation(0, state, spins, graph, last, none, stream, angle)
