"""The raw rates and couplings of a model, as arrays: what integrators work with.

Here, and only here, the rescaling by 1/(2S) happens.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.model import Model
from twoqs.numerics import per_site

Floats = NDArray[np.float64]


class Graph(NamedTuple):
    """Local fields B_i = dH/ds_i as a sparse matrix (CSR) with a diagonal.

    The neighbours of site i are `neighbour[start[i]:start[i+1]]`, each bond listed from both ends.
    """

    field: Floats  # (3, site): h
    twist: Floats  # (3, site): 2 g/(2S), as dH/ds of g/(2S) s^2
    start: NDArray[np.int64]  # (site + 1,)
    neighbour: NDArray[np.int64]  # (2 bonds,)
    coupling: Floats  # (3, 2 bonds): w J/(2S)


class Rates(NamedTuple):
    """Rates of the jump operators S^-, S^+ and S^z, one for each site."""

    decay: Floats  # (site,): Gamma/(2S)
    gain: Floats  # (site,): the same for S^+
    dephasing: Floats  # (site,): Gamma_phi


def graph_of(model: Model) -> Graph:
    """The Hamiltonian of a model as a `Graph`."""
    n, edges = model.n_sites, model.lattice.edges
    ends = np.concatenate([edges, edges[:, ::-1]])
    order = np.lexsort((ends[:, 1], ends[:, 0]))
    counts = np.bincount(ends[:, 0], minlength=n)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    bond = np.stack([per_site(j, len(edges)) * model.lattice.weights for j in model.coupling]) / (
        2 * model.spin
    )
    coupling = np.concatenate([bond, bond], axis=1)[:, order]
    return Graph(
        field=np.stack([per_site(h, n) for h in model.field]),
        twist=np.stack([per_site(g, n) for g in model.twist]) / model.spin,
        start=start,
        neighbour=np.ascontiguousarray(ends[order, 1]),
        coupling=np.ascontiguousarray(coupling),
    )


def rates_of(model: Model) -> Rates:
    """The dissipation of a model as `Rates`."""
    n = model.n_sites
    return Rates(
        decay=per_site(model.decay, n) / (2 * model.spin),
        gain=per_site(model.gain, n) / (2 * model.spin),
        dephasing=np.array(per_site(model.dephasing, n)),
    )


def turns_about_z(graph: Graph, rates: Rates) -> bool:
    """Whether anything rotates the spins about z; if not, integrators leave that part out."""
    parts = (graph.field[2], graph.twist[2], graph.coupling[2], rates.dephasing)
    return any(bool(np.any(part != 0)) for part in parts)
