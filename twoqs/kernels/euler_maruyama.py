"""The paper's equations by the Euler-Maruyama method; see `twoqs.flows.euler_maruyama`."""

from __future__ import annotations

import math
from typing import NamedTuple

from twoqs.flows.rates import Graph, Rates
from twoqs.kernels.compile.jit import LANES, inlined
from twoqs.kernels.fields import angle_of, set_sum
from twoqs.kernels.random import gaussian_pair
from twoqs.kernels.spins import row_x, row_y, row_z
from twoqs.model.arrays import Floats


class EulerMaruyamaConstants(NamedTuple):
    """What is constant while the step is."""

    graph: Graph
    rates: Rates
    step: float
    no_kick: Floats  # zeros of shape (2, site), as fields have no noise here


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
def jumps(work, damped, pumped, into_damped, into_pumped, rate, normal):
    """Add drift and noise of eqs. 22-23 at one site; a mode is two rows (lane,)."""
    k, step, stream, clipped = work.k, work.constants.step, work.stream, work.clipped
    plus, minus = 0.5 * (1 + k), 0.5 * (1 - k)
    for lane in range(LANES):
        d2 = damped[0][lane] ** 2 + damped[1][lane] ** 2 - minus
        p2 = pumped[0][lane] ** 2 + pumped[1][lane] ** 2 + plus
        for part in range(2):
            into_damped[part, lane] -= rate * step * p2 * damped[part][lane]
            into_pumped[part, lane] += rate * step * d2 * pumped[part][lane]
    if k < 1:
        gaussian_pair(stream, normal[0], normal[1])
        for lane in range(LANES):
            p2 = pumped[0][lane] ** 2 + pumped[1][lane] ** 2 + plus
            width = math.sqrt(rate * minus * p2 * step)
            into_damped[0, lane] += width * normal[0, lane]
            into_damped[1, lane] += width * normal[1, lane]
    if k > -1:
        gaussian_pair(stream, normal[0], normal[1])
        for lane in range(LANES):
            d2 = damped[0][lane] ** 2 + damped[1][lane] ** 2 - minus
            width = math.sqrt(rate * plus * step * (0.0 if d2 < 0.0 else d2))
            into_pumped[0, lane] += width * normal[0, lane]
            into_pumped[1, lane] += width * normal[1, lane]
            clipped[0, lane] += 1.0 if d2 < 0.0 else 0.0
            clipped[1, lane] += 1.0


@inlined
def dephase(state, site, change, rate, step, stream, normal):
    """Add drift and noise of eqs. 27-28 at one site."""
    gaussian_pair(stream, normal[0], normal[1])
    damp = 0.25 * rate * step
    width = math.sqrt(damp)
    ar, ai, br, bi = state[0][site], state[1][site], state[2][site], state[3][site]
    for lane in range(LANES):
        kick = width * (normal[0, lane] - normal[1, lane])
        change[0, lane] += -damp * ar[lane] - kick * ai[lane]
        change[1, lane] += -damp * ai[lane] + kick * ar[lane]
        change[2, lane] += -damp * br[lane] + kick * bi[lane]
        change[3, lane] += -damp * bi[lane] - kick * br[lane]


@inlined
def change_of(work, site, change):
    """Set `change`, of shape (4, lane), to that of the spinors of a site in one step."""
    state, stream, spins = work.state, work.stream, work.memory
    graph, rates, step, no_kick = work.constants
    normal, field, totals = work.scratch[:2], work.scratch[2:5], work.scratch[9:]
    angle_of(field[0], site, spins[0], totals[0], graph.x, 1.0, no_kick, stream)
    angle_of(field[1], site, spins[1], totals[1], graph.y, 1.0, no_kick, stream)
    angle_of(field[2], site, spins[2], totals[2], graph.z, 1.0, no_kick, stream)
    precession(state, site, field, step, change)
    a, b = (state[0][site], state[1][site]), (state[2][site], state[3][site])
    if rates.decay[site] > 0.0:
        jumps(work, a, b, change[:2], change[2:], rates.decay[site], normal)
    if rates.gain[site] > 0.0:
        jumps(work, b, a, change[2:], change[:2], rates.gain[site], normal)
    if rates.dephasing[site] > 0.0:
        dephase(state, site, change, rates.dephasing[site], step, stream, normal)


@inlined
def euler_maruyama_steps(work, steps):
    """Advance a `Work` with `EulerMaruyamaConstants` by some steps.

    Its memory is for components of the spins, shape (3, site, lane).
    """
    state, spins, change, totals = work.state, work.memory, work.scratch[5:9], work.scratch[9:]
    for _ in range(steps):
        for site in range(state[0].shape[0]):
            row_x(state[0], state[1], state[2], state[3], site, spins[0])
            row_y(state[0], state[1], state[2], state[3], site, spins[1])
            row_z(state[0], state[1], state[2], state[3], site, spins[2])
        for axis in range(3):
            set_sum(totals[axis], spins[axis])
        for site in range(state[0].shape[0]):
            change_of(work, site, change)
            for part in range(4):
                for lane in range(LANES):
                    state[part][site, lane] += change[part, lane]
