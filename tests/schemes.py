"""The references of all schemes, their states, and noise by enumeration, shared by their tests."""

from __future__ import annotations

import itertools
import math

import numpy as np

import twoqs
from twoqs.flows import conserving, euler_maruyama, pda
from twoqs.flows.length import mean_weight, spin_length
from twoqs.methods import METHODS

REFERENCES = {
    "conserving": conserving.advance_conserving,
    "pda": pda.advance_pda,
    "euler-maruyama": euler_maruyama.advance_euler_maruyama,
}


def advance_reference(scheme, k, state, model, steps, step, stream):
    """State after some steps of the reference of any scheme."""
    graph, rates, *_ = METHODS[scheme]().structure(model)
    if scheme == "conserving":
        length = spin_length(model.spin)
        return REFERENCES[scheme](state, graph, rates, length, steps, step, stream)
    return REFERENCES[scheme](state, graph, rates, k, steps, step, stream)[0]


def spins_of(state):
    """s^x, s^y, s^z from a state of Bloch vectors or of spinors."""
    if len(state) == 3:
        return state
    a, b = state[0] + 1j * state[1], state[2] + 1j * state[3]
    return np.stack([(a.conj() * b).real, (a.conj() * b).imag, (abs(a) ** 2 - abs(b) ** 2) / 2])


def start_of(scheme, spin, direction=(0.64, -0.48, 0.6)):
    """A point in some direction, off all axes by default: as a Bloch vector or as a spinor."""
    x, y, z = direction
    if scheme == "conserving":
        return spin_length(spin) * np.array(direction)
    psi = np.array([1 + z, x + 1j * y]) * math.sqrt(spin / (1 + z))
    return np.array([psi[0].real, psi[0].imag, psi[1].real, psi[1].imag])


def field_at(model, s, scheme="pda"):
    """dH/ds of spins of shape (3, site, ...), straight from the definition of H.

    On the sphere a twist is divided by the weight of means, and couplings of long spins are.
    """
    own, n = 2 * model.spin, model.n_sites
    between = own
    if scheme == "conserving":
        own *= mean_weight(model.spin)
        between = own if model.spin >= 8 else between
    parts = []
    for axis in range(3):
        matrix = np.diag(np.broadcast_to(model.twist[axis], n)) * 2 / own
        bonds = np.broadcast_to(model.coupling[axis], model.lattice.n_edges)
        for (i, j), w, strength in zip(
            model.lattice.edges, model.lattice.weights, bonds, strict=True
        ):
            matrix[i, j] += w * strength / between
            matrix[j, i] += w * strength / between
        h = np.broadcast_to(model.field[axis], n)
        parts.append(np.tensordot(matrix, s[axis], 1) + h.reshape(-1, *[1] * (s.ndim - 2)))
    return np.stack(parts)


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


INNER, OUTER = math.sqrt(1 - math.sqrt(2 / 3)), math.sqrt(1 + 3 * math.sqrt(2 / 3))
FOUR_POINT = (-OUTER, -INNER, INNER, OUTER), (1 / 8, 3 / 8, 3 / 8, 1 / 8)
"""The noise of the schemes: values and their probabilities."""

THREE_POINT = (-math.sqrt(3), 0.0, math.sqrt(3)), (1 / 6, 2 / 3, 1 / 6)
"""The same moments up to the fifth, and so the same weak order, with fewer combinations."""


class Enumerated:
    """A stream whose lanes are all combinations of `count` random numbers, with weights.

    Those of a channel of pda that have no effect for this k are zero, and not counted. With
    `starts`, each combination comes once for each of so many states.
    """

    def __init__(self, count, scale=1.0, noise=None, k=0, starts=1):
        self._effective = {1: (2, 3), 0: range(6), -1: (0, 1, 4, 5)}[k]
        values, weights = THREE_POINT if noise is None else noise
        combinations = np.array(list(itertools.product(range(len(values)), repeat=count)), int)
        combinations = combinations.reshape(len(values) ** count, count)
        self._values = iter(np.repeat(scale * np.array(values)[combinations].T, starts, axis=1))
        self.weights = np.repeat(np.prod(np.array(weights)[combinations], axis=1), starts)

    def four_point(self):
        return next(self._values)

    def four_points(self, count):
        zero = np.zeros(len(self.weights))
        values = [next(self._values) if i in self._effective else zero for i in range(count)]
        return np.stack(values)

    def gaussian_pair(self):
        return next(self._values), next(self._values)

    def used_up(self):
        return next(self._values, None) is None


def enumerated(count, start, advance, scale=1.0, noise=None, k=0):
    """`advance(state, stream)` on every combination of noise; state (.., lane) and weights.

    The start is one state, or many (.., lane), each of which meets every combination.
    """
    start = np.asarray(start, dtype=float)
    start = start.reshape(len(start), 1, -1)
    stream = Enumerated(count, scale, noise, k, start.shape[2])
    state = np.tile(start, (1, 1, len(stream.weights) // start.shape[2]))
    result = advance(state, stream)
    assert stream.used_up()
    return result, stream.weights
