"""d rho/dt = L rho as one sparse matrix, over the elements of rho that there are.

An ensemble whose members have processes of their own has no coherences between multiplets: of the
(N/2 + 1)^4 elements, N^3/6 are left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import cached_property

import numpy as np
import qutip
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee
from scipy.sparse.linalg import expm_multiply, splu

from twoqs.model.arrays import Ints
from twoqs.theory.exponential import Matrix

ROUNDING = 1e-14
"""Elements of L this far below the largest are what is left of a difference."""

SHIFT = 1e-9
"""e of `steady`, beside the fastest rate ..."""

REPEATED = 3
"""... and how often it is applied: what decays at the rate g is left as (e/g)^3."""


class Superoperator:
    """L over elements of rho.

    Attributes:
        elements: rows and columns of rho, shape (2, element).
        matrix: L, shape (element, element).
    """

    def __init__(self, energy: qutip.Qobj, jumps: Sequence[qutip.Qobj], labels: Ints) -> None:
        self._size = len(labels)
        blocks = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        pairs = [np.meshgrid(block, block, indexing="ij") for block in blocks]
        self.elements = np.concatenate([np.stack(pair).reshape(2, -1) for pair in pairs], axis=1)
        loss = sum((c.dag() @ c for c in jumps), 0.0 * energy)
        effective = (-1j * energy - loss / 2).data_as("csr_matrix")
        one = sp.identity(self._size, format="csr")
        parts = [self._within(effective, one, blocks), self._within(one, effective.conj(), blocks)]
        for jump in jumps:
            c = jump.data_as("csr_matrix")
            parts.append(self._within(c, c.conj(), blocks))
        matrix = sp.csr_matrix(sum(parts[1:], parts[0]))
        matrix.data[np.abs(matrix.data) < ROUNDING * np.max(np.abs(matrix.data), initial=0.0)] = 0
        matrix.eliminate_zeros()
        self.matrix = matrix

    def _within(self, left: sp.csr_matrix, right: sp.csr_matrix, blocks: list[Ints]) -> sp.spmatrix:
        """rho -> left rho right^T, within blocks."""

        def part(a: Ints, b: Ints) -> sp.csr_matrix | None:
            one, other = left[a][:, b], right[a][:, b]
            empty = a is not b and not (one.nnz and other.nnz)
            return None if empty else sp.kron(one, other, format="csr")

        return sp.bmat([[part(a, b) for b in blocks] for a in blocks], format="csr")

    def within_reach(self, rho: Matrix) -> Superoperator:
        """L over those elements alone that a density matrix may ever have."""
        _, component = connected_components(abs(self.matrix), directed=False)
        reached = np.unique(component[self.vector(rho) != 0])
        kept = np.flatnonzero(np.isin(component, reached))
        found = copy(self)
        found.elements, found.matrix = self.elements[:, kept], self.matrix[kept][:, kept]
        return found

    def vector(self, rho: Matrix) -> NDArray[np.complex128]:
        """The elements of a density matrix, shape (element,)."""
        return np.asarray(rho[self.elements[0], self.elements[1]])

    def density(self, vector: NDArray[np.complex128]) -> Matrix:
        """The density matrix of elements."""
        rho = np.zeros((self._size, self._size), dtype=complex)
        rho[self.elements[0], self.elements[1]] = vector
        return rho

    def evolution(self, rho: Matrix, start: float, times: Sequence[float]) -> Iterator[Matrix]:
        """exp(L (t - start)) rho at later times, to rounding (Al-Mohy and Higham)."""
        vector = self.vector(rho)
        for duration in np.diff(times, prepend=start).tolist():
            if duration > 0:
                vector = expm_multiply(duration * self.matrix, vector)
            yield self.density(vector)

    @cached_property
    def order(self) -> Ints:
        """The order of elements with about the smallest bandwidth (Cuthill and McKee)."""
        return np.asarray(reverse_cuthill_mckee(abs(self.matrix)))

    @property
    def banded_size(self) -> int:
        """Numbers in the lower half of the band of L in this order."""
        rows, columns = self.matrix[self.order][:, self.order].nonzero()
        return int(len(self.order) * (1 + np.max(np.abs(rows - columns), initial=0)))

    def steady(self, rho: Matrix) -> Matrix:
        """Where a density matrix goes, or what it is in the mean over infinite time.

        That is the limit of e (e - L)^-1 rho for e to 0: the average with the weights e exp(-e t).
        """
        order = self.order
        matrix = self.matrix[order][:, order]
        shift = SHIFT * float(np.max(np.abs(matrix.diagonal()), initial=0.0))
        shifted = (shift * sp.identity(matrix.shape[0]) - matrix).tocsc()
        factors = splu(shifted, permc_spec="NATURAL", diag_pivot_thresh=0.0)
        vector = self.vector(rho)[order]
        for _ in range(REPEATED):
            vector = shift * factors.solve(vector)
        found = np.empty_like(vector)
        found[order] = vector
        steady = self.density(found)
        return np.asarray((steady + steady.conj().T) / (2 * np.trace(steady).real))
