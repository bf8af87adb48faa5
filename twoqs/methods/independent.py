"""Initial samples of ensembles whose members are independent."""

from __future__ import annotations

import math

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.flows.length import mean_weight, of_each
from twoqs.methods.initial import stratified
from twoqs.model.arrays import Floats

SMALLEST = 2.0**-60


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Standard normal numbers of shape (site, lane), stratified over the lanes."""
    uniform = np.maximum(stratified(rng, shape), SMALLEST)  # as 0 is among them
    return np.asarray(scipy.special.ndtri(uniform))


def independent_vectors(beta: float, spins: Floats, rng: np.random.Generator, lanes: int) -> Floats:
    """Ensembles of 2S spins 1/2, each in exp(-beta s^z) over its trace, shape (3, site, lane).

    First and second moments are exact.
    """
    weight, size = of_each(mean_weight, spins)[:, None], 2 * spins[:, None]
    mean = -0.5 * size * math.tanh(beta / 2)
    along = size / 4 * (1 - math.tanh(beta / 2) ** 2) + mean**2 - (mean / weight) ** 2
    x, y, z = (normal(rng, (len(spins), lanes)) for _ in range(3))
    return np.stack(
        [np.sqrt(size / 4) * x, np.sqrt(size / 4) * y, mean / weight + np.sqrt(along) * z]
    )
