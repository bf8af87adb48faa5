"""Kinds of requests that are made of products of the spins at two sites."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import qutip

from twoqs.kernels.compile.jit import LANES
from twoqs.model.arrays import Floats, Ints
from twoqs.model.language.pieces import Complexes
from twoqs.observe.correlations import Correlations
from twoqs.observe.pairs import Pairs
from twoqs.observe.sites import axes_of, chosen_sites
from twoqs.observe.structure import StructureFactor
from twoqs.observe.waves import GivenWaves, GridWaves
from twoqs.theory.exact.means import Asked, ExactValues, Means


def exact_pairs(request: Pairs, asked: Asked) -> Means:
    """Symmetrised covariances of all pairs."""
    sites = chosen_sites(asked.model, request.sites, request.name)

    def finish(first: Floats, products: Floats) -> ExactValues:
        return {request.name: _connected(first, products, request.components)}

    return _of_products(asked, sites, request.components, finish)


def exact_structure(request: StructureFactor, asked: Asked) -> Means:
    """Sums of products over all pairs, along waves."""
    region, waves = request.region(asked.model), request.waves(asked.model)
    phases = phases_of(waves, len(region.sites))
    name = request.name

    def finish(first: Floats, products: Floats) -> ExactValues:
        found = {}
        whole = {"": products, "_connected": _connected(first, products, request.components)}
        for suffix, values in whole.items():
            sums = np.einsum("qi,tcij,qj->tcq", phases, values, phases.conj()) / len(region.sites)
            found[f"{name}{suffix}"] = waves.ordered(sums.real)
            if any(one[0] != one[1] for one in request.components):
                found[f"{name}{suffix}_imag"] = waves.ordered(sums.imag)
        return found

    return _of_products(asked, region.sites, request.components, finish)


def exact_correlations(request: Correlations, asked: Asked) -> Means:
    """Means of products over the pairs of a displacement or distance."""
    region, classes = request.region(asked.model), request.separations(asked.model)
    n, name = len(region.sites), request.name
    # How often a pair counts in each class: what products of units at two sites give.
    shares = np.array([
        [classes.of_means(np.eye(n)[i], np.eye(n)[j]) / classes.pairs for j in range(n)]
        for i in range(n)
    ])  # fmt: skip

    def finish(first: Floats, products: Floats) -> ExactValues:
        connected = _connected(first, products, request.components)
        return {
            f"{name}{suffix}": classes.shaped(np.einsum("tcij,ijs->tcs", values, shares))
            for suffix, values in (("", products), ("_connected", connected))
        }

    return _of_products(asked, region.sites, request.components, finish)


def phases_of(waves: GridWaves | GivenWaves, count: int) -> Complexes:
    """exp(-i q.r_j), shape (wave, site)."""
    found = []
    for start in range(0, count, LANES):  # amplitudes of units, one in each lane
        units = np.eye(count, LANES, -start)[None]
        found.append(waves.amplitudes(np.ascontiguousarray(units))[0])
    return np.concatenate(found, axis=1)[:, :count]


def _of_products(
    asked: Asked,
    sites: Ints,
    components: tuple[str, ...],
    finish: Callable[[Floats, Floats], ExactValues],
) -> Means:
    """Means of all components, and of {S_i^a, S_j^b}/2.

    Args:
        finish: takes them, of shapes (time, axis, site) and (time, component, site, site).
    """
    spins = [asked.space.components[i] for i in sites.tolist()]
    operators: list[qutip.Qobj] = [one[axis] for axis in range(3) for one in spins]
    for a, b in map(axes_of, components):
        operators += [(i[a] @ j[b] + j[b] @ i[a]) / 2 for i in spins for j in spins]
    n = len(spins)

    def finished(means: Complexes) -> ExactValues:
        first, products = np.split(means.real, [3 * n], axis=1)
        return finish(first.reshape(-1, 3, n), products.reshape(-1, len(components), n, n))

    return Means(operators, finished)


def _connected(first: Floats, products: Floats, components: tuple[str, ...]) -> Floats:
    """Products without those of means."""
    found = products.copy()
    for k, (a, b) in enumerate(map(axes_of, components)):
        found[:, k] -= first[:, a, :, None] * first[:, b, None, :]
    return found
