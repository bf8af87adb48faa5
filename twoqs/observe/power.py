"""Power spectra of observables along trajectories, and cross-spectra of two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy

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
from twoqs.model.model import Model
from twoqs.observe.linear import LinearPair, OfPair
from twoqs.observe.memory import memory_records
from twoqs.observe.segments import Segmented, Segments


@dataclass(frozen=True)
class PowerSpectrum(OfPair, Segmented):
    """S_AB(omega) = int d tau exp(i omega tau) C(tau), without the coherent line at omega = 0.

    C(tau) = Re <{A(t + tau), B(t)}>/2 - <A><B>; the integral of S over omega/(2 pi) is C(0).

    Attributes:
        of: see `OfPair`.
        segments, resolution, window: see `Tapered`.
    """

    kind: ClassVar[str] = "power"

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse what is not linear, and windows that are too short."""
        self.segments_of(numerics)
        self.pair(model, numerics)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of products and of amplitudes, real and imaginary, and how many there are."""
        waves = self.segments_of(numerics).length // 2 + 1
        return {"pieces": (1,), "first": (1, 2, 2, waves), "second": (1, 2, waves)}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Keeps the values of a segment."""
        return _Spectra(self.pair(model, numerics), self.segments_of(numerics), parts)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """The spectrum; of two observables its imaginary part, too."""
        segments, pair = self.segments_of(numerics), self.pair(model, numerics)

        def finish(averages: Averages, part: int) -> Floats:
            pieces = averages.sums[part_name(self, "pieces")][..., None]
            second = averages.sums[part_name(self, "second")][:, :, part] / pieces
            re, im = np.moveaxis(averages.sums[part_name(self, "first")], 3, 0)
            a, b = np.moveaxis((re + 1j * im) / pieces[..., None], 2, 0)
            line = a.conj() * b
            return np.asarray(segments.norm * (second - (line.imag if part else line.real)))

        def of(part: int) -> Observable:
            name = self.name + "_imag" * part
            text = f"{('real', 'imaginary')[part]} part of the spectrum S_AB ({segments.text})"
            units = "units of A times units of B, over unit of the rates"
            dims = (f"{self.name}_omega",)
            return Observable(
                name, text, units, None, lambda m: finish(m, part), dims, over="",
                comment=pair.comment,
            )  # fmt: skip

        if not pair.alike:
            return of(0), of(1)

        def memory(averages: Averages) -> Floats:
            spectrum = averages[self.name]
            # Frequencies below zero are as those above; of an even number of samples the last one
            # is there once.
            last = -1 if segments.length % 2 == 0 else None
            total = spectrum.sum(axis=-1) + spectrum[..., 1:last].sum(axis=-1)
            return np.asarray(segments.length * segments.step * spectrum[..., 0] / (2 * total))

        return (of(0), *memory_records(self.name, memory, numerics))

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Frequencies from 0 on; S(-omega) is the complex conjugate."""
        return self.segments_of(numerics).frequencies(self.name, both_signs=False)

    def buffer_bytes(self, model: Model, numerics: Numerics) -> int:
        """Values of a segment, and their transforms."""
        return 8 * LANES * 6 * self.segments_of(numerics).length


class _Spectra(OneByOne):
    def __init__(self, pair: LinearPair, segments: Segments, parts: PartSums) -> None:
        self._pair, self._segments, self._parts = pair, segments, parts
        self._values = np.zeros((2, segments.length, LANES))

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        segment, place = divmod(sample.number, self._segments.length)
        if segment == self._segments.count:
            return
        self._values[:, place] = self._pair.values(sample.bloch[:3])
        if place == self._segments.length - 1:
            self._transform(sample.finite)

    def _transform(self, finite: Floats) -> None:
        """Add the spectra of a segment, of trajectories that are finite to its end."""
        parts, taper = self._parts, self._segments.taper[:, None] * finite
        a, b = (scipy.fft.rfft(taper * values, axis=0) for values in self._values)
        product = a.conj() * b
        parts["second"][:, 0, 0] += by_rows(product.real, ROWS)
        parts["second"][:, 0, 1] += by_rows(product.imag, ROWS)
        for k, one in enumerate((a, b)):
            parts["first"][:, 0, k, 0] += by_rows(one.real, ROWS)
            parts["first"][:, 0, k, 1] += by_rows(one.imag, ROWS)
        parts["pieces"][:, 0] += by_rows(finite, ROWS)
