"""Jumps of spins 1/2 in the small machine; `twoqs.flows.redraw` has the formula."""

from __future__ import annotations

import math

import numpy as np

from twoqs.kernels.compile.jit import LANES, inlined, lanes, like
from twoqs.kernels.machine_program import amount
from twoqs.kernels.random import next_words


@lanes
def set_uniform(bits):
    """Make of each word the bits of a number in [1, 2), by its upper 52 bits."""
    for lane in range(LANES):
        bits[lane] = (bits[lane] >> np.uint64(12)) | np.uint64(0x3FF0000000000000)


@lanes
def redraw(x, y, z, drawn, jump, up, kept):
    """Put what jumps to a corner; numbers and borders are in double precision always.

    Args:
        drawn: numbers in [1, 2), shape (lane,).
        jump, up: probability of a jump, and of one to s^z = +1/2.
        kept: c.
    """
    for lane in range(LANES):
        number = drawn[lane] - 1.0
        a, b, c = x[lane], y[lane], z[lane]
        above = number < up
        left, width = (number, up) if above else (number - up, jump - up)
        p, q = 0.5 + kept * a, 0.5 + kept * b
        first = left < width * p
        border = width * (p * q) if first else width * (p + (1.0 - p) * q)
        jumps = number < jump
        x[lane] = (like(0.5, a) if first else like(-0.5, a)) if jumps else a
        y[lane] = (like(0.5, a) if left < border else like(-0.5, a)) if jumps else b
        z[lane] = (like(0.5, a) if above else like(-0.5, a)) if jumps else c


@inlined
def run_redraw(state, program, flow, duration, values, stream, scratch):
    """All spins that may jump, one after the other."""
    for row in range(program.first[flow], program.first[flow + 1]):
        decay, pump = amount(program.decays, row, values), amount(program.pumps, row, values)
        rate = decay + pump
        jump = -math.expm1(-2.0 * rate * duration)
        up = jump * (pump / rate) if rate > 0.0 else 0.0
        next_words(stream.state, scratch.bits)
        set_uniform(scratch.bits)
        site = np.uint64(program.site[row])
        redraw(
            state.x[site], state.y[site], state.z[site], scratch.drawn, jump, up,
            1.0 / (1.0 + math.exp(rate * duration)),
        )  # fmt: skip
