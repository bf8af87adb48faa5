"""First and second moments of each spin, averaged over sites, and what follows from them."""

from __future__ import annotations

import numpy as np

from twoqs.measure.fits.squeezing import squeezing
from twoqs.measure.members import MEMBER, family_of, has_spins
from twoqs.measure.observable import Averages, Floats, Observable
from twoqs.measure.optimum_records import optimum_records
from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model

COVARIANCES = (("x", "y"), ("x", "z"), ("y", "z"))


def _mean(axis: str) -> Observable:
    def finish(averages: Averages) -> Floats:
        return averages.spins[axis] @ averages.weight

    return Observable(f"s{axis}", f"mean of S^{axis} per spin", "hbar", 1, finish)


def _variance(axis: str) -> Observable:
    def finish(averages: Averages) -> Floats:
        order = averages.order
        square = order.product * averages.raw[axis + axis] + order.offset
        return np.asarray((square - averages.spins[axis] ** 2) @ averages.weight)

    text = f"variance of S^{axis}, mean over spins"
    return Observable(f"var_s{axis}", text, "hbar^2", 2, finish)


def _covariance(pair: tuple[str, str]) -> Observable:
    a, b = pair

    def finish(averages: Averages) -> Floats:
        product = averages.order.product * averages.raw[a + b]
        return np.asarray((product - averages.spins[a] * averages.spins[b]) @ averages.weight)

    text = f"symmetrised covariance of S^{a} and S^{b}, mean over spins"
    return Observable(f"cov_s{a}s{b}", text, "hbar^2", 2, finish)


def _site(axis: str) -> Observable:
    return Observable(
        f"s{axis}_site", f"mean of S^{axis} at each site", "hbar", 1,
        lambda averages: averages.spins[axis], ("site",),
        lambda model, numerics: has_spins(model) and "sites" in numerics.observables,
    )  # fmt: skip


def _length(averages: Averages) -> Floats:
    return averages.base @ averages.weight + averages.raw["r"] @ averages.weight


def _length_std(averages: Averages) -> Floats:
    excess, weight = averages.raw["r"], averages.weight
    spread = averages.raw["rr"] @ weight - (excess @ weight) ** 2
    return np.sqrt(np.maximum(spread, 0.0))


def _squeezing(averages: Averages) -> Floats:
    return squeezing(averages.model.spin, *(averages[moment.name] for moment in SPIN_MOMENTS))


def _alone(model: Model, numerics: Numerics) -> bool:
    """One spin or ensemble, beside any modes."""
    return len(family_of(model, MEMBER).sites) == 1


def _alone_in_time(model: Model, numerics: Numerics) -> bool:
    return _alone(model, numerics) and numerics.average is None


SPIN_MOMENTS = (
    *map(_mean, "xyz"), *map(_variance, "xyz"), *map(_covariance, COVARIANCES),
)  # fmt: skip
"""Moments that any state has, in the order of the arguments of `squeezing`."""

MOMENTS = (
    *SPIN_MOMENTS,
    Observable("spin_length", "mean spin length in phase space", "hbar", 1, _length),
    Observable(
        "spin_length_std", "spread of the spin length over trajectories", "hbar", 1, _length_std
    ),
)

SQUEEZING = Observable(
    "squeezing", "spin squeezing parameter xi^2 (Wineland); NaN where noise hides <S>", "1", None,
    _squeezing, asked=_alone, relative_to=("sx", "sy", "sz"),
)  # fmt: skip

OPTIMUM = optimum_records(SQUEEZING.name, _alone_in_time)

SITE_MEANS = tuple(map(_site, "xyz"))
