"""Correlations of two observables at two times."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

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
from twoqs.model.arrays import Floats, Ints
from twoqs.model.model import Model
from twoqs.observe.linear import LinearPair, OfPair
from twoqs.observe.memory import integrated_time, memory_records


@dataclass(frozen=True)
class TwoTimes(OfPair):
    """C(tau) = Re <{A(t + tau), B(t)}>/2 in a window; over times, of A at each and B at some.

    Attributes:
        of: see `OfPair`.
        lags: the largest one, in samples of a window; half of the samples if left out.
        reference: times of B, which must be among the times of the run; the first one if left out.
    """

    lags: int | None = None
    reference: Any = None
    kind: ClassVar[str] = "two_times"

    def __post_init__(self) -> None:
        super().__post_init__()
        lags = self.lags
        whole = isinstance(lags, int) and not isinstance(lags, bool) and lags >= 0
        require(lags is None or whole, "lags", "be a whole number from 0 on", lags)
        given = self.reference
        fine = given is None or (isinstance(given, tuple) and len(given) > 0)
        require(fine, "reference", "be a list of times", given)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse what is not linear, lags beyond the window, and times that are not measured."""
        where = f"observables.{self.name}"
        self.pair(model, numerics)
        if numerics.average is not None:
            require(self.reference is None, where, "have `reference` over times only", "a window")
            assert numerics.samples is not None
            most = numerics.samples - 1
            wanted = f"have `lags` up to {most}, as there are {most + 1} samples"
            require(self.lags is None or self.lags <= most, where, wanted, self.lags)
            return
        require(self.lags is None, where, "have `lags` in a window only", "times")
        for time in self.reference or ():
            known = numerics.times is not None and time in numerics.times
            require(known, where, "have a `reference` among the times of the run", time)

    def references(self, numerics: Numerics) -> Ints:
        """Numbers of the samples at the times of B."""
        assert numerics.times is not None
        times = self.reference or numerics.times[:1]
        return np.array([numerics.times.index(float(time)) for time in times])

    def _columns(self, numerics: Numerics) -> int:
        """Lags, or times of B."""
        if numerics.average is None:
            return len(self.references(numerics))
        assert numerics.samples is not None
        return 1 + (numerics.samples // 2 if self.lags is None else self.lags)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of A and B, of products, and how many products there are."""
        times, columns = numerics.saved_times, self._columns(numerics)
        return {"first": (times, 2), "products": (times, columns), "pairs": (times, columns)}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Keeps the values of a block."""
        pair, samples = self.pair(model, numerics), len(numerics.sample_times)
        if numerics.average is not None:
            return _Lags(pair, samples, parts)
        return _References(pair, samples, parts, self.references(numerics))

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """With and without the product of means; of one observable, what follows from them."""
        pair = self.pair(model, numerics)
        averaged = numerics.average is not None
        dim = f"{self.name}_lag" if averaged else f"{self.name}_reference"
        references = None if averaged else self.references(numerics)

        def finish(averages: Averages, connected: bool) -> Floats:
            sums = averages.sums
            found = sums[part_name(self, "products")] / sums[part_name(self, "pairs")]
            means = sums[part_name(self, "first")] / sums["count"][..., None]
            offset = pair.offset(averages)
            if references is None:
                found[..., 0] += offset
                product = (means[..., 0] * means[..., 1])[..., None]
            else:
                numbers = np.arange(len(references))
                found[:, references, numbers] += offset[:, references]
                product = means[..., :1] * means[:, references, 1][:, None, :]
            return found - product if connected else found

        def of(connected: bool) -> Observable:
            name = self.name + "_connected" * connected
            text = "Re <{A(t + tau), B(t)}>/2" + ", without the product of means" * connected
            units = "units of A times units of B"
            return Observable(
                name, text, units, None, lambda m: finish(m, connected), (dim,), over="",
                comment=pair.comment,
            )  # fmt: skip

        found = (of(False), of(True))
        if not (averaged and pair.alike and self._columns(numerics) > 1):
            return found
        step = self._step(numerics)
        connected = f"{self.name}_connected"

        def memory(averages: Averages) -> Floats:
            return integrated_time(averages[connected], step)

        return (*found, *memory_records(self.name, memory, numerics))

    @staticmethod
    def _step(numerics: Numerics) -> float:
        """Time between two samples of a window."""
        assert numerics.average is not None
        assert numerics.samples is not None
        return (numerics.average[1] - numerics.average[0]) / max(numerics.samples - 1, 1)

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """tau, or times of B."""
        units = "inverse unit of the rates"
        if numerics.average is None:
            times = np.array(numerics.times)[self.references(numerics)]
            return {f"{self.name}_reference": OwnCoordinate(times, "time of B", units)}
        lags = self._step(numerics) * np.arange(self._columns(numerics))
        return {f"{self.name}_lag": OwnCoordinate(lags, "time of A after that of B", units)}

    def buffer_bytes(self, model: Model, numerics: Numerics) -> int:
        """Values of A and B at all samples, and their transforms."""
        return 8 * LANES * 12 * len(numerics.sample_times)


class _Kept(OneByOne, ABC):
    """Values of A and B of a block at all samples."""

    def __init__(self, pair: LinearPair, samples: int, parts: PartSums) -> None:
        self._pair, self._parts = pair, parts
        self._values = np.zeros((2, samples, LANES))
        self._finite = np.zeros((samples, LANES))

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        vectors = sample.bloch[:3]
        values = self._pair.values(vectors)
        self._values[:, sample.number] = values
        self._finite[sample.number] = sample.finite
        self._parts["first"][:, sample.saved] += by_rows(values, ROWS)
        self._own(sample.number, self._pair.own_products(vectors))

    @abstractmethod
    def _own(self, number: int, products: Floats) -> None:
        """Products at one time have this in addition."""


class _Lags(_Kept):
    """Products at all pairs of samples so far apart, by a transform."""

    def _own(self, number: int, products: Floats) -> None:
        self._parts["products"][:, 0, 0] += by_rows(products, ROWS)

    def finish(self) -> None:
        """Add the products."""
        products, pairs = self._parts["products"], self._parts["pairs"]
        samples, lags = len(self._finite), np.arange(products.shape[-1])
        # Without padding, the end of the window would be correlated with its start.
        size = scipy.fft.next_fast_len(samples + len(lags), real=True)
        a, b = (scipy.fft.rfft(values, size, axis=0) for values in self._values)
        sums = scipy.fft.irfft(a * b.conj(), size, axis=0)[: len(lags)]
        products[:, 0] += by_rows(sums, ROWS)
        # A trajectory that is not finite stays so.
        counts = np.maximum(self._finite.sum(axis=0) - lags[:, None], 0.0)
        pairs[:, 0] += by_rows(counts, ROWS)


class _References(_Kept):
    """Products of A at all times with B at some."""

    def __init__(
        self, pair: LinearPair, samples: int, parts: PartSums, references: Ints
    ) -> None:  # fmt: skip
        super().__init__(pair, samples, parts)
        self._references = references

    def _own(self, number: int, products: Floats) -> None:
        for column in np.flatnonzero(self._references == number):
            self._parts["products"][:, number, column] += by_rows(products, ROWS)

    def finish(self) -> None:
        """Add the products."""
        a, b = self._values
        for column, number in enumerate(self._references):
            self._parts["products"][..., column] += by_rows(a * b[number], ROWS)
            finite = self._finite * self._finite[number]
            self._parts["pairs"][..., column] += by_rows(finite, ROWS)
