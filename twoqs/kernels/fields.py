"""Local fields of all lanes of one site."""

from __future__ import annotations

from twoqs.kernels.jit import LANES, jit


@jit
def local_field(out, axis, site, spins, graph, factor):
    """Set out[lane] = factor * B^axis at `site`; `spins` has shape (site, lane)."""
    constant = factor * graph.field[axis, site]
    twist = factor * graph.twist[axis, site]
    own = spins[site]
    for lane in range(LANES):
        out[lane] = constant + twist * own[lane]
    for entry in range(graph.start[site], graph.start[site + 1]):
        weight = factor * graph.coupling[axis, entry]
        if weight != 0.0:
            other = spins[graph.neighbour[entry]]
            for lane in range(LANES):
                out[lane] += weight * other[lane]
