"""Spherical harmonics of directions, and sums of them on a grid of angles.

Real and orthonormal: for m = 0 P_l0(cos theta), for m > 0 sqrt(2) P_lm(cos theta) cos(m phi), and
the same with sin(m phi). Polynomials of x, y and z, so that poles are no special points.
"""

from __future__ import annotations

import numpy as np

from twoqs.model.arrays import Floats


def polynomials(z: Floats, l_max: int) -> Floats:
    """P_lm(z)/sin(theta)^m, normalised as the harmonics are, shape (l, m, ...); zero for m > l."""
    found = np.zeros((l_max + 1, l_max + 1, *z.shape))
    found[0, 0] = np.sqrt(0.25 / np.pi)  # the integral of the square over all angles is 1
    for rank in range(1, l_max + 1):
        found[rank, rank] = np.sqrt(1 + 0.5 / rank) * found[rank - 1, rank - 1]
    m = np.arange(l_max + 1).reshape(-1, *(1,) * z.ndim)
    for rank in range(1, l_max + 1):
        own = m[:rank]
        last = np.sqrt((4 * rank**2 - 1) / (rank**2 - own**2))
        found[rank, :rank] = last * z * found[rank - 1, :rank]
        if rank > 1:
            before = np.sqrt(((rank - 1) ** 2 - own**2) / (4 * (rank - 1) ** 2 - 1))
            found[rank, :rank] -= last * before * found[rank - 2, :rank]
    return found


def azimuths(x: Floats, y: Floats, l_max: int) -> Floats:
    """sin(theta)^m times cos(m phi) and sin(m phi), with sqrt(2) for m > 0, shape (m, 2, ...)."""
    found = np.zeros((l_max + 1, 2, *x.shape))
    found[0, 0] = 1.0
    for m in range(1, l_max + 1):
        found[m, 0] = x * found[m - 1, 0] - y * found[m - 1, 1]
        found[m, 1] = x * found[m - 1, 1] + y * found[m - 1, 0]
    found[1:] *= np.sqrt(2)
    return found


def harmonics(directions: Floats, l_max: int) -> Floats:
    """All harmonics of unit vectors of shape (3, ...), shape (l, m, 2, ...)."""
    x, y, z = directions
    return np.asarray(polynomials(z, l_max)[:, :, None] * azimuths(x, y, l_max)[None])


def on_angles(coefficients: Floats, theta: Floats, phi: Floats) -> Floats:
    """Sums of harmonics with these coefficients, shape (..., l, m, 2), on angles (..., theta, phi).

    Sums by NumPy alone: those of libraries for matrices depend on how many threads they have.
    """
    l_max = coefficients.shape[-3] - 1
    heights = polynomials(np.cos(theta), l_max)
    heights *= (np.sin(theta) ** np.arange(l_max + 1)[:, None])[None]
    along = np.einsum("...lmc,lmt->...tmc", coefficients, heights)
    return np.einsum("...tmc,mcp->...tp", along, azimuths(np.cos(phi), np.sin(phi), l_max))
