"""Initial samples of modes: Gaussian Wigner functions, as (x, y, n) with alpha = x - i y."""

from __future__ import annotations

import numpy as np

from twoqs.flows.mode import quanta
from twoqs.methods.initial import stratified
from twoqs.model.arrays import Complexes, Floats


def mode_vectors(
    mean: Complexes, covariance: Floats, rng: np.random.Generator, lanes: int
) -> Floats:
    """Samples of Gaussian states: averages are means and symmetrised moments, to all orders.

    Args:
        mean: alpha of each mode, shape (site,).
        covariance: of x and y, shape (site, 2, 2), positive.
        lanes: trajectories, a multiple of the lanes of a group.

    Returns:
        Array of shape (3, site, lane).
    """
    size = (len(mean), lanes)
    # Radius and azimuth of two standard normal numbers, each spread evenly (Box and Muller).
    radius = np.sqrt(-2 * np.log1p(-stratified(rng, size)))
    azimuth = 2 * np.pi * stratified(rng, size)
    normal = radius * np.stack([np.cos(azimuth), np.sin(azimuth)])
    deviation = np.einsum("sab,bsl->asl", np.linalg.cholesky(covariance), normal)
    x, y = deviation + np.stack([mean.real, -mean.imag])[:, :, None]
    return np.stack([x, y, quanta(np.stack([x, y]))])
