"""Segments of a window, of which spectra are taken: their length, resolution and taper."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.errors import require
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import OwnCoordinate, Request
from twoqs.model.arguments import number
from twoqs.model.arrays import Floats

TAPERS = {"hann": 1.5, "none": 1.0}
"""Tapers of segments, and the width of a line in bins that each of them makes."""

FEWEST_SAMPLES = 8
"""Of a segment: with fewer there is no spectrum to speak of."""


def taper_of(window: str, length: int) -> Floats:
    """Weights of the samples of a segment, shape (sample,)."""
    if window == "none":
        return np.ones(length)
    return np.asarray(0.5 - 0.5 * np.cos(2 * math.pi * (np.arange(length) + 0.5) / length))


def checked_window(window: Any) -> None:
    """Refuse tapers that there are not.

    Raises:
        ArgumentError: naming the field.
    """
    known = isinstance(window, str) and window in TAPERS
    require(known, "window", f"be one of {', '.join(TAPERS)}", window)


def lag_sums(one: Any, other: Any, count: int) -> Any:
    """sum_k one_k^* other_{k+l} for l = 0 .. count - 1, shape (lag, ...), of arrays (bin, ...)."""
    bins = len(one)
    size = scipy.fft.next_fast_len(bins + count)
    first, second = (scipy.fft.fft(x, size, axis=0) for x in (one, other))
    return scipy.fft.ifft(np.conj(first) * second, axis=0)[:count]


@dataclass(frozen=True)
class Segments:
    """Pieces of equal length of the samples of a window; a rest at the end is left out.

    Attributes:
        count: how many there are.
        length: samples of each.
        step: time between two samples.
        taper: weights of the samples, shape (sample,).
        resolution: width of a line without a width of its own, as an angular frequency.
        text: what results say about it.
    """

    count: int
    length: int
    step: float
    taper: Floats
    resolution: float
    text: str

    @classmethod
    def of(cls, count: int, length: int, step: float, taper: str) -> Segments:
        """Segments of `length` samples each."""
        resolution = TAPERS[taper] * 2 * math.pi / (length * step)
        text = (
            f"{count} segments of {length * step:.4g}, window {taper}, resolution {resolution:.3g}"
        )
        return cls(count, length, step, taper_of(taper, length), resolution, text)

    @property
    def norm(self) -> float:
        """Factor of squared sums that makes them int d tau exp(i omega tau) C(tau)."""
        return float(self.step / np.sum(self.taper**2))

    @property
    def lag_weights(self) -> Floats:
        """What of C(tau) the spectrum of a segment has, in units of the step, shape (lag,)."""
        products = lag_sums(self.taper, self.taper, self.length).real
        return np.asarray(self.norm * products)

    def frequencies(self, name: str, both_signs: bool) -> dict[str, OwnCoordinate]:
        """omega, in ascending order."""
        if both_signs:
            values = np.fft.fftshift(np.fft.fftfreq(self.length, self.step))
        else:
            values = np.fft.rfftfreq(self.length, self.step)
        text, units = "angular frequency", "unit of the rates"
        return {f"{name}_omega": OwnCoordinate(2 * math.pi * values, text, units)}


@dataclass(frozen=True)
class Tapered(Request):
    """A request for spectra of pieces of a window.

    Attributes:
        segments: how many there are side by side: more of them, less noise and resolution; or
        resolution: width of a bin of angular frequency, 2 pi over the length of a piece.
        window: "hann" or "none": the taper of each piece.
    """

    of_one_sample: ClassVar[bool] = False
    segments: int | None = field(default=None, kw_only=True)
    resolution: float | None = field(default=None, kw_only=True)
    window: str = field(default="hann", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        count = self.segments
        whole = isinstance(count, int) and not isinstance(count, bool) and count >= 1
        require(count is None or whole, "segments", "be a whole number from 1 on", count)
        if self.resolution is not None:
            wide = number("resolution", self.resolution) > 0
            require(wide, "resolution", "be positive", self.resolution)
            alone = count is None
            require(alone, "resolution", "be left out where `segments` are given", self.resolution)
        checked_window(self.window)

    def length_of_piece(self, samples: int, step: float, default: int) -> int:
        """Samples of a piece of a window.

        Args:
            samples: in all, `step` apart.
            default: samples of a piece if nothing is asked for.

        Raises:
            ArgumentError: if a piece would be too short, or longer than the window.
        """
        length: float = default
        given = "segments" if self.resolution is None else "resolution"
        if self.segments is not None:
            length = samples // self.segments
        elif self.resolution is not None:
            length = min(2 * math.pi / self.resolution / step, samples + 1.0)
        finest, widest = (2 * math.pi / (n * step) for n in (samples, FEWEST_SAMPLES))
        wanted = (
            f"leave {FEWEST_SAMPLES} samples a segment or more of the {samples} of the window, a "
            f"resolution from {finest:.3g} to {widest:.3g} (more `samples`, or fewer `segments`)"
        )
        where = f"observables.{self.name}.{given}"
        whole = round(length)
        fits = FEWEST_SAMPLES <= whole <= samples
        require(fits, where, wanted, getattr(self, given))
        return whole


@dataclass(frozen=True)
class Segmented(Tapered):
    """One of the samples of a window, in one segment if nothing else is asked for."""

    def segments_of(self, numerics: Numerics) -> Segments:
        """The segments that spectra are taken of."""
        where = f"observables.{self.name}"
        wanted = "be measured in a window (`average`), which has equidistant samples"
        require(numerics.average is not None, where, wanted, "times")
        assert numerics.average is not None
        assert numerics.samples is not None
        start, end = numerics.average
        step = (end - start) / max(numerics.samples - 1, 1)
        length = self.length_of_piece(numerics.samples, step, numerics.samples)
        return Segments.of(self.segments or numerics.samples // length, length, step, self.window)
