"""The raw rates and couplings of a model, as arrays: what integrators work with.

`weight` is that of means against products (`twoqs.flows.length.mean_weight`): what a spin does to
itself in second order of s is divided by it, what it does to its neighbours by `partner_weight`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from twoqs.errors import require
from twoqs.model.arrays import Floats, Ints
from twoqs.model.known import require_known
from twoqs.model.model import Model
from twoqs.model.terms import LOWERING, NAMED, RAISING, VOCABULARY
from twoqs.model.values import per_site

DIAGONAL = "be a product of S^x, S^y or S^z with itself for a simulation"
LINEAR = "be S^-, S^+ or S^z as a jump operator of a simulation"


class LocalField(NamedTuple):
    """The local field B_i = dH/ds_i along one axis: a constant, a sparse matrix (CSR) and a mean.

    The entries of site i are start[i] to start[i+1]; a bond has one from each end, a twist is an
    entry of a site with itself. Where all pairs are coupled alike, their share is `uniform` times
    the sum over all sites, and the entries of sites with themselves take out what is too much.
    """

    field: Floats  # (site,): h
    start: Ints  # (site + 1,)
    neighbour: Ints  # (entry,)
    coupling: Floats  # (entry,): w J/(2S), or 2 g/(2S) as dH/ds of g/(2S) s^2
    uniform: float


class Graph(NamedTuple):
    """The Hamiltonian, by the axes that its fields point along."""

    x: LocalField
    y: LocalField
    z: LocalField


class Rates(NamedTuple):
    """Rates of the jump operators S^-, S^+ and S^z, one for each site."""

    decay: Floats  # (site,): Gamma/(2S)
    gain: Floats  # (site,): the same for S^+
    dephasing: Floats  # (site,): Gamma_phi
    damping: Floats  # (site,): decay less gain, over the weight: of Bloch vectors of fixed length


def graph_of(model: Model, weight: float = 1.0, partner_weight: float = 1.0) -> Graph:
    """The Hamiltonian of a model as a `Graph`; nothing that is zero is an entry."""
    return Graph(*(_local_field(model, axis, weight, partner_weight) for axis in range(3)))


def _local_field(model: Model, axis: int, weight: float, partner_weight: float) -> LocalField:
    n, edges = model.n_sites, model.lattice.edges
    field, bond, twist = np.zeros(n), np.zeros(len(edges)), np.zeros(n)
    for term in model.energy_terms:
        if not term.is_interaction:
            (form,) = term.forms
            field += form.vector[axis].real * per_site(term.strength, n) / term.divisor
            continue
        axes = {form.axis for form in term.forms}
        require(len(axes) == 1 and None not in axes, term.label, DIAGONAL, term.forms)
        if axes != {axis}:
            continue
        if term.on == "bonds":
            scale = term.divisor * partner_weight
            bond += per_site(term.strength, len(edges)) * model.lattice.weights / scale
        else:
            twist += 2 * per_site(term.strength, n) / (term.divisor * weight)
    uniform = 0.0
    if len(edges) == n * (n - 1) // 2 > n and np.all(bond == bond[0]):
        uniform = float(bond[0])
        edges, bond, twist = edges[:0], bond[:0], twist - uniform
    here = np.concatenate([np.arange(n), edges[:, 0], edges[:, 1]])
    there = np.concatenate([np.arange(n), edges[:, 1], edges[:, 0]])
    entries = np.concatenate([twist, bond, bond])
    used = np.flatnonzero(entries)
    by_row = used[np.lexsort((there[used], here[used]))]
    return LocalField(
        field=field,
        start=np.searchsorted(here[by_row], np.arange(n + 1)),
        neighbour=there[by_row],
        coupling=entries[by_row],
        uniform=uniform,
    )


def rates_of(model: Model, weight: float = 1.0) -> Rates:
    """The dissipation of a model as `Rates`.

    Raises:
        ArgumentError: if the model has a term that neither these rates nor `graph_of` hold.
    """
    require_known(model, VOCABULARY, "a simulation")
    rates = {form: np.zeros(model.n_sites) for form in (LOWERING, RAISING, NAMED["z"])}
    for jump in model.dissipators:
        require(jump.form in rates, jump.label, LINEAR, jump.form)
        rates[jump.form] += per_site(jump.strength, model.n_sites) / jump.divisor
    decay, gain, dephasing = rates.values()
    return Rates(decay, gain, dephasing, damping=(decay - gain) / weight)


def coupled(local: LocalField) -> bool:
    """Whether a local field depends on the spins."""
    return local.neighbour.size > 0 or local.uniform != 0.0


WIDE = 0.4
"""Angles above which the conserving scheme turns by a finer series."""

LARGEST_KICK = math.sqrt(1.0 + 3.0 * math.sqrt(2.0 / 3.0))
"""Largest value of four-point noise of unit variance."""


def largest_field(local: LocalField, length: float) -> Floats:
    """Upper bound of |B_i| for spins of this length, shape (site,)."""
    n = len(local.field)
    sites = np.repeat(np.arange(n), np.diff(local.start))
    if local.uniform:
        itself = np.bincount(sites, local.coupling, minlength=n) + local.uniform
        coupled_to = np.abs(itself) + (n - 1) * abs(local.uniform)
    else:
        coupled_to = np.bincount(sites, np.abs(local.coupling), minlength=n)
    return np.abs(local.field) + length * coupled_to


def largest_angle(local: LocalField, length: float, duration: float, noise: Floats) -> float:
    """Upper bound of the angle of a turn of this duration; noise is rate times duration."""
    field = largest_field(local, length)
    return float(np.max(duration * field + LARGEST_KICK * np.sqrt(2 * noise)))


def turns(local: LocalField) -> bool:
    """Whether there is any field along the axis."""
    return coupled(local) or bool(np.any(local.field))


def turns_about_z(graph: Graph, rates: Rates) -> bool:
    """Whether anything rotates the spins about z; if not, that stage of a step is left out."""
    return turns(graph.z) or bool(np.any(rates.dephasing))
