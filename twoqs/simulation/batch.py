"""A batch: the smallest piece of work that is done, stored and counted as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import numpy as np

from twoqs.errors import require
from twoqs.flows.length import of_each, spin_length
from twoqs.flows.lowered import timetable_of
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.moments import QUANTITIES, ROWS
from twoqs.kernels.samples import BlockSums, RowSums
from twoqs.measure import asked
from twoqs.measure.records import RecordLayout, group_sizes
from twoqs.methods.numerics import Numerics, point_id
from twoqs.methods.request import Accumulator, PartSums, Sample, part_name
from twoqs.model.arrays import Floats
from twoqs.model.limits import MOST_RECORD_BYTES
from twoqs.model.model import Model
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.spectrum import Spectrum
from twoqs.simulation.timeline import ONE_STEP, ROWS_IN_MEMORY, Segment, timeline
from twoqs.simulation.twins import Twins, perturbations_of

SETUP_SECONDS = 4e-3
"""Seconds of a batch beside its steps, about: arrays, random streams, a task, a receipt."""

REQUEST_SECONDS = 5e-5
"""Seconds that a request takes for a sample of a block, about."""

TARGET_SECONDS = 2.0
"""Seconds that a batch should take: long against the cost of a task, short enough to lose."""

MOST_BLOCKS = 4
"""Blocks of LANES trajectories in a batch at most: requests are rounded up to whole batches."""

CALL_SECONDS = 0.2
"""Work that is done in one piece, about: what an interrupt has to wait for."""


class Cost(NamedTuple):
    """Expected cost of one batch."""

    seconds: float
    bytes: int


def blocks_per_batch(model: Model, numerics: Numerics) -> int:
    """Blocks in one batch; a function of model and numerics alone, never of the machine.

    A power of two, so that a request for 256, 512 or 1024 trajectories is not rounded up.
    """
    fitting = np.clip(TARGET_SECONDS / _block_seconds(model, numerics), 1, MOST_BLOCKS)
    return int(2 ** math.floor(math.log2(fitting)))


def rows_per_batch(model: Model, numerics: Numerics) -> int:
    """Rows in the record of one batch."""
    return ROWS * blocks_per_batch(model, numerics)


def batch_trajectories(model: Model, numerics: Numerics) -> int:
    """Trajectories in one batch."""
    return LANES * blocks_per_batch(model, numerics)


def record_length(model: Model, numerics: Numerics) -> int:
    """Numbers in one row of a record."""
    return RecordLayout.of(model, numerics).length


def check_size(model: Model, numerics: Numerics) -> None:
    """Refuse formulas of what is not measured, and records that do not fit into memory.

    Raises:
        ArgumentError: naming the formula; or the times, of which there are too many for so many
            sites or distances.
    """
    asked(model, numerics)
    size = 8 * ROWS * record_length(model, numerics)
    name = "observables" if numerics.times is None else "times"
    wanted = f"make records of at most {MOST_RECORD_BYTES / 1e9:g} GB for {LANES} trajectories"
    require(size <= MOST_RECORD_BYTES, name, wanted, f"{size / 1e9:.3g} GB")


def batch_cost(model: Model, numerics: Numerics) -> Cost:
    """Rough cost of one batch."""
    blocks = blocks_per_batch(model, numerics)
    size = 8 * rows_per_batch(model, numerics) * record_length(model, numerics)
    return Cost(SETUP_SECONDS + blocks * _block_seconds(model, numerics), size)


def run_batch(
    model: Model,
    numerics: Numerics,
    seed: int,
    batch: int,
    ends: list[Floats] | None = None,
    kept: list[Floats] | None = None,
) -> Floats:
    """Run one batch.

    Args:
        numerics: resolved settings.
        seed: root of all random numbers; each block has the stream (seed, point, block).
        batch: number of the batch within its point, from 0.
        ends: to which the last Bloch vectors of each block are added, shape (3, site, lane).
        kept: to which single trajectories are added if the batch has some that are to be kept, see
            `twoqs.simulation.kept`.

    Returns:
        Raw sums of shape (rows_per_batch, record_length), see `twoqs.measure.records`; the same
        for the same arguments, wherever and whenever it runs.
    """
    require(isinstance(seed, int) and seed >= 0, "seed", "be an integer from 0 on", seed)
    blocks = blocks_per_batch(model, numerics)
    identity = int(point_id(model, numerics), 16)
    record = _Record(model, numerics, blocks)
    asked = list(calls(model, numerics))
    for index in range(blocks):
        key = (identity >> 32, identity & 0xFFFFFFFF, batch * blocks + index)
        first = LANES * (batch * blocks + index)
        block = TrajectoryBlock(model, numerics, np.random.SeedSequence(seed, spawn_key=key), first)
        for call in asked:
            record.add(block, index, call)
        record.finish(index)
        if ends is not None:
            ends.append(block.bloch[:3].copy())
    if kept is not None and numerics.keep > batch * batch_trajectories(model, numerics):
        kept.append(record.kept())
    return record.rows


def compile_kernels(model: Model, numerics: Numerics) -> None:
    """Compile (or load) all that a run of this kind needs, by taking one short step."""
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(0))
    record = _Record(model, numerics, blocks=1)
    record.add(block, 0, Call(ONE_STEP, samples=1, saved=0, number=0))


def kernels_are_compiled(model: Model, numerics: Numerics) -> bool:
    """Whether `compile_kernels` would find them in this process or on disk."""
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(0))
    return _Record(model, numerics, blocks=1).is_compiled(block)


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


def calls(model: Model, numerics: Numerics) -> Iterator[Call]:
    """Calls by which a block takes all its samples, one after the other."""
    timetable = timetable_of(model)
    segments = timeline(numerics, timetable)
    total = sum(segment.measured for segment in segments)
    averaged = numerics.average is not None
    correlated = "correlation" in numerics.observables
    taken = 0
    for (steps, _, measured, turned), group in groupby(segments, _kind):
        alike = list(group)
        seconds = _step_seconds(model, numerics) * max(steps, 1)
        most = max(1, int(CALL_SECONDS / seconds))
        if not timetable.constant:
            most = max(1, min(most, ROWS_IN_MEMORY // max(steps, 1)))
        alone = (correlated and not averaged) or bool(numerics.requests)
        if turned is not None or not measured or alone:
            # Each saved time needs its correlations by themselves, and requests need each sample.
            most = 1
        while alike:
            # So does the last sample of an average.
            before_last = total - 1 - taken if averaged and measured else len(alike)
            count = min(len(alike), most, max(1, before_last))
            saved = taken if not averaged else (0 if taken == total - 1 else -1)
            yield Call(alike[0], count, saved if measured else -1, taken)
            taken += count * measured
            alike = alike[count:]


def _kind(segment: Segment) -> tuple[int, float, bool, float | None]:
    """What segments in one call have in common; one with turns stands for itself."""
    turned = segment.start if segment.turns else None
    return segment.steps, segment.step, segment.measured, turned


class _Record:
    """The sums of the blocks of a batch.

    Attributes:
        rows: all of them, shape (rows_per_batch, record_length).
    """

    def __init__(self, model: Model, numerics: Numerics, blocks: int) -> None:
        layout = RecordLayout.of(model, numerics)
        self.rows = np.zeros((ROWS * blocks, layout.length))
        self._parts = [layout.split(rows) for rows in np.split(self.rows, blocks)]
        self._times, self._averaged = numerics.sample_times, numerics.average is not None
        self._keep = numerics.keep
        self._observers = [_observers(model, numerics, parts) for parts in self._parts]
        asked = perturbations_of(model, numerics)
        self._twins = [Twins(asked) for _ in self._parts]
        groups = layout.groups
        self._spectrum = Spectrum(model.lattice, components=3 if layout.distances else 0)
        self._sums, self._left_out = (
            BlockSums(
                lengths=of_each(spin_length, model.spins),
                group_start=np.cumsum([0, *group_sizes(model, groups)]),
                sums=aligned((groups, len(QUANTITIES), LANES)),
                counts=aligned((2, LANES)),
                plan=self._spectrum.plan,
                scratch=self._spectrum.scratch,
                power=self._spectrum.power if measured else np.zeros_like(self._spectrum.power),
            )
            for measured in (True, False)
        )

    def add(self, block: TrajectoryBlock, index: int, call: Call) -> None:
        """Take these samples of a block of this index; the last of all samples is a saved one."""
        parts = self._parts[index]
        rows = self._rows(index)
        sums = self._sums if call.first.measured else self._left_out
        block.sample(call.first, call.samples, sums, rows, call.saved)
        self._twins[index].advance(call.first, self._left_out, rows)
        if call.first.measured and self._observers[index]:
            self._observe(block, index, call.number)
        if call.saved >= 0 and parts["correlation"].size:
            parts["correlation"][:, call.saved] = self._spectrum.take()

    def kept(self) -> Floats:
        """Single trajectories of all blocks, shape (trajectory, time, component, site)."""
        found = [one.kept for observers in self._observers for one in observers if one.kept.size]
        return np.concatenate(found)[: self._keep]

    def finish(self, index: int) -> None:
        """All samples of the block of this index were taken."""
        for one in self._observers[index]:
            one.finish()

    def _observe(self, block: TrajectoryBlock, index: int, number: int) -> None:
        saved = 0 if self._averaged else number
        fields, twins = block.take_fields(), self._twins[index]
        twins.begin(block, number)
        sample = Sample(
            number, self._times[number], saved, block.bloch, block.finite, fields, twins.now()
        )
        for one in self._observers[index]:
            one.add(sample)

    def is_compiled(self, block: TrajectoryBlock) -> bool:
        """Whether `add` needs no compiling for such a block."""
        return block.is_compiled(self._sums, self._rows(0))

    def _rows(self, index: int) -> RowSums:
        parts = self._parts[index]
        return RowSums(parts["sums"], parts["count"], parts["diverged"], parts["clipped"])


def _observers(model: Model, numerics: Numerics, parts: PartSums) -> list[Accumulator]:
    """What takes the samples of a block for each request, into its parts."""
    return [
        request.accumulator(
            model,
            numerics,
            {name: parts[part_name(request, name)] for name in request.shapes(model, numerics)},
        )
        for request in numerics.requests
    ]


def _block_seconds(model: Model, numerics: Numerics) -> float:
    samples = len(numerics.sample_times) * (5e-7 + 1e-9 * model.n_sites * LANES)
    if numerics.requests:
        samples += len(numerics.sample_times) * len(numerics.requests) * REQUEST_SECONDS
    copies = 1 + 2 * len(perturbations_of(model, numerics))
    return copies * _step_seconds(model, numerics) * numerics.n_steps + samples


def _step_seconds(model: Model, numerics: Numerics) -> float:
    return 1e-9 * numerics.method.nanoseconds_of(model, numerics.taps) * LANES
