"""Sums over trajectories and sites: all that ever leaves a batch."""

from __future__ import annotations

import math

from twoqs.kernels.jit import LANES, jit

GROUP = 16
"""Trajectories in one row of a record: the unit of the jackknife."""

ROWS = LANES // GROUP

QUANTITIES = ("x", "y", "z", "xx", "yy", "zz", "xy", "xz", "yz", "r", "rr")
"""What is summed: components of s, their products, excess spin length and its square."""


@jit
def bloch_of_vectors(state, bloch, finite):
    """Fill `bloch` (4, site, lane) with s^x, s^y, s^z and the length, from Bloch vectors.

    finite[lane] becomes 0 where any site of a trajectory is not finite; such lanes are set to 0.
    """
    for site in range(state.shape[1]):
        for lane in range(LANES):
            x, y, z = state[0, site, lane], state[1, site, lane], state[2, site, lane]
            bloch[0, site, lane] = x
            bloch[1, site, lane] = y
            bloch[2, site, lane] = z
            bloch[3, site, lane] = math.sqrt(x * x + y * y + z * z)
    mask_diverged(bloch, finite)


@jit
def bloch_of_spinors(state, bloch, finite):
    """The same from spinors (4, site, lane); the length is (|alpha|^2 + |beta|^2)/2."""
    for site in range(state.shape[1]):
        for lane in range(LANES):
            ar, ai = state[0, site, lane], state[1, site, lane]
            br, bi = state[2, site, lane], state[3, site, lane]
            a2, b2 = ar * ar + ai * ai, br * br + bi * bi
            bloch[0, site, lane] = ar * br + ai * bi
            bloch[1, site, lane] = ar * bi - ai * br
            bloch[2, site, lane] = 0.5 * (a2 - b2)
            bloch[3, site, lane] = 0.5 * (a2 + b2)
    mask_diverged(bloch, finite)


@jit
def mask_diverged(bloch, finite):
    """Set finite[lane], and all of a lane that is not finite to 0."""
    for lane in range(LANES):
        finite[lane] = 1.0
    for site in range(bloch.shape[1]):
        for lane in range(LANES):
            # The length contains every component; its square must not overflow either.
            length = bloch[3, site, lane]
            if not math.isfinite(length * length):
                finite[lane] = 0.0
    for lane in range(LANES):
        if finite[lane] == 0.0:
            for part in range(4):
                for site in range(bloch.shape[1]):
                    bloch[part, site, lane] = 0.0


@jit
def accumulate(bloch, finite, length, group_start, lanes, sums):
    """Add one sample to `sums` of shape (ROWS, quantity, group of sites).

    Group g holds the sites group_start[g] to group_start[g+1] - 1. Spin lengths are summed as
    their excess over `length`, so that a small spread survives the rounding. `lanes` is scratch of
    shape (quantity, lane).
    """
    for group in range(sums.shape[2]):
        for quantity in range(len(QUANTITIES)):
            for lane in range(LANES):
                lanes[quantity, lane] = 0.0
        for site in range(group_start[group], group_start[group + 1]):
            for lane in range(LANES):
                x, y, z = bloch[0, site, lane], bloch[1, site, lane], bloch[2, site, lane]
                r = (bloch[3, site, lane] - length) * finite[lane]
                lanes[0, lane] += x
                lanes[1, lane] += y
                lanes[2, lane] += z
                lanes[3, lane] += x * x
                lanes[4, lane] += y * y
                lanes[5, lane] += z * z
                lanes[6, lane] += x * y
                lanes[7, lane] += x * z
                lanes[8, lane] += y * z
                lanes[9, lane] += r
                lanes[10, lane] += r * r
        for row in range(ROWS):
            for quantity in range(len(QUANTITIES)):
                for lane in range(row * GROUP, (row + 1) * GROUP):
                    sums[row, quantity, group] += lanes[quantity, lane]
