"""A batch: the smallest piece of work that is done, stored and counted as a whole."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from twoqs.errors import require
from twoqs.flows.length import of_each, spin_length
from twoqs.flows.lowered import timetable_of
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.moments import QUANTITIES, ROWS
from twoqs.kernels.samples import BlockSums, History, RowSums
from twoqs.measure import asked
from twoqs.measure.records import RecordLayout, group_sizes
from twoqs.methods.numerics import Numerics, point_id
from twoqs.methods.request import SamplesOfCall
from twoqs.model.arrays import Floats
from twoqs.model.limits import MOST_RECORD_BYTES
from twoqs.model.model import Model
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.calls import Call, calls, step_seconds
from twoqs.simulation.halves import Halves, observers
from twoqs.simulation.spectrum import Spectrum
from twoqs.simulation.step_pairs import StepPairs, first_pair, has_pairs
from twoqs.simulation.timeline import TWO_STEPS, Segment, timeline
from twoqs.simulation.twins import Twins, perturbations_of

SETUP_SECONDS = 4e-3
"""Seconds of a batch beside its steps, about: arrays, random streams, a task, a receipt."""

REQUEST_SECONDS = 5e-5
"""Seconds that a request takes for a sample of a block, about."""

TARGET_SECONDS = 2.0
"""Seconds that a batch should take: long against the cost of a task, short enough to lose."""

MOST_BLOCKS = 4
"""Blocks of LANES trajectories in a batch at most: requests are rounded up to whole batches."""


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
    if numerics.requests or numerics.derived:
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
    segments = timeline(numerics, timetable_of(model))
    record = _Record(model, numerics, segments, blocks)
    asked = list(calls(model, numerics, segments))
    for index in range(blocks):
        key = (identity >> 32, identity & 0xFFFFFFFF, batch * blocks + index)
        first = LANES * (batch * blocks + index)
        block = TrajectoryBlock(model, numerics, np.random.SeedSequence(seed, spawn_key=key), first)
        record.begin(block, index, first)
        for call in asked:
            record.add(block, index, call)
        record.end(index)
        if ends is not None:
            ends.append(block.bloch[:3].copy())
    if kept is not None and numerics.keep > batch * batch_trajectories(model, numerics):
        kept.append(record.kept())
    record.finish()
    return record.rows


def compile_kernels(model: Model, numerics: Numerics, trajectories: int = 0) -> None:
    """Compile (or load) all that a run of this kind needs, by taking two short steps.

    Args:
        trajectories: of the run, which may be so many that some are run at twice the step, too.
    """
    block, record = _example(model, numerics, trajectories)
    record.add(block, 0, Call(TWO_STEPS, samples=1, saved=0, number=0))


def kernels_are_compiled(model: Model, numerics: Numerics, trajectories: int = 0) -> bool:
    """Whether `compile_kernels` would find them in this process or on disk."""
    block, record = _example(model, numerics, trajectories)
    return record.is_compiled(block)


def _example(
    model: Model, numerics: Numerics, trajectories: int
) -> tuple[TrajectoryBlock, _Record]:
    """A block as any of a run, and its record."""
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(0))
    record = _Record(model, numerics, [TWO_STEPS], blocks=1)
    if has_pairs(model, numerics, trajectories):
        record.begin(block, 0, LANES * first_pair(numerics))
    return block, record


class _Record:
    """The sums of the blocks of a batch.

    Attributes:
        rows: all of them, shape (rows_per_batch, record_length).
    """

    def __init__(
        self, model: Model, numerics: Numerics, segments: list[Segment], blocks: int
    ) -> None:
        layout = RecordLayout.of(model, numerics)
        self.rows = np.zeros((ROWS * blocks, layout.length))
        parts = layout.split(self.rows)
        self._parts = [
            {name: part[ROWS * block :][:ROWS] for name, part in parts.items()}
            for block in range(blocks)
        ]
        self._times, self._averaged = numerics.sample_times, numerics.average is not None
        self._keep = numerics.keep
        self._history: History | None = None
        self._observers = [
            observers(model, numerics, numerics.requests, parts) for parts in self._parts
        ]
        asked = perturbations_of(model, numerics)
        self._twins = [Twins(asked) for _ in self._parts]
        groups = layout.groups
        self._spectrum = Spectrum(model.lattice, components=3 if layout.distances else 0)
        self._sums = BlockSums(
            lengths=of_each(spin_length, model.spins),
            group_start=np.cumsum([0, *group_sizes(model, groups)]),
            sums=aligned((groups, len(QUANTITIES), LANES)),
            counts=aligned((2, LANES)),
            plan=self._spectrum.plan,
            scratch=self._spectrum.scratch,
            power=self._spectrum.power,
        )
        self._halves = Halves(model, numerics, parts, self._sums, self._spectrum)
        self._pairs = StepPairs(model, numerics, segments, self._sums, layout.distances)

    def begin(self, block: TrajectoryBlock, index: int, first: int) -> None:
        """Take what is to be known of a block of this index before its first step.

        Args:
            first: number of its first trajectory in the run.
        """
        self._halves.begin(block, self._parts[index])
        self._pairs.begin(block, first, self._parts[index])

    def add(self, block: TrajectoryBlock, index: int, call: Call) -> None:
        """Take these samples of a block of this index; the last of all samples is a saved one."""
        parts = self._parts[index]
        rows = self._rows(index)
        measured = call.first.measured
        history = self._room(block, call.samples) if measured and self._observers[index] else None
        if measured:
            block.sample(call.first, call.samples, self._sums, rows, call.saved, history)
        else:
            block.turn(call.first)
            block.advance(call.first)
        self._twins[index].advance(call.first)
        self._pairs.add(call, parts)
        if history is not None:
            self._observe(block, index, call, history)
        if measured:
            self._halves.after(call.number + call.samples, parts, self._observers[index])
        if call.saved >= 0 and parts["correlation"].size:
            parts["correlation"][:, call.saved] = self._spectrum.take()

    def kept(self) -> Floats:
        """Single trajectories of all blocks, shape (trajectory, time, component, site)."""
        found = [one.kept for own in self._observers for one in own.values() if one.kept.size]
        return np.concatenate(found)[: self._keep]

    def end(self, index: int) -> None:
        """All samples of the block of this index were taken."""
        for one in self._observers[index].values():
            one.finish()

    def finish(self) -> None:
        """All samples of all blocks were taken."""
        self._halves.finish()

    def _room(self, block: TrajectoryBlock, samples: int) -> History:
        """Room for so many samples; made once for all calls of one length."""
        if self._history is None or len(self._history.finite) != samples:
            self._history = block.new_history(samples)
        return self._history

    def _observe(self, block: TrajectoryBlock, index: int, call: Call, history: History) -> None:
        numbers = range(call.number, call.number + call.samples)
        twins = self._twins[index]
        twins.begin(block, call.number)
        samples = SamplesOfCall(
            call.number,
            tuple(self._times[number] for number in numbers),
            tuple(0 if self._averaged else number for number in numbers),
            *history,
            twins.now(),
        )
        for one in self._observers[index].values():
            one.add_all(samples)

    def is_compiled(self, block: TrajectoryBlock) -> bool:
        """Whether `add` needs no compiling for such a block."""
        return block.is_compiled(self._sums, self._rows(0)) and self._pairs.is_compiled(
            self._parts[0]
        )

    def _rows(self, index: int) -> RowSums:
        parts = self._parts[index]
        return RowSums(parts["sums"], parts["count"], parts["diverged"], parts["clipped"])


def _block_seconds(model: Model, numerics: Numerics) -> float:
    samples = len(numerics.sample_times) * (5e-7 + 1e-9 * model.n_sites * LANES)
    if numerics.requests:
        samples += len(numerics.sample_times) * len(numerics.requests) * REQUEST_SECONDS
    copies = 1 + 2 * len(perturbations_of(model, numerics))
    return copies * step_seconds(model, numerics) * numerics.n_steps + samples
