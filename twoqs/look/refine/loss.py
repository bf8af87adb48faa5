"""How much there is to gain between values of an axis or two; noise counts nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from adaptive.learner.base_learner import uses_nth_neighbors
from scipy.spatial import Delaunay
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


WEIGHTLESS = 1e-9
"""Weight of a corner below which it has none."""


class Noisy:
    """The significant part of changes and bends of curves.

    Args:
        curves: the curves.
        positions: of their values along the axis, from 0 to 1, increasing.
    """

    def __init__(self, curves: Curves, positions: Floats) -> None:
        self._value, self._error, self._positions = curves.values, curves.errors, positions
        self._least = _least_significant(2 * curves.values.size)

    def rise(self, i: int) -> float:
        """The largest change of a curve from value `i` to the next."""
        value, error = self._value, self._error
        return float(_clear(self._least, value[i + 1] - value[i], error[i], error[i + 1]))

    def bend(self, i: int) -> float:
        """The largest distance of a curve at value `i` from the line between its neighbours."""
        value, error, position = self._value, self._error, self._positions
        w = (position[i] - position[i - 1]) / (position[i + 1] - position[i - 1])
        line = (1 - w) * value[i - 1] + w * value[i + 1]
        errors = error[i], (1 - w) * error[i - 1], w * error[i + 1]
        return float(_clear(self._least, value[i] - line, *errors))


def _least_significant(tests: int) -> float:
    """Standard errors that chance passes in one of `tests` with the probability SIGNIFICANCE."""
    return float(norm.isf(SIGNIFICANCE / (2 * tests)))


def _clear(least: float, change: Floats, *errors: Floats) -> Floats:
    """What of a change is more than noise: that of the curve, along the last axis, with most."""
    noise = np.sqrt(np.sum(np.square(errors), axis=0))
    return np.asarray(np.max(np.abs(change) - least * noise, axis=-1, initial=0.0))


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


def triangle_losses(mesh: Delaunay, surfaces: Curves) -> Floats:
    """Loss of each triangle between points of a plane, by the surfaces over these.

    Mostly the bends at its edges: the kink of two neighbouring planes, at half the smaller of
    their heights, as the bend of a curve at a value. A little its change along an edge.
    """
    value, error = surfaces.values, surfaces.errors
    least = _least_significant(6 * len(mesh.simplices) * value.shape[1])
    bends, edges = np.zeros(len(mesh.simplices)), np.zeros(len(mesh.simplices))
    rise = np.zeros(len(mesh.simplices))
    for k in range(3):
        inner = np.flatnonzero(mesh.neighbors[:, k] >= 0)
        own, other = mesh.simplices[inner], mesh.simplices[mesh.neighbors[inner, k]]
        opposite = other[~(other[:, :, None] == own[:, None, :]).any(axis=2)]
        weights = _barycentric(mesh, inner, mesh.points[opposite])
        plane = sum(w[:, None] * value[own[:, j]] for j, w in enumerate(weights.T))
        # A corner without weight may be one without a value.
        noise = [
            w[:, None] * np.where(w[:, None] == 0, 0.0, error[own[:, j]])
            for j, w in enumerate(weights.T)
        ]
        bend = _clear(least, value[opposite] - plane, error[opposite], *noise)
        bends[inner] += bend / (2 * np.maximum(1.0, np.abs(weights[:, k])))
        edges[inner] += 1
        a, b = mesh.simplices[:, k], mesh.simplices[:, k - 1]
        rise = np.maximum(rise, _clear(least, value[a] - value[b], error[a], error[b]))
    return bends / np.maximum(1.0, edges) + RISE_WEIGHT * rise


def _barycentric(mesh: Delaunay, triangles: Any, points: Floats) -> Floats:
    """Weights of the corners of each triangle at a point; none for triangles without an area."""
    affine = mesh.transform[triangles]
    two = np.einsum("tij,tj->ti", affine[:, :2], points - affine[:, 2])
    weights = np.nan_to_num(np.column_stack([two, 1 - two.sum(axis=1)]))
    return np.where(np.abs(weights) < WEIGHTLESS, 0.0, weights)
