"""Products of two spins as terms sigma (u.S_i)(v.S_j), each of which conserves its factors.

A 3x3 tensor has at most three of them. Those of a diagonal or symmetric one share their axis at
both ends, so that equal bonds of a lattice, whatever it is, make one stage a term.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from twoqs.model.arrays import Floats, Ints

SMALLEST_SHARE = 1e-13
"""Terms of this strength, beside the largest of their tensor, are rounding."""


Way: TypeAlias = Literal["values", "parts", "elements"]
"""How a tensor is divided: by its singular values, or eigenvalues if it is symmetric; by those of
its symmetric and of its antisymmetric part, which for equal bonds of a lattice share more axes; or
element by element, with axes that are all x, y or z, where every pair of many spins is a bond."""


class Terms(NamedTuple):
    """Rank-one terms of bonds."""

    bond: Ints  # (term,): number of the bond
    sigma: Floats  # (term,)
    u: Floats  # (term, 3): at the first site of the bond
    v: Floats  # (term, 3): at the second


def rank_one_terms(tensors: Floats, way: Way) -> Terms:
    """Terms of tensors J of shape (bond, 3, 3), all of them divided in one way."""
    if way == "elements":
        bond, row, column = np.nonzero(tensors)
        return Terms(bond, tensors[bond, row, column], np.eye(3)[row], np.eye(3)[column])
    even = (tensors + tensors.transpose(0, 2, 1)) / 2
    odd = tensors - even
    if way == "parts":
        return _joined([_symmetric(even), _general(odd)])
    lone = np.any(odd != 0, axis=(1, 2))[:, None, None]
    return _joined([_symmetric(np.where(lone, 0.0, even)), _general(np.where(lone, tensors, 0.0))])


def squares_of_site(tensors: Floats, modes: NDArray[np.bool_]) -> Terms:
    """Terms of S_i^T K S_i for symmetric K of shape (site, 3, 3); `bond` is the site, u = v.

    S_i^2 acts on no component: what K has of it is taken out such that the fewest terms are left.
    Modes have no such square; their n^2 is a term of its own.
    """
    rest = tensors.copy()
    numbers = np.zeros_like(rest)
    numbers[modes, 2, 2], rest[modes, 2, 2] = rest[modes, 2, 2], 0.0
    for site in np.flatnonzero(np.any(tensors != 0, axis=(1, 2)) & ~modes).tolist():
        kappa = _eigen(tensors[site])[0]
        size = np.abs(kappa).max()
        same = [int(np.sum(np.abs(kappa - k) < SMALLEST_SHARE * size)) for k in [*kappa, 0.0]]
        taken = [*kappa, 0.0][int(np.argmax(same))]
        if same[-1] < max(same):
            rest[site] -= taken * np.eye(3)
    return _joined([_symmetric(rest), _symmetric(numbers)])


def _symmetric(tensors: Floats) -> Terms:
    """By eigenvectors, which of diagonal tensors are x, y and z."""
    found = []
    diagonal = np.einsum("bii->bi", tensors)
    is_diagonal = np.count_nonzero(tensors, axis=(1, 2)) == np.count_nonzero(diagonal, axis=1)
    bond, axis = np.nonzero(np.where(is_diagonal[:, None], diagonal, 0.0))
    found.append(Terms(bond, diagonal[bond, axis], np.eye(3)[axis], np.eye(3)[axis]))
    others = np.flatnonzero(~is_diagonal)
    if others.size:
        values, vectors = np.linalg.eigh(tensors[others])
        vectors = vectors.transpose(0, 2, 1).reshape(-1, 3)
        found.append(_kept(Terms(np.repeat(others, 3), values.ravel(), vectors, vectors)))
    return _joined(found)


def _general(tensors: Floats) -> Terms:
    """By singular vectors, or element by element if that makes no more terms."""
    found = []
    used = tensors != 0
    lone = np.all(used.sum(axis=1) <= 1, axis=1) & np.all(used.sum(axis=2) <= 1, axis=1)
    bond, row, column = np.nonzero(used & lone[:, None, None])
    identity = np.eye(3)
    found.append(Terms(bond, tensors[bond, row, column], identity[row], identity[column]))
    others = np.flatnonzero(~lone)
    if others.size:
        u, sigma, v = np.linalg.svd(tensors[others])
        left, right = u.transpose(0, 2, 1).reshape(-1, 3), v.reshape(-1, 3)
        found.append(_kept(Terms(np.repeat(others, 3), sigma.ravel(), left, right)))
    return _joined(found)


def _eigen(tensor: Floats) -> tuple[Floats, Floats]:
    if np.count_nonzero(tensor) == np.count_nonzero(np.diag(tensor)):
        return np.diag(tensor), np.eye(3)
    values, vectors = np.linalg.eigh(tensor)
    return values, vectors


def _kept(terms: Terms) -> Terms:
    """Terms that are more than rounding, three to a tensor."""
    sizes = np.abs(terms.sigma.reshape(-1, 3))
    kept = (sizes > SMALLEST_SHARE * sizes.max(axis=1, keepdims=True)).ravel()
    return Terms(terms.bond[kept], terms.sigma[kept], terms.u[kept], terms.v[kept])


def _joined(found: list[Terms]) -> Terms:
    """All of them, in the order of the bonds."""
    bond, sigma, u, v = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(bond, kind="stable")
    return Terms(bond[order], sigma[order], u[order], v[order])
