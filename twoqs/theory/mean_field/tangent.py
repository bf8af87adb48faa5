"""Small deviations from classical spins: they lie in the planes across the spins.

For omega = h + K s the deviations obey d(delta_i)/dt = (K delta)_i x s_i + omega_i x delta_i.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.model.arrays import Floats


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


def jacobian(s: Floats, turning: Floats, coupling: NDArray[Any]) -> NDArray[Any]:
    """d(ds/dt)/ds, shape (..., 3 site, 3 site).

    Args:
        s, turning: spins and omega, shape (3, site).
        coupling: K, or its symbols, shape (..., 3 site, 3 site).
    """
    return np.asarray(crossing(turning) - crossing(s) @ coupling)
