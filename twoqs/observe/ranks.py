"""By what harmonics of each rank l are multiplied: from samples on a sphere to W, and from W to Q.

A coherent state has the Legendre moments epsilon_l in its Wigner function and epsilon_l^2 in its
Husimi function,

    epsilon_l^2 = (2S)! (2S+1)! / ((2S-l)! (2S+1+l)!),

and its samples have those of a von Mises-Fisher distribution. For l = 1 the ratio is the weight m
of means. Neither smoothing nor weights mix harmonics: there is one factor for each rank.
"""

from __future__ import annotations

import numpy as np
import scipy

from twoqs.flows.length import concentration
from twoqs.model.arrays import Floats

LAST = 0.01
"""Factor of the last rank that is kept: what is cut off beyond it would show as ripples."""

FLAT = 1e6
"""Concentration beyond which a distribution on the sphere is one on the plane."""


def coherent_moments(spin: float, l_max: int) -> Floats:
    """epsilon_l for l = 0 ... l_max; 0 beyond 2S."""
    rank = np.arange(l_max + 1)
    if spin > FLAT:
        return np.exp(-rank * (rank + 1) / (4 * spin))
    two = 2 * spin
    inside = np.minimum(rank, two)
    log = scipy.special.gammaln
    total = log(two + 1) + log(two + 2) - log(two - inside + 1) - log(two + 2 + inside)
    return np.where(rank <= two, np.exp(total / 2), 0.0)


def sample_moments(spin: float, l_max: int) -> Floats:
    """Moments of the samples of a coherent state."""
    kappa, rank = concentration(spin), np.arange(l_max + 1)
    if kappa > FLAT:
        return np.exp(-rank * (rank + 1) / (2 * kappa))
    bessel = scipy.special.ive(rank + 0.5, kappa)
    return np.asarray(bessel / bessel[0])


def taper(factors: Floats, exact: bool) -> Floats:
    """Factors of further smoothing, so that little is cut off beyond the last rank.

    Args:
        factors: by which ranks are multiplied already.
        exact: whether there are no ranks beyond.
    """
    rank = np.arange(len(factors))
    missing = np.log(abs(factors[-1]) / LAST) if factors[-1] else 0.0
    if exact or missing <= 0:
        return np.ones(len(factors))
    return np.exp(-missing * rank * (rank + 1) / (rank[-1] * (rank[-1] + 1)))
