"""The total spin of a model, or of groups of its members: means, covariances, squeezing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.totals import add_total_moments
from twoqs.measure.fits.squeezing import squeezing, squeezing_angle
from twoqs.measure.moments import COVARIANCES
from twoqs.measure.observable import Averages, Observable
from twoqs.measure.optimum_records import optimum_records
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    Accumulator,
    OwnCoordinate,
    PartSums,
    Request,
    SamplesOfCall,
    part_name,
)
from twoqs.model.arrays import Floats
from twoqs.model.compose import name_of
from twoqs.model.kinds import MODE
from twoqs.model.language.components import AXES
from twoqs.model.language.names import meant
from twoqs.model.model import Model
from twoqs.observe.sites import order_of, own_offsets, spin_sites

SECOND = (("x", "x"), ("y", "y"), ("z", "z"), *COVARIANCES)
"""Components whose products are summed."""


@dataclass(frozen=True)
class Total(Request):
    """The sum of all spins of groups: S^a = sum_i S_i^a.

    Attributes:
        groups: true for one group of all spins and ensembles; or names of members, each with the
            members that belong to it.
    """

    groups: Any = True
    kind: ClassVar[str] = "total"

    def __post_init__(self) -> None:
        wanted = "be true, or a list of groups, each the name of a member or a list of names"
        given = self.groups
        fine = given is True or (isinstance(given, tuple) and len(given) > 0)
        require(fine and (given is True or all(map(_is_group, given))), "total", wanted, given)
        listed = self._listed
        once = len(set(listed)) == len(listed) and all(len({*one}) == len(one) for one in listed)
        require(once, "total", "name each group, and each member in it, once", given)

    @property
    def _listed(self) -> list[tuple[str, ...]]:
        """Names of the members of each group that is named."""
        given = () if self.groups is True else self.groups
        return [(one,) if isinstance(one, str) else one for one in given]

    def members(self, model: Model) -> dict[str, tuple[str, ...]]:
        """Names of the members of each group, by the name of the group."""
        if self.groups is True:
            return {"all": tuple(name_of(m) for m in model.members if m.kind != MODE)}
        return {"+".join(one): one for one in self._listed}

    def weights(self, model: Model) -> Floats:
        """1 for each site of a group, shape (group, site)."""
        sites = np.repeat([name_of(m) for m in model.members], [m.n_sites for m in model.members])
        return np.array([np.isin(sites, own) for own in self.members(model).values()], float)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse groups of what the model has not."""
        where = f"observables.{self.name}"
        spins = [name_of(m) for m in model.members if m.kind != MODE]
        require(bool(spins), where, "be of spins or ensembles, which the model has not", self.kind)
        for own in self.members(model).values():
            for name in own:
                wanted = f"name members that are spins or ensembles{meant(name, spins)}"
                require(name in spins, where, wanted, name)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of the means and of the products of components."""
        groups = len(self.members(model))
        return {"first": (numerics.saved_times, 3, groups),
                "second": (numerics.saved_times, len(SECOND), groups)}  # fmt: skip

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds both."""
        order = order_of(model, numerics)
        return _Sums(self.weights(model), order.mean, order.product, parts)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """Moments as those of one spin, each with the name in front."""
        name = self.name
        dims = (f"{name}_group",) if len(self.members(model)) > 1 else ()
        averaged = _Moments(self, model)

        def of(text: str, units: str, suffix: str, finish: Any, relative_to: tuple[str, ...] = ()
               ) -> Observable:  # fmt: skip
            def shaped(averages: Averages) -> Floats:
                values = finish(averages)
                return values if dims else values[..., 0]

            return Observable(
                f"{name}_{suffix}", text, units, None, shaped, dims, over="",
                relative_to=relative_to,
            )  # fmt: skip

        means = [
            of(f"mean of the total S^{a}", "hbar", f"s{a}", lambda m, a=a: averaged.first(m)[a])
            for a in AXES
        ]
        covariances = [
            of(
                f"variance of the total S^{a}" if a == b
                else f"symmetrised covariance of the total S^{a} and S^{b}",
                "hbar^2", f"var_s{a}" if a == b else f"cov_s{a}s{b}",
                lambda m, a=a, b=b: averaged.covariance(m, a, b),
            )
            for a, b in SECOND
        ]  # fmt: skip
        relative = tuple(one.name for one in means)
        text = "squeezing parameter xi^2 (Wineland) of the total spin; NaN where noise hides it"
        turned = "angle of the squeezed direction about the mean spin, from z (near z, from x)"
        wide = "Dicke squeezing 2S (var S^z + 1/4)/<(S^x)^2 + (S^y)^2> of the total spin"
        found = (
            *means,
            *covariances,
            of(text, "1", "squeezing", averaged.squeezing, relative),
            of(turned, "rad", "squeezing_angle", averaged.angle, relative),
            of(wide, "1", "dicke_squeezing", averaged.dicke),
        )
        if numerics.average is not None:
            return found
        return (*found, *optimum_records(f"{name}_squeezing", lambda *_: True, "", dims))

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """The groups, if there are several."""
        names = list(self.members(model))
        if len(names) == 1:
            return {}
        return {f"{self.name}_group": OwnCoordinate(np.array(names), "group of members", "1")}


def _is_group(one: Any) -> bool:
    names = one if isinstance(one, tuple) else (one,)
    return len(names) > 0 and all(isinstance(name, str) for name in names)


class _Moments:
    """What sums of the groups of a request give, each of shape (any, time, group)."""

    def __init__(self, request: Total, model: Model) -> None:
        self._request = request
        self._weights = request.weights(model)
        self._spins = self._weights @ model.spins
        self._own = self._weights[:, spin_sites(model)]

    def first(self, averages: Averages) -> dict[str, Floats]:
        """Means by axis."""
        sums = averages.sums[part_name(self._request, "first")]
        means = sums / averages.sums["count"][..., None, None]
        return dict(zip(AXES, np.moveaxis(means, 2, 0), strict=True))

    def covariance(self, averages: Averages, a: str, b: str) -> Floats:
        """Symmetrised, of the axes a, b in the order of SECOND."""
        sums = averages.sums[part_name(self._request, "second")]
        product = sums[:, :, SECOND.index((a, b))] / averages.sums["count"][..., None]
        means = self.first(averages)
        offset = own_offsets(averages) @ self._own.T if a == b else 0.0
        return np.asarray(product + offset - means[a] * means[b])

    def all(self, averages: Averages) -> list[Floats]:
        """Means, and covariances in the order of SECOND."""
        covariances = [self.covariance(averages, *pair) for pair in SECOND]
        return [*self.first(averages).values(), *covariances]

    def squeezing(self, averages: Averages) -> Floats:
        """Wineland's parameter."""
        return squeezing(self._spins, *self.all(averages))

    def angle(self, averages: Averages) -> Floats:
        """Of the squeezed direction."""
        return squeezing_angle(*self.all(averages))

    def dicke(self, averages: Averages) -> Floats:
        """Dicke squeezing (Zhang and Duan, New J. Phys. 16, 103037, 2014)."""
        x, y, _, xx, yy, zz, *_ = self.all(averages)
        return np.asarray(2 * self._spins * (zz + 0.25) / (xx + yy + x**2 + y**2))


class _Sums(Accumulator):
    """Of m_i s_i over the sites of each group, and of products of two of these sums.

    A product of two components of one spin has the weight `product` instead of m^2.
    """

    def __init__(self, weights: Floats, mean: Floats, product: float, parts: PartSums) -> None:
        self._weights, self._own = weights * mean, weights * (product - mean**2)
        self._pairs = np.array([(AXES.index(a), AXES.index(b)) for a, b in SECOND])
        self._totals = aligned((3 + len(SECOND), LANES))
        self._parts = parts

    def add_all(self, samples: SamplesOfCall) -> None:
        """Take some more samples; vectors that are not finite are zero."""
        for saved, bloch in samples.by_time():
            add_total_moments(
                bloch, self._weights, self._own, self._pairs, self._totals,
                self._parts["first"][:, saved], self._parts["second"][:, saved],
            )  # fmt: skip
