"""The raw rates and couplings of a model, as arrays: what integrators work with.

Here, and only here, the rescaling by 1/(2S) happens. `weight` is that of means against products
(`twoqs.methods.sphere.mean_weight`): what is of second order in s in the equations of motion is
divided by it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from twoqs.model import Model, per_site, require_known

Floats = NDArray[np.float64]

TERMS = (
    *(f"{vector}.{axis}" for vector in ("field", "coupling", "twist") for axis in "xyz"),
    *("decay", "gain", "dephasing"),
)
"""Terms of a model that integrators know."""


class Axis(NamedTuple):
    """The local field B_i = dH/ds_i along one axis: a constant, a sparse matrix (CSR) and a mean.

    The entries of site i are start[i] to start[i+1]; a bond has one from each end, a twist is an
    entry of a site with itself. Where all pairs are coupled alike, their share is `uniform` times
    the sum over all sites, and the entries of sites with themselves take out what is too much.
    """

    field: Floats  # (site,): h
    start: NDArray[np.int64]  # (site + 1,)
    neighbour: NDArray[np.int64]  # (entry,)
    coupling: Floats  # (entry,): w J/(2S), or 2 g/(2S) as dH/ds of g/(2S) s^2
    uniform: float


class Graph(NamedTuple):
    """The Hamiltonian, by the axes that its fields point along."""

    x: Axis
    y: Axis
    z: Axis


class Rates(NamedTuple):
    """Rates of the jump operators S^-, S^+ and S^z, one for each site."""

    decay: Floats  # (site,): Gamma/(2S)
    gain: Floats  # (site,): the same for S^+
    dephasing: Floats  # (site,): Gamma_phi
    drift: Floats  # (site,): decay less gain, over the weight: of Bloch vectors of fixed length


def graph_of(model: Model, weight: float = 1.0) -> Graph:
    """The Hamiltonian of a model as a `Graph`; nothing that is zero is an entry."""
    return Graph(*(_axis(model, number, 2 * model.spin * weight) for number in range(3)))


def _axis(model: Model, number: int, scale: float) -> Axis:
    n, edges = model.n_sites, model.lattice.edges
    bond = per_site(model.coupling[number], len(edges)) * model.lattice.weights / scale
    twist = 2 * per_site(model.twist[number], n) / scale
    uniform = 0.0
    if len(edges) == n * (n - 1) // 2 > n and np.all(bond == bond[0]):
        uniform = float(bond[0])
        edges, bond, twist = edges[:0], bond[:0], twist - uniform
    here = np.concatenate([np.arange(n), edges[:, 0], edges[:, 1]])
    there = np.concatenate([np.arange(n), edges[:, 1], edges[:, 0]])
    weight = np.concatenate([twist, bond, bond])
    used = weight != 0.0
    matrix = sparse.csr_array((weight[used], (here[used], there[used])), shape=(n, n))
    matrix.sort_indices()
    return Axis(
        field=np.array(per_site(model.field[number], n)),
        start=matrix.indptr.astype(np.int64),
        neighbour=matrix.indices.astype(np.int64),
        coupling=matrix.data,
        uniform=uniform,
    )


def rates_of(model: Model, weight: float = 1.0) -> Rates:
    """The dissipation of a model as `Rates`.

    Raises:
        ArgumentError: if the model has a term that neither these rates nor `graph_of` hold.
    """
    require_known(model, TERMS, "a simulation")
    n = model.n_sites
    decay, gain = (per_site(rate, n) / (2 * model.spin) for rate in (model.decay, model.gain))
    return Rates(
        decay=decay,
        gain=gain,
        dephasing=np.array(per_site(model.dephasing, n)),
        drift=(decay - gain) / weight,
    )


def coupled(axis: Axis) -> bool:
    """Whether fields along this axis depend on the spins."""
    return axis.neighbour.size > 0 or axis.uniform != 0.0


WIDE = 0.4
"""Angles above which the conserving scheme turns by a finer series."""

LARGEST_KICK = math.sqrt(1.0 + 3.0 * math.sqrt(2.0 / 3.0))
"""Largest value of four-point noise of unit variance."""


def largest_field(axis: Axis, length: float) -> Floats:
    """Upper bound of |B_i| for spins of this length, shape (site,)."""
    n = len(axis.field)
    sites = np.repeat(np.arange(n), np.diff(axis.start))
    if axis.uniform:
        itself = np.bincount(sites, axis.coupling, minlength=n) + axis.uniform
        coupled_to = np.abs(itself) + (n - 1) * abs(axis.uniform)
    else:
        coupled_to = np.bincount(sites, np.abs(axis.coupling), minlength=n)
    return np.abs(axis.field) + length * coupled_to


def largest_angle(axis: Axis, length: float, duration: float, noise: Floats) -> float:
    """Upper bound of the angle of a turn of this duration; noise is rate times duration."""
    return float(np.max(duration * largest_field(axis, length) + LARGEST_KICK * np.sqrt(2 * noise)))


def turns(axis: Axis) -> bool:
    """Whether there is any field along this axis."""
    return coupled(axis) or bool(np.any(axis.field))


def turns_about_z(graph: Graph, rates: Rates) -> bool:
    """Whether anything rotates the spins about z; if not, integrators leave that part out."""
    return turns(graph.z) or bool(np.any(rates.dephasing))
