"""Segments of a window, of which spectra are taken: their length, resolution and taper."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy  # its packages are loaded when first used

from twoqs.errors import require
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import OwnCoordinate, Request
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
    def of(cls, numerics: Numerics, count: int, taper: str, where: str) -> Segments:
        """Those of a window.

        Raises:
            ArgumentError: for runs over times, and for segments that are too short.
        """
        wanted = "be measured in a window (`average`), which has equidistant samples"
        require(numerics.average is not None, where, wanted, "times")
        assert numerics.average is not None
        assert numerics.samples is not None
        start, end = numerics.average
        length = numerics.samples // count
        wanted = (
            f"have {FEWEST_SAMPLES} samples a segment or more (more `samples`, or fewer `segments`)"
        )
        given = f"{count} segments of {numerics.samples} samples"
        require(length >= FEWEST_SAMPLES, where, wanted, given)
        step = (end - start) / (numerics.samples - 1)
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
class Segmented(Request):
    """A request for spectra of the samples of a window.

    Attributes:
        segments: into which the window is divided: more of them, less noise and resolution.
        window: "hann" or "none": the taper of each segment.
    """

    segments: int = field(default=1, kw_only=True)
    window: str = field(default="hann", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        count = self.segments
        whole = isinstance(count, int) and not isinstance(count, bool) and count >= 1
        require(whole, "segments", "be a whole number from 1 on", count)
        checked_window(self.window)

    def segments_of(self, numerics: Numerics) -> Segments:
        """Those that spectra are taken of."""
        return Segments.of(numerics, self.segments, self.window, f"observables.{self.name}")
