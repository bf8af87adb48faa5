"""Correlation length from spin-spin correlations and their jackknife replicates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import scipy  # its packages are loaded when first used
from numpy.typing import ArrayLike

from twoqs.errors import require
from twoqs.measure.fits.profile_fit import Decay, fit_profile
from twoqs.measure.statistics import jackknife_covariance
from twoqs.model.arrays import Floats, Ints

XiStatus = Literal[
    "resolved", "noise", "finite-size", "not-exponential", "too-few-groups", "not-finite"
]
XI_STATUSES: tuple[XiStatus, ...] = get_args(XiStatus)

SIGNIFICANT = 3.0
"""A distance counts as long as its correlation exceeds this many standard errors."""
FEWEST_POINTS = 3
"""Two parameters and one degree of freedom to judge the fit by."""
SURE = 8.0
"""Two distances will do if both exceed this many standard errors; the goodness is NaN then."""
FEWEST_GROUPS = 12
"""Fewer groups give no useful covariance of three distances."""
GROUPS_PER_POINT = 4
"""A covariance matrix from B groups can be inverted usefully for well under B distances."""
LEAST_P_VALUE = 1e-6
"""Probability of a worse fit below which C(s) is no exponential."""
ERROR_FLOOR = 1e-12
"""Error granted to every correlation, so that noiseless data have a covariance, too."""


@dataclass(frozen=True)
class CorrelationFit:
    """Result of `fit_correlation_length`.

    Attributes:
        xi, xi_se: correlation length and standard error in lattice constants; NaN where there
            is none ("noise", "finite-size", "too-few-groups", "not-finite").
        amplitude, amplitude_se: A of the model and its standard error, likewise.
        chi2_dof: generalised chi^2 over the degrees of freedom, with the covariance; NaN if no
            fit was made, and with two distances, which any exponential fits.
        p_value: probability of a larger chi^2 (Hotelling's distribution).
        status: "resolved"; "noise" (too few significant distances, or an error above half of
            xi); "too-few-groups" (fewer than 12 groups); "not-finite" (correlations, as all
            trajectories of a group diverged); "finite-size" (xi above a quarter of the chain);
            "not-exponential" (`p_value` below 1e-6): xi is some decay length of the distances in
            the fit, which depends on how many they are, and the errors, enlarged by
            sqrt(chi2_dof), tell how well an exponential can describe them at all.
    """

    xi: float
    xi_se: float
    amplitude: float
    amplitude_se: float
    chi2_dof: float
    p_value: float
    status: XiStatus


def fit_correlation_length(
    distance: ArrayLike,
    value: ArrayLike,
    replicates: ArrayLike,
    *,
    n_sites: int,
    periodic: bool = True,
    amplitude: Literal["free", "one"] = "free",
) -> CorrelationFit:
    """Fit C(s) = <S^+_n S^-_{n+s}>/<S^+_n S^-_n> by an exponential over even s >= 2.

    Odd distances are left out because they vanish by symmetry (paper fig. 7). With a free
    amplitude the model is A cosh((N/2-s)/xi)/cosh(N/(2 xi)) on rings and A exp(-s/xi) on open
    chains; the amplitude differs from one because C(0) = 1 holds a contact term. "one" is
    exp(-s/xi), the biased fit of the paper. The sign of C may alternate
    between even distances (J_x J_y > 0): the pattern that the data show is part of the model.

    Used are the leading significant distances, thinned out evenly to a quarter of the number of
    groups, weighted by their inverse jackknife covariance. Errors come from refits to all
    replicates at fixed weights, enlarged for the noise of the weights (Rao 1967;
    Dodelson and Schneider 2013).

    Args:
        distance: integers of shape (distance,), ascending, e.g. 0..N/2.
        value: C(s), shape (distance,).
        replicates: C(s) with one group left out, shape (group, distance).
        n_sites: N, number of spins along the chain.
        periodic: whether the chain is a ring.
        amplitude: "free" or "one".

    Raises:
        ArgumentError: naming the argument that does not fit this description.
    """
    s = np.asarray(distance)
    c = np.asarray(value, dtype=float)
    groups = np.asarray(replicates, dtype=float)
    ok = s.ndim == 1 and np.issubdtype(s.dtype, np.integer) and bool(np.all(np.diff(s) > 0))
    require(ok and bool(np.all(s >= 0)), "distance", "hold ascending integers from 0 on", distance)
    require(c.shape == s.shape, "value", f"hold {len(s)} numbers", value)
    ok = groups.ndim == 2 and groups.shape[1:] == s.shape
    require(ok, "replicates", f"hold numbers of shape (group, {len(s)})", replicates)
    require(n_sites >= 1, "n_sites", "be a positive integer", n_sites)
    require(amplitude in ("free", "one"), "amplitude", 'be "free" or "one"', amplitude)
    finite = bool(np.all(np.isfinite(c)) and np.all(np.isfinite(groups)))
    if not finite:
        return _unresolved("not-finite", math.nan, math.nan)
    if len(groups) < FEWEST_GROUPS:
        return _unresolved("too-few-groups", math.nan, math.nan)
    even = (s >= 2) & (s % 2 == 0) & (s <= (n_sites / 2 if periodic else n_sites))
    s, c, groups = s[even], c[even], groups[:, even]
    error = np.sqrt(np.diagonal(jackknife_covariance(groups)) + ERROR_FLOOR**2)
    alternating = _alternates(s, c, error)
    sign = _signs(s, alternating)
    signal = sign * c / error
    points = _leading_points(signal, len(groups) // GROUPS_PER_POINT)
    sure = len(points) == 2 and bool(np.all(signal[points] > SURE))
    if len(points) < FEWEST_POINTS and not sure:
        return _unresolved("noise", math.nan, math.nan)
    shape = Decay.on_chain(s[points], n_sites, periodic and amplitude == "free", alternating)
    data = np.concatenate([c[None, :], groups])[:, points] * sign[points]
    return _fit(shape, data, n_sites, amplitude == "free")


def _fit(shape: Decay, data: Floats, n_sites: int, free: bool) -> CorrelationFit:
    """Fit `data` of shape (1 + group, point): the full estimate, then its replicates."""
    points = data.shape[1]
    groups = len(data) - 1
    covariance = jackknife_covariance(data[1:]) + ERROR_FLOOR**2 * np.eye(points)
    whiten = np.linalg.inv(np.linalg.cholesky(covariance))
    longest = 100.0 * n_sites  # beyond, the decay cannot be told from a constant
    xi, a, chi2 = fit_profile(shape, data, whiten, free=free, longest=longest)
    dof = points - (2 if free else 1)
    chi2_dof, p_value = _goodness(float(chi2[0]), dof, groups)
    variance = np.diagonal(jackknife_covariance(np.stack([xi, a], axis=1)[1:]))
    xi_se, a_se = np.sqrt(_weight_noise(dof, groups) * variance).tolist()
    if xi[0] > n_sites / 4:
        return _unresolved("finite-size", chi2_dof, p_value)
    if xi_se > xi[0] / 2:
        return _unresolved("noise", chi2_dof, p_value)
    status: XiStatus = "resolved"
    if p_value < LEAST_P_VALUE:
        status = "not-exponential"
        xi_se, a_se = math.sqrt(chi2_dof) * xi_se, math.sqrt(chi2_dof) * a_se
    return CorrelationFit(float(xi[0]), xi_se, float(a[0]), a_se, chi2_dof, p_value, status)


def _unresolved(status: XiStatus, chi2_dof: float, p_value: float) -> CorrelationFit:
    nan = math.nan
    return CorrelationFit(nan, nan, nan, nan, chi2_dof, p_value, status)


def _signs(s: Ints, alternating: bool) -> Floats:
    """Signs of C at even s: all positive, or + at 2, - at 4, + at 6 and so on."""
    return np.where(s % 4 == 0, -1.0, 1.0) if alternating else np.ones(len(s))


def _alternates(s: Ints, c: Floats, error: Floats) -> bool:
    """Whether the alternating pattern explains more leading distances than the constant one."""
    leading = [
        len(_leading_points(_signs(s, pattern) * c / error, len(s))) for pattern in (False, True)
    ]
    return leading[1] > leading[0]


def _leading_points(signal: Floats, most: int) -> Ints:
    """Indices of the distances before the first insignificant one, thinned out to `most`."""
    below = np.flatnonzero(signal < SIGNIFICANT)
    count = int(below[0]) if len(below) else len(signal)
    if count <= most:
        return np.arange(count)
    return np.unique(np.round(np.linspace(0, count - 1, most)).astype(np.int64))


def _goodness(chi2: float, dof: int, groups: int) -> tuple[float, float]:
    """chi^2 per degree of freedom, unbiased, and its p-value, given an estimated covariance.

    With nu = groups - 1, chi^2 (nu-dof+1)/(nu dof) follows F(dof, nu-dof+1) (Hotelling).
    """
    if dof == 0:
        return math.nan, math.nan
    nu = groups - 1
    p_value = scipy.special.fdtrc(dof, nu - dof + 1, chi2 * (nu - dof + 1) / (nu * dof))
    return chi2 / dof * (nu - dof - 1) / nu, float(p_value)


def _weight_noise(dof: int, groups: int) -> float:
    """True variance of a parameter over its jackknife variance at fixed, estimated weights.

    The weights come from the covariance of the same data: the estimate scatters more than with
    exact weights, by (nu-1)/(nu-dof-1), and the jackknife sees less of it, by (nu-dof)/nu.
    """
    nu = groups - 1
    return (nu - 1) / (nu - dof - 1) * nu / (nu - dof)
