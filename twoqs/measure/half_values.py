"""What values of any kind are off by in a window, from their sums in its first half."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from twoqs.measure import Observable
from twoqs.measure.drift import HalfValues, Stationarity, relaxation_of, stationarity_of
from twoqs.measure.halves import AT_START, IN_FIRST_HALF, TESTED, beside, sums_when
from twoqs.measure.phases import phase_is_free
from twoqs.measure.records import group_sizes
from twoqs.measure.statistics import Estimate, Sums, join
from twoqs.measure.statuses import GROUPS_FOR_ERRORS
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model

FOR_HALVES = 128
"""Groups of trajectories that correlations of halves are made of, which knows them to 0.09."""

NOT_CORRELATED = 7
"""So few numbers say nothing of a correlation."""

Estimates = dict[str, Estimate]


def parts_of_window(model: Model, parts: Sums, sums: Sums, relaxation: Stationarity) -> list[Sums]:
    """Sums that drifts of values come from, beside those of the window.

    As if moments were not off; and, where rows tell, at time 0 and in both halves.

    Args:
        parts: of all rows, as of `RecordLayout.split`.
        sums: those that values are made of.
    """
    return [_shifted(model, sums, relaxation), *_in_halves(parts, sums)]


def bias_of_moments(found: Estimates, shifted: Estimates) -> dict[str, Floats]:
    """What values are off by with its sign, of those that are made of moments alone.

    They are off as moments are, whose halves are known of each trajectory.

    Args:
        found: estimates in the whole window.
        shifted: those of the first sums of `parts_of_window`.
    """
    with np.errstate(invalid="ignore"):  # what diverges
        bias = {name: found[name].whole - one.whole for name, one in shifted.items()}
    return {name: value for name, value in bias.items() if not np.isnan(value).all()}


def drifts_of(
    model: Model,
    numerics: Numerics,
    found: Estimates,
    halves: list[Estimates],
    relaxation: Stationarity,
    bias: dict[str, Floats],
    slowest: float,
    observables: dict[str, Observable],
) -> tuple[Stationarity, dict[str, Floats]]:
    """How all that is measured relaxes, and what values are off by, by their sums in the halves.

    Args:
        found: estimates in the whole window.
        halves: those of the other sums of `parts_of_window`.
        relaxation: of moments.
        bias: `bias_of_moments`.
        slowest: time that values relax in at most: `slowest_of` them.

    Returns:
        By names of observables that are made of averages; of what they are off by, those alone of
        which it is known.
    """
    assert numerics.average is not None
    names = [n for n in found if n not in bias and np.isfinite(halves[1][n].whole).any()]
    if names:
        tested, more = _by_halves(numerics.average, found, halves, names, slowest)
        relaxation, bias = relaxation.joined(tested), bias | more
    return relaxation, bias | _of_fits(model, numerics, observables, halves[1:], slowest)


def slowest_of(model: Model, numerics: Numerics, parts: Sums, relaxation: Stationarity) -> float:
    """The longest relaxation time of moments, those included that turn with a free phase.

    No mean depends on such a phase, but that of one site relative to another may be measured.
    """
    if not phase_is_free(model):
        return relaxation.slowest
    with_phases = relaxation_of(model, numerics, parts, free=False)
    assert with_phases is not None
    return with_phases.slowest


def _shifted(model: Model, sums: Sums, relaxation: Stationarity) -> Sums:
    """Sums of all rows together, shape (1, ...), as if moments were not off; NaN of other sums."""
    sums = {name: part.sum(axis=0, keepdims=True) for name, part in sums.items()}
    groups = sums["sums"].shape[-1]
    owner = np.repeat(np.arange(len(model.members)), [m.n_sites for m in model.members])
    sizes = group_sizes(model, groups)
    bias = relaxation.bias[:, owner[np.cumsum(sizes) - 1]]
    if bias.ndim > 2:  # of several points
        bias = np.moveaxis(bias, -1, 0)
    shifted = sums["sums"].copy()
    shifted[:, :, : len(TESTED)] -= sums["count"][:, :, None, None] * (bias * sizes)
    others = {name: np.nan * part for name, part in sums.items() if name not in ("sums", "count")}
    return {**sums, **others, "sums": shifted}


def _in_halves(parts: Sums, names: Iterable[str]) -> list[Sums]:
    """Sums at time 0, of all rows together, and in both halves; nothing where rows tell of none.

    Args:
        names: of those parts that observables are made of.
    """
    count = parts.get(beside(IN_FIRST_HALF, "count"))
    # What older records do not tell is zero.
    told = np.zeros(0, bool) if count is None else count[:, 0] > 0
    if np.count_nonzero(told) < 2:
        return []
    rows = {name: join(part[told], FOR_HALVES) for name, part in parts.items()}
    begun, first = (sums_when(rows, names, when) for when in (AT_START, IN_FIRST_HALF))
    second = {name: rows[name] - first[name] for name in names}
    return [{name: part.sum(axis=0, keepdims=True) for name, part in begun.items()}, first, second]


def _by_halves(
    average: tuple[float, float],
    found: Estimates,
    halves: list[Estimates],
    names: list[str],
    slowest: float,
) -> tuple[Stationarity, dict[str, Floats]]:
    """DRIFT of values in the halves of a window, and what they are off by.

    Correlations of halves come from the pseudo-values of the jackknife over groups of
    trajectories. They are few, so a value relaxes as slowly as moments do unless they exclude it.

    Args:
        average: the window.
        found: estimates in the whole window.
        halves: at time 0, and in both halves; NaN where that is not known.
        names: of the values to look at.
        slowest: relaxation time of moments.

    Returns:
        The test of all of these values, one behind the other; and what each is off by.
    """
    begun = np.concatenate([halves[0][name].whole.ravel() for name in names])
    first, second = (
        np.concatenate([_pseudo_values(one[name]) for name in names], axis=1) for one in halves[1:]
    )
    count = len(first)
    error = np.concatenate([found[name].error.ravel() for name in names])
    size = np.max(np.abs(np.concatenate([first, second])), axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        change_error = np.std(second - first, axis=0, ddof=1) / np.sqrt(count)
        a, b = first - first.mean(axis=0), second - second.mean(axis=0)
        rho = (a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
        tested = stationarity_of(
            HalfValues(begun, first.mean(0), second.mean(0), change_error, rho, count),
            error, average, size, slowest,
        )  # fmt: skip
    known = np.isfinite(change_error)
    sure = known & (count >= GROUPS_FOR_ERRORS)
    # Groups are too few for correlations by themselves to alarm; those of moments do.
    tested = tested._replace(
        bias=np.where(known, tested.bias, np.nan),
        drifts=tested.drifts & sure,
        remembers=np.zeros_like(sure),
        moved=tested.moved & sure,
    )
    ends = np.cumsum([found[name].value.size for name in names])[:-1]
    shaped = zip(names, np.split(tested.bias, ends), strict=True)
    return tested, {name: bias.reshape(found[name].value.shape) for name, bias in shaped}


def _of_fits(
    model: Model,
    numerics: Numerics,
    observables: dict[str, Observable],
    halves: list[Estimates],
    slowest: float,
) -> dict[str, Floats]:
    """What fits are off by, from fits in both halves; NaN where one of them finds nothing.

    Args:
        halves: both; the errors of their fits are taken for independent.
        slowest: relaxation time of what is measured. What the window is too short for is not
            extrapolated: fits relax to twice their change, about.
    """
    assert numerics.average is not None
    start, end = numerics.average
    longest = min(slowest, end - start)
    bias = {}
    for fit in dict.fromkeys(record.fit for record in observables.values() if record.fit):
        first, second = (fit.make(model, numerics, one[fit.of]).values for one in halves)
        for name in first:
            (a, a_error), (b, b_error) = (
                np.array(one[name], np.float64) for one in (first, second)
            )
            values = HalfValues(
                a * np.nan, a, b, np.hypot(a_error, b_error), a * np.nan, NOT_CORRELATED
            )
            tested = stationarity_of(values, a_error, (start, end), np.abs(a), longest)
            bias[name] = np.where(np.isfinite(a + b), tested.bias, np.nan)
    return bias


def _pseudo_values(estimate: Estimate) -> Floats:
    """What each group contributes to values, whose mean is that without bias to first order.

    Shape (group, value).
    """
    replicates = estimate.replicates
    with np.errstate(invalid="ignore"):  # what diverges
        values = len(replicates) * estimate.whole - (len(replicates) - 1) * replicates
    return values.reshape(len(values), -1)
