"""Sums of the spectra of pieces: each is transformed as soon as its last bin is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.pieces import add_piece, by_lanes, piece_sums, store_bins
from twoqs.methods.request import Accumulator, SamplesOfCall
from twoqs.model.arrays import Floats, Ints
from twoqs.observe.pieces import RecordPieces


class SpectralSums(NamedTuple):
    """What the pieces of one block have added up to; zero for trajectories that are not finite.

    Sums are over pieces and channels, F = sum_j w_j a_j exp(i omega t_j)/sqrt(length).

    Attributes:
        real, imag: of F_1^* F_2, and behind it of F(omega) F(-omega); shape (part, omega, lane).
        means: of the amplitude a of each label over the window, shape (channel, 2, lane).
        finite: 1 for trajectories that are, else 0, shape (lane,).
    """

    real: Floats
    imag: Floats
    means: list[Floats]
    finite: Floats


class PieceSums(Accumulator):
    """Adds the spectra of pieces of the window; it remembers no more of it than a piece.

    Args:
        channels: numbers of those of each label, of one or of two.
        parts: 2 if F(omega) F(-omega) is wanted, too.
        add: takes the sums of the block.
    """

    def __init__(
        self,
        pieces: RecordPieces,
        channels: Sequence[Ints],
        parts: int,
        add: Callable[[SpectralSums], None],
    ) -> None:
        self._pieces, self._channels, self._add = pieces, channels, add
        self._transform = pieces.transform()
        self._sums = piece_sums(self._transform, parts)
        self._records = [aligned((len(own), pieces.length, 2, LANES)) for own in channels]
        self._totals = [aligned((len(own), 2, LANES)) for own in channels]
        self._ends = [start + pieces.length for start in pieces.starts][::-1]
        self._taken = 0
        self._finite = np.ones(LANES)

    def add_all(self, samples: SamplesOfCall) -> None:
        """The fields before the first sample are not of the window."""
        fields = samples.fields[1:] if samples.number == 0 else samples.fields
        while len(fields):
            end = self._ends[-1] if self._ends else self._pieces.bins
            missing = end - self._taken
            self._store(fields[:missing])
            fields = fields[missing:]
            if self._ends and self._taken == end:
                self._ends.pop()
                first, crossed = end % self._pieces.length, len(self._records) > 1
                add_piece(
                    self._records[0], self._records[-1], first, self._transform, crossed,
                    self._sums,
                )  # fmt: skip
        self._finite = samples.finite[-1].copy()

    def _store(self, fields: Floats) -> None:
        scale = 1 / np.sqrt(self._pieces.step)
        place = self._taken % self._pieces.length
        for own, record, total in zip(self._channels, self._records, self._totals, strict=True):
            store_bins(fields, own, scale, record, place, total)
        self._taken += len(fields)

    def finish(self) -> None:
        """Hand the sums out."""
        kept = self._finite > 0
        real, imag = (np.where(kept, part, 0.0) for part in by_lanes(self._sums))
        means = [np.where(kept, total, 0.0) / self._pieces.bins for total in self._totals]
        self._add(SpectralSums(real, imag, means, self._finite))
