"""The sphere of Bloch vectors (s^x, s^y, s^z) of fixed length: samples, and what averages mean."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy import optimize

from twoqs.methods.initial import angles, stratified
from twoqs.model.arrays import Floats
from twoqs.model.model import Model


def spin_length(spin: float) -> float:
    """Length L = sqrt(S (S+1)) of a spin S."""
    return math.sqrt(spin * (spin + 1))


def sample_bloch(model: Model, rng: np.random.Generator, lanes: int) -> Floats:
    """Initial Bloch vectors of length L = sqrt(S(S+1)): the Wigner function of a coherent state.

    Drawn from the Gaussian of the sphere, exp(kappa s.n/L) with n along the state (von Mises and
    Fisher), kappa such that the transverse variances are S/2 each; then the longitudinal square is
    S^2, as it should be, too. The mean is S - 1/(8S), which `mean_weight` makes up for.

    Returns:
        Array of shape (3, site, lane).
    """
    length = spin_length(model.spin)
    kappa = concentration(model.spin)
    size = (model.n_sites, lanes)
    # 1 - cos(polar angle) is exponential with the rate kappa, cut off at 2.
    deficit = -np.log1p(stratified(rng, size) * math.expm1(-2 * kappa)) / kappa
    transverse = length * np.sqrt(deficit * (2 - deficit))
    azimuth = 2 * np.pi * stratified(rng, size)
    x, y = transverse * np.cos(azimuth), transverse * np.sin(azimuth)
    z = length * (1 - deficit)
    theta, phi = angles(model)
    x, z = np.cos(theta) * x + np.sin(theta) * z, np.cos(theta) * z - np.sin(theta) * x
    x, y = np.cos(phi) * x - np.sin(phi) * y, np.sin(phi) * x + np.cos(phi) * y
    return np.stack([x, y, z])


@lru_cache(maxsize=64)
def concentration(spin: float) -> float:
    """kappa of `sample_bloch`: 2 (coth(kappa) - 1/kappa)/kappa = 1/(S+1), about 2S + 1.

    For S = 1/2 this is zero, a uniform sphere with no direction left; there the mean is kept
    instead of the variances: coth(kappa) - 1/kappa = S/L.
    """

    def excess(kappa: float) -> float:
        langevin = 1 / math.tanh(kappa) - 1 / kappa
        if spin < 1:
            return langevin - spin / spin_length(spin)
        return langevin / kappa - 1 / (2 * (spin + 1))

    return float(optimize.brentq(excess, 0.1, 4 * (spin + 1), xtol=1e-13, rtol=1e-14))


def mean_weight(spin: float) -> float:
    """Weight m of means of Bloch vectors, <S^a> = m E[s^a], where that of products is one.

    Such that a coherent state has the mean S: about 1 + 1/(8 S^2). Products drive the means, in
    exact equations of motion and on the sphere alike; for the two to agree, what is of second order
    in s is divided by m. With the noise as it is, the damping then balances it in `sample_bloch`:
    kappa = 2 L/m (from S = 1 on), so that the state that decay leaves alone is stationary.
    """
    kappa = concentration(spin)
    return spin / (spin_length(spin) * (1 / math.tanh(kappa) - 1 / kappa))
