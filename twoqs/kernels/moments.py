"""Sums over trajectories and sites: all that ever leaves a batch."""

from __future__ import annotations

import math

import numpy as np

from twoqs.kernels.compile.jit import LANES, inlined, lanes

GROUP = 16
"""Trajectories in one row of a record: the unit of the jackknife."""

ROWS = LANES // GROUP

SITES_AT_ONCE = 4
"""Sites that are added up before their sum is added to that in memory."""

QUANTITIES = ("x", "y", "z", "xx", "yy", "zz", "xy", "xz", "yz", "r", "rr")
"""Quantities that are summed: components of s, their products, excess length and its square."""


@lanes
def copy_vectors(x, y, z, bx, by, bz, length, squares):
    """Copy Bloch vectors with their lengths; squares[lane] = 0, or nan if any is not finite."""
    for lane in range(LANES):
        squares[lane] = 0.0
    for site in range(x.shape[0]):
        for lane in range(LANES):
            a, b = np.float64(x[site, lane]), np.float64(y[site, lane])
            c = np.float64(z[site, lane])
            square = a * a + b * b + c * c
            bx[site, lane], by[site, lane], bz[site, lane] = a, b, c
            length[site, lane] = math.sqrt(square)
            squares[lane] += 0.0 * square


@lanes
def vectors_of_spinors(ar, ai, br, bi, bx, by, bz, length, squares):
    """Bloch vectors of spinors with their lengths (|alpha|^2 + |beta|^2)/2; squares as above."""
    for lane in range(LANES):
        squares[lane] = 0.0
    for site in range(ar.shape[0]):
        for lane in range(LANES):
            p, q = np.float64(ar[site, lane]), np.float64(ai[site, lane])
            r, w = np.float64(br[site, lane]), np.float64(bi[site, lane])
            a2, b2 = p * p + q * q, r * r + w * w
            bx[site, lane] = p * r + q * w
            by[site, lane] = p * w - q * r
            bz[site, lane] = 0.5 * (a2 - b2)
            total = 0.5 * (a2 + b2)
            length[site, lane] = total
            # The length contains every component; its square must not overflow either.
            squares[lane] += 0.0 * (total * total)


@inlined
def bloch_of_vectors(state, bloch, finite):
    """Fill `bloch` (4, site, lane) with s^x, s^y, s^z and the length, from Bloch vectors.

    finite[lane] becomes 0 where any site of a trajectory is not finite; such lanes are set to 0.
    """
    copy_vectors(
        state[0], state[1], state[2], bloch[0], bloch[1], bloch[2], bloch[3], finite
    )  # fmt: skip
    mask_diverged(bloch, finite)


@inlined
def bloch_of_spinors(state, bloch, finite):
    """Fill `bloch` and `finite` as `bloch_of_vectors`, from spinors (4, site, lane)."""
    vectors_of_spinors(
        state[0], state[1], state[2], state[3], bloch[0], bloch[1], bloch[2], bloch[3], finite
    )
    mask_diverged(bloch, finite)


@inlined
def mask_diverged(bloch, finite):
    """Turn 0 or nan in finite[lane] into 1 or 0, and set all of a lane that is not finite to 0."""
    total = 0.0
    for lane in range(LANES):
        total += finite[lane]
    if total == 0.0:
        finite[:] = 1.0
        return
    for lane in range(LANES):
        if finite[lane] == 0.0:
            finite[lane] = 1.0
            continue
        finite[lane] = 0.0
        for part in range(4):
            for site in range(bloch.shape[1]):
                bloch[part, site, lane] = 0.0


@lanes
def add_products(x, y, z, length, first, count, expected, finite, sums):
    """Sums over the sites from `first` on for each lane; `sums` has shape (quantity, lane)."""
    for lane in range(LANES):
        sx = sy = sz = sxx = syy = szz = sxy = sxz = syz = sr = srr = 0.0
        for site in range(first, first + count):
            a, b, c = x[site, lane], y[site, lane], z[site, lane]
            r = (length[site, lane] - expected[site]) * finite[lane]
            sx += a
            sy += b
            sz += c
            sxx += a * a
            syy += b * b
            szz += c * c
            sxy += a * b
            sxz += a * c
            syz += b * c
            sr += r
            srr += r * r
        sums[0, lane] += sx
        sums[1, lane] += sy
        sums[2, lane] += sz
        sums[3, lane] += sxx
        sums[4, lane] += syy
        sums[5, lane] += szz
        sums[6, lane] += sxy
        sums[7, lane] += sxz
        sums[8, lane] += syz
        sums[9, lane] += sr
        sums[10, lane] += srr


@inlined
def accumulate(bloch, finite, lengths, group_start, sums):
    """Add one sample to `sums` of shape (group of sites, quantity, lane).

    Group g holds the sites group_start[g] to group_start[g+1] - 1. Spin lengths are summed as
    their excess over `lengths`, so that a small spread survives the rounding.
    """
    x, y, z, r = bloch[0], bloch[1], bloch[2], bloch[3]
    for group in range(sums.shape[0]):
        first, end = np.uint64(group_start[group]), np.uint64(group_start[group + 1])
        while first + np.uint64(SITES_AT_ONCE) <= end:
            add_products(x, y, z, r, first, SITES_AT_ONCE, lengths, finite, sums[group])
            first += np.uint64(SITES_AT_ONCE)
        while first < end:
            add_products(x, y, z, r, first, 1, lengths, finite, sums[group])
            first += np.uint64(1)


@inlined
def store_sums(sums, counts, clipped, row_sums, count, diverged, clipped_sums):
    """Add sums and counts of lanes to those of their rows at one time, and set them to zero.

    Args:
        sums: shape (group of sites, quantity, lane).
        counts: samples that were finite, and others, shape (2, lane).
        clipped: updates with clipped diffusion so far, and all of them, shape (2, lane).
        row_sums: shape (ROWS, quantity, group of sites).
        count, diverged: shape (ROWS,).
        clipped_sums: shape (ROWS, 2).
    """
    for row in range(ROWS):
        clipped_sums[row, 0] = clipped_sums[row, 1] = 0.0
        for lane in range(row * GROUP, (row + 1) * GROUP):
            count[row] += counts[0, lane]
            diverged[row] += counts[1, lane]
            clipped_sums[row, 0] += clipped[0, lane]
            clipped_sums[row, 1] += clipped[1, lane]
        for group in range(sums.shape[0]):
            for quantity in range(len(QUANTITIES)):
                for lane in range(row * GROUP, (row + 1) * GROUP):
                    row_sums[row, quantity, group] += sums[group, quantity, lane]
    counts[:] = 0.0
    sums[:] = 0.0
