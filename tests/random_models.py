"""Random models of any graph."""

from __future__ import annotations

import itertools

import numpy as np

import twoqs


def random_model(sites, channels, with_z, rng, spin=3.5):
    """A random graph with weights and with one parameter per site or bond; some rates are zero."""
    pairs = [pair for pair in itertools.combinations(range(sites), 2) if rng.random() < 0.7]
    edges = [(i, j, rng.normal()) for i, j in pairs]
    lattice = twoqs.from_edges(edges, n_sites=sites)
    z = 1.0 if with_z else 0.0
    rates = {name: rng.uniform(0.2, 1.0, sites) for name in channels}
    if sites > 2:
        for rate in rates.values():
            rate[rng.integers(sites)] = 0.0
    parts = rng.normal(size=(2, 3, sites))
    bonds = rng.normal(size=(3, len(edges))) if edges else np.zeros(3)
    return twoqs.Model(
        spin=spin,
        lattice=lattice,
        field=tuple(parts[0] * [[1], [1], [z]]),
        twist=tuple(parts[1] * [[1], [1], [z]]),
        coupling=(bonds[0], bonds[1], z * bonds[2]),
        initial=twoqs.coherent(rng.uniform(0.3, 2.8, sites), rng.uniform(0, 6, sites)),
        **rates,
    )
