"""What values of any kind are off by in a window, from their sums in its first half."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twoqs.measure import Observable
from twoqs.measure.drift import HalfValues, Stationarity, relaxation_of, stationarity_of
from twoqs.measure.estimates import estimator_of, sums_of
from twoqs.measure.halves import AT_START, IN_FIRST_HALF, TESTED, beside, sums_when
from twoqs.measure.records import group_sizes
from twoqs.measure.statistics import Estimate, Sums, jackknife
from twoqs.measure.statuses import GROUPS_FOR_ERRORS
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model

Estimator = Callable[[Sums], dict[str, Floats]]


def drifts_of(
    model: Model,
    numerics: Numerics,
    parts: Sums,
    observables: dict[str, Observable],
    estimates: dict[str, Estimate],
) -> tuple[Stationarity | None, dict[str, Floats]]:
    """How what is measured relaxes, and what values are off by, NaN where that is not known.

    What is made of moments alone is off as they are, whose halves are known of each trajectory;
    other values by their sums in the halves.

    Args:
        parts: of all rows, as of `RecordLayout.split`.
        estimates: of all observables that are made of averages.
    """
    relaxation = relaxation_of(model, numerics, parts)
    if relaxation is None or numerics.average is None:
        return None, {}
    estimator = estimator_of(model, numerics, observables)
    totals = {name: part.sum(axis=0, keepdims=True) for name, part in sums_of(parts).items()}
    with np.errstate(invalid="ignore", divide="ignore"):
        drift = _by_moments(model, totals, relaxation, estimator)
    others = {name: estimates[name] for name in drift if np.isnan(drift[name]).all()}
    found, biases = _by_halves(numerics.average, parts, estimator, others, relaxation.slowest)
    if found is not None:
        relaxation = relaxation.joined(found)
    return relaxation, drift | {name: np.abs(bias[0]) for name, bias in biases.items()}


def _by_moments(
    model: Model,
    sums: Sums,
    relaxation: Stationarity,
    estimator: Estimator,
) -> dict[str, Floats]:
    """What values that are made of moments are off by, to first order in what moments are off by.

    Args:
        sums: of all rows together, as `estimator` takes them, shape (1, ...).

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
    before, after = estimator(sums), estimator({**sums, **others, "sums": shifted})
    return {name: np.abs(after[name] - before[name])[0, 0] for name in before}


def _by_halves(
    average: tuple[float, float],
    parts: Sums,
    estimator: Estimator,
    estimates: dict[str, Estimate],
    slowest: float,
) -> tuple[Stationarity | None, dict[str, Floats]]:
    """DRIFT of values in the halves of a window, and what they are off by.

    Correlations of halves come from the pseudo-values of the jackknife over groups of
    trajectories. They are few, so a value relaxes as slowly as moments do unless they exclude it.

    Args:
        average: the window.
        parts: of all rows, as of `RecordLayout.split`.
        estimator: makes values of sums; they are NaN where sums are.
        estimates: of the values to look at, in the whole window.
        slowest: relaxation time of moments.

    Returns:
        The test of all those that records tell of, one behind the other; None where they tell of
        none. And what each value is off by, NaN where that is not known.
    """
    halves = _in_halves(parts, estimator, list(estimates))
    if not halves:
        return None, {}
    names = list(halves)
    begun, first, second = (
        np.concatenate([halves[name][i].reshape(len(halves[name][i]), -1) for name in names], 1)
        for i in range(3)
    )
    count = len(first)
    error = np.concatenate([estimates[name].error.ravel() for name in names])
    size = np.max(np.abs(np.concatenate([first, second])), axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        change_error = np.std(second - first, axis=0, ddof=1) / np.sqrt(count)
        a, b = first - first.mean(axis=0), second - second.mean(axis=0)
        rho = (a * b).sum(axis=0) / np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
        found = stationarity_of(
            HalfValues(begun.mean(0), first.mean(0), second.mean(0), change_error, rho, count),
            error, average, size, slowest,
        )  # fmt: skip
    known = np.isfinite(change_error)
    sure = known & (count >= GROUPS_FOR_ERRORS)
    # Groups are too few for correlations by themselves to alarm; those of moments do.
    found = found._replace(
        bias=np.where(known, found.bias, np.nan),
        drifts=found.drifts & sure,
        remembers=np.zeros_like(sure),
        moved=found.moved & sure,
    )
    ends = np.cumsum([estimates[name].value.size for name in names])[:-1]
    shaped = zip(names, np.split(found.bias, ends), strict=True)
    return found, {name: bias.reshape(estimates[name].value.shape) for name, bias in shaped}


def _in_halves(
    parts: Sums, estimator: Estimator, names: list[str]
) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Pseudo-values, shape (group, ...), at time 0 and in both halves; of what has values there."""
    count = parts.get(beside(IN_FIRST_HALF, "count"))
    # What older records do not tell is zero.
    told = np.zeros(0, bool) if count is None else count[:, 0] > 0
    if np.count_nonzero(told) < 2:
        return {}
    rows = {name: part[told] for name, part in parts.items()}
    whole = sums_of(rows)
    first = sums_when(rows, whole, IN_FIRST_HALF)
    sums = sums_when(rows, whole, AT_START), first, {n: whole[n] - first[n] for n in whole}
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [_pseudo_values(one, estimator, names) for one in sums]
    known = [name for name in names if np.isfinite(found[1][name]).any()]
    return {name: (found[0][name], found[1][name], found[2][name]) for name in known}


def _pseudo_values(sums: Sums, estimator: Estimator, names: list[str]) -> dict[str, Floats]:
    """What each group contributes to values, whose mean is that without bias to first order."""
    estimates = jackknife(sums, estimator)
    return {
        name: len(estimates[name].replicates) * estimates[name].whole
        - (len(estimates[name].replicates) - 1) * estimates[name].replicates
        for name in names
    }
