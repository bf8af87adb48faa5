"""Decay of a spinor, or gain: exact flows of one mode while the other stands still."""

from __future__ import annotations

import math

from twoqs.kernels.compile.jit import LANES, inlined, lanes, like
from twoqs.kernels.random import four_point, take
from twoqs.kernels.series import exponential_less_one

PIECES = 6
"""Pieces of a random word that decay or gain takes: three flows have two quadratures each."""


@inlined
def width_of(growth, spread):
    """Width of noise of the variance spread ((1 + growth)^2 - 1), 0 where that is negative."""
    variance = spread * growth * (like(2, growth) + growth)
    return math.sqrt(like(0, growth) if variance < like(0, growth) else variance)


@lanes
def flow(mr, mi, dr, di, site, rate, offset, spread, word, pair, bit):
    """m = m e + noise of the variance spread (e^2 - 1), e = exp(rate (|d|^2 + offset))."""
    for lane in range(LANES):
        quanta = dr[site, lane] * dr[site, lane] + di[site, lane] * di[site, lane]
        growth = exponential_less_one(rate * (quanta + offset))
        width = width_of(growth, spread)
        p, q = mr[site, lane], mi[site, lane]
        mr[site, lane] = p + growth * p + width * four_point(word[lane], pair[lane], bit, p)
        mi[site, lane] = q + growth * q + width * four_point(word[lane], pair[lane], bit + 3, p)


@lanes
def count_negative(dr, di, site, offset, count):
    """Count where |d|^2 + offset < 0."""
    for lane in range(LANES):
        quanta = dr[site, lane] * dr[site, lane] + di[site, lane] * di[site, lane] + offset
        count[lane] += 1.0 if quanta < like(0, offset) else 0.0


@inlined
def channel(dr, di, pr, pi, site, rate, k, stream, clipped):
    """Eqs. 22 and 23 for one step, raw rate times step; d is the mode that loses quanta.

    Where the diffusion of the other mode would be negative (k = 0, d below half a quantum) it is
    left out; clipped[lane] counts that.
    """
    if rate == 0.0:
        return
    real, word, pair = dr[0, 0], stream.word, stream.pair
    bit = take(stream, PIECES)
    full, half = like(rate, real), like(-0.5 * rate, real)
    lost, lost_spread = like(0.5 * (1 + k), real), like(-0.25 * (1 - k), real)
    gained, gained_spread = like(-0.5 * (1 - k), real), like(0.25 * (1 + k), real)
    # Short loops one after the other: a processor keeps more of a short one in flight at once.
    flow(dr, di, pr, pi, site, half, lost, lost_spread, word, pair, bit)
    if k == 0:
        count_negative(dr, di, site, gained, clipped)
    flow(pr, pi, dr, di, site, full, gained, gained_spread, word, pair, bit + 6)
    flow(dr, di, pr, pi, site, half, lost, lost_spread, word, pair, bit + 12)
