"""From deviations of twins to what the method is off by at the length of the model."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.model.arrays import Floats

TRENDS = ("falls", "flat", "untested", "slow")
"""Deviations fall with S, or they do not; or there are not two twins with a value; or they fall
more slowly than S^(-SLOWEST_POWER)."""

SLOWEST_POWER = 0.5
"""Power of 1/S below which no a/S + b/S^2 is believed: fluctuations at critical points scale so."""

POWERS = ((1,), (2,), (1, 2))
"""Powers of 1/S in the curves through the deviations, the last of them is the estimate."""

RECOGNISED = 2.0
"""Standard errors by which a deviation stands out."""


class Extrapolated(NamedTuple):
    """What values are off by, each of their shape.

    Attributes:
        value: the bias, with its sign.
        error: what it may be off by itself.
        trend: codes of TRENDS.
    """

    value: Floats
    error: Floats
    trend: NDArray[np.int8]

    def at(self, index: Any) -> Extrapolated:
        """A part of the values."""
        return Extrapolated(self.value[index], self.error[index], self.trend[index])


def extrapolated(shares: Floats, values: Floats, errors: Floats) -> Extrapolated:
    """Deviations at the share 1, by least squares of a/S + b/S^2.

    Its error has the standard errors of the deviations in it, and the largest difference to a/S,
    to b/S^2; where deviations do not fall, it is as large as they are, and where they fall slowly
    as large as their own power of S makes them.

    Args:
        shares: lengths of twins over those of the model, shape (twin,).
        values, errors: of deviations in units of the model, shape (twin, ...); NaN where unknown.
    """
    if np.array_equal(shares, [1.0]):  # the model itself
        trend = np.where(np.isfinite(values[0]), 0, TRENDS.index("untested"))
        return Extrapolated(values[0], errors[0], trend.astype(np.int8))
    shape = values.shape[1:]
    columns = values.reshape(len(shares), -1), errors.reshape(len(shares), -1)
    found = [_one(1 / shares, *pair) for pair in zip(*(c.T for c in columns), strict=True)]
    value, error, trend = (np.array(part).reshape(shape) for part in zip(*found, strict=True))
    return Extrapolated(value, error, trend.astype(np.int8))


def _one(x: Floats, values: Floats, errors: Floats) -> tuple[float, float, int]:
    known = np.isfinite(values) & np.isfinite(errors)
    if np.count_nonzero(known) < 2:
        return np.nan, np.nan, TRENDS.index("untested")
    x, values, errors = x[known], values[known], errors[known]
    # Curves are no truer than to some per cent of the deviations, however small the errors are.
    errors = np.hypot(errors, 0.05 * np.abs(values).max()) + np.finfo(float).tiny
    fits = []
    for powers in POWERS:
        design = x[:, None] ** np.array(powers) / errors[:, None]
        inverse = np.linalg.pinv(design)
        fits.append(
            (float(np.sum(inverse @ (values / errors))), float(np.linalg.norm(inverse.sum(axis=0))))
        )
    (value, sampling) = fits[-1]
    others = [one for one, _ in fits]
    last, first = np.abs(values[np.argmin(x)]), np.abs(values[np.argmax(x)])
    falls = last < max(first, RECOGNISED * errors[np.argmin(x)])
    spread = max(abs(other - value) for other in others)
    trend = "falls" if falls else "flat"
    if not falls:
        spread = max(spread, float(np.abs(values).max()))
    elif (power := _slow_power(x, values, errors)) is not None:
        trend, spread = "slow", max(spread, float(last * np.min(x) ** -power))
    return value, float(np.hypot(sampling, spread)), TRENDS.index(trend)


def _slow_power(x: Floats, values: Floats, errors: Floats) -> float | None:
    """The power of 1/S with which deviations fall, if all stand out and it is surely too low."""
    if np.any(np.abs(values) < RECOGNISED * errors) or np.ptp(np.sign(values)):
        return None
    weights = np.log(x) - np.log(x).mean()
    weights /= np.sum(weights**2)
    power = float(weights @ np.log(np.abs(values)))
    noise = float(np.linalg.norm(weights * errors / values))
    return max(power, 0.0) if power + RECOGNISED * noise < SLOWEST_POWER else None


REACH = 0.25
"""How far times of a twin are from those of the model that they tell of, as a share."""

NEARBY = (0.8, 0.9, 1.1, 1.25)
"""Shares of a time at which twins are looked at, too."""


def with_neighbours(times: tuple[float, ...]) -> tuple[float, ...]:
    """Times, and others near them where there are none: `envelope` looks at these, too."""
    near = [share * time for time in times for share in NEARBY if share * time < times[-1]]
    found = list(times)
    for time in near:
        if min(abs(time - other) for other in found) > 0.05 * time:
            found.append(time)
    return tuple(sorted(found))


def envelope(found: Extrapolated, times: Floats) -> Extrapolated:
    """Errors such that each time is as uncertain as those near it make it.

    Twins move in time, as what grows from noise takes a time of log S: values that are off at one
    time of a twin are off at another one of the model.

    Args:
        found: over `times` first, as of `with_neighbours`.
    """
    size = np.hypot(found.value, found.error)
    error = found.error.copy()
    for place, time in enumerate(times):
        near = np.abs(times - time) <= REACH * time * (1 + 1e-9)
        with np.errstate(invalid="ignore"):
            largest = np.fmax.reduce(size[near], axis=0)
        error[place] = np.sqrt(np.fmax(largest**2 - found.value[place] ** 2, error[place] ** 2))
    return found._replace(error=error)
