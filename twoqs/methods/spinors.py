"""The phase space of spinors (alpha, beta): samples, and what averages mean.

Each spin has two complex amplitudes (Schwinger bosons, paper eq. 2), stored as the real array
(Re alpha, Im alpha, Re beta, Im beta).
"""

from __future__ import annotations

import math

import numpy as np
import scipy  # its packages are loaded when first used
from numpy.typing import NDArray

from twoqs.methods.initial import angles, stratified
from twoqs.methods.method import Correspondence, Method
from twoqs.model.arrays import Floats
from twoqs.model.model import Model


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
    theta, phi = angles(model)
    c, s = np.cos(theta / 2), np.sin(theta / 2)
    alpha = np.exp(-0.5j * phi) * (c * up - s * down)
    beta = np.exp(+0.5j * phi) * (s * up + c * down)
    return np.stack([alpha.real, alpha.imag, beta.real, beta.imag])


def _full_mode(spin: float, k: int, rng: np.random.Generator, size: tuple[int, int]) -> NDArray:
    if k == -1:
        number = scipy.special.gammaincinv(2 * spin + 1, stratified(rng, size))
        return np.sqrt(number) * np.exp(2j * np.pi * stratified(rng, size))
    return math.sqrt(2 * spin) + _vacuum(k, rng, size)


def _vacuum(k: int, rng: np.random.Generator, size: tuple[int, int]) -> NDArray:
    # |.|^2 is exponential with the mean (1 - k)/2: 0 in P, 1/2 in Wigner, 1 in Q.
    number = -(1 - k) / 2 * np.log1p(-stratified(rng, size))
    return np.sqrt(number) * np.exp(2j * np.pi * stratified(rng, size))


class Spinors(Method):
    """What the methods on spinors share, the paper's phase space in all three orderings."""

    def sample(self, model: Model, rng: np.random.Generator, lanes: int, first: int) -> Floats:
        """See `sample_bosons`."""
        return sample_bosons(model, self.k, rng, lanes)

    def correspondence(self, spins: Floats, mean_length: Floats) -> Correspondence:
        """From the order of boson operators that averages stand for.

        Normal for P, symmetric for Wigner, antinormal for Q.
        """
        offsets = {+1: mean_length / 2, 0: np.full_like(mean_length, -1 / 8), -1: -mean_length / 2}
        return Correspondence(np.ones_like(spins), offsets[self.k])

    def length_spread(self, spin: float) -> float:
        """The spread of (|alpha|^2 + |beta|^2)/2, exactly.

        None for P, about sqrt(S/2) for Wigner and Q, whose vacuum noise beats with the full mode.
        """
        squares = {+1: 0.0, 0: 2 * spin + 0.5, -1: 2 * spin + 2}
        return math.sqrt(squares[self.k]) / 2

    def short_spin_error(self, spin: float) -> tuple[float, float] | None:
        """By the ordering."""
        return SPINOR_ERRORS[self.ordering][spin]


SPINOR_ERRORS: dict[str, dict[float, tuple[float, float] | None]] = {
    "P": {0.5: (0.52, 1.9), 1.0: (0.46, 0.74), 1.5: (0.44, 0.56)},
    "W": {0.5: (1.7, 25.0), 1.0: (0.61, 4.2), 1.5: (0.39, 1.9)},
    "Q": {0.5: None, 1.0: (0.65, 10.0), 1.5: (0.38, 4.0)},
}
"""What `short_spin_error` returns, by ordering and spin."""
