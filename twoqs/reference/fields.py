"""Local fields B = dH/ds in plain NumPy, from the dense coupling matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.rates import Graph

Floats = NDArray[np.float64]


def local_field(graph: Graph, axis: int, spins: Floats) -> Floats:
    """B^axis at every site, shape (site, lane), from s^axis of shape (site, lane)."""
    n = graph.field.shape[1]
    matrix = np.diag(graph.twist[axis])
    for site in range(n):
        for entry in range(graph.start[site], graph.start[site + 1]):
            matrix[site, graph.neighbour[entry]] += graph.coupling[axis, entry]
    return graph.field[axis][:, None] + matrix @ spins


def tangent(angle: Floats) -> Floats:
    """tan(angle) to fifth order in the angle: what all rotations are built from.

    With noise in the angle the cubic term matters: without it the weak order would drop to one.
    """
    return angle * (1 + angle**2 / 3)
