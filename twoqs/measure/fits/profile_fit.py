"""Weighted least-squares fit of one decay length, for many data vectors at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twoqs.model.arrays import Floats, Ints


@dataclass(frozen=True)
class Decay:
    """The shape exp(-s/xi), or its sum over the images on a ring, at fixed distances.

    On a ring the images at s + kL add up to cosh((L/2-s)/xi)/cosh(L/(2 xi)), written here with
    decaying exponentials that cannot overflow.

    Attributes:
        distance: shape (point,).
        period: L, or None on an open chain.
        image_sign: +1, or -1 where the image around the ring has the opposite sign (then sinh
            takes the place of cosh).
    """

    distance: Floats
    period: int | None
    image_sign: float

    @classmethod
    def on_chain(cls, distance: Ints, n_sites: int, periodic: bool, alternating: bool) -> Decay:
        """The decay over even distances; `alternating` if C changes its sign every two sites.

        On an odd ring the first image lies at an odd distance, where C vanishes: the even
        distances see a ring of twice the length.
        """
        period = n_sites if n_sites % 2 == 0 else 2 * n_sites
        sign = -1.0 if alternating and period % 4 == 2 else 1.0
        return cls(distance.astype(float), period if periodic else None, sign)

    def __call__(self, xi: Floats) -> Floats:
        """The shape for lengths of any shape (...), as an array of shape (..., point)."""
        kappa = 1.0 / xi[..., None]
        direct = np.exp(-kappa * self.distance)
        if self.period is None:
            return np.asarray(direct)
        image = np.exp(-kappa * (self.period - self.distance))
        around = np.exp(-kappa * self.period)
        return np.asarray((direct + self.image_sign * image) / (1.0 + self.image_sign * around))


def fit_profile(
    shape: Decay, data: Floats, whiten: Floats, *, free: bool, longest: float
) -> tuple[Floats, Floats, Floats]:
    """Minimise |W (data - A shape(xi))|^2 over xi and, if `free`, A (else A = 1).

    The amplitude is eliminated exactly; log(xi) is searched on a grid that closes in on the
    minimum, which needs no starting value and cannot diverge.

    Args:
        shape: the model.
        data: shape (vector, point).
        whiten: W of shape (point, point), the inverse Cholesky factor of the covariance.
        free: whether the amplitude is fitted.
        longest: upper bound of xi.

    Returns:
        xi, A and chi^2, each of shape (vector,).
    """
    target = data @ whiten.T
    low, high = np.log(0.05), np.log(longest)
    grid = np.linspace(low, high, 257)[None]  # one for all vectors, then one for each
    width = (high - low) / 256
    while True:
        a, chi2 = _profile(shape(np.exp(grid)) @ whiten.T, target, free)
        best = np.argmin(chi2, axis=1)
        pick = np.arange(len(data)), best
        found = np.broadcast_to(grid, chi2.shape)[pick]
        if width < 1e-12:  # rounding of log(xi)
            return np.exp(found), a[pick], chi2[pick]
        grid = np.clip(found[:, None] + np.linspace(-width, width, 9), low, high)
        width /= 4


def _profile(shape: Floats, target: Floats, free: bool) -> tuple[Floats, Floats]:
    """Best amplitude and chi^2 of whitened shapes, each of shape (vector, grid).

    Args:
        shape: (vector, grid, point), or (1, grid, point) for all vectors alike.
        target: (vector, point).
    """
    norm = np.sum(shape**2, axis=-1)
    overlap = (shape @ target[..., None])[..., 0]
    # Shapes that underflow to zero fit with any amplitude; give them none.
    a = overlap / np.where(norm > 0, norm, 1.0) if free else np.ones(overlap.shape)
    residual = target[:, None, :] - a[..., None] * shape
    return a, np.sum(residual**2, axis=-1)
