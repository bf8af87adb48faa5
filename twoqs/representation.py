"""The phase-space representations P, Q and Wigner: initial samples and operator ordering.

A phase-space point is (alpha, beta) for each spin (Schwinger bosons, paper eq. 2), stored as the
real array (Re alpha, Im alpha, Re beta, Im beta); or, for spins of fixed length, the Bloch vector
(s^x, s^y, s^z).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from twoqs.kernels.moments import GROUP
from twoqs.model import InitialState, Model
from twoqs.numerics import per_site

Floats = NDArray[np.float64]


def spin_length(spin: float) -> float:
    """Length L = sqrt(S (S+1)) of the Bloch vectors of the conserving scheme."""
    return math.sqrt(spin * (spin + 1))


def length_spread(scheme: str, representation: str, spin: float) -> float:
    """Standard deviation of the spin length in a coherent state, as it is sampled.

    On spinors that of (|alpha|^2 + |beta|^2)/2, exactly: none for P, about sqrt(S/2) for Wigner and
    Q, whose vacuum noise beats with the full mode.
    """
    if scheme == "conserving":
        return 0.0
    squares = {"P": 0.0, "W": 2 * spin + 0.5, "Q": 2 * spin + 2}
    return math.sqrt(squares[representation]) / 2


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
    Fisher), kappa such that the transverse variances are S/2 each; then the longitudinal square is
    S^2, as it should be, too. The mean is S - 1/(8S), which `ordering` makes up for.

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
    theta, phi = _angles(model)
    x, z = np.cos(theta) * x + np.sin(theta) * z, np.cos(theta) * z - np.sin(theta) * x
    x, y = np.cos(phi) * x - np.sin(phi) * y, np.sin(phi) * x + np.cos(phi) * y
    return np.stack([x, y, z])


def stratified(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
    """Uniform numbers in [0, 1) of shape (site, lane), one in each of GROUP equal intervals.

    Within each group of lanes they are spread evenly in random order (Latin hypercube sampling),
    which lowers the scatter of the initial state; different groups stay independent, as the
    statistics require.
    """
    sites, lanes = size
    order = np.tile(np.arange(GROUP), (sites * lanes // GROUP, 1))
    cell = rng.permuted(order, axis=1).reshape(size)
    return (cell + rng.random(size)) / GROUP


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


class Ordering(NamedTuple):
    """<S^a> = mean * average(s^a), <{S^a, S^b}>/2 = average(s^a s^b) + offset * delta_ab."""

    mean: float
    offset: Floats


def ordering(representation: str, scheme: str, spin: float, mean_length: Floats) -> Ordering:
    """How averages over phase space give operator expectation values at one site.

    On spinors it follows from the order of the boson operators that each representation averages:
    normal for P, symmetric for Wigner, antinormal for Q. On Bloch vectors of fixed length the
    correspondence of the sphere weights means and traceless squares differently, by 1 + O(1/S^2)
    (Varilly and Gracia-Bondia, 1989); with weight one for squares, which then need no offset, that
    of the mean is about 1 + 1/(8 S^2). It matters: variances are differences of squares of size
    S^2, and without it that of S^z in a polarised state would be 1/4 too large.
    Products of spins at different sites need no correction.

    Args:
        mean_length: average of (|alpha|^2 + |beta|^2)/2, any shape; on spinors only.
    """
    if scheme == "conserving":
        return Ordering(mean_weight(spin), np.zeros_like(mean_length))
    offsets = {"P": mean_length / 2, "W": np.full_like(mean_length, -1 / 8), "Q": -mean_length / 2}
    return Ordering(1.0, offsets[representation])


def _full_mode(spin: float, k: int, rng: np.random.Generator, size: tuple[int, int]) -> NDArray:
    if k == -1:
        number = special.gammaincinv(2 * spin + 1, stratified(rng, size))
        return np.sqrt(number) * np.exp(2j * np.pi * stratified(rng, size))
    return math.sqrt(2 * spin) + _vacuum(k, rng, size)


def _vacuum(k: int, rng: np.random.Generator, size: tuple[int, int]) -> NDArray:
    # |.|^2 is exponential with the mean (1 - k)/2: 0 in P, 1/2 in Wigner, 1 in Q.
    number = -(1 - k) / 2 * np.log1p(-stratified(rng, size))
    return np.sqrt(number) * np.exp(2j * np.pi * stratified(rng, size))


def _angles(model: Model) -> tuple[Floats, Floats]:
    """Polar angle and azimuth, each of shape (site, 1)."""
    assert isinstance(model.initial, InitialState)
    n = model.n_sites
    return per_site(model.initial.theta, n)[:, None], per_site(model.initial.phi, n)[:, None]
