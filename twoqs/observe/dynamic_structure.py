"""Dynamic structure factors: spectra of the spins of a lattice along waves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

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
    Sample,
    by_rows,
    part_name,
)
from twoqs.model.arrays import Floats
from twoqs.model.language.components import AXES
from twoqs.model.limits import MOST_BUFFER, MOST_VALUES
from twoqs.model.model import Model
from twoqs.observe.segments import Segmented, Segments
from twoqs.observe.sites import order_of
from twoqs.observe.waves import GivenWaves, GridWaves, OfWaves, SpinLattice


@dataclass(frozen=True)
class DynamicStructure(OfWaves, Segmented):
    """S^aa(q, omega) = 1/N int d tau exp(i omega tau) Re <{S_q^a(t + tau), S_-q^a(t)}>/2.

    S_q = sum_j exp(-i q.r_j) S_j of the N spins of a lattice; without the product of means.

    Attributes:
        of, q: see `OfWaves`.
        axes: a.
        segments, window: see `Segmented`.
    """

    axes: tuple[str, ...] = ("x", "y")
    kind: ClassVar[str] = "dynamic_structure"

    def __post_init__(self) -> None:
        super().__post_init__()
        listed = isinstance(self.axes, tuple) and len(self.axes) > 0
        known = listed and all(isinstance(a, str) and len(a) == 1 and a in AXES for a in self.axes)
        single = known and len(set(self.axes)) == len(self.axes)
        require(single, "axes", "be a list of different ones of x, y, z", self.axes)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse lattices that have no waves, and what does not fit into memory."""
        where = f"observables.{self.name}"
        size = self.buffer_bytes(model, numerics)
        wanted = f"keep at most {MOST_BUFFER / 1e9:.2g} GB (fewer `q` or `axes`, more `segments`)"
        require(size <= MOST_BUFFER, where, wanted, f"{size / 1e9:.2g} GB")
        values = int(np.prod(self.shapes(model, numerics)["second"]))
        wanted = f"make at most {MOST_VALUES} numbers (axes, frequencies, wave vectors)"
        require(values <= MOST_VALUES, where, wanted, values)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of squares and of amplitudes, real and imaginary, and how many there are."""
        waves = int(np.prod(self.waves(model).shape))
        each = (len(self.axes), self.segments_of(numerics).length, waves)
        return {"pieces": (1,), "first": (1, 2, *each), "second": (1, *each)}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Keeps the amplitudes of a segment."""
        return _Spectra(
            self.region(model), self.waves(model), self.axes, self.segments_of(numerics), parts
        )

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """One variable."""
        region, waves, segments = self.region(model), self.waves(model), self.segments_of(numerics)
        # All spins of one lattice are equal.
        mean = float(order_of(model, numerics).mean[region.sites[0]])
        factor = mean**2 * segments.norm / len(region.sites)

        def finish(averages: Averages) -> Floats:
            pieces = averages.sums[part_name(self, "pieces")][..., None, None, None]
            re, im = np.moveaxis(averages.sums[part_name(self, "first")], 2, 0) / pieces
            found = averages.sums[part_name(self, "second")] / pieces - re**2 - im**2
            return waves.ordered(factor * np.fft.fftshift(found, axes=3))

        dims = (f"{self.name}_axis", f"{self.name}_omega", *waves.coordinates(self.name))
        text = f"dynamic structure factor S^aa(q, omega) ({segments.text})"
        units = "hbar^2 over unit of the rates"
        return (Observable(self.name, text, units, None, finish, dims, over=""),)

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Axes, frequencies of both signs, and wave vectors."""
        return {
            f"{self.name}_axis": OwnCoordinate(np.array(self.axes), "axis a", "1"),
            **self.segments_of(numerics).frequencies(self.name, both_signs=True),
            **self.waves(model).coordinates(self.name),
        }

    def buffer_bytes(self, model: Model, numerics: Numerics) -> int:
        """Amplitudes of a segment."""
        waves = int(np.prod(self.waves(model).shape))
        return 16 * LANES * len(self.axes) * waves * self.segments_of(numerics).length


class _Spectra(OneByOne):
    def __init__(
        self,
        region: SpinLattice,
        waves: GridWaves | GivenWaves,
        axes: tuple[str, ...],
        segments: Segments,
        parts: PartSums,
    ) -> None:
        self._region, self._waves, self._segments, self._parts = region, waves, segments, parts
        self._axes = [AXES.index(a) for a in axes]
        count = int(np.prod(waves.shape))
        self._values = np.zeros((segments.length, len(axes), count, LANES), np.complex128)

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        segment, place = divmod(sample.number, self._segments.length)
        if segment == self._segments.count:
            return
        vectors = self._region.of(sample.bloch[:3])[self._axes]
        self._values[place] = self._waves.amplitudes(vectors)
        if place == self._segments.length - 1:
            self._transform(sample.finite)

    def _transform(self, finite: Floats) -> None:
        """Add the spectra of a segment, of trajectories that are finite to its end."""
        parts, length = self._parts, self._segments.length
        taper = (length * self._segments.taper)[:, None, None] * finite
        for axis in range(len(self._axes)):
            # The inverse transform has exp(i omega t), divided by the length.
            found = scipy.fft.ifft(taper * self._values[:, axis], axis=0)
            parts["second"][:, 0, axis] += by_rows(found.real**2 + found.imag**2, ROWS)
            parts["first"][:, 0, 0, axis] += by_rows(found.real, ROWS)
            parts["first"][:, 0, 1, axis] += by_rows(found.imag, ROWS)
        parts["pieces"][:, 0] += by_rows(finite, ROWS)
