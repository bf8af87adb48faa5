"""Rotation of Bloch vectors about unit axes: s -> s cos + (u x s) sin + u (u.s) (1 - cos).

Cosine and turn_sine are series, the same as in kernels. Coarse ones are those of a product of three
shears, of tan(angle/2), sin(angle) and tan(angle/2) up to angle^3: they turn by the angle up to its
fifth power. Fine ones go up to angle^9; general axes always take them. For vectors whose length is
not restored, the sum q of the squares of cosine and sine is brought to 1 by the factor (3 - q)/2,
and angles that no step resolves are cut: then no angle, however large, makes them longer.
"""

from __future__ import annotations

import math

import numpy as np

from twoqs.model.arrays import Floats, Ints

COARSE = 0.4
"""Angles up to which the coarse series serve."""


MOST_ANGLE = 2.0
"""Angles at which those of vectors whose length is not restored are cut; q is off by 1e-3 there."""


def turn_cosine(angle: Floats, fine: bool) -> Floats:
    """cos(angle)."""
    if fine:
        return _series(angle * angle, [0, 2, 4, 6, 8])
    return 1 - _half_tangent(angle) * turn_sine(angle, fine)


def turn_sine(angle: Floats, fine: bool) -> Floats:
    """sin(angle)."""
    return angle * _series(angle * angle, [1, 3, 5, 7, 9] if fine else [1, 3])


def rotated(s: Floats, axes: Floats, angle: Floats, fine: bool, free: bool = False) -> Floats:
    """Vectors s of shape (3, row, lane) turned about `axes` (row, 3) by angle (row, lane).

    Args:
        free: whether no length is restored; with fine series.
    """
    result = s.copy()
    if free:
        angle = np.clip(angle, -MOST_ANGLE, MOST_ANGLE)
    cos, sin = turn_cosine(angle, fine), turn_sine(angle, fine)
    if free:
        factor = (3 - cos * cos - sin * sin) / 2
        cos, sin = factor * cos, factor * sin
    back = sin if fine else _half_tangent(angle) * (1 + cos)
    planes = plane_of(axes)
    for first, second in ((a, b) for a in range(3) for b in range(3) if a != b):
        rows = np.flatnonzero(np.all(planes == (first, second), axis=1))
        u, v = s[first, rows], s[second, rows]
        result[first, rows] = cos[rows] * u - back[rows] * v
        result[second, rows] = sin[rows] * u + cos[rows] * v
    rows = np.flatnonzero(planes[:, 0] < 0)
    if rows.size:
        assert fine
        axis, v = axes[rows].T[:, :, None], s[:, rows]
        along = (1 - cos[rows]) * np.sum(axis * v, axis=0)
        turned = np.cross(axis, v, axis=0)
        result[:, rows] = cos[rows] * v + sin[rows] * turned + along * axis
    return result


def plane_of(axes: Floats) -> Ints:
    """Components (u, v) that turn into one another, shape (row, 2); -1 for general axes.

    The right-handed pair for an axis along +x, +y or +z, the other way round for -x, -y or -z:
    with axes of kernels that need no more than these two.
    """
    along = np.argmax(np.abs(axes), axis=1)
    size = np.take_along_axis(axes, along[:, None], axis=1)[:, 0]
    pair = np.stack([(along + 1) % 3, (along + 2) % 3], axis=1)
    pair[size < 0] = pair[size < 0, ::-1]
    pair[np.abs(size) != 1.0] = -1
    return pair.astype(np.int64)


def _half_tangent(angle: Floats) -> Floats:
    """tan(angle/2) up to angle^3."""
    return angle * (1 / 2 + angle * angle / 24)


def _series(square: Floats, powers: list[int]) -> Floats:
    """Sum of (-square)^n / powers[n]!, from the last term on."""
    weighted_sum = np.zeros_like(square)
    for power in reversed(powers):
        weighted_sum = 1 / math.factorial(power) - square * weighted_sum
    return weighted_sum
