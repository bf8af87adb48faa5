"""From the terms of a Hamiltonian to arrays."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

import numpy as np

from twoqs.model.arrays import Floats, Ints
from twoqs.model.kinds import MODE
from twoqs.model.language.components import (
    Bond,
    Component,
    DisplacedBond,
    Key,
    Linear,
    Product,
    SiteProduct,
    Unit,
    key_order,
)
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression
from twoqs.model.language.pieces import HamiltonianPiece, SquarePiece
from twoqs.model.language.powers import Powers, without_pulses
from twoqs.model.language.pulses import Pulse
from twoqs.model.language.values import Coefficient, along

MOST_EXPANDED = 4
"""Spins of a product of two sums that becomes pairs: no more of them than squares would cost."""

NUMBER_APART = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""The amplitudes of a mode, and its number."""

NEGLIGIBLE_FACTOR = 1e-15
"""Eigenvalues of a tensor this far below the largest are of rounding."""


def hamiltonian_pieces(
    numbering: Numbering, hamiltonian: Operator, values: Mapping[str, float | Pulse]
) -> tuple[HamiltonianPiece, ...]:
    """The pieces of a Hermitian operator, one for each product of powers of parameters."""
    sums: dict[Powers, _Sums] = {}
    # In order, so that sums of equal operators are equal to the bit.
    for powers, key in sorted(hamiltonian.terms, key=lambda term: key_order(term[1])):
        if powers not in sums:
            sums[powers] = _Sums(numbering)
        sums[powers].add(key, hamiltonian.terms[powers, key])
    found = []
    for powers in sorted(sums):
        factor, pulses = without_pulses(powers, values)
        moving = Expression({pulses: 1.0 + 0.0j}, hamiltonian.parameters)
        found.append(sums[powers].piece(powers, factor, moving))
    return tuple(found)


class _Sums:
    """The arrays of one piece, to which terms are added."""

    def __init__(self, numbering: Numbering) -> None:
        self.numbering = numbering
        self.fields = np.zeros((numbering.count, 3))
        self.onsite = np.zeros((numbering.count, 3, 3))
        self.squares: list[SquarePiece] = []
        self.bonds: list[tuple[Ints, Floats]] = []
        self.lattices: dict[Hashable, tuple[Ints, Floats]] = {}
        self.products: dict[tuple[Component, Component], Floats] = {}

    def add(self, key: Key, value: Coefficient) -> None:
        """Add a term; a number acts on nothing."""
        if isinstance(key, Unit):
            return
        if isinstance(key, Linear):
            sites = self.numbering.sites_of(key.component)
            self.fields[sites, key.component.axis] += _real(value, len(sites))
        elif isinstance(key, SiteProduct):
            first = self.numbering.first[key.member]
            sites = np.arange(first, first + self.numbering.members[key.member].n_sites)
            self._add_onsite(sites, (key.first, key.second), _real(value, len(sites)))
        elif isinstance(key, Bond):
            edges, weights = self.numbering.edges_of(key.member)
            self._add_bonds(key.member, edges, key, weights * _real(value, len(weights)))
        elif isinstance(key, DisplacedBond):
            pairs = self.numbering.pairs_of(key)
            alike = key.member, key.other, key.displacement
            self._add_bonds(alike, pairs, key, _real(value, len(pairs)))
        else:
            self._add_product(key, float(_real(value, 1)[0]))

    def piece(self, powers: Powers, factor: float, key: Expression) -> HamiltonianPiece:
        """What was added; pairs in order, each once."""
        for one, other in sorted(self.products):
            self._spread(one, other, self.products[one, other])
        self.bonds.extend(_ascending(*bonds) for bonds in self.lattices.values())
        pairs, tensors = _gathered(self.bonds, self.numbering.count)
        squares = tuple(self.squares)
        return HamiltonianPiece(
            powers, factor, key, self.fields, pairs, tensors, self.onsite, squares
        )

    def _add_bonds(
        self, alike: Hashable, pairs: Ints, key: Bond | DisplacedBond, values: Floats
    ) -> None:
        """values_n S_i^a S_j^b for each pair (i, j), to the tensors of those that are alike."""
        if alike not in self.lattices:
            self.lattices[alike] = pairs, np.zeros((len(pairs), 3, 3))
        self.lattices[alike][1][:, key.first, key.second] += values

    def _add_onsite(self, sites: Ints, axes: tuple[int, int], values: Floats) -> None:
        """values_i {S_i^a, S_i^b}/2 at different sites."""
        a, b = axes
        self.onsite[sites, a, b] += values / 2
        self.onsite[sites, b, a] += values / 2

    def _add_product(self, key: Product, value: float) -> None:
        """value {U^a, V^b}/2 of two sums of spins, to the tensor of U and V."""
        sums, axes = [key.first.along(0), key.second.along(0)], (key.first.axis, key.second.axis)
        if sums[1] < sums[0]:
            sums, axes = sums[::-1], axes[::-1]
        tensor = self.products.setdefault((sums[0], sums[1]), np.zeros((3, 3)))
        tensor[axes] += value

    def _spread(self, one: Component, other: Component, tensor: Floats) -> None:
        """U^T tensor V of two sums of spins: pairs if they are few, else squares."""
        (left, u), (right, v) = self._sum(one), self._sum(other)
        sites = np.union1d(left, right)
        if len(sites) > MOST_EXPANDED:
            weights = np.zeros((2, len(sites)))
            weights[0, np.searchsorted(sites, left)] = u
            weights[1, np.searchsorted(sites, right)] = v
            for part in self._apart(one, other, tensor):
                self.squares.extend(_squares(sites, weights, part, one == other))
            return
        for i, x in zip(left.tolist(), u.tolist(), strict=True):
            for j, y in zip(right.tolist(), v.tolist(), strict=True):
                part = tensor * x * y
                if i == j:
                    self.onsite[i] += (part + part.T) / 2
                else:
                    self.bonds.append(_ascending(np.array([[i, j]]), part[None]))

    def _apart(self, one: Component, other: Component, tensor: Floats) -> Iterator[Floats]:
        """The tensor in parts, each with either the amplitudes of modes or their numbers alone."""
        masks = [
            NUMBER_APART if self.numbering.members[c.member].kind == MODE else np.ones((1, 3))
            for c in (one, other)
        ]
        for rows in masks[0]:
            for columns in masks[1]:
                part = tensor * np.outer(rows, columns)
                if np.any(part):
                    yield part

    def _sum(self, component: Component) -> tuple[Ints, Floats]:
        """The spins of a component, and their weights."""
        sites = self.numbering.sites_of(component)
        return sites, np.array(component.weights) if component.weights else np.ones(len(sites))


def _ascending(pairs: Ints, tensors: Floats) -> tuple[Ints, Floats]:
    """Pairs with i < j: S_i^T J S_j = S_j^T J^T S_i, as different spins commute."""
    turned = pairs[:, 0] > pairs[:, 1]
    if not np.any(turned):
        return pairs, tensors
    turned_tensors = np.where(turned[:, None, None], np.swapaxes(tensors, 1, 2), tensors)
    return np.sort(pairs, axis=1), turned_tensors


def _gathered(bonds: list[tuple[Ints, Floats]], count: int) -> tuple[Ints, Floats]:
    """Pairs in order, each once, and the sum of the tensors of each."""
    edges = np.concatenate([np.empty((0, 2), np.int64), *(pairs for pairs, _ in bonds)])
    parts = np.concatenate([np.empty((0, 3, 3)), *(tensors for _, tensors in bonds)])
    numbers = edges[:, 0] * count + edges[:, 1]
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order], prepend=-1))
    if len(starts) == len(order):
        return edges[order], parts[order]
    return edges[order][starts], np.add.reduceat(parts[order], starts, axis=0)


def _squares(sites: Ints, weights: Floats, tensor: Floats, same: bool) -> Iterator[SquarePiece]:
    """U^T tensor V as squares, with U = sum_i weights_0i S_i and V = sum_i weights_1i S_i.

    At most three of one sum, along the eigenvectors of the tensor; for two sums at most six, by
    p.U q.V = [(p.U + q.V)^2 - (p.U - q.V)^2]/4 for each of the tensor's singular values.
    """
    if same:
        strengths, vectors = np.linalg.eigh((tensor + tensor.T) / 2)
        p, q = vectors.T, vectors.T
    else:
        left, strengths, q = np.linalg.svd(tensor)
        p = left.T
    for k in np.flatnonzero(np.abs(strengths) > NEGLIGIBLE_FACTOR * np.max(np.abs(strengths))):
        sign = np.sign(p[k, np.argmax(np.abs(p[k]))])  # of both vectors, which is free
        one, other = np.outer(weights[0], sign * p[k]), np.outer(weights[1], sign * q[k])
        if same:
            yield SquarePiece(float(strengths[k]), sites, one)
        else:
            yield SquarePiece(float(strengths[k]) / 4, sites, one + other)
            yield SquarePiece(-float(strengths[k]) / 4, sites, one - other)


def _real(value: Coefficient, count: int) -> Floats:
    """Coefficients of a Hermitian operator; imaginary parts are of rounding."""
    return along(value, count).real
