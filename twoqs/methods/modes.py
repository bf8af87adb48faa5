"""Initial samples of modes: Gaussian Wigner functions, as (x, y, n) with alpha = x - i y."""

from __future__ import annotations

import cmath
import math

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.mode import VACUUM, quanta
from twoqs.methods.initial import stratified
from twoqs.model.arrays import Floats


def mode_covariance(occupation: float = 0.0, squeezing: complex = 0.0) -> Floats:
    """Covariance of x and y in a squeezed thermal state, shape (2, 2).

    Args:
        occupation: mean number n of thermal quanta; 0 for the vacuum, whose variances are 1/4.
        squeezing: xi = r e^(i phi) of exp((xi* a^2 - xi a^+2)/2): the variance of
            Re(alpha e^(-i phi/2)) is e^(-2r) times that of the thermal state, across it e^(2r).
    """
    r, half = abs(squeezing), cmath.phase(squeezing) / 2
    across = np.array([math.sin(half), math.cos(half)])
    along = np.array([math.cos(half), -math.sin(half)])  # y is -Im alpha
    spread = (occupation + VACUUM) / 2
    narrow, wide = spread * math.exp(-2 * r), spread * math.exp(2 * r)
    return np.asarray(narrow * np.outer(along, along) + wide * np.outer(across, across))


def mode_vectors(
    mean: NDArray[np.complex128], covariance: Floats, rng: np.random.Generator, lanes: int
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
