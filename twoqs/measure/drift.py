"""Whether a window begins late enough: two tests of its halves, and what it is off by if not.

Trajectories are independent. Of one let a and b be the averages of a quantity over the halves of
the window (t0, t0 + T). DRIFT compares their means. MEMORY takes a relaxation time tau from their
correlation over trajectories, for a quantity that forgets as exp(-t/tau)

    rho = (1 - exp(-u))^2 / (2 (u - 1 + exp(-u))),   u = T/(2 tau).

Of a value that begins at v(0) and decays to v, the mean of the window is off by m (v(0) - v), with
m = exp(-t0/tau) (1 - exp(-2u))/(2u). So it is off by -m/(1 - m) times its distance from v(0), and
by (a - b) coth(u/2)/2 by its halves.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import scipy  # its packages are loaded when first used
from numpy.typing import NDArray

from twoqs.measure.halves import AT_START, OF_HALVES, TESTED
from twoqs.measure.phases import phase_is_free
from twoqs.measure.statistics import Sums
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.kinds import MODE
from twoqs.model.model import Model

FALSE_ALARMS = 0.01
"""Probability that DRIFT alarms of a stationary window, by any of its quantities."""

CAUTION = 2.0
"""Standard errors by which correlations are taken to be smaller than they seem (Fisher's z)."""

LEAST_MEMORY = 0.05
"""Share of the distance to the start that a window may remember, if that exceeds its error."""

INFINITE = 1e6
"""Relaxation times beyond so many windows are not told from infinite ones."""

LATEST_END = 10.0
"""Relaxation times, in units of the window's end, that estimates of what is missing assume at most:
what has moved ever faster so far does not tell where it stops."""

CONSERVED = 1e-9
"""Relative change of a quantity that is conserved, to rounding."""

TIMES, SMALLEST_RATIO = 2000, 1e-300
"""From 1/100 to INFINITE halves of a window, so close that interpolation is exact to 1e-4."""

WITH_PHASE = [0, 1, 3, 4]
"""Those of TESTED that turning about z changes."""

WINDOW_FLAG, RELAXATION_TIME = "relaxation", "relaxation_time"
"""Variables of windows: a flag with one of WINDOW_WORDS, and a time."""

RELAXED, DRIFTING, REMEMBERING, UNKNOWN = "relaxed", "drifting", "remembering", "unknown"
ALARMS = (DRIFTING, REMEMBERING)
WINDOW_WORDS = (RELAXED, DRIFTING, REMEMBERING, UNKNOWN)


class HalfValues(NamedTuple):
    """What is known of values over the halves of a window, arrays of one shape.

    Attributes:
        begun: at time 0; NaN where that is not known.
        first, second: over the halves.
        change_error: standard error of their difference.
        rho: their correlation.
        numbers: how many independent ones these are made of.
    """

    begun: Floats
    first: Floats
    second: Floats
    change_error: Floats
    rho: Floats
    numbers: float


class Stationarity(NamedTuple):
    """How each tested quantity relaxes, arrays of shape (quantity, member), or of values.

    Attributes:
        bias: what the mean of the window is off by, about, with its sign.
        time: relaxation times; 0 where halves are not correlated, infinite beyond INFINITE.
        drifts, remembers: which of the tests alarm.
        moved: whether the mean of the window is another than the value at time 0, beyond noise.
    """

    bias: Floats
    time: Floats
    drifts: NDArray[np.bool_]
    remembers: NDArray[np.bool_]
    moved: NDArray[np.bool_]

    @property
    def alarmed(self) -> NDArray[np.bool_]:
        """Whether any test alarms."""
        return np.asarray(self.drifts | self.remembers)

    @property
    def word(self) -> str:
        """The outcome, one of WINDOW_WORDS."""
        if self.drifts.any():
            return DRIFTING
        return REMEMBERING if self.remembers.any() else RELAXED

    @property
    def slowest(self) -> float:
        """The longest relaxation time of those that alarm; if none does, of all that has moved.

        What is zero by symmetry at the start and in the window may take as long as it likes.
        """
        chosen = self.alarmed if self.alarmed.any() else self.moved
        return float(np.max(self.time[chosen], initial=0.0))

    def at(self, point: int) -> Stationarity:
        """That of one of several points."""
        values: list[Any] = [one[..., point] for one in self]
        return Stationarity(*values)

    def joined(self, other: Stationarity) -> Stationarity:
        """This one and another, one behind the other."""
        pairs = zip(self, other, strict=True)
        return Stationarity(*(np.concatenate([one.ravel(), two.ravel()]) for one, two in pairs))


def relaxation_of(
    model: Model,
    numerics: Numerics,
    parts: Sums,
    free: bool | NDArray[np.bool_] | None = None,
) -> Stationarity | None:
    """Both tests of x, y, z and their squares, of the mean over the sites of each member.

    Args:
        parts: of all rows, as of `RecordLayout.split`, or of `split_together`.
        free: whether there is a phase that no mean depends on, see `twoqs.measure.phases`; found
            out if left out. Its memory does not count: x, y and their squares remember as z and its
            square do: of a mode z is n, of a spin its square is all but x^2 + y^2. Of several
            points one for each.

    Returns:
        None where records hold no halves, or too few trajectories for a correlation. Of several
        points arrays with these as last axis.
    """
    counts = parts.get(f"{OF_HALVES}:count", np.zeros((1, 1)))
    # All points have as many.
    total = float(counts.sum(axis=0).flat[0])
    if numerics.average is None or not total > 3 + CAUTION**2:
        return None
    a, b, aa, bb, ab = parts[f"{OF_HALVES}:sums"].sum(axis=0) / total
    factor = total / (total - 1)
    va, vb, cov = factor * (aa - a * a), factor * (bb - b * b), factor * (ab - a * b)
    with np.errstate(invalid="ignore", divide="ignore"):
        error_of_change = np.sqrt(np.maximum(va + vb - 2 * cov, 0.0) / total)
        rho = cov / np.sqrt(va * vb)
    free = phase_is_free(model) if free is None else free
    rho[WITH_PHASE] = np.where(free, np.fmax(rho[2], rho[5]), rho[WITH_PHASE])
    error = np.sqrt(np.maximum(va + vb + 2 * cov, 0.0) / (4 * total))
    halves = HalfValues(_at_start(model, parts), a, b, error_of_change, rho, total)
    size = np.sqrt(np.maximum(aa, bb))
    found = stationarity_of(halves, error, numerics.average, size, points=counts[0].size)
    most = _farthest(model)
    most = most.reshape(*most.shape, *[1] * (a.ndim - most.ndim))
    seen = _time_of(np.where(np.isfinite(rho), rho, 0.0), _half(numerics.average))
    return found._replace(bias=np.clip(found.bias, -most, most), time=np.maximum(found.time, seen))


def stationarity_of(
    halves: HalfValues,
    error: Floats,
    average: tuple[float, float],
    size: Floats,
    elsewhere: float = 0.0,
    points: int = 1,
) -> Stationarity:
    """Both tests of any values.

    Args:
        error: standard errors of the values in the window.
        average: the window.
        size: of the values, to which rounding is relative.
        elsewhere: a relaxation time that other quantities have: where the correlation of halves is
            not known well, these relax as slowly as that.
        points: how many the values are of, each with an alarm of its own.

    Returns:
        Times as short as correlations allow, and as changes tell.
    """
    begun, a, b, change_error, rho, count = halves
    start, half = average[0], _half(average)
    known, mean, change = np.isfinite(begun), (a + b) / 2, b - a
    scale = CONSERVED * np.fmax(np.abs(begun), size)
    moved = np.where(np.abs(mean - begun) > scale, mean - begun, 0.0)
    quantile = _quantile(a.size // points, count)
    drifts = np.abs(change) > np.maximum(quantile * change_error, scale)
    margin = CAUTION / math.sqrt(count - 3) if count > 3 + CAUTION**2 else math.inf
    z = np.arctanh(np.clip(np.where(np.isfinite(rho), rho, 0.0), -1 + 1e-15, 1 - 1e-15))
    sure = _time_of(np.tanh(z - margin), half)
    time = np.maximum(sure, np.minimum(_time_of(np.tanh(z + margin), half), elsewhere))
    remembers = (_memory(start, half, sure) > LEAST_MEMORY) & (
        np.abs(_share(start, half, sure) * moved) > error
    )
    bias = -_share(start, half, time) * moved
    if drifts.any():
        by_means = _time_of_change(change[drifts], (a - begun)[drifts], start, half)
        sure[drifts] = np.maximum(sure[drifts], np.where(known[drifts], by_means, 2 * half))
    latest = LATEST_END * (start + 2 * half)
    slowest = np.minimum(np.where(drifts, np.maximum(time, sure), time), latest)
    with np.errstate(divide="ignore", invalid="ignore"):
        off = -change / 2 / np.tanh(half / slowest / 2)
    # Where the beginning is not known, what is missing is known from the change alone.
    by_change = drifts | (~known & (_memory(start, half, time) > LEAST_MEMORY))
    bias = np.where(known, bias, 0.0)
    bias = np.where(by_change & (np.abs(off) > np.abs(bias)), off, bias)
    return Stationarity(bias, sure, drifts, remembers, np.abs(moved) > quantile * error)


def _at_start(model: Model, parts: Sums) -> Floats:
    """Means of TESTED at time 0, over the sites of each member, shape (quantity, member)."""
    totals = parts[f"{AT_START}:sums"].sum(axis=0)[: len(TESTED)]
    counts = np.array([member.n_sites for member in model.members])
    if totals.shape[1] != len(counts):
        totals = np.add.reduceat(totals, np.cumsum([0, *counts[:-1]]), axis=1)
    counts = counts.reshape(-1, *[1] * (totals.ndim - 2))
    return np.asarray(totals / counts / parts[f"{AT_START}:count"].sum(axis=0))


def _farthest(model: Model) -> Floats:
    """Largest distance of two values of each of TESTED, shape (quantity, member)."""
    spins = np.array([np.inf if m.kind == MODE else m.spin for m in model.members])
    return np.stack([2 * spins] * 3 + [spins * (spins + 1)] * 3)


def _quantile(tests: int, trajectories: float) -> float:
    """Of Student's distribution, for FALSE_ALARMS shared by so many tests."""
    return float(scipy.special.stdtrit(trajectories - 1, 1 - FALSE_ALARMS / (2 * tests)))


def _half(average: tuple[float, float]) -> float:
    """Length of half a window."""
    return (average[1] - average[0]) / 2


def _correlation(u: Floats) -> Floats:
    """Of the averages of two neighbouring intervals of u relaxation times each."""
    return np.asarray(np.where(u < 1e-3, 1 - u / 3, np.expm1(-u) ** 2 / (2 * (u + np.expm1(-u)))))


@cache
def _correlations() -> tuple[Floats, Floats]:
    """Rising correlations and ln(u), so close that interpolation is exact to 1e-5."""
    u = np.geomspace(1e3, 1 / INFINITE, 10_000)
    return _correlation(u), np.log(u)


def _time_of(rho: Floats, half: float) -> Floats:
    """Relaxation times of averages over two halves that are correlated so."""
    known, logarithms = _correlations()
    u = np.exp(np.interp(rho, known, logarithms))
    return np.where(rho >= known[-1], math.inf, np.where(rho <= known[0], 0.0, half / u))


def _memory(start: float, half: float, time: Floats) -> Floats:
    """Share of the distance to its beginning that the mean of a window has kept."""
    with np.errstate(divide="ignore", invalid="ignore"):
        length = 2 * half / time
        kept = np.exp(-start / time) * -np.expm1(-length) / length
    return np.where(time == 0, 0.0, np.where(np.isinf(time), 1.0, kept))


def _share(start: float, half: float, time: Floats) -> Floats:
    """What is missing of the distance to the end, over the distance that was covered."""
    memory = _memory(start, half, time)
    return memory / np.maximum(1 - memory, CONSERVED)


def _time_of_change(change: Floats, before: Floats, start: float, half: float) -> Floats:
    """Relaxation times of means that have moved so far to the first half, and then to the second.

    The window at least, where they have moved back; infinite where they move ever faster.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(before == 0, math.inf, change / before)

    log_times = np.linspace(math.log(half / 1e2), math.log(half * INFINITE), TIMES)
    u, ago = half / np.exp(log_times), start / np.exp(log_times)
    left = np.exp(-ago) * -np.expm1(-u) / u
    ratios = np.maximum(left * -np.expm1(-u) / (1 - left), SMALLEST_RATIO)
    found = np.interp(np.log(np.maximum(ratio, SMALLEST_RATIO)), np.log(ratios), log_times)
    time = np.where(ratio >= ratios[-1], math.inf, np.exp(found))
    return np.where(ratio <= 0, 2 * half, time)
