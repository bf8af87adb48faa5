"""Pieces of the record of a detector, with a window each, for spectra: Welch's method."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from twoqs.kernels.pieces import PieceTransform, piece_transform
from twoqs.kernels.radices import fourier_plan
from twoqs.model.arrays import Floats, Ints
from twoqs.observe.segments import taper_of

PIECES_OF_RECORD = 8
"""Lengths of a piece in the record, if no resolution is asked for."""

KEPT_SHARE = 0.6
"""Share of the Nyquist frequency up to which bins of time resolve what they integrate."""


@dataclass(frozen=True)
class RecordPieces:
    """How a record of bins is cut: pieces of equal length, with Hann's window half over each other.

    Attributes:
        bins: of the record.
        step: duration of a bin.
        length: bins of a piece.
        window: "hann" or "none".
    """

    bins: int
    step: float
    length: int
    window: str

    @property
    def resolution(self) -> float:
        """Width of a bin of frequency."""
        return 2 * math.pi / (self.length * self.step)

    @cached_property
    def starts(self) -> range:
        """First bins of the pieces."""
        stride = max(1, self.length // 2) if self.window == "hann" else self.length
        return range(0, self.bins - self.length + 1, stride)

    @cached_property
    def weights(self) -> Floats:
        """The window, of which the mean square is one, shape (bin,)."""
        taper = taper_of(self.window, self.length)
        return np.asarray(taper / np.sqrt(np.mean(taper**2)))

    @cached_property
    def kept(self) -> Ints:
        """Places of the frequencies that are kept, by rising frequency."""
        all_ = 2 * np.pi * np.fft.fftfreq(self.length, self.step)
        order = np.argsort(all_, kind="stable")
        inside = np.abs(all_[order]) <= KEPT_SHARE * np.pi / self.step
        return np.asarray(order[inside])

    @property
    def frequencies(self) -> Floats:
        """Angular frequencies that are kept, shape (omega,)."""
        return np.asarray((2 * np.pi * np.fft.fftfreq(self.length, self.step))[self.kept])

    @property
    def attenuation(self) -> Floats:
        """What is left of power at each frequency after integration over bins, shape (omega,)."""
        return np.asarray(np.sinc(self.frequencies * self.step / (2 * np.pi)) ** 2)

    @property
    def line(self) -> Floats:
        """|sum_j w_j exp(i omega j)|^2/length of a constant 1, shape (omega,)."""
        return np.asarray(np.abs(np.fft.fft(self.weights)[self.kept]) ** 2 / self.length)

    def transform(self) -> PieceTransform:
        """What makes sum_j w_j f_j exp(i omega t_j)/sqrt(length) of each piece."""
        return piece_transform(self.weights, fourier_plan(self.length, padded=False), self.kept)
