"""The lowest point of a curve with noise, by a smooth fit around it."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import scipy  # its packages are loaded when first used
from numpy.typing import ArrayLike

from twoqs.errors import require
from twoqs.model.arrays import Floats, Ints

OptimumStatus = Literal["resolved", "edge", "noise", "undefined"]

OPTIMUM_STATUSES: tuple[OptimumStatus, ...] = ("resolved", "edge", "noise", "undefined")
"""There is a minimum; it is at the first or last time; it has a value, but the curve is so flat
within its noise that it has no time; too few values."""

DEPTH = 0.05
"""Height of the fitted piece over its lowest value, relative to that value ..."""

SLACK_ERRORS = 6.0
"""... and in standard errors in addition."""

FEWEST_TIMES = 5
"""Points on the fitted piece at least."""

DEGREE = 4
"""Degree of the polynomial where the piece has twice the points that it needs, else 2."""

GRID = np.linspace(-1, 1, 201)
"""Points at which a polynomial is evaluated; a parabola finds its minimum between them."""

DIVISIONS = 32
"""Random divisions of the groups into halves: standard errors are good to about a tenth."""

OTHER = 0.75
"""Weight of the other half in the value. A half's own value at the time that it chose is too low,
the other's too high. On a parabola both are by the same amount, and on a flat curve only the own
one is: this is at most half a standard error off for either."""

LEAST_RISE = 5.0
"""Standard errors that the curve must rise by on both sides of the minimum for it to have a time:
flat curves rise by two or three, wherever noise has made them lowest."""

AGREED = 0.9
"""Share of the halves that must find the lowest point at the same end for it to be there."""


class Optimum(NamedTuple):
    """Position and value of a minimum with standard errors.

    All are NaN if `status` is "edge" or "undefined", and those of the position if it is "noise".
    """

    time: float
    time_se: float
    value: float
    value_se: float
    status: OptimumStatus


class Fit(NamedTuple):
    """A polynomial through a piece of a curve: the time of its minimum, and its value there.

    The value is linear in the curve: `weights @ curve[piece]`, of another curve just as well.
    """

    time: float
    piece: slice
    weights: Floats


def smooth_minimum(times: ArrayLike, values: ArrayLike, replicates: ArrayLike) -> Optimum:
    """The minimum of a curve, from a polynomial through the points around the lowest one.

    The lowest of many noisy samples is biased downwards, and so is the minimum of a fit that they
    have chosen. So the groups are divided into halves at random, many times: one half chooses the
    time, and the other one tells the value there. How times and values scatter is how they would
    from one simulation to the next, the choice included.

    Args:
        times: ascending, shape (time,).
        values: the curve of all groups together, shape (time,); not finite where it has no value.
        replicates: the curve with each group left out, shape (group, time). With fewer than two
            the standard errors are NaN.

    Returns:
        The minimum and its standard errors. On the curves of one-axis twisting with decay the
        polynomial costs less than 1 % of the value.

    Raises:
        ArgumentError: if the shapes do not match or the times do not ascend.
    """
    t, y, left_out = (np.asarray(a, dtype=float) for a in (times, values, replicates))
    require(t.ndim == 1 and bool(np.all(np.diff(t) > 0)), "times", "be ascending numbers", times)
    require(y.shape == t.shape, "values", f"have the shape {t.shape}", values)
    same = left_out.ndim == 2 and left_out.shape[1:] == t.shape
    require(same, "replicates", f"have the shape (group, {len(t)})", replicates)
    n = len(left_out)
    nan = float("nan")
    y, left_out = (np.where(np.isfinite(a), a, nan) for a in (y, left_out))
    # What each group adds to the curve: nonlinear in its sums, but without their bias.
    parts = n * y - (n - 1) * left_out if n > 1 else y[None]
    curve = parts.mean(axis=0)
    slack = SLACK_ERRORS * parts.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.zeros_like(curve)
    fit = _Fits(t, slack)
    best = fit(curve)
    if best is None:
        return Optimum(nan, nan, nan, nan, "undefined")
    time, value = best.time, float(best.weights @ curve[best.piece])
    time_se = value_se = nan
    agreed = 1.0
    if n > 1:
        found = _halves(fit, parts)
        if found is None:
            return Optimum(nan, nan, nan, nan, "undefined")
        found_times, own, other = found
        time_se = float(np.sqrt(np.mean((found_times - time) ** 2)))
        agreed = float(np.mean(found_times == time))
        value = float(np.mean((1 - OTHER) * own + OTHER * other))
        value_se = float(other.std())
    at_end = time in (t[0], t[-1])
    if at_end and agreed > AGREED:
        return Optimum(nan, nan, nan, nan, "edge")
    if at_end or (n > 1 and _rise(t, parts, best) < LEAST_RISE):
        return Optimum(nan, nan, value, value_se, "noise")
    return Optimum(time, time_se, value, value_se, "resolved")


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
    spline = scipy.interpolate.CubicSpline(t[inside][keep], y[inside][keep])
    minima = [time for time in spline.derivative().roots(extrapolate=False) if spline(time, 2) > 0]
    if not minima:
        return nothing
    best = min(minima, key=spline)
    return float(best), float(spline(best))


def _rise(t: Floats, parts: Floats, fit: Fit) -> float:
    """Standard errors that the curve rises by on that side of its minimum where it rises less."""
    above = parts - (parts[:, fit.piece] @ fit.weights)[:, None]
    error = above.std(axis=0, ddof=1) / np.sqrt(len(parts))
    # Without noise any rise is one; where there is no value, there is none.
    unknown = np.where(error == 0, np.inf, 0.0)
    rise = np.divide(above.mean(axis=0), error, out=unknown, where=error > 0)
    return min(float(rise[side].max(initial=0.0)) for side in (t < fit.time, t > fit.time))


def _halves(fit: _Fits, parts: Floats) -> tuple[Floats, Floats, Floats] | None:
    """Times that halves of the groups choose, and their own and the other half's values there.

    Each of shape (2 DIVISIONS,); None if a half has no minimum.
    """
    dice = np.random.default_rng(0)
    n, middle = len(parts), len(parts) // 2
    means = np.zeros((2 * DIVISIONS, n))
    for first, second in zip(means[::2], means[1::2], strict=True):
        groups = dice.permutation(n)
        first[groups[:middle]], second[groups[middle:]] = 1 / middle, 1 / (n - middle)
    curves = means @ parts
    finite = np.isfinite(curves)
    found = []
    for i, curve in enumerate(curves):
        chosen = fit(curve)
        if chosen is None or not finite[i ^ 1, chosen.piece].all():
            return None
        weights, piece = chosen.weights, chosen.piece
        found.append((chosen.time, weights @ curve[piece], weights @ curves[i ^ 1, piece]))
    times, own, others = np.array(found).T
    return times, own, others


class _Fits:
    """Polynomials around the lowest points of curves over the same times."""

    def __init__(self, t: Floats, slack: Floats) -> None:
        self._t, self._slack = t, slack
        self._solved: dict[tuple[int, int], tuple[Floats, Ints, Floats]] = {}

    def __call__(self, y: Floats) -> Fit | None:
        """The fit to one curve, shape (time,); None if it has too few values."""
        piece = _piece(y, self._slack)
        if piece is None:
            return None
        inside = self._t[piece]
        solve, powers, values = self._solver(piece)
        coefficients = solve @ y[piece]
        heights = values @ coefficients
        lowest = int(np.argmin(heights))
        u = GRID[lowest]
        if 0 < lowest < len(GRID) - 1:
            before, here, after = heights[lowest - 1 : lowest + 2]
            bend = before - 2 * here + after
            u += (before - after) / (2 * bend) * (GRID[1] - GRID[0]) if bend > 0 else 0.0
        # At the ends to the bit, so that they are recognised.
        time = np.interp(u, (-1, 1), (inside[0], inside[-1]))
        return Fit(float(time), piece, u**powers @ solve)

    def _solver(self, piece: slice) -> tuple[Floats, Ints, Floats]:
        """Matrix from values on a piece to coefficients, their powers, and values on GRID."""
        key = piece.start, piece.stop
        if key not in self._solved:
            inside = self._t[piece]
            degree = DEGREE if len(inside) >= 2 * (DEGREE + 1) else 2
            # From -1 to 1, so that powers keep their digits.
            u = 2 * (inside - inside[0]) / (inside[-1] - inside[0]) - 1
            solve = np.linalg.pinv(np.vander(u, degree + 1))
            self._solved[key] = solve, np.arange(degree, -1, -1), np.vander(GRID, degree + 1)
        return self._solved[key]


def _piece(y: Floats, slack: Floats) -> slice | None:
    """The run of points around the lowest one that lie at most DEPTH and its slack above it.

    The lowest one is that with the lowest upper bound: noise is lowest where there is most of it.
    """
    finite = np.isfinite(y)
    if not finite.any():
        return None
    lowest = int(np.argmin(np.where(finite, y + slack, np.inf)))
    outside = ~(finite & (y <= y[lowest] + DEPTH * abs(y[lowest]) + slack[lowest]))
    # The lowest point is near itself: 0 says that nothing on that side is outside.
    before, after = int(outside[lowest::-1].argmax()), int(outside[lowest:].argmax())
    start = lowest - before + 1 if before else 0
    stop = lowest + after if after else len(y)
    while stop - start < FEWEST_TIMES and (start > 0 or stop < len(y)):
        start, stop = max(start - 1, 0), min(stop + 1, len(y))
    inside = slice(start, stop)
    return inside if stop - start >= FEWEST_TIMES and finite[inside].all() else None
