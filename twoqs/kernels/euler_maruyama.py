"""The paper's equations by the Euler-Maruyama method; see `twoqs.reference.euler_maruyama`."""

from __future__ import annotations

import math

import numpy as np

from twoqs.kernels.fields import local_field
from twoqs.kernels.jit import LANES, jit
from twoqs.kernels.pda import spin_component
from twoqs.kernels.random import gaussian_pair


@jit
def precession(state, site, field, step, change):
    """Set `change` to -(i/2) step (B.sigma) psi; `field` has shape (3, lane)."""
    ar, ai, br, bi = state[0, site], state[1, site], state[2, site], state[3, site]
    for lane in range(LANES):
        hx = 0.5 * step * field[0, lane]
        hy = 0.5 * step * field[1, lane]
        hz = 0.5 * step * field[2, lane]
        p, q, r, w = ar[lane], ai[lane], br[lane], bi[lane]
        change[0, lane] = hx * w - hy * r + hz * q
        change[1, lane] = -hx * r - hy * w - hz * p
        change[2, lane] = hx * q + hy * p - hz * w
        change[3, lane] = -hx * p + hy * q + hz * r


@jit
def jumps(damped, pumped, into_damped, into_pumped, rate, k, step, stream, work, clipped):
    """Add drift and noise of eqs. 22-23 at one site; the modes have shape (2, lane)."""
    plus, minus = 0.5 * (1 + k), 0.5 * (1 - k)
    for lane in range(LANES):
        d2 = damped[0, lane] ** 2 + damped[1, lane] ** 2 - minus
        p2 = pumped[0, lane] ** 2 + pumped[1, lane] ** 2 + plus
        for part in range(2):
            into_damped[part, lane] -= rate * step * p2 * damped[part, lane]
            into_pumped[part, lane] += rate * step * d2 * pumped[part, lane]
    if k < 1:
        gaussian_pair(stream, work[0], work[1])
        for lane in range(LANES):
            p2 = pumped[0, lane] ** 2 + pumped[1, lane] ** 2 + plus
            width = math.sqrt(rate * minus * p2 * step)
            into_damped[0, lane] += width * work[0, lane]
            into_damped[1, lane] += width * work[1, lane]
    if k > -1:
        gaussian_pair(stream, work[0], work[1])
        for lane in range(LANES):
            d2 = damped[0, lane] ** 2 + damped[1, lane] ** 2 - minus
            width = math.sqrt(rate * plus * step * (0.0 if d2 < 0.0 else d2))
            into_pumped[0, lane] += width * work[0, lane]
            into_pumped[1, lane] += width * work[1, lane]
            clipped[0, lane] += 1.0 if d2 < 0.0 else 0.0
            clipped[1, lane] += 1.0


@jit
def dephase(state, site, change, rate, step, stream, work):
    """Add drift and noise of eqs. 27-28 at one site."""
    gaussian_pair(stream, work[0], work[1])
    damp = 0.25 * rate * step
    width = math.sqrt(damp)
    ar, ai, br, bi = state[0, site], state[1, site], state[2, site], state[3, site]
    for lane in range(LANES):
        kick = width * (work[0, lane] - work[1, lane])
        change[0, lane] += -damp * ar[lane] - kick * ai[lane]
        change[1, lane] += -damp * ai[lane] + kick * ar[lane]
        change[2, lane] += -damp * br[lane] + kick * bi[lane]
        change[3, lane] += -damp * bi[lane] - kick * br[lane]


@jit
def advance(state, spins, graph, rates, k, steps, step, stream, clipped):
    """Advance `state` of shape (4, site, lane); `spins` of shape (3, site, lane) is scratch."""
    work = np.empty((2, LANES))
    field = np.empty((3, LANES))
    change = np.empty((4, LANES))
    for _ in range(steps):
        for axis in range(3):
            spin_component(axis, state, spins[axis])
        for site in range(state.shape[1]):
            for axis in range(3):
                local_field(
                    field[axis], site, spins[axis], graph.field[axis], graph.twist[axis],
                    graph.start, graph.neighbour, graph.coupling[axis], 1.0,
                )  # fmt: skip
            precession(state, site, field, step, change)
            a, b = state[:2, site], state[2:, site]
            if rates.decay[site] > 0.0:
                rate = rates.decay[site]
                jumps(a, b, change[:2], change[2:], rate, k, step, stream, work, clipped)
            if rates.gain[site] > 0.0:
                rate = rates.gain[site]
                jumps(b, a, change[2:], change[:2], rate, k, step, stream, work, clipped)
            if rates.dephasing[site] > 0.0:
                dephase(state, site, change, rates.dephasing[site], step, stream, work)
            for part in range(4):
                for lane in range(LANES):
                    state[part, site, lane] += change[part, lane]
