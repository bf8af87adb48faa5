"""The paper's equations by Euler-Maruyama in vectorised NumPy: what one would write first.

All trajectories and sites at once, with the neighbours on the ring taken by precomputed index
arrays and the noise drawn in one call. For a chain with couplings about x and y and with decay, in
the Wigner representation (k = 0), as figure 7 needs it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def advance(
    alpha: NDArray[np.complex128],
    beta: NDArray[np.complex128],
    jx: float,
    jy: float,
    gamma: float,
    spin: float,
    steps: int,
    step: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Amplitudes of shape (trajectory, site) after `steps` steps.

    Args:
        jx, jy: rescaled couplings of neighbours on a ring.
        gamma: rescaled decay rate.
    """
    sites = alpha.shape[1]
    left, right = np.roll(np.arange(sites), 1), np.roll(np.arange(sites), -1)
    bonds = sites > 2
    rate = gamma / (2 * spin)
    noise = np.empty((4, *alpha.shape))
    for _ in range(steps):
        a2, b2 = alpha.real**2 + alpha.imag**2, beta.real**2 + beta.imag**2
        pumping = a2 - 0.5
        change_a, change_b = (-rate * step) * b2, (rate * step) * pumping
        change_a -= 0.5 * rate * step
        new_a, new_b = change_a * alpha, change_b * beta
        if bonds:
            plus = alpha.conj() * beta
            bx = (jx / (2 * spin)) * (plus.real[:, left] + plus.real[:, right])
            by = (jy / (2 * spin)) * (plus.imag[:, left] + plus.imag[:, right])
            field = (-0.5j * step) * (bx + 1j * by)
            new_a += (-0.5j * step) * (bx - 1j * by) * beta
            new_b += field * alpha
        rng.standard_normal(out=noise)
        width_a = np.sqrt((0.5 * rate * step) * (b2 + 0.5))
        width_b = np.sqrt((0.5 * rate * step) * np.maximum(pumping, 0.0))
        alpha = alpha + new_a + width_a * (noise[0] + 1j * noise[1])
        beta = beta + new_b + width_b * (noise[2] + 1j * noise[3])
    return alpha, beta


def start(
    trajectories: int, sites: int, spin: float, theta: float, rng: np.random.Generator
) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """Wigner samples of coherent states at the polar angle theta, shape (trajectory, site)."""
    vacuum = 0.5 * rng.standard_normal((4, trajectories, sites))
    up, down = math.sqrt(2 * spin) + vacuum[0] + 1j * vacuum[1], vacuum[2] + 1j * vacuum[3]
    c, s = math.cos(theta / 2), math.sin(theta / 2)
    return c * up - s * down, s * up + c * down
