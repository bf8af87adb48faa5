"""Power spectra of trajectories along the first axis of a lattice, by a transform of our own.

Mixed radices, decimated in frequency: pass after pass over rows of amplitudes. Nothing is sorted:
sums of squares may stand in any order, which `twoqs.kernels.radices` tells.
"""

from __future__ import annotations

import math

import numpy as np

from twoqs.kernels.amplitudes import load_row, norm, store_row, times_i
from twoqs.kernels.compile.jit import inlined
from twoqs.kernels.moments import ROWS

C1, S1 = math.cos(2 * math.pi / 5), math.sin(2 * math.pi / 5)
C2, S2 = math.cos(4 * math.pi / 5), math.sin(4 * math.pi / 5)
S3 = math.sin(2 * math.pi / 3)


@inlined
def butterfly(x, i, apart, radix):
    """Transform of the rows i, i + apart, ... of x; five results, of which `radix` are meant."""
    a, b = load_row(x, i), load_row(x, i + apart)
    if radix == 2:
        p, q = a + b, a - b
        return p, q, q, q, q
    c = load_row(x, i + 2 * apart)
    if radix == 3:
        p, q, r = a + (b + c), a - 0.5 * (b + c), S3 * times_i(c - b)
        return p, q + r, q - r, p, p
    d = load_row(x, i + 3 * apart)
    if radix == 4:
        p, q, r, s = a + c, b + d, a - c, times_i(d - b)
        return p + q, r + s, p - q, r - s, p
    e = load_row(x, i + 4 * apart)
    p, q, r, s = b + e, c + d, times_i(e - b), times_i(d - c)
    t, u = a + C1 * p + C2 * q, a + C2 * p + C1 * q
    v, w = S1 * r + S2 * s, S2 * r - S1 * s
    return a + p + q, t + v, u + w, u - w, t - v


@inlined
def turned(value, twiddles, k):
    """The value times a twiddle factor. (Unsigned indices need no test for negative ones.)"""
    factor = twiddles[np.uint64(k)]
    return factor.real * value + factor.imag * times_i(value)


@inlined
def transform(x, first, stride, y, begin, length, span, radix, twiddles, k):
    """One pass: pieces of `span` rows of x become `radix` pieces each, in y from `begin` on."""
    apart = span // radix
    for piece in range(0, length, span):
        factor = k
        for i in range(piece, piece + apart):
            p, q, r, s, t = butterfly(x, first + i * stride, apart * stride, radix)
            out = begin + i
            store_row(y, out, p)
            store_row(y, out + apart, turned(q, twiddles, factor))
            if radix > 2:
                store_row(y, out + 2 * apart, turned(r, twiddles, factor + 1))
            if radix > 3:
                store_row(y, out + 3 * apart, turned(s, twiddles, factor + 2))
            if radix > 4:
                store_row(y, out + 4 * apart, turned(t, twiddles, factor + 3))
            factor += radix - 1


@inlined
def transform_padded(x, first, stride, sites, y, half, twiddles):
    """The first pass over a padded line, where the second of each two rows is zero."""
    for i in range(sites):
        value = load_row(x, first + i * stride)
        store_row(y, i, value)
        store_row(y, half + i, turned(value, twiddles, i))
    zero = 0.0 * load_row(x, first)
    for i in range(sites, half):
        store_row(y, i, zero)
        store_row(y, half + i, zero)


@inlined
def add_square(power, wave, value):
    """Add the squared moduli of a row of amplitudes to one entry of a power spectrum."""
    power[np.uint64(wave)] += norm(value)


@inlined
def transform_last(x, first, length, radix, power, begin):
    """The last pass, over neighbouring rows of x; of its results only the squares are kept."""
    for i in range(0, length, radix):
        p, q, r, s, t = butterfly(x, first + i, 1, radix)
        wave = begin + i
        add_square(power, wave, p)
        add_square(power, wave + 1, q)
        if radix > 2:
            add_square(power, wave + 2, r)
        if radix > 3:
            add_square(power, wave + 3, s)
        if radix > 4:
            add_square(power, wave + 4, t)


@inlined
def add_line(x, first, stride, plan, scratch, power):
    """Add the squares of the transform of rows first, first + stride, ... of x to power (wave,)."""
    radices, twiddles = plan.radices, plan.twiddles
    length, last = len(power), len(radices) - 1
    block = length // radices[0]
    if plan.sites == length:
        transform(x, first, stride, scratch, 0, length, length, radices[0], twiddles, 0)
    else:
        transform_padded(x, first, stride, plan.sites, scratch, block, twiddles)
    # All other passes block by block, as a block is more likely to stay in the fastest cache.
    for begin in range(0, length, block):
        here, there, span, k = begin, length, block, length - block
        for i in range(1, last):
            radix = radices[i]
            transform(scratch, here, 1, scratch, there, block, span, radix, twiddles, k)
            span //= radix
            k += (radix - 1) * span
            here, there = there, here
        transform_last(scratch, here, block, radices[last], power, begin)


@inlined
def add_power(spins, plan, scratch, power):
    """Add the power spectra of one sample, summed over the other axes and the lanes of each row.

    Args:
        spins: components of the spins, shape (3 or more, site, lane), in either precision.
        scratch: of shape (scratch_rows(plan), GROUP).
        power: shape (component, row, wave); the sum of that of a wave and of its opposite is twice
            the sum over the trajectories.
    """
    sites = spins.shape[1]
    others = sites // plan.sites
    for component in range(len(power)):
        for other in range(others):
            for row in range(ROWS):
                first = (component * sites + other) * ROWS + row
                add_line(spins, first, others * ROWS, plan, scratch, power[component, row])
