"""Small deviations: in the planes across spins, of a and n of modes, and any of ensembles.

For omega = h + K s they obey d(delta_i)/dt = (K delta)_i x g_i + omega_i x dg_i + A_i delta_i.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.model.arrays import Floats
from twoqs.theory.mean_field.equations import Precession


def frame(s: Floats) -> Floats:
    """Two unit vectors e_1, e_2 across each spin, e_1 x e_2 along it.

    Args:
        s: shape (3, site).

    Returns:
        Matrix E of shape (3 site, 2 site): the component a of site i has the row a n + i, e_k of
        site i the column (k - 1) n + i.
    """
    n = s.shape[1]
    along = s / np.linalg.norm(s, axis=0)
    # Across the axis that is least along the spin, in a way that is the same for equal spins.
    least = np.eye(3)[:, np.argmin(np.round(np.abs(along), 6), axis=0)]
    first = np.cross(least, along, axis=0)
    first /= np.linalg.norm(first, axis=0)
    second = np.cross(along, first, axis=0)
    found = np.zeros((3, n, 2, n))
    sites = np.arange(n)
    for k, vectors in enumerate((first, second)):
        found[:, sites, k, sites] = vectors
    return found.reshape(3 * n, 2 * n)


def crossing(v: Floats) -> Floats:
    """The matrix of v_i x at each site, shape (3 site, 3 site), for v of shape (3, site)."""
    n = v.shape[1]
    found = np.zeros((3, n, 3, n))
    sites = np.arange(n)
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        found[b, sites, c, sites] = -v[a]
        found[c, sites, b, sites] = v[a]
    return found.reshape(3 * n, 3 * n)


class Tangent(NamedTuple):
    """Coordinates u of deviations: delta = spanning u, and u = dual^T delta.

    Matrices of shape (3 site, coordinate): first coordinates of all sites come first, then all
    second ones, then the third ones of ensembles of any length. On the planes across spins they
    are those of `frame`, of modes Re a and -Im a, which n follows.
    """

    spanning: Floats
    dual: Floats


def tangent(precession: Precession, s: Floats) -> Tangent:
    """The coordinates at s, of shape (3, site)."""
    modes, free = precession.modes, precession.free
    if not (precession.any_modes or precession.any_free):
        across = frame(s)
        return Tangent(across, across)
    n = s.shape[1]
    spanning = frame(np.where(modes | free, np.eye(3)[:, [2]], s)).reshape(3, n, 2, n)
    spanning = np.concatenate([spanning, np.zeros((3, n, 1, n))], axis=2)
    for i in np.flatnonzero(modes | free):
        spanning[:, i, :, i] = np.eye(3)
    dual = spanning.copy()
    for i in np.flatnonzero(modes):
        spanning[2, i, :2, i] = 2 * s[:2, i]
    kept = np.concatenate([np.ones(2 * n, bool), free])
    one, other = (part.reshape(3 * n, 3 * n)[:, kept] for part in (spanning, dual))
    return Tangent(one, other)


def jacobian(precession: Precession, s: Floats, coupling: NDArray[Any]) -> NDArray[Any]:
    """d(ds/dt)/ds, shape (..., 3 site, 3 site).

    Args:
        s: shape (3, site).
        coupling: K, or its symbols, shape (..., 3 site, 3 site).
    """
    turning = crossing(precession.turning(s))
    if precession.any_modes:
        turning = turning * precession.in_plane(np.ones_like(s)).ravel()
    if precession.any_free:
        turning = turning + on_sites(precession.relaxation)
    return np.asarray(turning - crossing(precession.turned(s)) @ coupling)


def on_sites(blocks: Floats) -> Floats:
    """The matrix with these blocks on its diagonal, shape (3 site, 3 site), from (site, 3, 3)."""
    n = len(blocks)
    found = np.zeros((3, n, 3, n))
    sites = np.arange(n)
    found[:, sites, :, sites] = blocks
    return found.reshape(3 * n, 3 * n)
