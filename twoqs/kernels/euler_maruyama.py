"""The paper's equations by the Euler-Maruyama method; see `twoqs.flows.euler_maruyama`."""

from __future__ import annotations

import math

from twoqs.kernels.compile.jit import LANES, inlined, jit
from twoqs.kernels.fields import angle_of, set_sum
from twoqs.kernels.random import gaussian_pair
from twoqs.kernels.spins import row_x, row_y, row_z


@inlined
def precession(state, site, field, step, change):
    """Set `change` to -(i/2) step (B.sigma) psi; `field` has shape (3, lane)."""
    ar, ai, br, bi = state[0][site], state[1][site], state[2][site], state[3][site]
    for lane in range(LANES):
        hx = 0.5 * step * field[0, lane]
        hy = 0.5 * step * field[1, lane]
        hz = 0.5 * step * field[2, lane]
        p, q, r, w = ar[lane], ai[lane], br[lane], bi[lane]
        change[0, lane] = hx * w - hy * r + hz * q
        change[1, lane] = -hx * r - hy * w - hz * p
        change[2, lane] = hx * q + hy * p - hz * w
        change[3, lane] = -hx * p + hy * q + hz * r


@inlined
def jumps(damped, pumped, into_damped, into_pumped, rate, k, step, stream, work, clipped):
    """Add drift and noise of eqs. 22-23 at one site; a mode is two rows (lane,)."""
    plus, minus = 0.5 * (1 + k), 0.5 * (1 - k)
    for lane in range(LANES):
        d2 = damped[0][lane] ** 2 + damped[1][lane] ** 2 - minus
        p2 = pumped[0][lane] ** 2 + pumped[1][lane] ** 2 + plus
        for part in range(2):
            into_damped[part, lane] -= rate * step * p2 * damped[part][lane]
            into_pumped[part, lane] += rate * step * d2 * pumped[part][lane]
    if k < 1:
        gaussian_pair(stream, work[0], work[1])
        for lane in range(LANES):
            p2 = pumped[0][lane] ** 2 + pumped[1][lane] ** 2 + plus
            width = math.sqrt(rate * minus * p2 * step)
            into_damped[0, lane] += width * work[0, lane]
            into_damped[1, lane] += width * work[1, lane]
    if k > -1:
        gaussian_pair(stream, work[0], work[1])
        for lane in range(LANES):
            d2 = damped[0][lane] ** 2 + damped[1][lane] ** 2 - minus
            width = math.sqrt(rate * plus * step * (0.0 if d2 < 0.0 else d2))
            into_pumped[0, lane] += width * work[0, lane]
            into_pumped[1, lane] += width * work[1, lane]
            clipped[0, lane] += 1.0 if d2 < 0.0 else 0.0
            clipped[1, lane] += 1.0


@inlined
def dephase(state, site, change, rate, step, stream, work):
    """Add drift and noise of eqs. 27-28 at one site."""
    gaussian_pair(stream, work[0], work[1])
    damp = 0.25 * rate * step
    width = math.sqrt(damp)
    ar, ai, br, bi = state[0][site], state[1][site], state[2][site], state[3][site]
    for lane in range(LANES):
        kick = width * (work[0, lane] - work[1, lane])
        change[0, lane] += -damp * ar[lane] - kick * ai[lane]
        change[1, lane] += -damp * ai[lane] + kick * ar[lane]
        change[2, lane] += -damp * br[lane] + kick * bi[lane]
        change[3, lane] += -damp * bi[lane] - kick * br[lane]


@inlined
def euler_maruyama_steps(
    state, spins, graph, rates, no_kick, k, steps, step, stream, scratch, clipped
):
    """Advance `state`, four arrays of shape (site, lane), by `steps` steps.

    Args:
        spins: scratch, shape (3, site, lane).
        no_kick: zeros of shape (2, site), as fields have no noise here.
        scratch: of shape (12, lane).
    """
    sites = state[0].shape[0]
    work, field, change, totals = scratch[:2], scratch[2:5], scratch[5:9], scratch[9:]
    ar, ai, br, bi = state[0], state[1], state[2], state[3]
    for _ in range(steps):
        for site in range(sites):
            row_x(ar, ai, br, bi, site, spins[0])
            row_y(ar, ai, br, bi, site, spins[1])
            row_z(ar, ai, br, bi, site, spins[2])
        for axis in range(3):
            set_sum(totals[axis], spins[axis])
        for site in range(sites):
            angle_of(field[0], site, spins[0], totals[0], graph.x, 1.0, no_kick, stream)
            angle_of(field[1], site, spins[1], totals[1], graph.y, 1.0, no_kick, stream)
            angle_of(field[2], site, spins[2], totals[2], graph.z, 1.0, no_kick, stream)
            precession(state, site, field, step, change)
            a, b = (ar[site], ai[site]), (br[site], bi[site])
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
                    state[part][site, lane] += change[part, lane]


@jit
def advance_euler_maruyama(
    state, spins, graph, rates, no_kick, k, steps, step, stream, scratch, clipped
):
    """`euler_maruyama_steps` for callers in Python."""
    euler_maruyama_steps(
        state, spins, graph, rates, no_kick, k, steps, step, stream, scratch, clipped
    )
