"""A trajectory from beginning to end: equal steps, measurements, turns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from twoqs.flows.timetable import Rotation, Timetable
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats

ROWS_IN_MEMORY = 100_000
"""Steps behind one another whose values of pulses are in memory together."""


class Segment(NamedTuple):
    """Equal steps, and what comes before and after them.

    Attributes:
        start: time at which they begin.
        turns: before the first step.
        steps, step: how many, and dt.
        measured: whether a sample is taken after the last one.
    """

    start: float
    turns: tuple[Rotation, ...]
    steps: int
    step: float
    measured: bool

    def midpoints(self, times: int) -> Floats:
        """Of the steps of so many segments like this one, shape (step,)."""
        return np.asarray(self.start + self.step * (np.arange(self.steps * times) + 0.5))


def steady(steps: int, step: float) -> Segment:
    """Equal steps from 0 on, and a measurement."""
    return Segment(0.0, (), steps, step, True)


ONE_STEP, TWO_STEPS = steady(1, 0.0), steady(2, 0.0)
"""Steps that change nothing, to find or to compile kernels."""


def timeline(numerics: Numerics, timetable: Timetable) -> list[Segment]:
    """All segments of a trajectory, one after the other."""
    found: list[Segment] = []
    timetable = timetable.snapped(numerics.sample_times)
    turns, start, whole = timetable.turns_at(0.0), 0.0, timetable.constant
    sampled = set(numerics.sample_times)
    stops = numerics.stops(timetable.breaks(numerics.end))
    for stop, (steps, step) in zip(stops, numerics.segments(stops), strict=True):
        later = timetable.turns_at(stop) if stop > 0 and timetable.turns else ()
        # What is measured at the time of a turn comes after it.
        measured = stop in sampled and not later
        segment = Segment(start, turns, steps, step, measured)
        found.extend([segment] if whole else _in_parts(segment))
        turns, start = later, stop
        if later and stop in sampled:
            found.append(Segment(stop, later, 0, 0.0, True))
            turns = ()
    return found


def _in_parts(segment: Segment) -> Iterator[Segment]:
    """The same steps in segments of at most ROWS_IN_MEMORY each."""
    done = 0
    while True:
        count = min(ROWS_IN_MEMORY, segment.steps - done)
        yield segment._replace(
            start=segment.start + done * segment.step,
            turns=segment.turns if done == 0 else (),
            steps=count,
            measured=segment.measured and done + count == segment.steps,
        )
        done += count
        if done == segment.steps:
            return
