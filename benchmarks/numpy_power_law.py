"""Spins coupled along x and y by matrices, with decay, in plain NumPy: the same equations.

Bloch vectors of fixed length as arrays (site, trajectory), one matrix product for each turn.
`turns` takes steps of exact turns, as the conserving scheme: about x, damping, about y, damping.
`heun` takes steps of Heun's method for the same Stratonovich equations, which most codes do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def start(sites: int, lanes: int, spin: float, theta: float, rng: np.random.Generator) -> Floats:
    """Coherent states at a polar angle, shape (3, site, lane)."""
    length = np.sqrt(spin * (spin + 1))
    x, y = rng.normal(scale=np.sqrt(spin / 2), size=(2, sites, lanes))
    z = np.sqrt(length**2 - x**2 - y**2)
    cos, sin = np.cos(theta), np.sin(theta)
    return np.stack([cos * x + sin * z, y, cos * z - sin * x])


def turns(
    s: Floats, along_x: Floats, along_y: Floats, rate: float, steps: int, step: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Advance in place; the first turn about x is half a one, and so is the last.

    Args:
        along_x, along_y: couplings M, shape (site, site): dH/ds_i = sum_j M_ij s_j.
        rate: raw rate G of the decay.
    """
    x, y, z = s
    length = np.sqrt(x[0, 0] ** 2 + y[0, 0] ** 2 + z[0, 0] ** 2)
    turn(y, z, x, along_x, rate, 0.5 * step, rng)
    for number in range(steps):
        damp(s, rate * length * step, length)
        turn(z, x, y, along_y, rate, step, rng)
        damp(s, rate * length * step, length)
        turn(y, z, x, along_x, rate, 0.5 * step if number == steps - 1 else step, rng)


def turn(
    u: Floats, v: Floats, p: Floats, matrix: Floats, rate: float, time: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Turn (u, v) by the field along p and by noise."""
    angle = matrix @ p
    angle *= time
    angle += np.sqrt(2 * rate * time) * rng.standard_normal(p.shape)
    cos, sin = np.cos(angle), np.sin(angle)
    u[:], v[:] = cos * u - sin * v, sin * u + cos * v


def damp(s: Floats, rapidity: float, length: float) -> None:
    """dz/dt = -2 G (L^2 - z^2) along the meridian: half of it, with x = G L dt."""
    cosh, sinh = np.cosh(rapidity), np.sinh(rapidity)
    factor = 1 / (cosh - (sinh / length) * s[2])
    s[2] *= cosh
    s[2] -= sinh * length
    s *= factor


def heun(
    s: Floats, along_x: Floats, along_y: Floats, rate: float, steps: int, step: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Advance in place by Heun's method; arguments as those of `turns`."""
    for _ in range(steps):
        noise = np.sqrt(2 * rate * step) * rng.standard_normal((2, *s.shape[1:]))
        first = change(s, along_x, along_y, rate, step, noise)
        second = change(s + first, along_x, along_y, rate, step, noise)
        s += 0.5 * (first + second)


def change(
    s: Floats, along_x: Floats, along_y: Floats, rate: float, step: float, noise: Floats
) -> Floats:
    """B x s dt + noise x s + damping."""
    x, y, z = s
    bx = step * (along_x @ x) + noise[0] - 2 * rate * step * y
    by = step * (along_y @ y) + noise[1] + 2 * rate * step * x
    return np.stack([by * z, -bx * z, bx * y - by * x])
