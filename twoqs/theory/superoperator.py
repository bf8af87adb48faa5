"""d rho/dt = L rho as one sparse matrix, over the elements of rho that there are.

An ensemble whose members have processes of their own has no coherences between multiplets: of the
(N/2 + 1)^4 elements, N^3/6 are left. Where nothing makes coherences, populations have equations of
their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import qutip
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee
from scipy.sparse.linalg import splu

from twoqs.model.arrays import Ints
from twoqs.theory.exponential import Matrix, packed_density, unpacked_density

DIFFERENCE_OF_ROUNDING = 1e-14
"""Elements of L this far below the largest are what is left of a difference."""

TAYLOR_STEP, MOST_ORDERS = 6.0, 64
"""Product of a norm of L and a step, at most: sums of terms up to e^6 lose two digits of sixteen;
and terms, of which so many have 6^n/n! below 1e-39."""

END_OF_SERIES = 2.0**-53
"""Two terms of a series that are so small beside the sum end it."""

SHIFT = 1e-9
"""e of `steady`, beside the fastest rate ..."""

REPEATED = 3
"""... and how often it is applied: what decays at the rate g is left as (e/g)^3."""


@dataclass(frozen=True, eq=False)
class Superoperator:
    """L over elements of rho.

    Attributes:
        size: d, states of the Hilbert space.
        elements: rows and columns of rho, shape (2, element).
        matrix: L, shape (element, element).
    """

    size: int
    elements: Ints
    matrix: sp.csr_matrix

    @classmethod
    def of(cls, energy: qutip.Qobj, jumps: Sequence[qutip.Qobj], labels: Ints) -> Superoperator:
        """The superoperator of a Hamiltonian and collapse operators.

        Args:
            labels: numbers of the states: rho is zero between those of other numbers.
        """
        blocks = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        pairs = [np.meshgrid(block, block, indexing="ij") for block in blocks]
        elements = np.concatenate([np.stack(pair).reshape(2, -1) for pair in pairs], axis=1)
        loss = sum((c.dag() @ c for c in jumps), 0.0 * energy)
        effective = (-1j * energy - loss / 2).data_as("csr_matrix")
        one = sp.identity(len(labels), format="csr")
        parts = [_within(effective, one, blocks), _within(one, effective.conj(), blocks)]
        for jump in jumps:
            c = jump.data_as("csr_matrix")
            parts.append(_within(c, c.conj(), blocks))
        return cls(len(labels), elements, _without_rounding(sum(parts[1:], parts[0])))

    @classmethod
    def of_populations(
        cls, energy: qutip.Qobj, jumps: Sequence[qutip.Qobj]
    ) -> Superoperator | None:
        """The superoperator of the diagonal of rho, d p_i/dt = sum_j |c_ij|^2 p_j - |c_ji|^2 p_i.

        None where it depends on other elements: unless H is diagonal, and every jump operator leads
        to a state from one other at most.
        """
        size = energy.shape[0]
        hopping = _without_rounding(energy.data_as("csr_matrix") - sp.diags(energy.diag()))
        total = sp.csr_matrix((size, size))
        for jump in jumps:
            c = _without_rounding(jump.data_as("csr_matrix"))
            if hopping.nnz or np.max(np.diff(c.indptr)) > 1:
                return None
            rates = abs(c).power(2)
            total = total + rates - sp.diags(np.asarray(rates.sum(axis=0)).ravel())
        every = np.arange(size)
        return None if hopping.nnz else cls(size, np.stack([every, every]), sp.csr_matrix(total))

    def acting(self, left: qutip.Qobj, right: qutip.Qobj) -> sp.csr_matrix:
        """rho -> left rho right over the same elements; neither may lead to others."""
        places = self.elements[0] * self.size + self.elements[1]
        whole = sp.kron(left.data_as("csr_matrix"), right.trans().data_as("csr_matrix"), "csr")
        return sp.csr_matrix(whole[places][:, places])

    def within_reach(self, vector: NDArray[Any]) -> Superoperator:
        """L over those elements alone that some elements of an initial rho may ever lead to.

        What is left of a difference is none of them: cos(pi/2) is not zero in floats.
        """
        _, component = connected_components(abs(self.matrix), directed=False)
        reached = np.unique(component[np.abs(vector) > DIFFERENCE_OF_ROUNDING])
        kept = np.flatnonzero(np.isin(component, reached))
        return Superoperator(self.size, self.elements[:, kept], self.matrix[kept][:, kept])

    def vector(self, rho: NDArray[Any]) -> NDArray[Any]:
        """The elements of a matrix, such as a density matrix, shape (element,)."""
        return np.asarray(rho[self.elements[0], self.elements[1]])

    def density(self, vector: NDArray[Any]) -> Matrix:
        """The density matrix of elements."""
        rho = np.zeros((self.size, self.size), dtype=complex)
        rho[self.elements[0], self.elements[1]] = vector
        return rho

    def moved(self, vector: NDArray[Any], times: ArrayLike) -> Iterator[NDArray[Any]]:
        """exp(L t) times elements at 0, at ascending times, to rounding."""
        return _exponentials(self.matrix, vector, times)

    def evolution(self, rho: Matrix, start: float, times: Sequence[float]) -> Iterator[Matrix]:
        """Evolution of density matrices, from a time on.

        Those are Hermitian: the sums of their real and imaginary parts say all, and move by a real
        matrix, which takes half of the time.
        """
        rows, columns = self.elements
        place = np.empty((self.size, self.size), int)
        place[rows, columns] = np.arange(rows.size)
        packed = sp.csr_matrix(self.matrix.real + self.matrix.imag[:, place[columns, rows]])
        durations = np.asarray(times) - start
        for vector in _exponentials(packed, self.vector(packed_density(rho)), durations):
            yield unpacked_density(self.density(vector).real)

    @cached_property
    def order(self) -> Ints:
        """The order of elements with about the smallest bandwidth (Cuthill and McKee)."""
        return np.asarray(reverse_cuthill_mckee(abs(self.matrix)))

    @property
    def banded_size(self) -> int:
        """Numbers in the lower half of the band of L in this order."""
        rows, columns = self.matrix[self.order][:, self.order].nonzero()
        return int(len(self.order) * (1 + np.max(np.abs(rows - columns), initial=0)))

    def steady(self, vector: NDArray[Any]) -> NDArray[Any]:
        """Where an initial rho goes, or what it is in the mean over infinite time; its elements.

        That is the limit of e (e - L)^-1 rho for e to 0: the average with the weights e exp(-e t).
        """
        order = self.order
        matrix = self.matrix[order][:, order]
        shift = SHIFT * float(np.max(np.abs(matrix.diagonal()), initial=0.0))
        shifted = (shift * sp.identity(matrix.shape[0]) - matrix).tocsc()
        factors = splu(shifted, permc_spec="NATURAL", diag_pivot_thresh=0.0)
        found = vector[order]
        for _ in range(REPEATED):
            found = shift * factors.solve(found)
        steady = np.empty_like(found)
        steady[order] = found
        return np.asarray(steady / steady[self.elements[0] == self.elements[1]].sum())


def _exponentials(
    matrix: sp.csr_matrix, vector: NDArray[Any], times: ArrayLike
) -> Iterator[NDArray[Any]]:
    """exp(A t) v at ascending times, by Taylor series of short steps.

    SciPy's `expm_multiply` estimates norms of powers of A for every interval, which takes nine
    tenths of its time for a spin S = 100.
    """
    # Without its trace A is smaller.
    shift = matrix.diagonal().mean()
    rest = (matrix - shift * sp.identity(matrix.shape[0])).tocsr()
    sizes = abs(rest)
    size = min(float(sizes.sum(axis=axis).max()) for axis in (0, 1))
    for duration in np.diff(np.asarray(times), prepend=0.0).tolist():
        steps = math.ceil(duration * size / TAYLOR_STEP)
        step = duration / max(1, steps)
        for _ in range(steps):
            term, total, before = vector, vector.copy(), math.inf
            for order in range(1, MOST_ORDERS):
                term = rest @ term
                term *= step / order
                total += term
                last = np.max(np.abs(term))
                if before + last <= END_OF_SERIES * np.max(np.abs(total)):
                    break
                before = last
            vector = np.exp(shift * step) * total
        yield vector


def _within(left: sp.csr_matrix, right: sp.csr_matrix, blocks: list[Ints]) -> sp.spmatrix:
    """rho -> left rho right^T, within blocks."""

    def part(a: Ints, b: Ints) -> sp.csr_matrix | None:
        one, other = left[a][:, b], right[a][:, b]
        empty = a is not b and not (one.nnz and other.nnz)
        return None if empty else sp.kron(one, other, format="csr")

    return sp.bmat([[part(a, b) for b in blocks] for a in blocks], format="csr")


def _without_rounding(matrix: sp.spmatrix) -> sp.csr_matrix:
    found = sp.csr_matrix(matrix)
    found.data[
        np.abs(found.data) < DIFFERENCE_OF_ROUNDING * np.max(np.abs(found.data), initial=0.0)
    ] = 0
    found.eliminate_zeros()
    return found
