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
from twoqs.observe.linear import ALONG_THE_MEAN
from twoqs.observe.segments import Segmented, Segments
from twoqs.observe.sites import axes_of, order_of
from twoqs.observe.waves import (
    GivenWaves,
    GridWaves,
    OfWaves,
    SpinLattice,
    WaveAmplitudes,
)


@dataclass(frozen=True)
class DynamicStructure(OfWaves, Segmented):
    """S^ab(q, omega) = 1/N int d tau exp(i omega tau) <{S_q^a(t + tau), S_-q^b(t)}>/2.

    S_q = sum_j exp(-i q.r_j) S_j of the N spins of a lattice; without the product of means.

    Attributes:
        of, q: see `OfWaves`.
        axes: a, for a and b alike, or ab.
        segments, resolution, window: see `Tapered`.
    """

    axes: tuple[str, ...] = ("x", "y")
    kind: ClassVar[str] = "dynamic_structure"

    def __post_init__(self) -> None:
        super().__post_init__()
        wanted = "be a list of different ones of x, y, z, or of two of them such as xy"
        listed = isinstance(self.axes, tuple) and len(self.axes) > 0
        known = listed and all(
            isinstance(one, str) and len(one) in (1, 2) and set(one) <= set(AXES)
            for one in self.axes
        )
        require(known and len(set(self.pairs)) == len(self.axes), "axes", wanted, self.axes)

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Numbers of a and b."""
        return [axes_of(one if len(one) == 2 else 2 * one) for one in self.axes]

    @property
    def crossed(self) -> bool:
        """Whether any spectrum has an imaginary part."""
        return any(a != b for a, b in self.pairs)

    @property
    def _letters(self) -> list[int]:
        """Numbers of all axes, in the order of `axes`."""
        return list(dict.fromkeys(axis for pair in self.pairs for axis in pair))

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse lattices that have no waves, and what does not fit into memory."""
        where = f"observables.{self.name}"
        size = self.buffer_bytes(model, numerics)
        wanted = f"keep at most {MOST_BUFFER / 1e9:.2g} GB (fewer `q` or `axes`, more `segments`)"
        require(size <= MOST_BUFFER, where, wanted, f"{size / 1e9:.2g} GB")
        values = int(np.prod(self.shapes(model, numerics)["second"])) * (1 + self.crossed)
        wanted = f"make at most {MOST_VALUES} numbers (axes, frequencies, wave vectors)"
        require(values <= MOST_VALUES, where, wanted, values)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of products and of amplitudes, real and imaginary, and how many there are."""
        waves = int(np.prod(self.waves(model).shape))
        each = self.segments_of(numerics).length, waves
        first, second = (1, 2, len(self._letters), *each), (1, len(self.axes), *each)
        shapes = {"pieces": (1,), "first": first, "second": second}
        return shapes | ({"second_imag": second} if self.crossed else {})

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Keeps the amplitudes of a segment."""
        letters = self._letters
        pairs = [(letters.index(a), letters.index(b)) for a, b in self.pairs]
        amplitudes = _Amplitudes(self.region(model), self.waves(model), letters)
        return _Spectra(amplitudes, pairs, self.segments_of(numerics), parts)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The spectra; of two different axes their imaginary parts, too."""
        region, waves, segments = self.region(model), self.waves(model), self.segments_of(numerics)
        # All spins of one lattice are equal.
        mean = float(order_of(model, numerics).mean[region.sites[0]])
        factor = mean**2 * segments.norm / len(region.sites)
        letters = self._letters
        first, last = ([letters.index(pair[k]) for pair in self.pairs] for k in (0, 1))

        def finish(averages: Averages, part: str) -> Floats:
            pieces = averages.sums[part_name(self, "pieces")][..., None, None, None]
            re, im = np.moveaxis(averages.sums[part_name(self, "first")], 2, 0) / pieces
            found = averages.sums[part_name(self, f"second{part}")] / pieces
            if part:
                found = found - im[:, :, first] * re[:, :, last] + re[:, :, first] * im[:, :, last]
            else:
                found = found - re[:, :, first] * re[:, :, last] - im[:, :, first] * im[:, :, last]
            return waves.ordered(factor * np.fft.fftshift(found, axes=3))

        dims = (f"{self.name}_axis", f"{self.name}_omega", *waves.coordinates(self.name))
        units = "hbar^2 over unit of the rates"

        def of(part: str) -> Observable:
            text = f"dynamic structure factor S^ab(q, omega) ({segments.text})"
            if self.crossed:
                text = f"{'imaginary' if part else 'real'} part of the {text}"
            name = self.name + part
            return Observable(
                name, text, units, None, lambda m: finish(m, part), dims, over="",
                comment=ALONG_THE_MEAN,
            )  # fmt: skip

        return (of(""), of("_imag")) if self.crossed else (of(""),)

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Axes, frequencies of both signs, and wave vectors."""
        return {
            f"{self.name}_axis": OwnCoordinate(np.array(self.axes), "axes a and b", "1"),
            **self.segments_of(numerics).frequencies(self.name, both_signs=True),
            **self.waves(model).coordinates(self.name),
        }

    def buffer_bytes(self, model: Model, numerics: Numerics) -> int:
        """Amplitudes of a segment."""
        waves = int(np.prod(self.waves(model).shape))
        return 16 * LANES * len(self._letters) * waves * self.segments_of(numerics).length


@dataclass(frozen=True)
class _Amplitudes:
    """S_q^a of some axes a of the spins of a lattice."""

    region: SpinLattice
    waves: GridWaves | GivenWaves
    axes: list[int]

    def of(self, vectors: Floats) -> WaveAmplitudes:
        """Amplitudes of the waves of vectors, shape (3, site, lane); shape (axis, wave, lane)."""
        return self.waves.amplitudes(self.region.of(vectors)[self.axes])


class _Spectra(OneByOne):
    def __init__(
        self,
        amplitudes: _Amplitudes,
        pairs: list[tuple[int, int]],
        segments: Segments,
        parts: PartSums,
    ) -> None:
        self._amplitudes, self._pairs = amplitudes, pairs
        self._segments, self._parts = segments, parts
        count = int(np.prod(amplitudes.waves.shape))
        self._values = np.zeros((segments.length, len(amplitudes.axes), count, LANES), complex)

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        segment, place = divmod(sample.number, self._segments.length)
        if segment == self._segments.count:
            return
        self._values[place] = self._amplitudes.of(sample.bloch[:3])
        if place == self._segments.length - 1:
            self._transform(sample.finite)

    def _transform(self, finite: Floats) -> None:
        """Add the spectra of a segment, of trajectories that are finite to its end."""
        parts, length = self._parts, self._segments.length
        taper = (length * self._segments.taper)[:, None, None] * finite
        # The inverse transform has exp(i omega t), divided by the length.
        found = [
            scipy.fft.ifft(taper * self._values[:, axis], axis=0)
            for axis in range(self._values.shape[1])
        ]
        for axis, one in enumerate(found):
            parts["first"][:, 0, 0, axis] += by_rows(one.real, ROWS)
            parts["first"][:, 0, 1, axis] += by_rows(one.imag, ROWS)
        for k, (a, b) in enumerate(self._pairs):
            one, other = found[a], found[b]
            real = one.real * other.real + one.imag * other.imag
            parts["second"][:, 0, k] += by_rows(real, ROWS)
            if a != b:
                imaginary = one.imag * other.real - one.real * other.imag
                parts["second_imag"][:, 0, k] += by_rows(imaginary, ROWS)
        parts["pieces"][:, 0] += by_rows(finite, ROWS)
