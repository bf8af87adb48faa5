"""Spins 1/2 on a square lattice by the discrete truncated Wigner approximation, in plain NumPy.

Written as one would: the whole lattice and all trajectories in one array, Runge and Kutta's fourth
order for the fields of neighbours, and jumps of decay after each step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def start(side: int, trajectories: int, rng: np.random.Generator) -> Floats:
    """All spins up, shape (3, side, side, trajectory)."""
    s = np.where(rng.random((3, side, side, trajectories)) < 0.5, -0.5, 0.5)
    s[2] = 0.5
    return s


def slope(s: Floats, coupling: Floats) -> Floats:
    """ds/dt = B x s with B = J times the sum over the four neighbours."""
    near = sum(np.roll(s, shift, axis) for axis in (1, 2) for shift in (1, -1))
    return np.cross(coupling[:, None, None, None] * near, s, axis=0)


def advance(
    s: Floats,
    coupling: tuple[float, float, float],
    decay: float,
    steps: int,
    step: float,
    rng: np.random.Generator,
) -> None:
    """Take steps, in place."""
    strengths = np.array(coupling)
    for _ in range(steps):
        one = slope(s, strengths)
        two = slope(s + step / 2 * one, strengths)
        three = slope(s + step / 2 * two, strengths)
        four = slope(s + step * three, strengths)
        s += step / 6 * (one + 2 * two + 2 * three + four)
        jumps = rng.random(s.shape[1:]) < -np.expm1(-2 * decay * step)
        count = np.count_nonzero(jumps)
        for axis in (0, 1):
            drawn = rng.random(count) < (1 + s[axis][jumps]) / 2
            s[axis][jumps] = np.where(drawn, 0.5, -0.5)
        s[2][jumps] = -0.5
