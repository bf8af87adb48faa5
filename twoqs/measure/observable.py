"""Observables as records: what is estimated, from which averages, in which units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.flows.length import of_each, spin_length
from twoqs.kernels.moments import QUANTITIES
from twoqs.measure.fitted import Fitting
from twoqs.measure.members import MEMBER, MODES, SITES_OF, Family, family_of, has_spins
from twoqs.measure.names import is_error
from twoqs.measure.records import group_sizes
from twoqs.measure.statistics import Sums
from twoqs.methods.method import Correspondence
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats, Ints
from twoqs.model.language.members import Member
from twoqs.model.model import Model


def of_spins(model: Model, numerics: Numerics) -> bool:
    """Whether the model has spins or ensembles: their observables are there in any case then."""
    return has_spins(model)


@dataclass(frozen=True)
class Observable:
    """A variable of a result that has a standard error.

    Attributes:
        name: of the variable.
        text, units: for its attributes.
        power: that of S which it is a share of: 1 for means, 2 for products of two spins, 0 for
            numbers; None for what is compared with its own size.
        finish: makes it of averages, shape (any, time, *dims); None for what is fitted to other
            observables, with all their replicates.
        dims: of the variable, beside `time`; if there are none, those of what it is `over`.
        asked: whether a result for these settings has it.
        over: "member" for a number of each spin or ensemble, "mode" for one of each mode: a
            dimension where there are several; "" for one that is of neither.
        relative_to: observables that it is a ratio to; NaN where noise hides these.
        fit: that finds it, if it has no `finish`.
        comment: how right it is, if that is no matter of its standard error.

    Examples:
        >>> def polarised(averages):
        ...     return averages["sz"] / averages.model.spin
        >>> share = twoqs.Observable("share", "polarisation", "1", power=0, finish=polarised)
        >>> model = twoqs.Model(spin=100, decay=1.0)
        >>> ds = twoqs.simulate(model, times=[0, 1], trajectories=64, observables=[share])
        >>> ds.share.values.round(2)
        array([-1., -1.])
    """

    name: str
    text: str
    units: str
    power: int | None
    finish: Callable[[Averages], Floats] | None = None
    dims: tuple[str, ...] = ()
    asked: Callable[[Model, Numerics], bool] = of_spins
    over: str = MEMBER
    relative_to: tuple[str, ...] = ()
    fit: Fitting | None = None
    comment: str = ""

    @property
    def status(self) -> str | None:
        """Name of the flag that says why it has no value, if it has one."""
        return self.fit.flag if self.fit else None

    def dims_for(self, model: Model) -> tuple[str, ...]:
        """Dimensions of the variable for a model, beside `time`."""
        return self.dims or (family_of(model, self.over).dims if self.over else ())

    def check_own(self, taken: Iterable[str]) -> None:
        """Refuse a record of a user's that makes no variable of a result.

        Args:
            taken: names of other variables.

        Raises:
            ArgumentError: naming the attribute.
        """
        name = self.name
        require(isinstance(name, str) and name.isidentifier(), "name", "be an identifier", name)
        require(name not in taken, "name", "be none of the names of results", name)
        require(not is_error(name), "name", "not end as those of standard errors", name)
        for part in ("text", "units"):
            given = getattr(self, part)
            require(isinstance(given, str), part, f"be text (of the observable {name})", given)
        wanted = f"be a function of averages (of the observable {name})"
        require(callable(self.finish), "finish", wanted, self.finish)
        over = [*SITES_OF]
        require(self.over in over, "over", f"be one of {', '.join(over)}", self.over)
        site = SITES_OF[self.over]
        wanted = f"be () or ({site!r},) (of the observable {name})"
        require(self.dims in ((), (site,)), "dims", wanted, self.dims)


class Averages:
    """Averages over phase space, of all trajectories or with groups of them left out.

    Args:
        numerics: resolved settings.
        sums: totals of shape (any, ...), see `twoqs.measure.records`.
        records: all observables by name; `averages[name]` is that one, computed once.

    Attributes:
        raw: averages of QUANTITIES for each group of sites of spins and ensembles, shape (any,
            time, group).
        weight: share of each of them in an average over sites, shape (group,); if there are several
            spins or ensembles, in that over each of them, shape (group, member).
        modes: as `raw`, of modes: x = Re alpha, y = -Im alpha, z = |alpha|^2 - 1/2.
        mode_weight: as `weight`, shape (group,) or (group, mode).

    Examples:
        >>> def area(averages):
        ...     return np.sqrt(averages["var_sx"] * averages["var_sy"]) / np.abs(averages["sz"])
        >>> record = twoqs.Observable("area", "uncertainty", "1", power=0, finish=area)
        >>> model = twoqs.Model(spin=100, decay=1.0)
        >>> ds = twoqs.simulate(model, times=[0], trajectories=1024, observables=[record])
        >>> bool(abs(ds.area - 0.5) < 4 * ds.area_se)
        True
    """

    def __init__(
        self, model: Model, numerics: Numerics, sums: Sums, records: Mapping[str, Observable]
    ) -> None:
        self.model, self.numerics, self.sums = model, numerics, sums
        self._method, self._records = numerics.method, records
        sites = group_sizes(model, sums["sums"].shape[-1])
        samples = sums["count"][:, :, None] * sites
        quantities = enumerate(QUANTITIES)
        self._all = {name: sums["sums"][:, :, i] / samples for i, name in quantities}
        ends = np.cumsum(sites)
        self._owner = np.searchsorted(np.cumsum([m.n_sites for m in model.members]), ends)
        self._families = {dim: family_of(model, dim) for dim in SITES_OF}
        groups = {dim: self._groups_of(family.members) for dim, family in self._families.items()}
        self.raw, self.modes = (self._at(groups[dim]) for dim in (MEMBER, MODES))
        self.weight, self.mode_weight = (
            _weights(self._families[dim], sites[groups[dim]]) for dim in (MEMBER, MODES)
        )
        self._spins = model.spins[ends - 1][groups[MEMBER]]
        self._known: dict[str, Floats] = {}
        self._open: set[str] = set()

    def of(self, name: str) -> dict[str, Floats]:
        """As `raw` and `modes`, of one member.

        Args:
            name: of the member.

        Raises:
            ArgumentError: if there is no such member.

        Examples:
            >>> def photons(averages):
            ...     return averages.of("c")["z"][..., 0]
            >>> c, s = twoqs.Mode("c"), twoqs.Spin(10, "s")
            >>> record = twoqs.Observable("photons", "photons", "1", 0, photons)
            >>> model = twoqs.Model(hamiltonian=0.1 * (c.a * s.plus + c.adag * s.minus))
            >>> ds = twoqs.simulate(model, times=[0], trajectories=64, observables=[record])
            >>> bool(np.isclose(ds.photons, ds.n))
            True
        """
        found = [member for member in self.model.members if member.name == name]
        names = ", ".join(str(member.name) for member in self.model.members)
        require(len(found) > 0, "name", f"be that of a member ({names})", name)
        return self._at(self._groups_of(tuple(found)))

    def _groups_of(self, members: tuple[Member, ...]) -> Ints:
        """Numbers of the groups of sites of some members."""
        own = [i for i, member in enumerate(self.model.members) if member in members]
        return np.flatnonzero(np.isin(self._owner, own))

    def _at(self, groups: Ints) -> dict[str, Floats]:
        if len(groups) == len(self._owner):
            return self._all
        return {name: values[..., groups] for name, values in self._all.items()}

    def __getitem__(self, name: str) -> Floats:
        if name not in self._known:
            finish = self._records[name].finish if name in self._records else None
            if finish is None:
                raise ArgumentError.of("averages", "be asked for one of the averages", name)
            require(name not in self._open, name, "be made without itself", name)
            self._open.add(name)
            value = np.asarray(finish(self))
            if value.dtype.kind not in "iuf":
                raise ArgumentError.of(name, "make real numbers", value.dtype.name)
            dims = self._records[name].dims_for(self.model)
            shape = (*self.sums["sums"].shape[:2], *(self._sizes[dim] for dim in dims))
            if value.shape != shape:
                wanted = f"make numbers of shape ({', '.join(('any', 'time', *dims))})"
                raise ArgumentError.of(name, wanted, f"an array of shape {value.shape}")
            self._known[name] = value.astype(np.float64, copy=False)
        return self._known[name]

    @cached_property
    def _sizes(self) -> dict[str, int]:
        """Lengths of the dimensions that a variable may have beside `time`."""
        members = {dim: len(family.members) for dim, family in self._families.items()}
        sites = {SITES_OF[MEMBER]: len(self._spins), SITES_OF[MODES]: self.modes["z"].shape[-1]}
        own = {
            dim: len(coordinate.values)
            for request in self.numerics.requests
            for dim, coordinate in request.coordinates(self.model, self.numerics).items()
        }
        return {**members, **sites, "distance": self.sums["correlation"].shape[-1], **own}

    @cached_property
    def base(self) -> Floats:
        """The spin length that lengths are counted from, for each group of spins or ensembles."""
        return of_each(spin_length, self._spins)

    @cached_property
    def order(self) -> Correspondence:
        """How averages give expectation values."""
        return self._method.correspondence(self._spins, self.base + self.raw["r"])

    @cached_property
    def spins(self) -> dict[str, Floats]:
        """Means of S^x, S^y and S^z for each group of sites, shape (any, time, group)."""
        return {axis: self.order.mean * self.raw[axis] for axis in "xyz"}


def _weights(family: Family, sites: Ints) -> Floats:
    """Shares of groups of so many sites in averages, shape (group,) or (group, member)."""
    counts = np.array([member.n_sites for member in family.members])
    if not family.dims:
        return sites / counts.sum()
    own = np.searchsorted(np.cumsum(counts), np.cumsum(sites))
    return (own[:, None] == np.arange(len(counts))) * sites[:, None] / counts
