"""Classes of pairs of sites that correlations average over: by displacement, or by distance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

import numpy as np
import scipy

from twoqs.kernels.moments import ROWS
from twoqs.kernels.pairs import add_pair_products, pair_places, pair_scratch
from twoqs.methods.request import OwnCoordinate, by_rows
from twoqs.model.arrays import Complexes, Floats
from twoqs.model.geometry import CELLS
from twoqs.model.lattice import Lattice


class Summed(Protocol):
    """Products of two components of one block, before they are sums of classes."""

    def add(self, one: Floats, other: Floats) -> None:
        """Add the products of components of shape (site, lane) at all pairs."""

    def sums(self) -> Floats:
        """Sums of all classes, shape (ROWS, class)."""

    def clear(self) -> None:
        """Begin anew."""


class Separations(Protocol):
    """Some classes of ordered pairs of sites (i, j).

    Attributes:
        pairs: how many pairs each class has, shape (class,).
        zero: index of that of the pairs (i, i).
    """

    pairs: Floats
    zero: int

    def coordinates(self, name: str) -> Mapping[str, OwnCoordinate]:
        """Dimensions of results."""

    def shaped(self, values: Floats) -> Floats:
        """What is over classes, shape (..., class), in the order and shape of the coordinates."""

    def summed(self, equal: bool) -> Summed:
        """What sums products of two components, or of one with itself."""

    def of_means(self, one: Floats, other: Floats) -> Floats:
        """Sums over pairs of a_i b_j of values of shape (..., site); shape (..., class)."""


class Displacements:
    """r_j - r_i of lattices with one site a cell, in cells along each axis."""

    def __init__(self, lattice: Lattice) -> None:
        self._kind, self._cells = lattice.kind, lattice.cells
        self._periodic = lattice.periodic
        # Without padding, the far end would wrap around open ones.
        self._size = tuple(
            n if self._periodic else scipy.fft.next_fast_len(2 * n - 1, real=True)
            for n in self._cells
        )
        self._ranges = [
            np.arange(-((n - 1) // 2), n // 2 + 1) if self._periodic else np.arange(1 - n, n)
            for n in self._cells
        ]
        self._kept = np.ix_(*self._ranges)
        counts = [
            np.full(len(d), n) if self._periodic else n - np.abs(d)
            for n, d in zip(self._cells, self._ranges, strict=True)
        ]
        self._shape = tuple(map(len, self._ranges))
        grid = np.meshgrid(*counts, indexing="ij")
        self.pairs = np.prod(grid, axis=0, dtype=np.float64).ravel()
        origin = tuple(int(np.flatnonzero(d == 0)[0]) for d in self._ranges)
        self.zero = int(np.ravel_multi_index(origin, self._shape))

    def coordinates(self, name: str) -> dict[str, OwnCoordinate]:
        """Displacements along each axis."""
        upright = self._kind in ("square", "cubic")
        letters = "xyz" if upright else ("" if len(self._cells) == 1 else "123")
        return {
            f"{name}_d{letters[axis : axis + 1]}": OwnCoordinate(
                values, f"displacement along axis {axis + 1}", "cells"
            )
            for axis, values in enumerate(self._ranges)
        }

    def shaped(self, values: Floats) -> Floats:
        """One dimension for each axis."""
        return values.reshape(*values.shape[:-1], *self._shape)

    def summed(self, equal: bool) -> Summed:
        """Sums power spectra."""
        return _Spectra(self, equal)

    def of_means(self, one: Floats, other: Floats) -> Floats:
        """By the same transforms."""
        axes = tuple(range(-len(self._cells), 0))
        a, b = (
            scipy.fft.rfftn(x.reshape(*x.shape[:-1], *self._cells), self._size, axes)
            for x in (one, other)
        )
        return self.back(a.conj() * b)

    def amplitudes(self, values: Floats) -> Complexes:
        """Transforms of shape (*wave, lane)."""
        axes = tuple(range(len(self._cells)))
        found = scipy.fft.rfftn(values.reshape(*self._cells, -1), self._size, axes)
        return np.asarray(found)

    def back(self, spectra: Complexes) -> Floats:
        """Sums over pairs of spectra of shape (..., *wave), shape (..., class)."""
        axes = tuple(range(-len(self._cells), 0))
        sums = scipy.fft.irfftn(spectra, self._size, axes)
        kept = sums[(..., *self._kept)]
        return np.ascontiguousarray(kept.reshape(*kept.shape[: -len(self._cells)], -1))


class _Spectra:
    def __init__(self, separations: Displacements, equal: bool) -> None:
        self._separations, self._equal = separations, equal
        self._sums: Complexes | None = None

    def add(self, one: Floats, other: Floats) -> None:
        a = self._separations.amplitudes(one)
        if self._equal:
            power = by_rows(a.real**2 + a.imag**2, ROWS).astype(np.complex128)
        else:
            b = self._separations.amplitudes(other)
            real, imaginary = a.real * b.real + a.imag * b.imag, a.real * b.imag - a.imag * b.real
            power = by_rows(real, ROWS) + 1j * by_rows(imaginary, ROWS)
        self._sums = power if self._sums is None else self._sums + power

    def sums(self) -> Floats:
        if self._sums is None:
            return np.zeros((ROWS, len(self._separations.pairs)))
        return self._separations.back(self._sums)

    def clear(self) -> None:
        self._sums = None


class Distances:
    """Bonds between two sites on the shortest way; pairs without one are left out."""

    def __init__(self, lattice: Lattice) -> None:
        n = self._n = lattice.n_sites
        i, j = lattice.edges.T
        links = scipy.sparse.coo_array((np.ones(len(i)), (i, j)), shape=(n, n))
        steps = scipy.sparse.csgraph.shortest_path(links.tocsr(), directed=False, unweighted=True)
        connected = np.isfinite(steps)
        self._steps = np.where(connected, steps, -1).astype(np.int64)
        self._distances = np.unique(self._steps[connected])
        self.pairs = np.array([np.count_nonzero(self._steps == d) for d in self._distances], float)
        self.zero = 0

    def coordinates(self, name: str) -> dict[str, OwnCoordinate]:
        """Numbers of bonds."""
        return {f"{name}_distance": OwnCoordinate(self._distances, "shortest way", "bonds")}

    def shaped(self, values: Floats) -> Floats:
        """As they are."""
        return values

    def summed(self, equal: bool) -> Summed:
        """Sums products of all pairs."""
        return _AllPairs(self._n, self._classes(equal), equal)

    def of_means(self, one: Floats, other: Floats) -> Floats:
        """By a sum over pairs for each class."""
        a, b = one.reshape(-1, self._n), other.reshape(-1, self._n)
        found = np.empty((len(a), len(self._distances)))
        for k, d in enumerate(self._distances):
            members = scipy.sparse.csr_array((self._steps == d).astype(float))
            found[:, k] = ((members @ b.T).T * a).sum(axis=1)
        return found.reshape(*one.shape[:-1], -1)

    def _classes(self, equal: bool) -> scipy.sparse.csr_array:
        """How often each place of a sum of pairs counts in each class, shape (class, place)."""
        places, count = pair_places(self._n, ordered=not equal)
        inside = self._steps >= 0
        rows = np.searchsorted(self._distances, self._steps[inside])
        shape = (len(self._distances), count)
        entries = np.ones(len(rows)), (rows, places[inside])
        return scipy.sparse.coo_array(entries, shape=shape).tocsr()


class _AllPairs:
    def __init__(self, n: int, classes: scipy.sparse.csr_array, equal: bool) -> None:
        self._classes, self._equal = classes, equal
        self._sites, self._scratch = np.arange(n), pair_scratch(n)
        self._sums = np.zeros((ROWS, classes.shape[1]))

    def add(self, one: Floats, other: Floats) -> None:
        both = np.stack([one] if self._equal else [one, other])[None]
        last = both.shape[1] - 1
        add_pair_products(both, 0, last, self._sites, self._scratch, tuple(self._sums))

    def sums(self) -> Floats:
        return np.ascontiguousarray((self._classes @ self._sums.T).T)

    def clear(self) -> None:
        self._sums[:] = 0.0


def on_grid(lattice: Lattice) -> bool:
    """Whether displacements of a lattice are defined: one site a cell."""
    return bool(lattice.cells) and len(CELLS[lattice.kind].basis) == 1


def spectrum_bytes(lattice: Lattice) -> int:
    """Memory of the sums of one pair of components, about."""
    size = math.prod(2 * n for n in lattice.cells) if on_grid(lattice) else lattice.n_sites**2
    return 8 * ROWS * size
