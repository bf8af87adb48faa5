"""Sums of products of spin components at two sites, over the trajectories of each row."""

from __future__ import annotations

import numpy as np

from twoqs.kernels.compile.jit import inlined, jit, lanes
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.moments import GROUP, ROWS
from twoqs.model.arrays import Floats, Ints

LINE = 8
"""Sites whose values fill a line of the cache; sums begin and end at whole lines."""


def padded(sites: int) -> int:
    """Sites in whole lines."""
    return -(-sites // LINE) * LINE


def pair_scratch(sites: int, samples: int) -> Floats:
    """Memory for `add_pair_products`, zero at first: values of sites by trajectories."""
    return aligned((samples, GROUP, padded(sites)))


def pair_places(sites: int, ordered: bool) -> tuple[Ints, int]:
    """Where sums of the pairs (i, j) stand, and how many places there are.

    Returns:
        Shape (site, site); both of (i, j) and (j, i) have one place unless they are `ordered`.
    """
    i = np.arange(sites)
    begin = np.zeros_like(i) if ordered else i // LINE * LINE
    lengths = padded(sites) - begin
    places = (np.cumsum(lengths) - lengths - begin)[:, None] + i
    if not ordered:
        places = np.where(i[:, None] <= i, places, places.T)
    return places, int(lengths.sum())


@lanes
def add_two_sites(one, other, columns, begin, end, out, below):
    """Add products of two sites with those from `begin` to `end`, summed over trajectories.

    Each column is loaded for both; the sixteen terms are written out, so that loops over sites
    become vectors of products.

    Args:
        one, other: values of the two sites, shape (GROUP,).
        columns: those of all sites, shape (GROUP, site).
        out, below: sums of each of the two, from site `begin` on.
    """
    for j in range(begin, end):
        out[j - begin] += (
            one[0] * columns[0, j] + one[1] * columns[1, j]
            + one[2] * columns[2, j] + one[3] * columns[3, j]
            + one[4] * columns[4, j] + one[5] * columns[5, j]
            + one[6] * columns[6, j] + one[7] * columns[7, j]
            + one[8] * columns[8, j] + one[9] * columns[9, j]
            + one[10] * columns[10, j] + one[11] * columns[11, j]
            + one[12] * columns[12, j] + one[13] * columns[13, j]
            + one[14] * columns[14, j] + one[15] * columns[15, j]
        )  # fmt: skip
        below[j - begin] += (
            other[0] * columns[0, j] + other[1] * columns[1, j]
            + other[2] * columns[2, j] + other[3] * columns[3, j]
            + other[4] * columns[4, j] + other[5] * columns[5, j]
            + other[6] * columns[6, j] + other[7] * columns[7, j]
            + other[8] * columns[8, j] + other[9] * columns[9, j]
            + other[10] * columns[10, j] + other[11] * columns[11, j]
            + other[12] * columns[12, j] + other[13] * columns[13, j]
            + other[14] * columns[14, j] + other[15] * columns[15, j]
        )  # fmt: skip


@inlined
def add_pairs_of_row(bloch, a, b, sites, scratch, sums, row):
    """`add_pair_products` for the trajectories of one row; its sums are contiguous.

    Two lines of sums stay in the first cache for all samples.
    """
    n, end, samples, ordered = len(sites), scratch.shape[2], bloch.shape[0], a != b
    start, stop = row * GROUP, (row + 1) * GROUP
    for sample in range(samples):
        for j in range(n):
            for k in range(GROUP):
                scratch[sample, k, j] = bloch[sample, b, sites[j], start + k]
    place = 0
    for i in range(0, n - 1, 2):
        begin = 0 if ordered else i // LINE * LINE
        length = end - begin
        out, below = sums[place : place + length], sums[place + length : place + 2 * length]
        for sample in range(samples):
            left = bloch[sample, a]
            one, other = left[sites[i], start:stop], left[sites[i + 1], start:stop]
            columns = scratch[sample]
            add_two_sites(one, other, columns, np.uint64(begin), np.uint64(end), out, below)
        place += 2 * length
    if n % 2:
        begin = 0 if ordered else (n - 1) // LINE * LINE
        for j in range(begin, n):
            total = 0.0
            for sample in range(samples):
                for k in range(start, stop):
                    one, other = bloch[sample, a, sites[n - 1], k], bloch[sample, b, sites[j], k]
                    total += one * other
            sums[place + j - begin] += total


@jit
def add_pair_products(bloch, a, b, sites, scratch, rows):
    """Add the products of the components a and b at all pairs of sites.

    Args:
        bloch: components of all sites in some samples, shape (sample, component, site, lane).
        sites: numbers of those that count, shape (site,).
        scratch: of `pair_scratch`.
        rows: sums of each row, ROWS contiguous arrays of shape (place,), see `pair_places`: (j, i)
            is another pair than (i, j) if a and b differ.
    """
    for row in range(ROWS):
        add_pairs_of_row(bloch, a, b, sites, scratch, rows[row], row)
