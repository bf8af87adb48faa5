"""Pulses: what a parameter can be instead of one number, values in time."""

from __future__ import annotations

import math
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.model.arguments import number, numbers
from twoqs.model.arrays import Floats
from twoqs.model.limits import MOST_JUMPS_OF_PULSE, MOST_SAMPLES_OF_PULSE

STEPS_PER_WIDTH = 20
"""Steps of default length in the time over which a pulse changes, 1/`rate`."""


FAR = 37.0
"""Widths from the centre of a Gaussian beyond which its 1e-297 no longer falls."""


@dataclass(frozen=True)
class Pulse(ABC):
    """A real function of time, from 0 on.

    Attributes:
        kind: its word in files.
    """

    kind: ClassVar[str]

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, number(field.name, getattr(self, field.name)))

    @abstractmethod
    def at(self, times: Floats) -> Floats:
        """Values at these times, of their shape."""

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float]:
        """The least and the largest value that it may have."""

    @property
    def rate(self) -> float:
        """Inverse of the shortest time over which it changes between jumps."""
        return 0.0

    @property
    def breaks(self) -> tuple[float, ...]:
        """Times of jumps and of kinks, on which steps must end."""
        return ()

    @property
    def end(self) -> float:
        """Time from which on it is not known."""
        return math.inf

    @property
    def label(self) -> str:
        """A name for the parameter that has it as its value, where it was given none."""
        return f"{self.kind}_{zlib.crc32(repr(self).encode()):08x}"


@dataclass(frozen=True)
class Gauss(Pulse):
    """See `gauss`."""

    center: float
    width: float
    height: float = 1.0
    offset: float = 0.0

    kind: ClassVar[str] = "gauss"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.width > 0, "width", "be positive", self.width)

    def at(self, times: Floats) -> Floats:
        far = np.minimum(np.abs(times - self.center), FAR * self.width) / self.width
        return self.offset + self.height * np.exp(-(far**2) / 2)

    @property
    def bounds(self) -> tuple[float, float]:
        peak = self.offset + self.height
        return min(self.offset, peak), max(self.offset, peak)

    @property
    def rate(self) -> float:
        return 1 / self.width


@dataclass(frozen=True)
class Ramp(Pulse):
    """See `ramp`."""

    start: float
    stop: float
    before: float
    after: float

    kind: ClassVar[str] = "ramp"

    def __post_init__(self) -> None:
        super().__post_init__()
        require(self.start >= 0, "start", "be a time from 0 on", self.start)
        wanted = f"be later than its start at {self.start:g} (`piecewise` jumps)"
        require(self.stop > self.start, "stop", wanted, self.stop)

    def at(self, times: Floats) -> Floats:
        return np.interp(times, (self.start, self.stop), (self.before, self.after))

    @property
    def bounds(self) -> tuple[float, float]:
        return min(self.before, self.after), max(self.before, self.after)

    @property
    def breaks(self) -> tuple[float, ...]:
        return (self.start, self.stop)


@dataclass(frozen=True)
class Cosine(Pulse):
    """See `cosine`."""

    amplitude: float
    frequency: float
    phase: float = 0.0
    offset: float = 0.0

    kind: ClassVar[str] = "cosine"

    def at(self, times: Floats) -> Floats:
        return self.offset + self.amplitude * np.cos(self.frequency * times + self.phase)

    @property
    def bounds(self) -> tuple[float, float]:
        size = abs(self.amplitude)
        return self.offset - size, self.offset + size

    @property
    def rate(self) -> float:
        return abs(self.frequency)


@dataclass(frozen=True)
class _Tabulated(Pulse):
    """Values at times."""

    times: tuple[float, ...]
    values: tuple[float, ...]

    most: ClassVar[int]

    def __post_init__(self) -> None:
        times = numbers("times", self.times, most=self.most)
        require(len(times) > 0, "times", "hold at least one time", self.times)
        wanted = "begin at 0 (the pulse has no value before)"
        require(times[0] == 0, "times", wanted, times[0])
        rising = all(a < b for a, b in pairwise(times))
        require(rising, "times", "increase", self.times)
        values = numbers("values", self.values, most=self.most)
        wanted = f"be as many as the times, {len(times)}"
        require(len(values) == len(times), "values", wanted, len(values))
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)

    @property
    def bounds(self) -> tuple[float, float]:
        return min(self.values), max(self.values)


@dataclass(frozen=True)
class Piecewise(_Tabulated):
    """See `piecewise`."""

    kind: ClassVar[str] = "piecewise"
    most: ClassVar[int] = MOST_JUMPS_OF_PULSE

    def at(self, times: Floats) -> Floats:
        place = np.searchsorted(self.times, times, side="right") - 1
        return np.asarray(self.values)[np.maximum(place, 0)]

    @property
    def breaks(self) -> tuple[float, ...]:
        return self.times[1:]


@dataclass(frozen=True)
class Sampled(_Tabulated):
    """See `sampled`."""

    kind: ClassVar[str] = "sampled"
    most: ClassVar[int] = MOST_SAMPLES_OF_PULSE

    def __post_init__(self) -> None:
        super().__post_init__()
        require(len(self.times) > 1, "times", "hold at least two times", self.times)

    def at(self, times: Floats) -> Floats:
        return np.interp(times, self.times, self.values)

    @property
    def rate(self) -> float:
        return 1 / (STEPS_PER_WIDTH * float(np.min(np.diff(self.times))))

    @property
    def end(self) -> float:
        return self.times[-1]


PULSES: dict[str, type[Pulse]] = {
    kind.kind: kind for kind in (Gauss, Ramp, Cosine, Piecewise, Sampled)
}
"""Pulses by their words in files, which have the same fields."""
