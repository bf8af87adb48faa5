"""exp(L t) rho: the action of a Liouvillian's exponential on a density matrix."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from twoqs.exact.operators import Liouvillian, Matrix

Damping = NDArray[np.float64]

TAYLOR_PIECE = 8.0
"""Radius times length of a piece of the Taylor series: longer ones would lose digits."""

STIFF_STEP = 0.25
"""Radius times step of the fourth-order scheme; its error there is about 1e-8 (tested)."""


def propagate(generator: Liouvillian, rho: Matrix, duration: float) -> Matrix:
    """exp(L duration) rho.

    Without dephasing the Taylor series acts on pieces short enough to converge to rounding; the
    error is about 1e-10. Dephasing damps the coherence between m and m' at a rate that grows as
    (m - m')^2, up to 4 S^2: that part is diagonal and is taken exactly, by an exponential
    Runge-Kutta scheme of order four (Cox and Matthews, J. Comput. Phys. 176, 2002), whose step
    only has to resolve the rest.
    """
    if duration == 0.0:
        return rho
    if generator.damping is None:
        return _taylor(generator, rho, duration)
    return _exponential_runge_kutta(generator, generator.damping, rho, duration)


def _taylor(generator: Liouvillian, rho: Matrix, duration: float) -> Matrix:
    pieces = math.ceil(generator.radius * duration / TAYLOR_PIECE)
    for _ in range(pieces):
        term = rho
        order = 0
        while np.linalg.norm(term) > 1e-13:
            order += 1
            term = (duration / pieces / order) * generator.rest(term)
            rho = rho + term
    return rho


def _exponential_runge_kutta(
    generator: Liouvillian, damping: Damping, rho: Matrix, duration: float
) -> Matrix:
    steps = max(1, math.ceil(generator.radius * duration / STIFF_STEP))
    h = duration / steps
    whole, half = np.exp(-h * damping), np.exp(-h * damping / 2)
    (inner,) = _phi(-h * damping / 2, 1)
    inner *= h / 2
    one, two, three = _phi(-h * damping, 3)
    first = h * (one - 3 * two + 4 * three)
    middle = h * (2 * two - 4 * three)
    last = h * (4 * three - two)
    for _ in range(steps):
        at_start = generator.rest(rho)
        kept = half * rho
        a = kept + inner * at_start
        at_a = generator.rest(a)
        at_b = generator.rest(kept + inner * at_a)
        at_end = generator.rest(half * a + inner * (2 * at_b - at_start))
        rho = whole * rho + first * at_start + middle * (at_a + at_b) + last * at_end
    return rho


def _phi(z: Damping, most: int) -> list[Damping]:
    """phi_1 .. phi_most of z <= 0: phi_k(z) = (phi_{k-1}(z) - 1/(k-1)!)/z, phi_0 = exp."""
    small = np.abs(z) < 1.0
    safe = np.where(small, -1.0, z)
    result = []
    previous = np.exp(safe)
    for k in range(1, most + 1):
        previous = (previous - 1 / math.factorial(k - 1)) / safe
        # The recursion loses all digits near 0; there the series needs 20 terms.
        series = np.zeros_like(z)
        for j in range(20, -1, -1):
            series = series * np.where(small, z, 0.0) + 1 / math.factorial(j + k)
        result.append(np.where(small, series, previous))
    return result
