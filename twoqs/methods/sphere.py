"""Initial samples on the sphere of Bloch vectors (s^x, s^y, s^z) of fixed length."""

from __future__ import annotations

import math

import numpy as np

from twoqs.flows.length import concentration, of_each, spin_length
from twoqs.methods.initial import angles, stratified
from twoqs.model.arrays import Floats
from twoqs.model.model import Model


def sample_bloch(model: Model, rng: np.random.Generator, lanes: int) -> Floats:
    """Initial Bloch vectors of length L = sqrt(S(S+1)): the Wigner function of a coherent state.

    Drawn from the Gaussian of the sphere, exp(kappa s.n/L) with n along the state (von Mises and
    Fisher), kappa such that the transverse variances are S/2 each; then the longitudinal square is
    S^2, as it should be, too. The mean is S - 1/(8S), which `mean_weight` makes up for.

    Returns:
        Array of shape (3, site, lane).
    """
    length, kappa, largest = (
        of_each(function, model.spins)[:, None]
        for function in (spin_length, concentration, lambda s: math.expm1(-2 * concentration(s)))
    )
    size = (model.n_sites, lanes)
    # 1 - cos(polar angle) is exponential with the rate kappa, cut off at 2.
    deficit = -np.log1p(stratified(rng, size) * largest) / kappa
    transverse = length * np.sqrt(deficit * (2 - deficit))
    azimuth = 2 * np.pi * stratified(rng, size)
    x, y = transverse * np.cos(azimuth), transverse * np.sin(azimuth)
    z = length * (1 - deficit)
    theta, phi = angles(model)
    x, z = np.cos(theta) * x + np.sin(theta) * z, np.cos(theta) * z - np.sin(theta) * x
    x, y = np.cos(phi) * x - np.sin(phi) * y, np.sin(phi) * x + np.cos(phi) * y
    return np.stack([x, y, z])
