"""Spin squeezing from the first and second moments of one spin."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from twoqs.model.arrays import Floats


def squeezing(
    spin: ArrayLike,
    sx: ArrayLike,
    sy: ArrayLike,
    sz: ArrayLike,
    var_sx: ArrayLike,
    var_sy: ArrayLike,
    var_sz: ArrayLike,
    cov_sxsy: ArrayLike,
    cov_sxsz: ArrayLike,
    cov_sysz: ArrayLike,
) -> Floats:
    """Wineland's parameter xi^2 = 2S min_perp (Delta S)^2/|<S>|^2; below one: squeezed.

    The minimum runs over the directions perpendicular to the mean spin (Wineland et al. 1992);
    paper eq. 33 is the case of a mean along z. It is the smaller eigenvalue of the covariance
    matrix in that plane, hence of noisy moments a minimum, biased downwards: use a jackknife.

    Args:
        spin: S.
        sx, sy, sz: means, in units of hbar.
        var_sx, var_sy, var_sz: variances, in units of hbar^2.
        cov_sxsy, cov_sxsz, cov_sysz: symmetrised covariances, likewise.

    Returns:
        Array of the common (broadcast) shape of all arguments; infinite where the mean vanishes,
        NaN where an argument is NaN.
    """
    mean, covariance = _mean_and_covariance(
        (sx, sy, sz), (var_sx, var_sy, var_sz), (cov_sxsy, cov_sxsz, cov_sysz)
    )
    # Infinities and NaN are results here, not accidents.
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        # Scaling by the largest component keeps the squares in range.
        largest = np.max(np.abs(mean), axis=-1)
        scaled = mean / np.where(largest > 0, largest, 1.0)[..., None]
        length = largest * np.sqrt(np.sum(scaled**2, axis=-1))
        u, v = _perpendicular(scaled)
        uu, vv, uv = (_quadratic(covariance, a, b) for a, b in ((u, u), (v, v), (u, v)))
        smallest = (uu + vv) / 2 - np.hypot((uu - vv) / 2, uv)
        return np.asarray(2 * np.asarray(spin, dtype=float) * (smallest / length) / length)


def squeezing_angle(
    sx: ArrayLike,
    sy: ArrayLike,
    sz: ArrayLike,
    var_sx: ArrayLike,
    var_sy: ArrayLike,
    var_sz: ArrayLike,
    cov_sxsy: ArrayLike,
    cov_sxsz: ArrayLike,
    cov_sysz: ArrayLike,
) -> Floats:
    """Angle of the direction of least variance in the plane perpendicular to the mean spin.

    Counted about the mean spin from the projection of z onto that plane; from that of x where the
    mean spin lies within 26 degrees of z or -z. Arguments as those of `squeezing`.

    Returns:
        Array of the common shape, in radians, from -pi/2 to pi/2 (a direction and its opposite are
        one); NaN where an argument is NaN.
    """
    mean, covariance = _mean_and_covariance(
        (sx, sy, sz), (var_sx, var_sy, var_sz), (cov_sxsy, cov_sxsz, cov_sysz)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        along = mean / np.sqrt(np.sum(mean**2, axis=-1, keepdims=True))
        near_z = np.abs(along[..., 2:]) > 0.9
        axis = np.where(near_z, np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]))
        u = axis - np.sum(axis * along, axis=-1, keepdims=True) * along
        u /= np.sqrt(np.sum(u**2, axis=-1, keepdims=True))
        v = np.cross(along, u)
        uu, vv, uv = (_quadratic(covariance, a, b) for a, b in ((u, u), (v, v), (u, v)))
        return np.asarray(np.arctan2(-2 * uv, vv - uu) / 2)


def _mean_and_covariance(
    means: tuple[ArrayLike, ...], variances: tuple[ArrayLike, ...], others: tuple[ArrayLike, ...]
) -> tuple[Floats, Floats]:
    """Vectors of shape (..., 3) and matrices of shape (..., 3, 3)."""
    xx, yy, zz = variances
    xy, xz, yz = others
    rows = np.broadcast_arrays(xx, xy, xz, xy, yy, yz, xz, yz, zz)
    covariance = np.stack(rows, axis=-1).astype(float)
    mean = np.stack(np.broadcast_arrays(*means), axis=-1).astype(float)
    return mean, covariance.reshape(*covariance.shape[:-1], 3, 3)


def _perpendicular(
    vector: Floats,
) -> tuple[Floats, Floats]:
    """Two unit vectors perpendicular to `vector` (shape (..., 3)) and to each other.

    The construction of Duff et al. (J. Comput. Graph. Tech. 6, 2017) has no singular direction;
    a vanishing vector counts as one along z.
    """
    norm = np.sqrt(np.sum(vector**2, axis=-1, keepdims=True))
    x, y, z = np.moveaxis(vector / np.where(norm > 0, norm, 1.0), -1, 0)
    sign = np.copysign(1.0, z)
    a = -1.0 / (sign + z)
    b = x * y * a
    u = np.stack([1.0 + sign * x * x * a, sign * b, -sign * x], axis=-1)
    v = np.stack([b, sign + y * y * a, -y], axis=-1)
    return u, v


def _quadratic(matrix: Floats, left: Floats, right: Floats) -> Floats:
    return np.asarray(np.einsum("...i,...ij,...j->...", left, matrix, right))
