"""The phase-space representations P, Q and Wigner: initial samples and operator ordering.

A phase-space point is (alpha, beta) for each spin (Schwinger bosons, paper eq. 2), stored as the
real array (Re alpha, Im alpha, Re beta, Im beta); or, for spins of fixed length, the Bloch vector
(s^x, s^y, s^z).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from twoqs.model import InitialState, Model
from twoqs.numerics import per_site

Floats = NDArray[np.float64]


def spin_length(spin: float) -> float:
    """Length L = sqrt(S (S+1)) of the Bloch vectors of the conserving scheme."""
    return math.sqrt(spin * (spin + 1))


def sample_bosons(model: Model, k: int, rng: np.random.Generator, lanes: int) -> Floats:
    """Initial amplitudes of `lanes` trajectories (paper eqs. 16-20).

    The spin coherent state is |2S> of one mode and the vacuum of the other, rotated. For Q the
    Fock state is exact; for P and Wigner it is replaced by a coherent state of equal mean.

    Args:
        k: +1 (P), 0 (Wigner) or -1 (Q).

    Returns:
        Array of shape (4, site, lane).
    """
    size = (model.n_sites, lanes)
    up, down = _full_mode(model.spin, k, rng, size), _vacuum(k, rng, size)
    theta, phi = _angles(model)
    c, s = np.cos(theta / 2), np.sin(theta / 2)
    alpha = np.exp(-0.5j * phi) * (c * up - s * down)
    beta = np.exp(+0.5j * phi) * (s * up + c * down)
    return np.stack([alpha.real, alpha.imag, beta.real, beta.imag])


def sample_bloch(model: Model, rng: np.random.Generator, lanes: int) -> Floats:
    """Initial Bloch vectors of length L = sqrt(S(S+1)): the Wigner function of a coherent state.

    Drawn from the Gaussian of the sphere, exp(kappa s.n/L) with n along the state (von Mises and
    Fisher), kappa such that the mean is S n exactly. With the ordering of `ordering` its second
    moments are those of the coherent state up to O(1/S) (transverse S/2, longitudinal S^2).

    Returns:
        Array of shape (3, site, lane).
    """
    length = spin_length(model.spin)
    kappa = concentration(model.spin)
    size = (model.n_sites, lanes)
    # 1 - cos(polar angle) is exponential with the rate kappa, cut off at 2.
    deficit = -np.log1p(rng.random(size) * math.expm1(-2 * kappa)) / kappa
    transverse = length * np.sqrt(deficit * (2 - deficit))
    azimuth = 2 * np.pi * rng.random(size)
    x, y = transverse * np.cos(azimuth), transverse * np.sin(azimuth)
    z = length * (1 - deficit)
    theta, phi = _angles(model)
    x, z = np.cos(theta) * x + np.sin(theta) * z, np.cos(theta) * z - np.sin(theta) * x
    x, y = np.cos(phi) * x - np.sin(phi) * y, np.sin(phi) * x + np.cos(phi) * y
    return np.stack([x, y, z])


def concentration(spin: float) -> float:
    """kappa with coth(kappa) - 1/kappa = S/L, about 2S + 3/2 for large S."""
    # In units of the tail 1 - S/L the equation stays accurate for any S.
    tail = 1 / (spin_length(spin) * (spin_length(spin) + spin)) * spin
    return float(
        optimize.brentq(
            lambda kappa: 1 / kappa - 2 / math.expm1(2 * min(kappa, 300.0)) - tail,
            1.0,
            10 * (spin + 1),
            xtol=1e-13,
            rtol=1e-14,
        )
    )


class Ordering(NamedTuple):
    """<{S^a, S^b}>/2 = factor * average(s^a s^b) + offset * delta_ab, at one site."""

    factor: float
    offset: Floats


def ordering(representation: str, scheme: str, spin: float, mean_length: Floats) -> Ordering:
    """How averages of squares over phase space give operator expectation values.

    On spinors it follows from the order of the boson operators that each representation averages:
    normal for P, symmetric for Wigner, antinormal for Q. On Bloch vectors of fixed length it is
    the Stratonovich-Weyl correspondence of the sphere: S^a is L n^a, and the traceless part of
    S^a S^b is sqrt(1 - 3/(4 L^2)) times that of L^2 n^a n^b (Varilly and Gracia-Bondia, 1989).
    Means and products of spins at different sites need no correction.

    Args:
        mean_length: average of (|alpha|^2 + |beta|^2)/2, any shape; on spinors only.
    """
    if scheme == "conserving":
        square = spin * (spin + 1)
        factor = math.sqrt(max(0.0, 1 - 3 / (4 * square)))
        return Ordering(factor, np.full_like(mean_length, square * (1 - factor) / 3))
    offsets = {"P": mean_length / 2, "W": np.full_like(mean_length, -1 / 8), "Q": -mean_length / 2}
    return Ordering(1.0, offsets[representation])


def _full_mode(spin: float, k: int, rng: np.random.Generator, size: tuple[int, int]) -> NDArray:
    if k == -1:
        return np.sqrt(rng.gamma(2 * spin + 1, size=size)) * _phases(rng, size)
    return math.sqrt(2 * spin) + _vacuum(k, rng, size)


def _vacuum(k: int, rng: np.random.Generator, size: tuple[int, int]) -> NDArray:
    # E|.|^2 = (1 - k)/2: 0 in P, 1/2 in Wigner, 1 in Q, half of it in each quadrature.
    quadratures = rng.normal(0.0, math.sqrt((1 - k) / 4), (2, *size))
    return quadratures[0] + 1j * quadratures[1]


def _phases(rng: np.random.Generator, size: tuple[int, int]) -> NDArray:
    return np.exp(2j * np.pi * rng.random(size))


def _angles(model: Model) -> tuple[Floats, Floats]:
    """Polar angle and azimuth, each of shape (site, 1)."""
    assert isinstance(model.initial, InitialState)
    n = model.n_sites
    return per_site(model.initial.theta, n)[:, None], per_site(model.initial.phi, n)[:, None]
