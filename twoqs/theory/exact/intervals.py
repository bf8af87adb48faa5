"""Averages over time from one of some times to the next, by Gauss's rule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from twoqs.flows.lowered import timetable_of
from twoqs.methods.numerics import fastest_rate
from twoqs.model.arrays import Floats, Ints
from twoqs.model.language.pieces import Complexes
from twoqs.model.model import Model

QUADRATURE_NODES = 8
"""Of each piece, which is no longer than the shortest period over 2 pi."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """Where values are needed, and their shares.

    Attributes:
        nodes: times, ascending, shape (node,).
        shares: of each in the average that it belongs to.
        owners: number of that average.
        count: of averages.
    """

    nodes: Floats
    shares: Floats
    owners: Ints
    count: int

    @classmethod
    def between(cls, model: Model, times: Floats) -> Intervals:
        """Averages since the time before; of the first since 0."""
        points, weights = np.polynomial.legendre.leggauss(QUADRATURE_NODES)
        longest = 1 / max(fastest_rate(model), timetable_of(model).rate, 1 / float(times[-1]))
        breaks = timetable_of(model).breaks(float(times[-1]))
        nodes, shares, owners = [], [], []
        for k, (start, end) in enumerate(pairwise([0.0, *times.tolist()])):
            inner = [time for time in breaks if start < time < end]
            for a, b in pairwise([start, *inner, end]) if end > start else ():
                edges = np.linspace(a, b, 1 + max(1, math.ceil((b - a) / longest)))
                half = np.diff(edges)[:, None] / 2
                nodes.append((edges[:-1, None] + half * (1 + points)).ravel())
                shares.append((half * weights / (end - start)).ravel())
                owners.append(np.full(nodes[-1].size, k))
        return cls(
            np.concatenate(nodes), np.concatenate(shares), np.concatenate(owners), len(times)
        )

    def averages(self, values: Complexes) -> Complexes:
        """Of values at the nodes, shape (node, any); NaN where there is no time before."""
        found = np.zeros((self.count, values.shape[1]), np.complex128)
        np.add.at(found, self.owners, self.shares[:, None] * values)
        found[np.bincount(self.owners, minlength=self.count) == 0] = np.nan
        return found
