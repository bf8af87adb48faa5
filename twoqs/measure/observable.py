"""Observables as records: what is estimated, from which averages, in which units."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.flows.length import of_each, spin_length
from twoqs.kernels.moments import QUANTITIES
from twoqs.measure.names import is_error
from twoqs.measure.records import group_sizes
from twoqs.measure.statistics import Sums
from twoqs.methods.method import Correspondence
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model


def over_members(model: Model) -> tuple[str, ...]:
    """The dimension of averages over the sites of each member, if there are several."""
    return ("member",) if len(model.members) > 1 else ()


def always(model: Model, numerics: Numerics) -> bool:
    """True: the observable is there whatever is simulated."""
    return True


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
        dims: of the variable, beside `time`.
        asked: whether a result for these settings has it.
        status: name of the flag that says why it has no value.
    """

    name: str
    text: str
    units: str
    power: int | None
    finish: Callable[[Averages], Floats] | None = None
    dims: tuple[str, ...] = ()
    asked: Callable[[Model, Numerics], bool] = always
    status: str | None = None

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
        wanted = f"be () or ('site',) (of the observable {name})"
        require(self.dims in ((), ("site",)), "dims", wanted, self.dims)


class Averages:
    """Averages over phase space, of all trajectories or with groups of them left out.

    Args:
        numerics: resolved settings.
        sums: totals of shape (any, ...), see `twoqs.measure.records`.
        records: all observables by name; `averages[name]` is that one, computed once.

    Attributes:
        raw: averages of QUANTITIES for each group of sites, shape (any, time, group).
        base: the spin length that lengths are counted from, for each group.
        weight: share of each group in an average over sites, shape (group,); if the model has
            several members, in that over each of them, shape (group, member).
    """

    def __init__(
        self, model: Model, numerics: Numerics, sums: Sums, records: Mapping[str, Observable]
    ) -> None:
        self.model, self.sums = model, sums
        self._method, self._records = numerics.method, records
        sites = group_sizes(model, sums["sums"].shape[-1])
        samples = sums["count"][:, :, None] * sites
        ends = np.cumsum(sites)
        self._spins = model.spins[ends - 1]
        self.raw = {name: sums["sums"][:, :, i] / samples for i, name in enumerate(QUANTITIES)}
        self.base = of_each(spin_length, self._spins)
        self.weight = sites / model.n_sites
        if over_members(model):
            counts = np.array([member.n_sites for member in model.members])
            own = np.searchsorted(np.cumsum(counts), ends)
            self.weight = (own[:, None] == np.arange(len(counts))) * sites[:, None] / counts
        self._known: dict[str, Floats] = {}
        self._open: set[str] = set()

    def __getitem__(self, name: str) -> Floats:
        if name not in self._known:
            finish = self._records[name].finish if name in self._records else None
            if finish is None:
                raise ArgumentError.of("averages", "be asked for one of the averages", name)
            require(name not in self._open, name, "be made without itself", name)
            self._open.add(name)
            value = np.asarray(finish(self))
            require(value.dtype.kind in "iuf", name, "make real numbers", value.dtype.name)
            dims = self._records[name].dims or over_members(self.model)
            wanted = f"make numbers of shape ({', '.join(('any', 'time', *dims))})"
            shape = (*self.sums["sums"].shape[:2], *(self._sizes[dim] for dim in dims))
            require(value.shape == shape, name, wanted, f"an array of shape {value.shape}")
            self._known[name] = value.astype(np.float64, copy=False)
        return self._known[name]

    @cached_property
    def _sizes(self) -> dict[str, int]:
        """Lengths of the dimensions that a variable may have beside `time`."""
        return {
            "site": self.sums["sums"].shape[-1],
            "member": len(self.model.members),
            "distance": self.sums["correlation"].shape[-1],
        }

    @cached_property
    def order(self) -> Correspondence:
        """How averages give expectation values."""
        return self._method.correspondence(self._spins, self.base + self.raw["r"])

    @cached_property
    def spins(self) -> dict[str, Floats]:
        """Means of S^x, S^y and S^z for each group of sites, shape (any, time, group)."""
        return {axis: self.order.mean * self.raw[axis] for axis in "xyz"}
