"""Holstein-Primakoff prediction of the polarised steady state of the dissipative XY ring."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twoqs.errors import ArgumentError, require
from twoqs.model.known import require_known
from twoqs.model.model import Model, Value

SPIN_WAVE_TERMS = ("coupling.x", "coupling.y", "decay")
"""Terms that this theory covers."""


def chain_prediction(model: Model) -> xr.Dataset:
    """Steady state of a decaying XY ring to quadratic order around the south pole (paper eq. 34).

    With S^- = sqrt(2S) a the Hamiltonian becomes sum_q A_q a_q^+ a_q + (B_q/2)(a_q a_-q + h.c.),
    A_q = (J_x+J_y)/2 cos q, B_q = (J_x-J_y)/2 cos q, damped at the rate Gamma. The moments
    n_q = <a_q^+ a_q> and M_q = <a_q a_-q> solve two linear equations; all sums run over the N
    momenta of the finite ring. Valid for large S and away from the transition.

    Args:
        model: a periodic chain of at least three spins with uniform coupling, J_z = 0 and decay.

    Returns:
        Dataset with `sx sy sz var_* cov_*` (per spin, in units of hbar and hbar^2), the occupation
        `n`, `correlation_normalised(distance)` = <S^+_n S^-_{n+s}>/<S^+_n S^-_n>, the correlation
        length `xi` of the infinite chain in lattice constants, and `stable`. Where J_x J_y <=
        -Gamma^2 the polarised state is unstable and everything else is NaN. For J_x = J_y the
        fluctuations vanish, and with them (NaN) the normalised correlation and `xi`.

    Raises:
        ArgumentError: naming what the prediction does not cover.
    """
    jx, jy, gamma = _parameters(model)
    n_sites = model.n_sites
    momenta = 2 * np.pi * np.arange(n_sites) / n_sites
    product = jx * jy
    stable = product > -(gamma**2)
    gap = gamma**2 + product * np.cos(momenta) ** 2 if stable else np.full(n_sites, np.nan)
    a_q = (jx + jy) / 2 * np.cos(momenta)
    b_q = (jx - jy) / 2 * np.cos(momenta)
    n_q = b_q**2 / (2 * gap)
    m_q = -1j * b_q * (2 * n_q + 1) * (gamma - 1j * a_q) / (2 * (gamma**2 + a_q**2))
    n, m = float(np.mean(n_q)), complex(np.mean(m_q))
    distance = np.array(model.lattice.distances)
    correlation = np.cos(np.outer(distance, momenta)) @ n_q / n_sites
    zero = 0.0 * n  # NaN where the state is unstable
    variables = {
        "sx": zero,
        "sy": zero,
        "sz": n - model.spin,
        "var_sx": model.spin / 2 * (1 + 2 * n + 2 * m.real),
        "var_sy": model.spin / 2 * (1 + 2 * n - 2 * m.real),
        "var_sz": n**2 + n + abs(m) ** 2,
        "cov_sxsy": -model.spin * m.imag,
        "cov_sxsz": zero,
        "cov_sysz": zero,
        "n": n,
        "xi": _correlation_length(jx, jy, gamma),
        "stable": stable,
        "correlation_normalised": ("distance", _normalised(correlation, n)),
    }
    attributes = {"method": "Holstein-Primakoff"}
    return xr.Dataset(variables, coords={"distance": distance}, attrs=attributes)


def relaxation_time(model: Model) -> float:
    """Time in which the slowest fluctuation of the polarised state decays by 1/e.

    The modes relax at Gamma -+ sqrt(-J_x J_y) |cos q|, or at Gamma where J_x J_y >= 0; the time is
    that of q = 0 in the inverse unit of the rates. NaN where the state is unstable.

    Raises:
        ArgumentError: as `chain_prediction`.
    """
    jx, jy, gamma = _parameters(model)
    rate = gamma - math.sqrt(max(0.0, -jx * jy))
    return 1 / rate if rate > 0 else math.nan


def _correlation_length(jx: float, jy: float, gamma: float) -> float:
    """Poles of n_q: cosh(1/xi) = Gamma/sqrt(-J_x J_y), or sinh(1/xi) = Gamma/sqrt(J_x J_y).

    In the second case the poles lie at Re q = pi/2 and the correlation changes sign with every
    other even distance. Where one coupling is zero there is no pole: the correlation ends
    at distance two, and xi = 0 is the limit of both formulas.
    """
    product = jx * jy
    if jx == jy or product <= -(gamma**2):
        return math.nan
    if product == 0.0:
        return 0.0
    ratio = gamma / math.sqrt(abs(product))
    return 1 / (math.acosh(ratio) if product < 0 else math.asinh(ratio))


def _normalised(correlation: NDArray[np.float64], n: float) -> NDArray[np.float64]:
    return correlation / n if n > 0 else np.full(len(correlation), np.nan)


def _parameters(model: Model) -> tuple[float, float, float]:
    """J_x, J_y and Gamma of a model that the prediction covers."""
    lattice = model.lattice
    ring = lattice.kind == "chain" and lattice.periodic
    require(ring, "lattice", "be a periodic chain for this prediction", lattice)
    require_known(model, SPIN_WAVE_TERMS, "Holstein-Primakoff theory")
    jx, jy = (_uniform("coupling", value) for value in model.coupling[:2])
    gamma = _uniform("decay", model.decay)
    require(gamma > 0, "decay", "be positive for this prediction", gamma)
    return jx, jy, gamma


def _uniform(name: str, value: Value) -> float:
    if isinstance(value, tuple):
        raise ArgumentError.of(name, "be equal everywhere for this prediction", value)
    return value
