"""Angles of rotation about the local field, for all lanes of one site."""

from __future__ import annotations

import numpy as np

from twoqs.kernels.compile.jit import LANES, inlined, lanes, like
from twoqs.kernels.compile.llvm import set_pair_and_kick
from twoqs.kernels.random import take


@lanes
def set_pair(angle, constant, s, first, a, second, b):
    """angle = constant + a s[first] + b s[second]."""
    for lane in range(LANES):
        angle[lane] = constant + a * s[first, lane] + b * s[second, lane]


@lanes
def add_pair(angle, s, first, a, second, b):
    """angle += a s[first] + b s[second]."""
    for lane in range(LANES):
        angle[lane] += a * s[first, lane] + b * s[second, lane]


@lanes
def add_row(angle, weight, row):
    """angle += weight row."""
    for lane in range(LANES):
        angle[lane] += weight * row[lane]


@lanes
def set_sum(total, s):
    """total = sum of s over all sites."""
    for lane in range(LANES):
        total[lane] = like(0, total[lane])
    for site in range(s.shape[0]):
        for lane in range(LANES):
            total[lane] += s[site, lane]


@inlined
def angle_of(angle, site, s, total, local, step, noise, stream):
    """Set angle[lane] to step * B + noise at `site`, B the field along the axis of s.

    Args:
        total: sum of s over all sites, shape (lane,); read only if the coupling is uniform.
        s: components along this axis, shape (site, lane).
        local: the graph of the local field along this axis, see `twoqs.flows.rates.LocalField`.
        noise: amplitudes (small, large) of the kick of each site, shape (2, site).
    """
    real = angle[0]
    constant = like(step * local.field[site], real)
    entry, end = local.start[site], local.start[site + 1]
    # Unsigned, as signed indices are tested for counting from the end.
    first = second = np.uint64(site)
    a = b = like(0, real)
    if entry < end:
        first, a = np.uint64(local.neighbour[entry]), like(step * local.coupling[entry], real)
    if entry + 1 < end:
        second = np.uint64(local.neighbour[entry + 1])
        b = like(step * local.coupling[entry + 1], real)
    if noise[1, site] > 0.0:
        bit = take(stream, 1)
        small, large = like(noise[0, site], real), like(noise[1, site], real)
        set_pair_and_kick(
            angle, constant, s, first, a, second, b, stream.word, stream.pair, bit, small, large
        )  # fmt: skip
    else:
        set_pair(angle, constant, s, first, a, second, b)
    for pair in range(entry + 2, end, 2):
        first, a = np.uint64(local.neighbour[pair]), like(step * local.coupling[pair], real)
        second, b = first, like(0, real)
        if pair + 1 < end:
            second = np.uint64(local.neighbour[pair + 1])
            b = like(step * local.coupling[pair + 1], real)
        add_pair(angle, s, first, a, second, b)
    if local.uniform != 0.0:
        add_row(angle, like(step * local.uniform, real), total)
