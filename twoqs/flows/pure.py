"""Pieces of a model divided such that each acts on a mode by x and y, or by n.

Flows about axes between the plane and n would not be turns or translations. What does not act on
modes stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.generators import Bonds, Generators, Square
from twoqs.model.arrays import Floats

PLANE, ALONG_N = np.array([True, True, False]), np.array([False, False, True])
"""Components of a mode."""


def pure_vectors(vectors: Floats, modes: NDArray[np.bool_]) -> list[Floats]:
    """Vectors (site, 3) as a sum of such ones: the first has all that acts on spins."""
    if not np.any(vectors[modes, 2]):
        return [vectors]
    first = vectors.copy()
    first[modes, 2] = 0.0
    return [first, vectors - first]


def pure_bonds(bonds: Bonds, modes: NDArray[np.bool_]) -> list[Bonds]:
    """Tensors in up to four parts, by the components that they have at both ends."""
    at_i, at_j = modes[bonds.pairs].T
    if not np.any(at_i | at_j):
        return [bonds]
    found = []
    for rows in _parts(at_i):
        for columns in _parts(at_j):
            tensors = np.where(rows[:, :, None] & columns[:, None, :], bonds.tensors, 0.0)
            used = np.any(tensors != 0, axis=(1, 2))
            if np.any(used):
                found.append(Bonds(bonds.pairs[used], tensors[used], bonds.parameter))
    return found


def _parts(modes: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    """Components of two parts, shape (bond, 3): the first has all of spins."""
    yield np.where(modes[:, None], PLANE, True)
    yield modes[:, None] & ALONG_N


def all_bonds(generators: Generators) -> list[Bonds]:
    """The bonds of a model, and of squares over modes and spins."""
    modes = generators.modes
    bonds = [part for one in generators.bonds for part in pure_bonds(one, modes)]
    return bonds + [
        _between(square, modes) for square in generators.squares if _mixed(square, modes)
    ]


def all_squares(generators: Generators) -> list[Square]:
    """Squares of a model: of modes alone, or of others, which act on one another over weights."""
    found = []
    for square in generators.squares:
        if not _mixed(square, generators.modes):
            found.append(square)
            continue
        for part in (generators.modes, ~generators.modes):
            form = np.where(part[:, None], square.form, 0.0)
            found.append(Square(square.strength, form, square.parameter))
    return found


def _mixed(square: Square, modes: NDArray[np.bool_]) -> bool:
    used = np.any(square.form != 0, axis=1)
    return bool(np.any(used & modes) and np.any(used & ~modes))


def _between(square: Square, modes: NDArray[np.bool_]) -> Bonds:
    """The products of a square over modes and others."""
    used = np.any(square.form != 0, axis=1)
    one, other = np.flatnonzero(used & modes), np.flatnonzero(used & ~modes)
    pairs = np.stack(np.meshgrid(one, other, indexing="ij"), axis=-1).reshape(-1, 2)
    pairs = np.sort(pairs, axis=1)
    u, v = square.form[pairs[:, 0]], square.form[pairs[:, 1]]
    return Bonds(pairs, 2 * square.strength * np.einsum("ba,bc->bac", u, v), square.parameter)
