"""Structure factors: correlations of the spins of a lattice along waves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from twoqs.kernels.moments import ROWS
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    Accumulator,
    OneByOne,
    OwnCoordinate,
    PartSums,
    Sample,
    by_rows,
    part_name,
)
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.observe.sites import axes_of, checked_components, order_of, own_offsets, spin_sites
from twoqs.observe.waves import GivenWaves, GridWaves, OfWaves, SpinLattice


@dataclass(frozen=True)
class StructureFactor(OfWaves):
    """S^ab(q) = 1/N sum_ij exp(-i q.(r_i - r_j)) <{S_i^a, S_j^b}>/2 of the N spins of a lattice.

    Attributes:
        of, q: see `OfWaves`.
        components: pairs of axes ab.
    """

    components: tuple[str, ...] = ("xx", "yy", "zz")
    kind: ClassVar[str] = "structure"

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_components(self.components)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse lattices that have no waves."""
        self.waves(model)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of amplitudes, of their products, and of products at one site."""
        times, waves = numerics.saved_times, int(np.prod(self.waves(model).shape))
        count = len(self.components)
        return {
            "first": (times, 2, 3, waves),
            "second": (times, 2, count, waves),
            "own": (times, count),
        }

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds amplitudes and products."""
        region, order = self.region(model), order_of(model, numerics)
        mean = order.mean[region.sites]
        return _Products(
            region, self.waves(model), mean, order.product - mean**2, self.components, parts
        )

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """With and without the product of means; imaginary parts of mixed components."""
        region, waves = self.region(model), self.waves(model)
        own = np.searchsorted(spin_sites(model), region.sites)
        axes = [axes_of(one) for one in self.components]
        mixed = any(a != b for a, b in axes)

        def finish(averages: Averages, part: int, connected: bool) -> Floats:
            count = averages.sums["count"][..., None]
            second = averages.sums[part_name(self, "second")][:, :, part] / count[..., None]
            if part == 0:
                second += (averages.sums[part_name(self, "own")] / count)[..., None]
                offset = own_offsets(averages)[..., own].sum(axis=-1)
                equal = np.array([float(a == b) for a, b in axes])
                second += (offset[..., None] * equal)[..., None]
            if connected:
                re, im = np.moveaxis(averages.sums[part_name(self, "first")], 2, 0)
                means = (re + 1j * im) / count[..., None]
                for k, (a, b) in enumerate(axes):
                    product = means[:, :, a] * means[:, :, b].conj()
                    second[:, :, k] -= product.imag if part else product.real
            return waves.ordered(second / len(region.sites))

        dims = (f"{self.name}_component", *waves.coordinates(self.name))

        def of(part: int, connected: bool) -> Observable:
            name = self.name + "_connected" * connected + "_imag" * part
            text = (
                f"{('real', 'imaginary')[part]} part of the structure factor S^ab(q)"
                f"{', without the product of means' if connected else ''}"
            )
            return Observable(
                name, text, "hbar^2", None, lambda m: finish(m, part, connected), dims, over=""
            )

        parts = (0, 1) if mixed else (0,)
        return tuple(of(part, connected) for part in parts for connected in (False, True))

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Pairs of axes, and wave vectors."""
        pairs = OwnCoordinate(np.array(self.components), "axes a, b", "1")
        return {f"{self.name}_component": pairs, **self.waves(model).coordinates(self.name)}


class _Products(OneByOne):
    """Of amplitudes of m_i s_i; a product of one site has the weight `product` instead of m^2."""

    def __init__(
        self,
        region: SpinLattice,
        waves: GridWaves | GivenWaves,
        mean: Floats,
        own: Floats,
        components: tuple[str, ...],
        parts: PartSums,
    ) -> None:
        self._region, self._waves, self._parts = region, waves, parts
        self._mean, self._own = mean[:, None], own[:, None]
        self._corrected = bool(np.any(own))
        self._axes = [axes_of(one) for one in components]

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        parts, saved = self._parts, sample.saved
        vectors = self._region.of(sample.bloch[:3])
        waves = self._waves.amplitudes(self._mean * vectors)
        parts["first"][:, saved, 0] += by_rows(waves.real, ROWS)
        parts["first"][:, saved, 1] += by_rows(waves.imag, ROWS)
        for k, (a, b) in enumerate(self._axes):
            one, other = waves[a], waves[b]
            real = one.real * other.real + one.imag * other.imag
            parts["second"][:, saved, 0, k] += by_rows(real, ROWS)
            if a != b:
                imaginary = one.imag * other.real - one.real * other.imag
                parts["second"][:, saved, 1, k] += by_rows(imaginary, ROWS)
            if self._corrected:
                same = (self._own * vectors[a] * vectors[b]).sum(axis=0)
                parts["own"][:, saved, k] += by_rows(same, ROWS)
