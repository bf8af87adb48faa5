"""Observables as records: what is estimated, from which averages, in which units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from twoqs.kernels.moments import QUANTITIES
from twoqs.measure.statistics import Sums
from twoqs.methods.method import Correspondence
from twoqs.methods.numerics import Numerics
from twoqs.methods.sphere import spin_length
from twoqs.model.arrays import Floats
from twoqs.model.model import Model


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


class Averages:
    """Averages over phase space, of all trajectories or with groups of them left out.

    Args:
        numerics: resolved settings.
        sums: totals of shape (any, ...), see `twoqs.measure.records`.
        records: all observables by name; `averages[name]` is that one, computed once.

    Attributes:
        raw: averages of QUANTITIES for each group of sites, shape (any, time, group).
        base: the spin length that lengths are counted from.
        weight: share of the sites in each group.
    """

    def __init__(
        self, model: Model, numerics: Numerics, sums: Sums, records: Mapping[str, Observable]
    ) -> None:
        self.model, self.sums = model, sums
        self._method, self._records = numerics.method, records
        groups = sums["sums"].shape[-1]
        sites = np.full(groups, model.n_sites // groups)
        samples = sums["count"][:, :, None] * sites
        self.raw = {name: sums["sums"][:, :, i] / samples for i, name in enumerate(QUANTITIES)}
        self.base = spin_length(model.spin)
        self.weight = sites / model.n_sites
        self._known: dict[str, Floats] = {}

    def __getitem__(self, name: str) -> Floats:
        if name not in self._known:
            finish = self._records[name].finish
            assert finish is not None, f"{name} is fitted"
            self._known[name] = finish(self)
        return self._known[name]

    @cached_property
    def order(self) -> Correspondence:
        """How averages give expectation values."""
        return self._method.correspondence(self.model.spin, self.base + self.raw["r"])

    @cached_property
    def spins(self) -> dict[str, Floats]:
        """Means of S^x, S^y and S^z for each group of sites, shape (any, time, group)."""
        return {axis: self.order.mean * self.raw[axis] for axis in "xyz"}
