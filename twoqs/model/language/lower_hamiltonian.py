"""From the terms of a Hamiltonian to arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twoqs.model.language.components import Bond, Component, Key, Linear, Onsite, Product, in_order
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Powers, product_of
from twoqs.model.language.pieces import Floats, HamiltonianPiece, Integers, Square
from twoqs.model.language.values import Value, along

MOST_EXPANDED = 4
"""Spins of a product of two sums that becomes pairs: no more of them than squares would cost."""


def hamiltonian_pieces(
    numbering: Numbering, hamiltonian: Operator, values: Mapping[str, float]
) -> tuple[HamiltonianPiece, ...]:
    """The pieces of a Hermitian operator, one for each product of powers of parameters."""
    sums: dict[Powers, _Sums] = {}
    # In order, so that sums of equal operators are equal to the bit.
    for powers, key in sorted(hamiltonian.terms, key=lambda term: in_order(term[1])):
        if powers not in sums:
            sums[powers] = _Sums(numbering)
        sums[powers].add(key, hamiltonian.terms[powers, key])
    return tuple(sums[p].piece(p, product_of(p, values)) for p in sorted(sums))


class _Sums:
    """The arrays of one piece, to which terms are added."""

    def __init__(self, numbering: Numbering) -> None:
        self.numbering = numbering
        self.fields = np.zeros((numbering.count, 3))
        self.onsite = np.zeros((numbering.count, 3, 3))
        self.squares: list[Square] = []
        self.bonds: list[tuple[Integers, Floats]] = []

    def add(self, key: Key, value: Value) -> None:
        """Add a term."""
        if isinstance(key, Linear):
            sites = self.numbering.sites_of(key.component)
            self.fields[sites, key.component.axis] += _real(value, len(sites))
        elif isinstance(key, Onsite):
            first = self.numbering.first[key.member]
            sites = np.arange(first, first + self.numbering.members[key.member].n_sites)
            self._add_onsite(sites, (key.first, key.second), _real(value, len(sites)))
        elif isinstance(key, Bond):
            edges, weights = self.numbering.edges_of(key.member)
            self._add_pairs(edges, (key.first, key.second), weights * _real(value, len(edges)))
        else:
            self._add_product(key, float(_real(value, 1)[0]))

    def piece(self, powers: Powers, factor: float) -> HamiltonianPiece:
        """What was added; pairs in order, each once."""
        edges = np.concatenate([np.empty((0, 2), np.int64), *(pairs for pairs, _ in self.bonds)])
        parts = np.concatenate([np.empty((0, 3, 3)), *(tensors for _, tensors in self.bonds)])
        pairs, where = np.unique(edges, axis=0, return_inverse=True)
        tensors = np.zeros((len(pairs), 3, 3))
        np.add.at(tensors, where.reshape(-1), parts)
        squares = tuple(self.squares)
        return HamiltonianPiece(powers, factor, self.fields, pairs, tensors, self.onsite, squares)

    def _add_onsite(self, sites: Integers, axes: tuple[int, int], values: Floats) -> None:
        """values_i {S_i^a, S_i^b}/2 at different sites."""
        a, b = axes
        self.onsite[sites, a, b] += values / 2
        self.onsite[sites, b, a] += values / 2

    def _add_pairs(self, edges: Integers, axes: tuple[int, int], values: Floats) -> None:
        """values_ij S_i^a S_j^b; operators of different spins commute, so that i < j can be had."""
        ordered = edges[:, 0] < edges[:, 1]
        a, b = np.where(ordered, axes[0], axes[1]), np.where(ordered, axes[1], axes[0])
        tensors = np.zeros((len(edges), 3, 3))
        tensors[np.arange(len(edges)), a, b] = values
        self.bonds.append((np.sort(edges, axis=1), tensors))

    def _add_product(self, key: Product, value: float) -> None:
        """{U, V}/2 of two sums: pairs of few spins, or the squares of U, or of U + V and U - V."""
        (left, u), (right, v) = (self._sum(c) for c in (key.first, key.second))
        axes = (key.first.axis, key.second.axis)
        sites = np.union1d(left, right)
        if len(sites) <= MOST_EXPANDED:
            for i, x in zip(left.tolist(), u.tolist(), strict=True):
                for j, y in zip(right.tolist(), v.tolist(), strict=True):
                    strength = np.array([value * x * y])
                    if i == j:
                        self._add_onsite(np.array([i]), axes, strength)
                    else:
                        self._add_pairs(np.array([[i, j]]), axes, strength)
            return
        forms = np.zeros((2, len(sites), 3))
        for form, where, weights, axis in zip(forms, (left, right), (u, v), axes, strict=True):
            form[np.searchsorted(sites, where), axis] = weights
        if key.first == key.second:
            self.squares.append(Square(value, sites, forms[0]))
            return
        self.squares.append(Square(value / 4, sites, forms[0] + forms[1]))
        self.squares.append(Square(-value / 4, sites, forms[0] - forms[1]))

    def _sum(self, component: Component) -> tuple[Integers, Floats]:
        """The spins of a component, and their weights."""
        sites = self.numbering.sites_of(component)
        return sites, np.array(component.weights) if component.weights else np.ones(len(sites))


def _real(value: Value, count: int) -> NDArray[np.float64]:
    """Coefficients of a Hermitian operator; imaginary parts are of rounding."""
    return along(value, count).real
