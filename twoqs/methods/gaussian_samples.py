"""Initial samples that are Gaussian: of modes, and of ensembles of independent members."""

from __future__ import annotations

import math

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.flows.length import mean_weight, of_each
from twoqs.flows.mode import quanta
from twoqs.methods.initial import stratified
from twoqs.model.arrays import Floats
from twoqs.model.mode_states import ModeState

SMALLEST = 2.0**-60


def normal(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Standard normal numbers of shape (site, lane), stratified over the lanes."""
    uniform = np.maximum(stratified(rng, shape), SMALLEST)  # as 0 is among them
    return np.asarray(scipy.special.ndtri(uniform))


def mode_vectors(state: ModeState, sites: int, rng: np.random.Generator, lanes: int) -> Floats:
    """The Wigner function of modes: x = Re alpha, y = -Im alpha and n, shape (3, site, lane)."""
    root = np.linalg.cholesky(state.covariance)
    x, y = np.einsum("ab,bsl->asl", root, [normal(rng, (sites, lanes)) for _ in range(2)])
    vectors = np.stack([x + state.mean[0], y + state.mean[1], np.zeros_like(x)])
    vectors[2] = quanta(vectors)
    return vectors


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
