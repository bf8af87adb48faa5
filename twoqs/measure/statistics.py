"""Standard errors by the jackknife over independent groups of trajectories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from twoqs.measure.budget import Budget
from twoqs.model.arrays import Floats

Sums = dict[str, Floats]
Estimator = Callable[[Sums], Sums]

MOST_GROUPS = 512
"""Rows beyond this number are joined: more of them would cost memory and add no precision."""


FEW_VALUES = 64
"""Values of an observable up to which it goes together with others, to save calls of NumPy."""


class Estimate(NamedTuple):
    """A value, what it may be off by, and what the jackknife made both of.

    Attributes:
        value: with the bias removed to first order.
        budget: its errors, of the shape of `value`; the jackknife gives that of sampling.
        whole: what all groups together give, bias included, of the shape of `value`.
        replicates: the same with each group left out, shape (group, *shape of value).
    """

    value: Floats
    budget: Budget
    whole: Floats
    replicates: Floats

    @property
    def error(self) -> Floats:
        """The standard error."""
        return self.budget.sampling

    def at(self, times: slice) -> Estimate:
        """The estimate at some times."""
        value, budget = self.value[times], self.budget.at(times)
        return Estimate(value, budget, self.whole[times], self.replicates[:, times])


def jackknife(several: Sequence[Sums], estimator: Estimator) -> list[dict[str, Estimate]]:
    """Estimate any functions of sums over trajectories, with bias removed to first order.

    Args:
        several: sums by their names, arrays of shape (group, ...) over independent groups of
            trajectories. Each has groups of its own, and estimates, which come from one call.
        estimator: maps totals, arrays of shape (any, ...), to arrays of shape (any, ...).

    Returns:
        For each result of `estimator` the bias-corrected value (by one error at most) and the error
        sqrt((n-1)/n sum_i (theta_i - mean theta)^2), theta_i with group i left out (Efron 1982).
        Errors are NaN when there is one group only.
    """
    rows = [
        {name: _all_and_left_out(join(values, MOST_GROUPS)) for name, values in sums.items()}
        for sums in several
    ]
    names = list(rows[0])
    ends = np.cumsum([len(one[names[0]]) for one in rows])[:-1]
    values = estimator({name: np.concatenate([one[name] for one in rows]) for name in names})
    split = {name: np.split(value, ends) for name, value in values.items()}
    return [_estimates({name: parts[i] for name, parts in split.items()}) for i in range(len(rows))]


def _all_and_left_out(rows: Floats) -> Floats:
    """The total of rows, and then that without each of them."""
    total = rows.sum(axis=0, keepdims=True)
    return np.concatenate([total, total - rows])


def _estimates(values: Sums) -> dict[str, Estimate]:
    """Those of one shape together, which takes as long as one of them."""
    found: dict[str, Estimate] = {}
    for shape in dict.fromkeys(value.shape for value in values.values()):
        names = [name for name, value in values.items() if value.shape == shape]
        value, budget, whole, replicates = _estimate(np.stack([values[n] for n in names], axis=1))
        for i, name in enumerate(names):
            found[name] = Estimate(value[i], budget.at(i), whole[i], replicates[:, i])
    return {name: found[name] for name in values}


def _estimate(values: Floats) -> Estimate:
    """Of what all groups give, and then what they give without each of them, shape (1 + n, ...)."""
    whole, replicates = values[0], values[1:]
    n = len(replicates)
    mean = replicates.mean(axis=0)
    spread = ((replicates - mean) ** 2).sum(axis=0)
    error = np.sqrt((n - 1) / n * spread) if n > 1 else np.full_like(mean, np.nan)
    # Of a smooth function the bias is far below the error. Where it seems larger, as for the
    # smaller of two eigenvalues that happen to coincide, the correction has lost its meaning.
    bias = (n - 1) * (mean - whole)
    limited = np.where(np.abs(bias) > error, np.copysign(error, bias), bias)
    return Estimate(whole - limited, Budget(error), whole, replicates)


def differences(
    some: Mapping[str, Estimate], others: Mapping[str, Estimate]
) -> dict[str, Estimate]:
    """Of values of the same names, from the same groups of trajectories."""

    def values(one: Estimate) -> Floats:
        return np.concatenate([one.whole[None], one.replicates])

    return _estimates({name: values(one) - values(others[name]) for name, one in some.items()})


def jackknife_covariance(replicates: Floats) -> Floats:
    """Covariance of estimates, shape (point, point), from replicates, shape (group, point)."""
    deviation = replicates - replicates.mean(axis=0)
    groups = len(replicates)
    return np.asarray((groups - 1) / groups * deviation.T @ deviation)


def join(rows: Floats, most: int) -> Floats:
    """Sum neighbouring rows so that at most `most` remain, of nearly equal size."""
    if len(rows) <= most:
        return rows
    starts = np.linspace(0, len(rows), most + 1).astype(int)[:-1]
    return np.add.reduceat(rows, starts, axis=0)
