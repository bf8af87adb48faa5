"""How much there is to gain between two values of an axis: what noise explains counts nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from adaptive.learner.base_learner import uses_nth_neighbors
from scipy.stats import norm

from twoqs.look.refine.curves import Curves
from twoqs.model.arrays import Floats

Loss = Callable[[Sequence[float | None], object], float]

SIGNIFICANCE = 0.05
"""Probability that noise alone makes any change or bend along an axis look significant."""

RISE_WEIGHT = 0.005
"""Weight of a change of the value over an interval: small, for a straight line needs no points."""

LENGTH_WEIGHT = 0.004
"""Weight of the length of an interval: spreads points evenly where nothing else is seen."""


class Noisy:
    """The significant part of changes and bends of curves.

    Args:
        curves: the curves.
        positions: of their values along the axis, from 0 to 1, increasing.
    """

    def __init__(self, curves: Curves, positions: Floats) -> None:
        self._value, self._error, self._positions = curves.values, curves.errors, positions
        # Two-sided, and shared out among all changes and bends that are looked at.
        self._least = float(norm.isf(SIGNIFICANCE / (2 * 2 * curves.values.size)))

    def rise(self, i: int) -> float:
        """The largest change of a curve from value `i` to the next."""
        value, error = self._value, self._error
        return self._clear(value[i + 1] - value[i], error[i], error[i + 1])

    def bend(self, i: int) -> float:
        """The largest distance of a curve at value `i` from the line between its neighbours."""
        value, error, position = self._value, self._error, self._positions
        w = (position[i] - position[i - 1]) / (position[i + 1] - position[i - 1])
        line = (1 - w) * value[i - 1] + w * value[i + 1]
        return self._clear(value[i] - line, error[i], (1 - w) * error[i - 1], w * error[i + 1])

    def _clear(self, change: Floats, *errors: Floats) -> float:
        noise = np.sqrt(np.sum(np.square(errors), axis=0))
        return float(np.max(np.abs(change) - self._least * noise, initial=0.0))


def noise_aware_loss(curves: Curves, positions: Floats) -> Loss:
    """Loss of an interval for an `adaptive.Learner1D` with the bounds 0 and 1.

    As in the library's `curvature_loss_function`, mostly the bends at its ends: by them, straight
    lines between the values are wrong. Here it is the curve that has most of it which counts, and
    the part that is significant.
    """
    noisy = Noisy(curves, positions)
    index_of = {position: i for i, position in enumerate(positions.tolist())}

    @uses_nth_neighbors(1)
    def loss(xs: Sequence[float | None], ys: object) -> float:
        known = [x for x in xs if x is not None]
        bends = [noisy.bend(index_of[x]) for x in known[1:-1]]
        left, right = xs[1], xs[2]
        assert left is not None
        assert right is not None
        bend = sum(bends) / max(1, len(bends))
        return bend + RISE_WEIGHT * noisy.rise(index_of[left]) + LENGTH_WEIGHT * (right - left)

    assert all(a < b for a, b in pairwise(positions))
    result: Loss = loss
    return result
