"""The lowest point of a curve with noise, by a smooth fit around it."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

from twoqs.errors import require

Status = Literal["resolved", "edge", "noise", "undefined"]

STATUSES: tuple[Status, ...] = ("resolved", "edge", "noise", "undefined")
"""There is a minimum; it is at the first or last time; it drowns in noise; too few values."""

DEPTH = 0.1
"""Height of the fitted piece over its lowest value, relative to that value."""

FEWEST = 5
"""Points on the fitted piece at least."""

DEGREE = 4
"""Degree of the polynomial where the piece has twice the points that it needs, else 2."""

NEWTON_STEPS = 20


class Optimum(NamedTuple):
    """Position and value of a minimum with standard errors; NaN unless `status` is "resolved"."""

    time: float
    time_se: float
    value: float
    value_se: float
    status: Status


def smooth_minimum(times: ArrayLike, values: ArrayLike, replicates: ArrayLike) -> Optimum:
    """The minimum of a positive curve, from a polynomial through the points around the lowest one.

    The lowest of many noisy samples is biased downwards; the minimum of a curve through many of
    them is not, as all share in it. The piece is chosen once, from `values`, so that its choice
    adds no noise to the replicates.

    Args:
        times: ascending, shape (time,).
        values: the curve of all groups together, shape (time,); not finite where it has no value.
        replicates: the curve with each group left out, shape (group, time). With fewer than two
            the standard errors are NaN.

    Returns:
        The minimum, its bias removed by the jackknife, and its standard error. On the curves of
        one-axis twisting with decay the polynomial costs less than 1 % of the value; where the
        curve is flat beyond its minimum, the time is known as badly as the flatness says, and its
        standard error does not tell all of it.

    Raises:
        ArgumentError: if the shapes do not match or the times do not ascend.
    """
    t, y, left_out = (np.asarray(a, dtype=float) for a in (times, values, replicates))
    require(t.ndim == 1 and bool(np.all(np.diff(t) > 0)), "times", "be ascending numbers", times)
    require(y.shape == t.shape, "values", f"have the shape {t.shape}", values)
    fits = left_out.ndim == 2 and left_out.shape[1:] == t.shape
    require(fits, "replicates", f"have the shape (group, {len(t)})", replicates)
    piece = _piece(y)
    if piece is None:
        return _nothing("undefined")
    if int(np.nanargmin(np.where(np.isfinite(y), y, np.nan))) in (0, len(t) - 1):
        return _nothing("edge")
    # From -1 to 1, so that powers keep their digits.
    middle, half = (t[piece][0] + t[piece][-1]) / 2, (t[piece][-1] - t[piece][0]) / 2
    u = (t[piece] - middle) / half
    degree = DEGREE if len(u) >= 2 * (DEGREE + 1) else 2
    solve = np.linalg.pinv(np.vander(u, degree + 1))
    places, heights = _lowest(solve @ np.vstack([y[piece], left_out[:, piece]]).T)
    if not np.all(np.isfinite(heights)):
        return _nothing("noise")
    place, place_se = _jackknife(places)
    height, height_se = _jackknife(heights)
    return Optimum(middle + half * place, half * place_se, height, height_se, "resolved")


def exact_minimum(times: ArrayLike, values: ArrayLike) -> tuple[float, float]:
    """Time and value of the minimum of a curve without noise, from its cubic spline.

    Args:
        times, values: shape (time,); the curve may lack finite values away from its minimum.

    Returns:
        NaN twice where there is no minimum inside the times.
    """
    t, y = (np.asarray(a, dtype=float) for a in (times, values))
    nothing = float("nan"), float("nan")
    if not np.isfinite(y).any():
        return nothing
    lowest = int(np.nanargmin(np.where(np.isfinite(y), y, np.nan)))
    inside = slice(max(lowest - 6, 0), lowest + 7)
    keep = np.isfinite(y[inside])
    if lowest in (0, len(t) - 1) or keep.sum() < 4:
        return nothing
    spline = CubicSpline(t[inside][keep], y[inside][keep])
    places = [
        place for place in spline.derivative().roots(extrapolate=False) if spline(place, 2) > 0
    ]
    if not places:
        return nothing
    best = min(places, key=spline)
    return float(best), float(spline(best))


def _piece(y: NDArray[np.float64]) -> slice | None:
    """The run of points around the lowest one that lie less than DEPTH above it."""
    finite = np.isfinite(y)
    if not finite.any():
        return None
    lowest = int(np.argmin(np.where(finite, y, np.inf)))
    near = finite & (y <= y[lowest] * (1 + DEPTH))
    outside = np.flatnonzero(~near)
    start = int(outside[outside < lowest].max(initial=-1)) + 1
    stop = int(outside[outside > lowest].min(initial=len(y)))
    while stop - start < FEWEST and (start > 0 or stop < len(y)):
        start, stop = max(start - 1, 0), min(stop + 1, len(y))
    inside = slice(start, stop)
    return inside if stop - start >= FEWEST and finite[inside].all() else None


def _lowest(
    coefficients: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place in [-1, 1] and value of the minima of polynomials, shape (degree + 1, curve)."""
    grid = np.linspace(-1, 1, 201)
    # All replicates follow the branch of the first curve.
    start = grid[int(np.argmin(np.polyval(coefficients[:, 0], grid)))]
    place = np.full(coefficients.shape[1], start)
    degree = len(coefficients) - 1
    slope = coefficients[:-1] * np.arange(degree, 0, -1)[:, None]
    bend = slope[:-1] * np.arange(degree - 1, 0, -1)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        for _ in range(NEWTON_STEPS):
            place = place - np.polyval(slope, place) / np.polyval(bend, place)
        heights = np.polyval(coefficients, place)
    convex = (np.polyval(bend, place) > 0) & (np.abs(place) < 1)
    return place, np.where(convex, heights, np.nan)


def _jackknife(numbers: NDArray[np.float64]) -> tuple[float, float]:
    """Bias-corrected value and standard error; the first number is that of the whole sample."""
    whole, left_out = numbers[0], numbers[1:]
    n = len(left_out)
    if n < 2:
        return float(whole), float("nan")
    mean = left_out.mean()
    error = np.sqrt((n - 1) / n * ((left_out - mean) ** 2).sum())
    return float(n * whole - (n - 1) * mean), float(error)


def _nothing(status: Status) -> Optimum:
    nan = float("nan")
    return Optimum(nan, nan, nan, nan, status)
