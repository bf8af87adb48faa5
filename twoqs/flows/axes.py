"""Axes of rotations: unit vectors up to their sign, known by a number."""

from __future__ import annotations

import numpy as np

from twoqs.model.arrays import Floats, Ints

NEGLIGIBLE = 1e-12
"""Components of a unit vector that are rounding."""

AXIS_DIGITS = 10
"""In which the components of equal axes agree."""


def unit_of(vectors: Floats) -> tuple[Floats, Floats]:
    """Sizes (row,) and unit vectors (row, 3) of `vectors`; those of zero are zero."""
    sizes = np.linalg.norm(vectors, axis=1)
    units = vectors / np.where(sizes == 0, 1.0, sizes)[:, None]
    units[np.abs(units) < NEGLIGIBLE] = 0.0
    single = np.count_nonzero(units, axis=1) == 1
    units[single] = np.sign(units[single])
    return sizes, units


def axis_of(vectors: Floats) -> tuple[Floats, Floats]:
    """Signed sizes and axes: unit vectors whose first component that is not zero is positive."""
    sizes, units = unit_of(vectors)
    first = np.argmax(units != 0, axis=1)
    signs = np.where(np.take_along_axis(units, first[:, None], axis=1)[:, 0] < 0, -1.0, 1.0)
    return sizes * signs, units * signs[:, None] + 0.0  # + 0.0 turns -0.0 into 0.0


AXIS_VECTORS = 3
"""Numbers below are those of x, y and z."""


class AxisTable:
    """Numbers of axes, in the order in which they come; the first three are x, y and z."""

    def __init__(self) -> None:
        self._number: dict[bytes, int] = {}
        self._axes: list[Floats] = list(np.eye(AXIS_VECTORS))

    def numbers(self, vectors: Floats) -> tuple[Ints, Floats]:
        """The number of the axis of each vector, shape (row,), and its size along the axis.

        Vectors must not be zero.
        """
        used = vectors != 0
        if np.all(np.count_nonzero(used, axis=1) == 1):  # millions of bonds are along x, y or z
            numbers = np.argmax(used, axis=1)
            return numbers, np.take_along_axis(vectors, numbers[:, None], axis=1)[:, 0]
        sizes, axes = axis_of(vectors)
        numbers = np.argmax(axes, axis=1)
        others = np.flatnonzero(np.count_nonzero(axes, axis=1) > 1)
        if others.size:
            numbers[others] = self._general(axes[others])
        return numbers, sizes

    def _general(self, axes: Floats) -> Ints:
        """Numbers of axes that are not x, y or z."""
        distinct, row = np.unique(np.round(axes, AXIS_DIGITS) + 0.0, axis=0, return_inverse=True)
        first = np.unique(row, return_index=True)[1]
        numbers = np.empty(len(distinct), np.int64)
        for place in np.argsort(first).tolist():
            key = distinct[place].tobytes()
            if key not in self._number:
                self._number[key] = len(self._axes)
                self._axes.append(axes[first[place]])
            numbers[place] = self._number[key]
        return numbers[row]

    def axes(self, numbers: Ints) -> Floats:
        """Unit vectors, shape (row, 3)."""
        return np.array([self._axes[number] for number in numbers.tolist()]).reshape(-1, 3)
