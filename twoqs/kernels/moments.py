"""Sums over trajectories and sites: all that ever leaves a batch."""

from __future__ import annotations

import math

import numpy as np

from twoqs.kernels.jit import LANES, jit, lanes

GROUP = 16
"""Trajectories in one row of a record: the unit of the jackknife."""

ROWS = LANES // GROUP

QUANTITIES = ("x", "y", "z", "xx", "yy", "zz", "xy", "xz", "yz", "r", "rr")
"""What is summed: components of s, their products, excess spin length and its square."""


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
    """The same from spinors; the length is (|alpha|^2 + |beta|^2)/2."""
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


@jit
def bloch_of_vectors(state, bloch, finite):
    """Fill `bloch` (4, site, lane) with s^x, s^y, s^z and the length, from Bloch vectors.

    finite[lane] becomes 0 where any site of a trajectory is not finite; such lanes are set to 0.
    """
    copy_vectors(
        state[0], state[1], state[2], bloch[0], bloch[1], bloch[2], bloch[3], finite
    )  # fmt: skip
    mask_diverged(bloch, finite)


@jit
def bloch_of_spinors(state, bloch, finite):
    """The same from spinors (4, site, lane)."""
    vectors_of_spinors(
        state[0], state[1], state[2], state[3], bloch[0], bloch[1], bloch[2], bloch[3], finite
    )
    mask_diverged(bloch, finite)


@jit
def mask_diverged(bloch, finite):
    """Turn 0 or nan in finite[lane] into 1 or 0, and set all of a lane that is not finite to 0."""
    for lane in range(LANES):
        if finite[lane] == 0.0:
            finite[lane] = 1.0
            continue
        finite[lane] = 0.0
        for part in range(4):
            for site in range(bloch.shape[1]):
                bloch[part, site, lane] = 0.0


@lanes
def add_moments(x, y, z, length, first, end, expected, finite, sums):
    """Sums over the sites first to end - 1 for each lane; `sums` has shape (quantity, lane)."""
    for site in range(first, end):
        for lane in range(LANES):
            a, b, c = x[site, lane], y[site, lane], z[site, lane]
            r = (length[site, lane] - expected) * finite[lane]
            sums[0, lane] += a
            sums[1, lane] += b
            sums[2, lane] += c
            sums[3, lane] += a * a
            sums[4, lane] += b * b
            sums[5, lane] += c * c
            sums[6, lane] += a * b
            sums[7, lane] += a * c
            sums[8, lane] += b * c
            sums[9, lane] += r
            sums[10, lane] += r * r


@jit
def accumulate(bloch, finite, length, group_start, lane_sums, saved, sums):
    """Add one sample to sums[:, saved] of shape (ROWS, time, quantity, group of sites).

    Group g holds the sites group_start[g] to group_start[g+1] - 1. Spin lengths are summed as
    their excess over `length`, so that a small spread survives the rounding. `lane_sums` is
    scratch of shape (quantity, lane).
    """
    for group in range(sums.shape[3]):
        for quantity in range(len(QUANTITIES)):
            for lane in range(LANES):
                lane_sums[quantity, lane] = 0.0
        add_moments(
            bloch[0], bloch[1], bloch[2], bloch[3], group_start[group], group_start[group + 1],
            length, finite, lane_sums,
        )  # fmt: skip
        for row in range(ROWS):
            for quantity in range(len(QUANTITIES)):
                for lane in range(row * GROUP, (row + 1) * GROUP):
                    sums[row, saved, quantity, group] += lane_sums[quantity, lane]


@jit
def count_lanes(finite, clipped, saved, count, diverged, clipped_sums):
    """Count lanes into count[:, saved] and the like, and set the clipped updates so far."""
    for row in range(ROWS):
        clipped_sums[row, saved, 0] = clipped_sums[row, saved, 1] = 0.0
        for lane in range(row * GROUP, (row + 1) * GROUP):
            count[row, saved] += finite[lane]
            diverged[row, saved] += 1.0 - finite[lane]
            clipped_sums[row, saved, 0] += clipped[0, lane]
            clipped_sums[row, saved, 1] += clipped[1, lane]
