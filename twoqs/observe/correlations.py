"""Correlations of the spins of a lattice, by displacement or by distance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.totals import add_site_sums
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    Accumulator,
    OneByOne,
    OwnCoordinate,
    PartSums,
    Sample,
    part_name,
)
from twoqs.model.arrays import Floats
from twoqs.model.limits import MOST_SITES_BY_DISTANCE
from twoqs.model.model import Model
from twoqs.observe.separations import (
    Displacements,
    Distances,
    Separations,
    Summed,
    on_grid,
    spectrum_bytes,
)
from twoqs.observe.sites import axes_of, checked_components, order_of, own_offsets, spin_sites
from twoqs.observe.waves import OfLattice, SpinLattice

BY = ("displacement", "distance")


@dataclass(frozen=True)
class Correlations(OfLattice):
    """C^ab = <{S_i^a, S_j^b}>/2, mean over pairs (i, j) of one displacement or distance.

    Attributes:
        of: see `OfLattice`.
        by: "displacement", on lattices with one site a cell, where it is the default; "distance",
            the bonds on the shortest way between two sites, on any graph.
        components: pairs of axes ab.
    """

    by: str | None = None
    components: tuple[str, ...] = ("xx", "yy", "zz")
    kind: ClassVar[str] = "correlations"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.by is None or self.by in BY, "by", f"be {' or '.join(BY)}", self.by)
        checked_components(self.components)

    def _by_displacement(self, model: Model) -> bool:
        return self.by == "displacement" or (
            self.by is None and on_grid(self.region(model).lattice)
        )

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse displacements on graphs, and distances on large ones."""
        where, lattice = f"observables.{self.name}", self.region(model).lattice
        if self._by_displacement(model):
            wanted = "be by distance on lattices that have not one site a cell"
            require(on_grid(lattice), where, wanted, lattice)
        else:
            wanted = f"be of at most {MOST_SITES_BY_DISTANCE} sites by distance"
            require(lattice.n_sites <= MOST_SITES_BY_DISTANCE, where, wanted, lattice.n_sites)

    def separations(self, model: Model) -> Separations:
        """The classes of pairs."""
        lattice = self.region(model).lattice
        return Displacements(lattice) if self._by_displacement(model) else Distances(lattice)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of components at sites, and of products of classes."""
        times, sites = numerics.saved_times, len(self.region(model).sites)
        classes = len(self.separations(model).pairs)
        return {"first": (times, 3, sites), "products": (times, len(self.components), classes)}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds products."""
        separations = self.separations(model)
        axes = [axes_of(one) for one in self.components]
        summed = [separations.summed(a == b) for a, b in axes]
        return _Products(self.region(model), axes, summed, parts, numerics.average is not None)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """With and without the products of means."""
        region, separations = self.region(model), self.separations(model)
        order = order_of(model, numerics)
        # All spins of one lattice are equal.
        mean = float(order.mean[region.sites[0]])
        weights = np.full(len(separations.pairs), mean**2)
        weights[separations.zero] = order.product
        own = np.searchsorted(spin_sites(model), region.sites)
        axes = [axes_of(one) for one in self.components]

        def finish(averages: Averages, connected: bool) -> Floats:
            count = averages.sums["count"][..., None, None]
            found = averages.sums[part_name(self, "products")] * (weights / separations.pairs)
            found /= count
            offset = own_offsets(averages)[..., own].mean(axis=-1)
            means = mean * averages.sums[part_name(self, "first")] / count
            for k, (a, b) in enumerate(axes):
                if a == b:
                    found[:, :, k, separations.zero] += offset
                if connected:
                    product = separations.of_means(means[:, :, a], means[:, :, b])
                    found[:, :, k] -= product / separations.pairs
            return separations.shaped(found)

        dims = (f"{self.name}_component", *separations.coordinates(self.name))
        text = "correlation <{S_i^a, S_j^b}>/2, mean over pairs of sites"

        def of(connected: bool) -> Observable:
            name = self.name + "_connected" * connected
            told = f"{text}, without the product of means" if connected else text
            return Observable(
                name, told, "hbar^2", None, lambda m: finish(m, connected), dims, over=""
            )

        return of(False), of(True)

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Pairs of axes, and displacements or distances."""
        pairs = OwnCoordinate(np.array(self.components), "axes a, b", "1")
        return {
            f"{self.name}_component": pairs,
            **self.separations(model).coordinates(self.name),
        }

    def buffer_bytes(self, model: Model, numerics: Numerics) -> int:
        """Sums of products that are no sums of classes yet."""
        return len(self.components) * spectrum_bytes(self.region(model).lattice)


class _Products(OneByOne):
    """Products of all pairs; those of a window become sums of classes after the last sample."""

    def __init__(
        self,
        region: SpinLattice,
        axes: list[tuple[int, int]],
        summed: list[Summed],
        parts: PartSums,
        averaged: bool,
    ) -> None:
        self._region, self._axes, self._summed = region, axes, summed
        self._parts, self._averaged = parts, averaged

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        first = self._parts["first"][:, sample.saved]
        add_site_sums(sample.bloch[None], self._region.sites, first)
        vectors = self._region.of(sample.bloch)
        for (a, b), summed in zip(self._axes, self._summed, strict=True):
            summed.add(vectors[a], vectors[b])
        if not self._averaged:
            self._take(sample.saved)
            for summed in self._summed:
                summed.clear()

    def finish(self) -> None:
        """Store what a window has summed."""
        if self._averaged:
            self._take(0)

    def _take(self, saved: int) -> None:
        for k, summed in enumerate(self._summed):
            self._parts["products"][:, saved, k] += summed.sums()
