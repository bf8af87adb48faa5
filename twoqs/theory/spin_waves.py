"""Polarised steady state of the dissipative XY ring: linear theory about the south pole."""

from __future__ import annotations

import math

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError, require
from twoqs.measure import SPIN_MOMENTS
from twoqs.model.known import require_known
from twoqs.model.model import Model, Value
from twoqs.theory.linear.fluctuations import Fluctuations

SPIN_WAVE_TERMS = ("coupling.x", "coupling.y", "decay")
"""Terms that this theory covers."""


MOMENTS_OF_RING = (*(moment.name for moment in SPIN_MOMENTS), "n")
"""What is predicted of one spin."""


def chain_prediction(model: Model) -> xr.Dataset:
    """Steady state of a decaying XY ring to quadratic order around the south pole (paper eq. 34).

    With S^- = sqrt(2S) a the Hamiltonian becomes sum_q A_q a_q^+ a_q + (B_q/2)(a_q a_-q + h.c.),
    A_q = (J_x+J_y)/2 cos q, B_q = (J_x-J_y)/2 cos q, damped at the rate Gamma. For n_q = <a_q^+
    a_q> = B_q^2/(2 (Gamma^2 + J_x J_y cos^2 q)) and <a_q a_-q>, `twoqs.theory.linear` solves two
    linear equations; all sums run over the N momenta of the finite ring. Valid for large S and
    away from the transition.

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
    down = np.tile([0.0, 0.0, -model.spin], (model.n_sites, 1))
    found = Fluctuations.about(model, down)
    distance = np.array(model.lattice.distances)
    variables = dict.fromkeys(MOMENTS_OF_RING, math.nan)
    correlation = np.full(len(distance), np.nan)
    if found.stable:
        moments = found.steady()
        correlation = moments.correlation_normalised.values
        variables = {name: float(moments[name]) for name in MOMENTS_OF_RING if name in moments}
        # What is left of the variances without the vacuum; a difference of large means loses it.
        n = (variables["var_sx"] + variables["var_sy"]) / (2 * model.spin) - 0.5
        variables |= {"n": n, "sz": n - model.spin}
    attributes = {"method": "Holstein-Primakoff"}
    return xr.Dataset(
        {
            **variables,
            "xi": _correlation_length(jx, jy, gamma),
            "stable": found.stable,
            "correlation_normalised": ("distance", correlation),
        },
        {"distance": distance},
        attributes,
    )


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
