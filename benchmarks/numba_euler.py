"""The same as `numpy_euler` as plain numba loops over trajectories and sites, one at a time."""

from __future__ import annotations

import math

import numba
import numpy as np


@numba.njit
def advance(alpha, beta, jx, jy, gamma, spin, steps, step, rng):
    """Advance amplitudes of shape (trajectory, site) in place; arguments as in `numpy_euler`."""
    trajectories, sites = alpha.shape
    rate = gamma / (2 * spin)
    plus = np.empty(sites, np.complex128)
    for trajectory in range(trajectories):
        a, b = alpha[trajectory], beta[trajectory]
        for _ in range(steps):
            for site in range(sites):
                plus[site] = a[site].conjugate() * b[site]
            for site in range(sites):
                here_a, here_b = a[site], b[site]
                a2 = here_a.real**2 + here_a.imag**2
                b2 = here_b.real**2 + here_b.imag**2
                new_a = -rate * step * (b2 + 0.5) * here_a
                new_b = rate * step * (a2 - 0.5) * here_b
                if sites > 2:
                    pair = plus[site - 1] + plus[site + 1 if site + 1 < sites else 0]
                    bx, by = jx / (2 * spin) * pair.real, jy / (2 * spin) * pair.imag
                    new_a += -0.5j * step * (bx - 1j * by) * here_b
                    new_b += -0.5j * step * (bx + 1j * by) * here_a
                width_a = math.sqrt(0.5 * rate * step * (b2 + 0.5))
                width_b = math.sqrt(0.5 * rate * step * max(a2 - 0.5, 0.0))
                new_a += width_a * (rng.standard_normal() + 1j * rng.standard_normal())
                new_b += width_b * (rng.standard_normal() + 1j * rng.standard_normal())
                a[site] = here_a + new_a
                b[site] = here_b + new_b
