"""Local fields B = dH/ds in plain NumPy, from the dense coupling matrix."""

from __future__ import annotations

import numpy as np

from twoqs.flows.rates import Graph
from twoqs.model.arrays import Floats


def local_field(graph: Graph, axis: int, spins: Floats) -> Floats:
    """B^axis at every site, shape (site, lane), from s^axis of shape (site, lane)."""
    part = graph[axis]
    sites = len(part.field)
    matrix = np.full((sites, sites), part.uniform)
    for site in range(sites):
        for entry in range(part.start[site], part.start[site + 1]):
            matrix[site, part.neighbour[entry]] += part.coupling[entry]
    return part.field[:, None] + matrix @ spins
