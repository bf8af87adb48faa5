"""Spin squeezing from the first and second moments of one spin."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
) -> NDArray[np.float64]:
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
    values = (sx, sy, sz, var_sx, var_sy, var_sz, cov_sxsy, cov_sxsz, cov_sysz)
    x, y, z, xx, yy, zz, xy, xz, yz = (np.asarray(value, dtype=float) for value in values)
    mean = np.stack(np.broadcast_arrays(x, y, z), axis=-1)
    covariance = np.stack(np.broadcast_arrays(xx, xy, xz, xy, yy, yz, xz, yz, zz), axis=-1)
    covariance = covariance.reshape(*covariance.shape[:-1], 3, 3)
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


def _perpendicular(
    vector: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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


def _quadratic(
    matrix: NDArray[np.float64], left: NDArray[np.float64], right: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(np.einsum("...i,...ij,...j->...", left, matrix, right))
