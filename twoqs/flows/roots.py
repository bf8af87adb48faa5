"""The root of a function between two points, by Brent's method."""

from __future__ import annotations

from collections.abc import Callable

ITERATIONS = 100
"""Of a search at most; roots of a high order are not found in so few."""


def brent(f: Callable[[float], float], a: float, b: float, xtol: float, rtol: float) -> float:
    """The root of f between a and b, where its signs differ, to xtol + rtol |x|.

    To the bit what `scipy.optimize.brentq` finds, whose package takes longer to load than a run of
    one spin (R. P. Brent, Algorithms for Minimization without Derivatives, 1973, chapter 4).

    Raises:
        ValueError: if the signs do not differ.
        ArithmeticError: if it is not found.
    """
    last, best, end = a, b, a
    f_last, f_best = f(last), f(best)
    if f_last == 0.0:
        return last
    if f_best != 0.0 and (f_last < 0.0) == (f_best < 0.0):
        raise ValueError(f"f({a:g}) and f({b:g}) must have different signs")
    f_end = before = step = 0.0
    for _ in range(ITERATIONS):
        if f_last != 0.0 and f_best != 0.0 and (f_last < 0.0) != (f_best < 0.0):
            end, f_end = last, f_last
            before = step = best - last
        if abs(f_end) < abs(f_best):
            last, best, end = best, end, best
            f_last, f_best, f_end = f_best, f_end, f_best
        tolerance = (xtol + rtol * abs(best)) / 2
        half = (end - best) / 2
        if f_best == 0.0 or abs(half) < tolerance:
            return best
        shorter = None
        if abs(before) > tolerance and abs(f_best) < abs(f_last):
            shorter = _interpolated((last, f_last), (best, f_best), (end, f_end))
            if not 2 * abs(shorter) < min(abs(before), 3 * abs(half) - tolerance):
                shorter = None
        before, step = (half, half) if shorter is None else (step, shorter)
        last, f_last = best, f_best
        best += step if abs(step) > tolerance else (tolerance if half > 0 else -tolerance)
        f_best = f(best)
    raise ArithmeticError(f"no root between {a:g} and {b:g} in {ITERATIONS} steps")


def _interpolated(
    last: tuple[float, float], best: tuple[float, float], end: tuple[float, float]
) -> float:
    """The step from the best point to the root of the inverse quadratic through all three."""
    (x_last, f_last), (x_best, f_best), (x_end, f_end) = last, best, end
    if x_last == x_end:  # the line through two
        return -f_best * (x_best - x_last) / (f_best - f_last)
    to_last = (f_last - f_best) / (x_last - x_best)
    to_end = (f_end - f_best) / (x_end - x_best)
    return -f_best * (f_end * to_end - f_last * to_last) / (to_end * to_last * (f_end - f_last))
