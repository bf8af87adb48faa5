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
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import scipy  # its packages are loaded when first used
from numpy.typing import NDArray

from twoqs.measure.halves import AT_START, OF_HALVES, TESTED
from twoqs.measure.records import group_sizes
from twoqs.measure.statistics import Estimator, Sums
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
"""Stationarity times beyond so many windows are not told from infinite ones."""

LATEST_END = 10.0
"""Relaxation times, in units of the window's end, that estimates of what is missing assume at most:
what has moved ever faster so far does not tell where it stops."""

CONSERVED = 1e-9
"""Relative change of a quantity that is conserved, to rounding."""


WINDOW_FLAG, RELAXATION_TIME = "relaxation", "relaxation_time"
"""Variables of windows: a flag with one of WINDOW_WORDS, and a time."""

RELAXED, DRIFTING, REMEMBERING, UNKNOWN = "relaxed", "drifting", "remembering", "unknown"
ALARMS = (DRIFTING, REMEMBERING)
WINDOW_WORDS = (RELAXED, DRIFTING, REMEMBERING, UNKNOWN)


class Stationarity(NamedTuple):
    """How each tested quantity relaxes, arrays of shape (quantity, member).

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


def relaxation_of(model: Model, numerics: Numerics, parts: Sums) -> Stationarity | None:
    """Both tests of x, y, z and their squares, of the mean over the sites of each member.

    Args:
        parts: of all rows, as of `RecordLayout.split`.

    Returns:
        None where records hold no halves, or too few trajectories for a correlation.
    """
    total = float(parts[f"{OF_HALVES}:count"].sum()) if f"{OF_HALVES}:count" in parts else 0.0
    if numerics.average is None or not total > 3 + CAUTION**2:
        return None
    a, b, aa, bb, ab = parts[f"{OF_HALVES}:sums"].sum(axis=0) / total
    factor = total / (total - 1)
    va, vb, cov = factor * (aa - a * a), factor * (bb - b * b), factor * (ab - a * b)
    with np.errstate(invalid="ignore", divide="ignore"):
        error_of_change = np.sqrt(np.maximum(va + vb - 2 * cov, 0.0) / total)
        rho = np.clip(cov / np.sqrt(va * vb), -1 + 1e-15, 1 - 1e-15)
    error = np.sqrt(np.maximum(va + vb + 2 * cov, 0.0) / (4 * total))
    begun, mean = _at_start(model, parts), (a + b) / 2
    scale = CONSERVED * np.maximum(np.abs(begun), np.sqrt(np.maximum(aa, bb)))
    moved = np.where(np.abs(mean - begun) > scale, mean - begun, 0.0)
    far = np.abs(moved) > _quantile(a.size, total) * error
    drifts = np.abs(b - a) > np.maximum(_quantile(a.size, total) * error_of_change, scale)
    start, half = numerics.average[0], (numerics.average[1] - numerics.average[0]) / 2
    known = np.isfinite(rho)
    sure = np.tanh(np.arctanh(np.where(known, rho, 0.0)) - CAUTION / math.sqrt(total - 3))
    most = _farthest(model)
    bias, remembers = np.zeros_like(a), np.zeros_like(drifts)
    time = np.zeros_like(a)
    for place in np.ndindex(a.shape):
        memory = _memory(start, half, _time_of(float(sure[place]), half))
        bias[place] = -memory / max(1 - memory, CONSERVED) * moved[place]
        remembers[place] = memory > LEAST_MEMORY and abs(bias[place]) > error[place]
        time[place] = _time_of(rho[place] if known[place] else 0.0, half)
        if drifts[place]:
            change = b[place] - a[place]
            by_means = _time_of_change(change, a[place] - begun[place], start, half)
            time[place] = max(time[place], by_means)
            slowest = min(time[place], LATEST_END * (start + 2 * half))
            off = -change / 2 / math.tanh(half / slowest / 2)
            bias[place] = off if abs(off) > abs(bias[place]) else bias[place]
    return Stationarity(np.clip(bias, -most, most), time, drifts, remembers, far)


def drift_of(
    model: Model,
    sums: Sums,
    relaxation: Stationarity,
    estimator: Estimator,
    whole: Mapping[str, Floats],
) -> dict[str, Floats]:
    """What values that are made of moments are off by, to first order in what moments are off by.

    Args:
        sums: of all rows together, as `estimator` takes them, shape (1, ...).
        whole: what it has made of them, shape (time, ...).

    Returns:
        By name, of the shape of the value; no negative number. NaN of what depends on other sums
        than those of moments.
    """
    groups = sums["sums"].shape[-1]
    owner = np.repeat(np.arange(len(model.members)), [m.n_sites for m in model.members])
    sizes = group_sizes(model, groups)
    member_of = owner[np.cumsum(sizes) - 1]
    shifted = sums["sums"].copy()
    bias = relaxation.bias[:, member_of] * sizes
    shifted[:, :, : len(TESTED)] -= sums["count"][:, :, None, None] * bias
    others = {name: np.nan * part for name, part in sums.items() if name not in ("sums", "count")}
    after = estimator({**sums, **others, "sums": shifted})
    return {name: np.abs(after[name][0, 0] - value[0]) for name, value in whole.items()}


def _at_start(model: Model, parts: Sums) -> Floats:
    """Means of TESTED at time 0, over the sites of each member, shape (quantity, member)."""
    totals = parts[f"{AT_START}:sums"].sum(axis=0)[: len(TESTED)]
    counts = [member.n_sites for member in model.members]
    if totals.shape[-1] != len(counts):
        totals = np.add.reduceat(totals, np.cumsum([0, *counts[:-1]]), axis=1)
    return np.asarray(totals / np.array(counts) / parts[f"{AT_START}:count"].sum())


def _farthest(model: Model) -> Floats:
    """Largest distance of two values of each of TESTED, shape (quantity, member)."""
    spins = np.array([np.inf if m.kind == MODE else m.spin for m in model.members])
    return np.stack([2 * spins] * 3 + [spins * (spins + 1)] * 3)


def _quantile(tests: int, trajectories: float) -> float:
    """Of Student's distribution, for FALSE_ALARMS shared by so many tests."""
    return float(scipy.special.stdtrit(trajectories - 1, 1 - FALSE_ALARMS / (2 * tests)))


def _correlation(u: float) -> float:
    """Of the averages of two neighbouring intervals of u relaxation times each."""
    if u < 1e-3:
        return 1 - u / 3
    return float(np.expm1(-u) ** 2 / (2 * (u + np.expm1(-u))))


def _time_of(rho: float, half: float) -> float:
    """Stationarity time of averages over two halves that are correlated so."""
    if rho <= 0:
        return 0.0
    least, most = 1 / INFINITE, 1e3
    if rho >= _correlation(least):
        return math.inf
    if rho <= _correlation(most):
        return 0.0
    u = scipy.optimize.brentq(lambda x: _correlation(math.exp(x)) - rho, *np.log([least, most]))
    return half / math.exp(u)


def _memory(start: float, half: float, time: float) -> float:
    """Share of the distance to its beginning that the mean of a window has kept."""
    if time == 0:
        return 0.0
    if math.isinf(time):
        return 1.0
    length = 2 * half / time
    return math.exp(-start / time) * -math.expm1(-length) / length


def _time_of_change(change: float, before: float, start: float, half: float) -> float:
    """Stationarity time of a mean that has moved so far to the first half, and then to the second.

    The window at least, where it has moved back; infinite where it moves ever faster.
    """
    ratio = change / before if before else math.inf
    if ratio <= 0:
        return 2 * half

    def excess(log_time: float) -> float:
        time = math.exp(log_time)
        u = half / time
        left = math.exp(-start / time) * -math.expm1(-u) / u
        return left * -math.expm1(-u) / (1 - left) - ratio

    least, most = math.log(half / 1e2), math.log(half * INFINITE)
    if excess(most) <= 0:
        return math.inf
    if excess(least) >= 0:
        return half / 1e2
    return math.exp(scipy.optimize.brentq(excess, least, most))
