"""Histograms of observables: how often trajectories have which values, of one or two of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.moments import ROWS
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    Accumulator,
    OneByOne,
    OwnCoordinate,
    PartSums,
    Request,
    Sample,
    frozen,
    part_name,
)
from twoqs.model.arrays import Floats, Ints
from twoqs.model.model import Model
from twoqs.observe.bins import MOST_BINS, Bins, check_bins, is_count
from twoqs.observe.linear import is_formula
from twoqs.observe.quantiles import quantiles
from twoqs.observe.symbol_values import SymbolValues, symbol_values


@dataclass(frozen=True)
class Histogram(Request):
    """The density of the values that a formula has along trajectories, or of two formulas.

    Attributes:
        of: the formula, or two of them.
        bins: their number (between the bounds of the observable, which spins have), [low, high,
            number], or edges; for two formulas a number for both, or one of these for each.
        each: whether each site of a lattice counts, in place of a sum over all of them.
        quantiles: probabilities of which the quantiles are given, for one formula.
    """

    of: Any
    bins: Any = 50
    each: bool = False
    quantiles: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
    kind: ClassVar[str] = "histogram"
    formulas: ClassVar[tuple[str, ...]] = ("of",)

    def __post_init__(self) -> None:
        require(is_formula(self.of) or self._is_joint, "of", "be a formula, or two", self.of)
        require(isinstance(self.each, bool), "each", "be true or false", self.each)
        given = self.quantiles
        wanted = "be numbers between 0 and 1 that increase"
        listed = isinstance(given, tuple) and all(isinstance(p, int | float) for p in given)
        require(listed, "quantiles", wanted, given)
        inside = all(0 < p < 1 for p in given) and list(given) == sorted(set(given))
        require(inside, "quantiles", wanted, given)

    @property
    def _is_joint(self) -> bool:
        return isinstance(self.of, tuple) and len(self.of) == 2 and all(map(is_formula, self.of))

    @property
    def parts(self) -> tuple[str, ...]:
        """The formulas."""
        return self.of if self._is_joint else (self.of,)

    @property
    def texts(self) -> tuple[str, ...]:
        """What they are called in results."""
        return self.parts

    @property
    def asked_bins(self) -> tuple[Any, ...]:
        """What is asked for of the bins of each formula."""
        if not self._is_joint:
            return (self.bins,)
        return (self.bins, self.bins) if is_count(self.bins) else tuple(self.bins)

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimension of the bins of each formula."""
        name = f"{self.name}_bin"
        return (f"{name}_1", f"{name}_2") if self._is_joint else (name,)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse formulas and bins that do not fit to each other, or to the model."""
        where = f"observables.{self.name}"
        if self._is_joint and not is_count(self.bins):
            pair = isinstance(self.bins, tuple) and len(self.bins) == 2
            require(pair, where, "have a number of bins, or bins for each of two", self.bins)
        for one in self.asked_bins:
            check_bins(one, where)
        count = int(np.prod([bins.count for bins in self.all_bins(model, numerics)]))
        require(count <= MOST_BINS, where, f"have from 1 to {MOST_BINS} bins", count)

    def values(self, model: Model, numerics: Numerics) -> list[SymbolValues]:
        """The symbols of its formulas."""
        where = f"observables.{self.name}"
        return [symbol_values(one, model, numerics.method, where, self.each) for one in self.parts]

    def all_bins(self, model: Model, numerics: Numerics) -> list[Bins]:
        """The bins of each formula."""
        where = f"observables.{self.name}"
        pairs = zip(self.asked_bins, self.values(model, numerics), strict=True)
        return [Bins.of(asked, symbol.bound, where) for asked, symbol in pairs]

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Counts of values in bins, and of those below and above the bins of each formula."""
        sizes = tuple(bins.count for bins in self.all_bins(model, numerics))
        times = numerics.saved_times
        return {"counts": (times, *sizes), "outside": (times, len(sizes), 2)}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Counts."""
        symbols = self.values(model, numerics)
        return _Counts([one.of for one in symbols], self.all_bins(model, numerics), parts)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The density, what is outside, and quantiles."""
        symbols, bins = self.values(model, numerics), self.all_bins(model, numerics)
        sites = symbols[0].count
        areas = math.prod(np.ix_(*(one.widths for one in bins)))

        def share(averages: Averages, part: str) -> Floats:
            sums = averages.sums[part_name(self, part)]
            count = averages.sums["count"] * sites
            return np.asarray(sums / count.reshape(*count.shape, *(1,) * (sums.ndim - 2)))

        def density(averages: Averages) -> Floats:
            return np.asarray(share(averages, "counts") / areas)

        def outside(side: int) -> Callable[[Averages], Floats]:
            return lambda averages: share(averages, "outside")[..., 0, side]

        def any_outside(averages: Averages) -> Floats:
            inside = averages.sums[part_name(self, "counts")].sum(axis=(-1, -2))
            return np.asarray(1 - inside / (averages.sums["count"] * sites))

        def of(suffix: str, text: str, units: str, finish: Any, *dims: str) -> Observable:
            return Observable(self.name + suffix, text, units, None, finish, dims, over="")

        told = " and ".join(self.texts)
        units = _inverse([one.units for one in symbols])
        found = [of("", f"density of {told} along trajectories", units, density, *self.dims)]
        if self._is_joint:
            return (*found, of("_outside", f"share of {told} outside bins", "1", any_outside))
        found += [
            of(f"_{word}", f"share of {told} {word} all bins", "1", outside(side))
            for side, word in enumerate(("below", "above"))
        ]
        if self.quantiles:
            finish = self._quantiles(bins[0], share)
            text = f"quantiles of {told} along trajectories"
            found.append(of("_quantile", text, symbols[0].units, finish, self._probability))
        return tuple(found)

    @property
    def _probability(self) -> str:
        return f"{self.name}_probability"

    def _quantiles(
        self, bins: Bins, share: Callable[[Averages, str], Floats]
    ) -> Callable[[Averages], Floats]:
        def finish(averages: Averages) -> Floats:
            below = share(averages, "outside")[..., 0, 0]
            return quantiles(share(averages, "counts"), below, bins.edges, self.quantiles)

        return finish

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """The middles of bins, with their edges as an attribute; probabilities of quantiles."""
        symbols, bins = self.values(model, numerics), self.all_bins(model, numerics)
        found = {
            dim: OwnCoordinate(one.centres, text, symbol.units, {"edges": one.edges.tolist()})
            for dim, text, symbol, one in zip(self.dims, self.texts, symbols, bins, strict=True)
        }
        if not self._is_joint and self.quantiles:
            text = "probability of lower values"
            found[self._probability] = OwnCoordinate(np.array(self.quantiles), text, "1")
        return found


def histogram(
    of: Any,
    bins: Any = 50,
    each: bool = False,
    quantiles: Sequence[float] = Histogram.quantiles,
) -> Histogram:
    """A histogram to be measured: `simulate(observables={"height": histogram("s.z")})`.

    Args:
        of, bins, each, quantiles: as the attributes of the class, lists as well as tuples.

    Raises:
        ArgumentError: for what makes no histogram.

    Examples:
        >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)
        >>> asked = {"height": twoqs.histogram("spin.z", bins=[-101, 101, 40])}
        >>> ds = twoqs.simulate(model, times=[0, 5], trajectories=256, observables=asked)
        >>> ds.height.dims, ds.height.attrs["units"]
        (('time', 'height_bin'), '1/hbar')
    """
    return Histogram("", frozen(of), frozen(bins), each, frozen(quantiles))


def _inverse(units: Sequence[str]) -> str:
    """The units of a density over values in these."""
    if "" in units:
        return ""
    power = sum(("1", "hbar", "hbar^2").index(one) for one in units)
    return ("1", "1/hbar")[power] if power < 2 else f"1/hbar^{power}"


class _Counts(OneByOne):
    """Of values in bins; those of two formulas by pairs."""

    def __init__(
        self, symbols: Sequence[Callable[[Floats], Floats]], bins: Sequence[Bins], parts: PartSums
    ) -> None:
        self._symbols, self._bins = symbols, bins
        self._counts, self._outside = parts["counts"], parts["outside"]
        self._row = np.arange(LANES) * ROWS // LANES

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        found = [bins.index(symbol(sample.bloch))
                 for symbol, bins in zip(self._symbols, self._bins, strict=True)]  # fmt: skip
        rows = np.broadcast_to(self._row, found[0].shape)
        finite = np.broadcast_to(sample.finite != 0, found[0].shape)
        inside = finite.copy()
        for axis, (index, bins) in enumerate(zip(found, self._bins, strict=True)):
            for side, lost in enumerate((index < 0, index >= bins.count)):
                inside &= ~lost
                at: tuple[Ints, Any, Any, Any] = rows[lost & finite], sample.saved, axis, side
                np.add.at(self._outside, at, 1.0)
        chosen = tuple(index[inside] for index in found)
        np.add.at(self._counts, (rows[inside], sample.saved, *chosen), 1.0)
