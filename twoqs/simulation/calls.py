"""The samples of a block cut into calls of a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from twoqs.flows.lowered import timetable_of
from twoqs.kernels.compile.jit import LANES
from twoqs.measure.halves import halves_of, has_halves
from twoqs.methods.numerics import Numerics
from twoqs.model.model import Model
from twoqs.simulation.timeline import ROWS_IN_MEMORY, Segment
from twoqs.simulation.twins import perturbations_of

CALL_SECONDS = 0.2
"""Work that is done in one piece, about: what an interrupt has to wait for."""

HISTORY_BYTES = 1_000_000
"""Memory of samples that are held one by one: about what a core has close by."""


class Call(NamedTuple):
    """Samples in one call of a kernel, each after a segment like the first of them.

    Attributes:
        first: the first segment.
        samples: how many segments there are.
        saved: as in `TrajectoryBlock.sample`.
        number: of the first of these samples among all.
    """

    first: Segment
    samples: int
    saved: int
    number: int


def calls(model: Model, numerics: Numerics, segments: list[Segment]) -> Iterator[Call]:
    """Calls by which a block takes all its samples, one after the other.

    Args:
        segments: the timeline of model and numerics.
    """
    constant = timetable_of(model).constant
    total = sum(segment.measured for segment in segments)
    averaged = numerics.average is not None
    middle = halves_of(numerics.samples)[0] if numerics.samples and has_halves(numerics) else 0
    correlated = "correlation" in numerics.observables
    taken = 0
    for (steps, _, measured, turned), group in groupby(segments, _kind):
        alike = list(group)
        seconds = step_seconds(model, numerics) * max(steps, 1)
        most = max(1, int(CALL_SECONDS / seconds))
        if not constant:
            most = max(1, min(most, ROWS_IN_MEMORY // max(steps, 1)))
        if numerics.requests and measured:
            most = min(most, samples_at_once(model, numerics))
        if turned is not None or not measured or (correlated and not averaged):
            # Each saved time needs its correlations by themselves.
            most = 1
        while alike:
            # So does the last sample of an average.
            before_last = total - 1 - taken if averaged and measured else len(alike)
            count = min(len(alike), most, max(1, before_last))
            if taken < middle:
                count = min(count, middle - taken)
            saved = taken if not averaged else (0 if taken == total - 1 else -1)
            yield Call(alike[0], count, saved if measured else -1, taken)
            taken += count * measured
            alike = alike[count:]


def samples_at_once(model: Model, numerics: Numerics) -> int:
    """Samples that are held one by one for requests; copies that are turned go on after each."""
    if perturbations_of(model, numerics):
        return 1
    channels = len(numerics.method.channels(model, numerics.taps)) if numerics.taps else 0
    vectors = 4 * model.n_sites if numerics.vectors else 0
    return max(1, HISTORY_BYTES // (8 * LANES * (vectors + 2 * channels + 1)))


def _kind(segment: Segment) -> tuple[int, float, bool, float | None]:
    """What segments in one call have in common; one with turns stands for itself."""
    turned = segment.start if segment.turns else None
    return segment.steps, segment.step, segment.measured, turned


def step_seconds(model: Model, numerics: Numerics) -> float:
    """Rough time of a step of a block."""
    return 1e-9 * numerics.method.nanoseconds_of(model, numerics.taps) * LANES
