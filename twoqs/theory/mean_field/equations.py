"""Classical spins: the equations of motion of a model without noise.

Vectors s_i of the lengths S_i turn about fields that are linear in all of them,

    ds_i/dt = omega_i x s_i,    omega = h + K s.

H = h.s + s^T K s/2 gives h and the symmetric part of K. A jump operator c = sum_j (a_j + i b_j).s_j
with the rate G gives friction, 2G (a b^T - b a^T) as a part of K, and noise: omega dt gets the
increments sqrt(2G) (a dW_2 - b dW_1), whose covariance is N dt, N = 2G (a a^T + b b^T).

These are the flows of `twoqs.flows` with vectors of the length S instead of sqrt(S(S+1)), and with
the weight m of means set to 1: what is left out is smaller by 1/S.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from twoqs.flows.generators import Generators
from twoqs.model.arrays import Floats, Ints


def crossed(u: NDArray[Any], v: NDArray[Any]) -> NDArray[Any]:
    """u x v of vectors along the first axis; for few spins much faster than NumPy's `cross`."""
    x, y, z = u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]
    return np.stack([x, y, z])


@dataclass(frozen=True, eq=False)
class SpinMatrix:
    """A matrix over the components of all spins: `entries + left @ right.T`.

    Component a of site i is in the row a n + i, as in arrays of shape (3, site).
    """

    entries: sparse.csr_array  # (3 n, 3 n)
    left: Floats  # (3 n, rank)
    right: Floats  # (3 n, rank)

    def __matmul__(self, s: NDArray[Any]) -> NDArray[Any]:
        """Its product with vectors of shape (3, site, ...)."""
        flat = s.reshape(self.entries.shape[0], -1)
        product = self.entries @ flat
        if self.left.size:
            product = product + self.left @ (self.right.T @ flat)
        return np.asarray(product).reshape(s.shape)

    def dense(self) -> Floats:
        """All of it, shape (3 site, 3 site)."""
        return np.asarray(self.entries.toarray() + self.left @ self.right.T)

    def of_sites(self) -> Floats:
        """The blocks M_ii, shape (site, 3, 3)."""
        n = self.entries.shape[0] // 3
        left, right = (part.reshape(3, n, -1) for part in (self.left, self.right))
        blocks = np.einsum("air,bir->iab", left, right)
        for a in range(3):
            for b in range(3):
                blocks[:, a, b] += self.entries.diagonal(k=(b - a) * n)[
                    min(a, b) * n : (min(a, b) + 1) * n
                ]
        return np.asarray(blocks)

    def bound(self, lengths: Floats) -> Floats:
        """Upper bound of |(M s)_i| for vectors of these lengths, shape (site,)."""
        every = np.tile(lengths, 3)
        size = abs(self.entries) @ every + np.abs(self.left) @ (np.abs(self.right).T @ every)
        return np.asarray(np.linalg.norm(size.reshape(3, -1), axis=0))


@dataclass(frozen=True, eq=False)
class Precession:
    """The equations for given values of the parameters.

    Attributes:
        spins: S, shape (site,).
        field: h, shape (3, site).
        coupling: K.
        noise: N.
    """

    spins: Floats
    field: Floats
    coupling: SpinMatrix
    noise: SpinMatrix

    def turning(self, s: Floats) -> Floats:
        """omega, shape (3, site, lane), for spins of that shape, or both without lanes."""
        field = self.field.reshape(*self.field.shape, *(1,) * (s.ndim - 2))
        return np.asarray(field + self.coupling @ s)

    def rate(self, s: Floats) -> Floats:
        """ds/dt, of the shape of s: (3, site, lane) or (3, site)."""
        return crossed(self.turning(s), s)

    def fastest(self) -> float:
        """Upper bound of |omega|."""
        fields = np.linalg.norm(self.field, axis=0)
        return float(np.max(fields + self.coupling.bound(self.spins)))


@dataclass(frozen=True, eq=False)
class Equations:
    """The equations of a model, by the parameters that its terms are multiplied by."""

    parts: tuple[Precession, ...]

    @classmethod
    def of(cls, generators: Generators) -> Equations:
        """Those of all terms; each column of the values is a part."""
        columns = range(generators.parameters)
        return cls(tuple(_part(generators, column) for column in columns))

    def at(self, values: Floats | None = None) -> Precession:
        """The equations for the values of a moment, shape (parameter,); all are 1 if left out."""
        given = np.ones(len(self.parts)) if values is None else values
        pairs = list(zip(given.tolist(), self.parts, strict=True))
        if len(pairs) == 1 and pairs[0][0] == 1.0:
            return pairs[0][1]
        return Precession(
            pairs[0][1].spins,
            np.asarray(sum(value * part.field for value, part in pairs)),
            _sum([(value, part.coupling) for value, part in pairs]),
            _sum([(value, part.noise) for value, part in pairs]),
        )


def _sum(pairs: list[tuple[float, SpinMatrix]]) -> SpinMatrix:
    return SpinMatrix(
        sparse.csr_array(sum(value * matrix.entries for value, matrix in pairs)),
        np.hstack([value * matrix.left for value, matrix in pairs]),
        np.hstack([matrix.right for _, matrix in pairs]),
    )


def _part(generators: Generators, column: int) -> Precession:
    """The terms of one column."""
    n = generators.n_sites
    field = np.zeros((3, n))
    for one in generators.fields:
        if one.parameter == column:
            field += one.vectors.T
    coupling, noise = _Builder(n), _Builder(n)
    _add_products(generators, column, coupling)
    _add_jumps(generators, column, coupling, noise)
    return Precession(generators.spins, field, coupling.matrix(), noise.matrix())


def _add_products(generators: Generators, column: int, coupling: _Builder) -> None:
    everywhere = np.arange(generators.n_sites)
    for bonds in generators.bonds:
        if bonds.parameter == column:
            first, second = bonds.pairs.T
            coupling.blocks(first, second, bonds.tensors)
            coupling.blocks(second, first, bonds.tensors.transpose(0, 2, 1))
    for onsite in generators.onsite:
        if onsite.parameter == column:
            coupling.blocks(everywhere, everywhere, 2 * onsite.tensors)
    for square in generators.squares:
        if square.parameter == column:
            form = square.form.T.ravel()
            coupling.outer(2 * square.strength * form, form)


def _add_jumps(generators: Generators, column: int, coupling: _Builder, noise: _Builder) -> None:
    n = generators.n_sites
    for jump in generators.local:
        if jump.parameter == column:
            sites = np.flatnonzero(jump.rates)
            a, b = jump.form.real, jump.form.imag
            rates = 2 * jump.rates[sites, None, None]
            coupling.blocks(sites, sites, rates * (np.outer(a, b) - np.outer(b, a)))
            noise.blocks(sites, sites, rates * (np.outer(a, a) + np.outer(b, b)))
    for channel in generators.channels:
        if channel.parameter == column and channel.rate > 0:
            forms = np.zeros((3, n), dtype=complex)
            forms[:, channel.sites] = channel.forms.T
            a, b = forms.real.ravel(), forms.imag.ravel()
            coupling.outer(2 * channel.rate * a, b)
            coupling.outer(-2 * channel.rate * b, a)
            noise.outer(2 * channel.rate * a, a)
            noise.outer(2 * channel.rate * b, b)


class _Builder:
    """A `SpinMatrix` in the making."""

    def __init__(self, sites: int) -> None:
        self._sites = sites
        self._entries: list[tuple[Ints, Ints, Floats]] = []
        self._outer: list[tuple[Floats, Floats]] = []

    def blocks(self, rows: Ints, columns: Ints, blocks: Floats) -> None:
        """Add blocks of shape (block, 3, 3) between sites."""
        block, a, b = np.nonzero(blocks)
        there = rows[block] + self._sites * a, columns[block] + self._sites * b
        self._entries.append((*there, blocks[block, a, b]))

    def outer(self, left: Floats, right: Floats) -> None:
        """Add left right^T of vectors of shape (3 n,)."""
        if np.any(left) and np.any(right):
            self._outer.append((left, right))

    def matrix(self) -> SpinMatrix:
        """The sum."""
        size = 3 * self._sites
        none: list[tuple[Ints, Ints, Floats]] = [
            (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        ]
        rows, columns, values = (
            np.concatenate(part) for part in zip(*(none + self._entries), strict=True)
        )
        entries = sparse.csr_array((values, (rows, columns)), shape=(size, size))
        left, right = (
            (np.stack(part, axis=1) for part in zip(*self._outer, strict=True))
            if self._outer
            else (np.zeros((size, 0)),) * 2
        )
        return SpinMatrix(entries, left, right)
