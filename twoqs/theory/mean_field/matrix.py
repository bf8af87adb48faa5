"""Matrices over the components of all sites: couplings that are sparse or of low rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from twoqs.model.arrays import Floats, Ints


@dataclass(frozen=True, eq=False)
class SpinMatrix:
    """A matrix over the components of all spins: `entries + left @ right.T`.

    Component a of site i is in the row a n + i, as in arrays of shape (3, site).
    """

    entries: sparse.csr_array  # (3 n, 3 n)
    left: Floats  # (3 n, rank)
    right: Floats  # (3 n, rank)

    def __matmul__(self, s: NDArray[Any]) -> NDArray[Any]:
        """The product of the matrix with vectors of shape (3, site, ...)."""
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

    def bound(self, scales: Floats) -> Floats:
        """Upper bounds of |(M s)_i| for components below these scales, both of shape (3, site)."""
        every = scales.ravel()
        size = abs(self.entries) @ every + np.abs(self.left) @ (np.abs(self.right).T @ every)
        return np.asarray(size.reshape(3, -1))


class MatrixBuilder:
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
