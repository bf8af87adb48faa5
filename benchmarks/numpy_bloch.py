"""A driven spin as a Bloch vector by Euler-Maruyama in vectorised NumPy."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

SAMPLED_EVERY = 1.0


def steady_means(
    spin: float, omega: float, gamma: float, end: float, step: float, trajectories: int
) -> NDArray[np.float64]:
    """<S>/S, averaged over the second half of the time, from the south pole.

    The Ito form of the spin-length-conserving Wigner equations.
    """
    rng = np.random.default_rng(1)
    rate, length = gamma / (2 * spin), math.sqrt(spin * (spin + 1))
    x, y = math.sqrt(spin / 2) * rng.standard_normal((2, trajectories))
    z = -np.sqrt(length**2 - x**2 - y**2)
    steps, every = round(end / step), max(1, round(SAMPLED_EVERY / step))
    width = math.sqrt(2 * rate * step)
    total, samples = np.zeros(3), 0
    for number in range(1, steps + 1):
        kick_x, kick_y = width * rng.standard_normal((2, trajectories))
        turn_x = omega * step + kick_x
        shrink = (2 * rate * step) * z - rate * step
        x, y, z = (
            x + shrink * x + kick_y * z,
            y + shrink * y - turn_x * z,
            z + turn_x * y - kick_y * x - (2 * rate * step) * (length**2 - z**2 + z),
        )
        if 2 * number > steps and number % every == 0:
            total += x.mean(), y.mean(), z.mean()
            samples += 1
    return total / (samples * spin)
