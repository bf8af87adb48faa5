"""Closed-form steady state of a driven, decaying spin, for any spin length."""

from __future__ import annotations

import math

import numpy as np

from twoqs.errors import require
from twoqs.model.arguments import number
from twoqs.model.arrays import Floats
from twoqs.model.known import require_known
from twoqs.model.model import Model

DRIVEN_TERMS = ("field.x", "decay")
"""Terms that the closed form covers."""


def driven_spin(model: Model) -> dict[str, float]:
    """`driven_steady_state` of a model of one spin.

    Raises:
        ArgumentError: naming what the closed form does not cover.

    Examples:
        >>> model = twoqs.Model(spin=1000, field=(0.9, 0, 0), decay=1.0)
        >>> print(round(twoqs.theory.driven_spin(model)["sz"], 2))
        -435.47
    """
    require_known(model, DRIVEN_TERMS, "the closed form")
    require(model.n_sites == 1, "lattice", "be a single spin for the closed form", model.lattice)
    omega, gamma = model.field[0], model.decay
    assert isinstance(omega, float)
    assert isinstance(gamma, float)
    return driven_steady_state(model.spin, omega, gamma)


def driven_steady_state(spin: float, omega: float, gamma: float) -> dict[str, float]:
    """Means and symmetrised (co)variances of the steady state of paper eq. 29.

    H = omega S_x with the jump operator S^- at the rate gamma/(2S). The steady state is
    rho ~ eta eta^+ with eta = (1 - S^-/g)^-1 and g = -i S omega/gamma (Puri and Lawande 1979;
    Drummond 1980). In the basis of S^z its elements are:

        rho_{m,m+k} = a_m ... a_{m+k-1} g^-k R(m+k),   R(m) = 1 + a_m^2/|g|^2 R(m+1),   R(S) = 1

    with a_m^2 = (S+m+1)(S-m), so that the moments need nothing but the populations R(m).
    Time and memory grow as S.

    Args:
        spin: S, a positive multiple of 1/2.
        omega: strength of the drive, any sign.
        gamma: decay rate, positive (without it there is no unique steady state).

    Returns:
        `sx sy sz` (in units of hbar), `var_sx var_sy var_sz cov_sxsy cov_sxsz cov_sysz`.

    Raises:
        ArgumentError: naming the argument that makes no physical sense.

    Examples:
        >>> found = twoqs.theory.driven_steady_state(spin=100_000, omega=0.6, gamma=1.0)
        >>> print(round(found["sz"] / 100_000, 4), round(found["sy"] / 100_000, 4))
        -0.8 0.6
    """
    spin, omega, gamma = number("spin", spin), number("omega", omega), number("gamma", gamma)
    require(spin > 0 and (2 * spin).is_integer(), "spin", "be a positive multiple of 1/2", spin)
    require(gamma > 0, "gamma", "be positive", gamma)
    names = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")
    moments = dict.fromkeys(names, 0.0)
    # Far below 1e50 the state is already mixed to rounding; the bound keeps fourth powers finite.
    drive = min(abs(omega / gamma), 1e50)
    if drive == 0.0:
        moments.update(sz=-float(spin), var_sx=spin / 2, var_sy=spin / 2)
        return moments
    m = np.arange(2 * spin + 1) - spin
    ladder = (spin + m + 1)[:-1] * (spin - m)[:-1] / spin**2  # a_m^2 / S^2
    log_p = _log_populations(ladder, drive)
    p = np.exp(log_p)
    # <S^-> = g^-1* sum a_m^2 p_{m+1}; the logarithm keeps p/drive alive where p underflows.
    first = ladder * np.exp(log_p[1:] - math.log(drive)) * spin
    second = ladder[1:] * ladder[:-1] * np.exp(log_p[2:] - 2 * math.log(drive)) * spin**2
    sz = float(p @ m)
    sy = float(np.sum(first))
    transverse = spin * (spin + 1) - float(p @ m**2)
    difference = float(np.sum(second))  # <S_y^2> - <S_x^2>
    moments["sy"] = math.copysign(sy, omega)
    moments["sz"] = sz
    moments["var_sx"] = (transverse - difference) / 2
    moments["var_sy"] = (transverse + difference) / 2 - sy**2
    moments["var_sz"] = float(p @ (m - sz) ** 2)
    moments["cov_sysz"] = math.copysign(1.0, omega) * float(first @ (m[:-1] + 0.5 - sz))
    return moments


def _log_populations(ladder: Floats, drive: float) -> Floats:
    """Logarithms of the normalised populations of m = -S..S, shape (2S+1,).

    The ratio r_m = R(m)/R(m+1) = (a_m^2 + tau_{m+1})/|g|^2 with tau_m = |g|^2/R(m) obeys a
    recursion of positive terms. Summing log r outwards from the largest population keeps the error
    of the populations that matter at rounding level, although R spans thousands of decades.
    """
    squared = drive**2
    tau = squared
    sums = np.empty(len(ladder))
    for index, a2 in zip(range(len(ladder) - 1, -1, -1), ladder[::-1].tolist(), strict=True):
        sums[index] = a2 + tau
        tau = squared * tau / (a2 + tau)
    log_ratio = np.log(sums) - 2 * math.log(drive)
    fall = np.concatenate([[0.0], np.cumsum(log_ratio)])
    peak = int(np.argmin(fall))
    above = -np.cumsum(log_ratio[peak:])
    below = np.cumsum(log_ratio[:peak][::-1])[::-1]
    log_p = np.concatenate([below, [0.0], above])
    log_p -= log_p.max()
    return np.asarray(log_p - math.log(float(np.sum(np.exp(log_p)))))
