"""What multiplies the terms of a model in time, and the turns between its steps."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arrays import Floats, Ints
from twoqs.model.language.events import SAME_TIME
from twoqs.model.language.in_time import bounds, pulses_of, values_in_time
from twoqs.model.language.parameters import Expression
from twoqs.model.language.pulses import Pulse

STEPS_PER_CHANGE = 4
"""Steps of other solvers at least in the time over which a pulse changes."""


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

    @property
    def longest_step(self) -> float:
        """Of solvers that choose their steps, so that they step over no pulse."""
        return 1 / (STEPS_PER_CHANGE * self.rate) if self.rate > 0 else math.inf

    @property
    def example(self) -> str:
        """Something that depends on time, for messages."""
        if self.turns:
            return f"a turn at {self.turns[0].time:g}"
        return repr(self._pulses[0]) if self._pulses else "nothing"

    def snapped(self, times: Iterable[float]) -> Timetable:
        """The same with turns at those of the times that they differ from by rounding alone.

        So 3*0.1 is 0.3: what is measured at 0.3 comes after a turn at 3*0.1.
        """
        grid = np.unique(np.fromiter(times, dtype=np.float64))
        if not self.turns or not len(grid):
            return self
        moved = []
        for turn in self.turns:
            nearest = float(grid[np.argmin(np.abs(grid - turn.time))])
            same = math.isclose(nearest, turn.time, rel_tol=SAME_TIME)
            moved.append(turn._replace(time=nearest) if same else turn)
        return Timetable(self.keys, tuple(moved))

    def breaks(self, end: float) -> tuple[float, ...]:
        """Times before `end` on which steps must end, increasing."""
        times = {time for pulse in self._pulses for time in pulse.breaks}
        times.update(turn.time for turn in self.turns)
        return tuple(sorted(time for time in times if 0 < time < end))

    def turns_at(self, time: float) -> tuple[Rotation, ...]:
        """Those at this very time, in order."""
        return tuple(turn for turn in self.turns if turn.time == time)

    def require_until(self, end: float, last_change: float) -> None:
        """Refuse runs that pulses do not reach, and that do not reach events.

        Args:
            last_change: the latest time at which an event changes a parameter.

        Raises:
            ArgumentError: naming the event's time, or that of the pulse's end.
        """
        known = min((pulse.end for pulse in self._pulses), default=math.inf)
        wanted = f"have pulses that are known until the end of the run at {end:g}"
        reached = known >= end * (1 - SAME_TIME)
        require(reached, "parameters", wanted, f"samples {self._named(known)}until {known:g}")
        last = max((turn.time for turn in self.turns), default=0.0)
        last = max(last, last_change)
        wanted = f"have times within the run, which ends at {end:g}"
        require(last <= end * (1 + SAME_TIME), "events", wanted, last)

    def _named(self, end: float) -> str:
        """The parameter whose pulse is known until then."""
        named = (pair for key in self.keys for pair in key.parameters.items())
        ends = (name for name, one in named if getattr(one.value, "end", None) == end)
        return next((f"of `{name}` " for name in ends), "")

    def require_none_in(self, start: float, end: float) -> None:
        """Refuse windows with turns, at which values jump: a few samples have no mean of them.

        Raises:
            ArgumentError: naming the window.
        """
        inside = [turn.time for turn in self.turns if start < turn.time <= end]
        wanted = "be a window without turns, at which values jump (ask for `times` instead)"
        if inside:
            raise ArgumentError.of("average", wanted, f"one with a turn at {inside[0]:g}")
