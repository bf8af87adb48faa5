"""What multiplies the terms of a model in time, and the turns between its steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from twoqs.errors import require
from twoqs.model.arrays import Floats, Ints
from twoqs.model.language.in_time import bounds, pulses_of, values_in_time
from twoqs.model.language.parameters import Expression
from twoqs.model.language.pulses import Pulse


class Rotation(NamedTuple):
    """A turn at an instant.

    Attributes:
        time: when.
        sites: numbers of the spins, shape (spin,).
        axis: unit vector.
        angle: in radians.
    """

    time: float
    sites: Ints
    axis: tuple[float, float, float]
    angle: float


@dataclass(frozen=True, eq=False)
class Timetable:
    """The parameters of generators in time, and events.

    Attributes:
        keys: an expression of pulses for each column of values; the first is 1.
        turns: in the order of their times.
    """

    keys: tuple[Expression, ...]
    turns: tuple[Rotation, ...]

    @property
    def constant(self) -> bool:
        """Whether the generators are the same at all times."""
        return len(self.keys) == 1

    @property
    def empty(self) -> bool:
        """Whether nothing depends on time, neither by pulses nor by turns."""
        return self.constant and not self.turns

    @cached_property
    def _pulses(self) -> tuple[Pulse, ...]:
        return tuple({p for key in self.keys for p in pulses_of(key.parameters).values()})

    def values(self, times: Floats) -> Floats:
        """Of the parameters at these times, shape (time, column)."""
        return np.stack([values_in_time(key, times) for key in self.keys], axis=1)

    @cached_property
    def peaks(self) -> Floats:
        """Largest size of each parameter at any time, shape (column,)."""
        return np.array([max(map(abs, bounds(key))) for key in self.keys])

    @property
    def rate(self) -> float:
        """Inverse of the shortest time over which a parameter changes between breaks."""
        return max((pulse.rate for pulse in self._pulses), default=0.0)

    def breaks(self, end: float) -> tuple[float, ...]:
        """Times before `end` on which steps must end, increasing."""
        times = {time for pulse in self._pulses for time in pulse.breaks}
        times.update(turn.time for turn in self.turns)
        return tuple(sorted(time for time in times if 0 < time < end))

    def turns_at(self, time: float) -> tuple[Rotation, ...]:
        """Those at this very time, in order."""
        return tuple(turn for turn in self.turns if turn.time == time)

    def require_until(self, end: float) -> None:
        """Refuse runs that pulses do not reach, and that do not reach events.

        Raises:
            ArgumentError: naming the event's time, or that of the pulse's end.
        """
        known = min((pulse.end for pulse in self._pulses), default=math.inf)
        wanted = f"have pulses that are known until the end of the run at {end:g}"
        require(known >= end, "parameters", wanted, f"samples until {known:g}")
        last = max((turn.time for turn in self.turns), default=0.0)
        wanted = f"have times within the run, which ends at {end:g}"
        require(last <= end, "events", wanted, last)
