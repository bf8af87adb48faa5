"""What leaves through a jump: the record of a detector, one number for each bin of time.

A bin k from one sample to the next, of duration D, holds f_k = int dout, dout = dxi + sqrt(2G) c
dt; a_k = f_k/sqrt(D) is the amplitude of a mode of the output field, in the vacuum if nothing was
emitted. Averages over trajectories are those of symmetrised products: of the vacuum E|a|^2 = 1/2.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.compile.jit import LANES
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import Accumulator, PartSums, Request, SamplesOfCall
from twoqs.model.arrays import Complexes, Ints
from twoqs.model.labels import labelled
from twoqs.model.model import Model

OutputRecord = Complexes
"""f_k/sqrt(D), shape (bin, channel, lane)."""

FLUX = "quanta per unit of time"
"""Units of fluxes."""

FEWEST_BINS = 16
"""Bins in a window, below which there is no record to speak of."""


@dataclass(frozen=True)
class Output(Request):
    """A request that takes the records of detectors; its first field names the jumps."""

    most_labels: ClassVar[int] = 1
    vectors: ClassVar[bool] = False
    adds_up: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Refuse what is no label; or not different ones, if there may be several."""
        super().__post_init__()
        given = getattr(self, self.kind)
        labels = (given,) if isinstance(given, str) else given
        listed = isinstance(labels, tuple) and 1 <= len(labels) <= self.most_labels
        fine = listed and all(isinstance(one, str) for one in labels)
        fine = fine and (isinstance(given, str) or len(labels) > 1)
        wanted = "be the label of a jump" + (", or two of them" if self.most_labels > 1 else "")
        require(fine, self.kind, wanted, given)
        require(len(set(labels)) == len(labels), self.kind, "be different", given)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the jumps whose output fields it needs."""
        given = getattr(self, self.kind)
        return (given,) if isinstance(given, str) else tuple(given)

    @property
    def taps(self) -> tuple[str, ...]:
        """Labels of the jumps whose field is kept: that of the detector."""
        return self.labels

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse jumps without a label, methods without a field, and windows that are too short."""
        where = f"observables.{self.name}"
        for label in self.labels:
            labelled(model, label, where)
        numerics.method.channels(model, self.labels)
        windowed = numerics.average is not None
        require(windowed, where, "go with `average`: a window of equal bins", self.kind)
        wanted = f"have a window of at least {FEWEST_BINS} bins (`samples`)"
        require(bins_of(numerics) >= FEWEST_BINS, where, wanted, bins_of(numerics))

    def channels(self, model: Model, numerics: Numerics) -> list[Ints]:
        """Numbers of the channels of each label among those that are kept."""
        return [channels_of_label(model, numerics, own) for own in self.labels]


class Recorded(Output):
    """One that takes the whole record at once."""

    def buffer_bytes(self, model: Model, numerics: Numerics) -> int:
        """The record of all bins."""
        channels = len(numerics.method.channels(model, self.labels))
        return 16 * bins_of(numerics) * channels * LANES

    @abstractmethod
    def add_records(self, records: Sequence[OutputRecord], step: float, parts: PartSums) -> None:
        """Add what is kept of the records of a block.

        Args:
            records: of each label; trajectories that are not finite are zero.
            step: duration of a bin.
        """

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Keeps all bins until the end."""
        return _Recorder(self, model, numerics, parts)


def channels_of_label(model: Model, numerics: Numerics, label: str) -> Ints:
    """Numbers of the channels of a jump among those that are kept."""
    kept = numerics.method.channels(model, numerics.taps)
    return np.array([i for i, (known, _) in enumerate(kept) if known == label])


def bins_of(numerics: Numerics) -> int:
    """Bins in the window: from the first sample to the last."""
    return len(numerics.sample_times) - 1


def bin_duration(numerics: Numerics) -> float:
    """Of one of them."""
    times = numerics.sample_times
    return (times[-1] - times[0]) / (len(times) - 1)


class _Recorder(Accumulator):
    def __init__(
        self, request: Recorded, model: Model, numerics: Numerics, parts: PartSums
    ) -> None:
        self._request, self._parts = request, parts
        self._channels = request.channels(model, numerics)
        self._step = bin_duration(numerics)
        count = bins_of(numerics)
        self._records = [
            np.zeros((count, len(own), LANES), np.complex128) for own in self._channels
        ]
        self._finite: Any = np.ones(LANES)

    def add_all(self, samples: SamplesOfCall) -> None:
        """The fields before the first sample are not of the window."""
        scale = 1 / np.sqrt(self._step)
        left = 1 if samples.number == 0 else 0
        first, end = samples.number - 1 + left, samples.number - 1 + len(samples.times)
        for own, record in zip(self._channels, self._records, strict=True):
            fields = samples.fields[left:, own]
            record[first:end].real = scale * fields[:, :, 0]
            record[first:end].imag = scale * fields[:, :, 1]
        self._finite = samples.finite[-1].copy()

    def finish(self) -> None:
        """Add what is kept of the whole record."""
        for record in self._records:
            record[:, :, self._finite == 0.0] = 0.0
        self._request.add_records(self._records, self._step, self._parts)
        lanes = self._finite.reshape(len(self._parts["lanes"]), -1)
        self._parts["lanes"][:, 0] += lanes.sum(axis=1)
