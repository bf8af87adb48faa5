"""The coarse twin of a block: the same trajectories at twice the step, with the same noise.

Averages of a scheme of weak order p are off by c h^p. The twin starts where the block does, and its
noise is that of two steps of the block, over sqrt(2). So the difference of both has little noise,
and (mean at 2h - mean at h)/(2^p - 1) is what the step has done to the mean of the block.
"""

from __future__ import annotations

import copy
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from twoqs.flows.lowered import timetable_of
from twoqs.kernels.compile.memory import aligned, planes
from twoqs.kernels.paired import ASTRAY, END, NEXT, WINDOW, PairedStream, continued, paired_stream
from twoqs.kernels.random import Stream
from twoqs.kernels.samples import BlockSums, RowSums
from twoqs.methods.draws import Pairing, pairing
from twoqs.methods.method import Method
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.labels import Taps
from twoqs.model.model import Model
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import Segment, timeline
from twoqs.simulation.twins import copied, copied_stream, perturbations_of


def why_no_coarse_twin(model: Model, numerics: Numerics) -> str | None:
    """Why runs of a model have no coarse twin; None if they have."""
    method = numerics.method
    if method.draws(method.structure(model, numerics.taps)) is None:
        return f'the noise of two steps of the scheme "{method.name}" is not that of one for it'
    if perturbations_of(model, numerics):
        return "responses are of trajectories that are turned between two steps"
    if not any(segment.steps > 1 for segment in timeline(numerics, timetable_of(model))):
        return "there is one step, or none, from one sample or turn to the next"
    return None


def bias_factors(model: Model, numerics: Numerics) -> Floats:
    """What the difference of the twin and the block is to be multiplied by, shape (sample,).

    The last step of an odd number of steps between two samples is as long in both. With S steps h
    each, of which D are doubled in the twin, that is sum S h^(p+1) / sum D (2^p - 1) h^(p+1) over
    all that was before a sample; NaN where steps were taken, but none doubled.
    """
    power = numerics.method.weak_order
    off = gained = 0.0
    factors = []
    for _, _, steps, step, measured in timeline(numerics, timetable_of(model)):
        off += steps * step ** (power + 1)
        gained += (steps - steps % 2) * (2**power - 1) * step ** (power + 1)
        if measured:
            nothing = 1 / (2**power - 1) if off == 0 else np.nan
            factors.append(off / gained if gained > 0 else nothing)
    return np.array(factors)


@lru_cache(maxsize=16)
def pairing_of(method: Method, model: Model, taps: Taps, steps: int) -> Pairing:
    """That of the draws of so many steps; kept, as the blocks of a model follow one another."""
    draws = method.draws(method.structure(model, taps))
    assert draws is not None
    return pairing(draws, steps)


class _Runs(NamedTuple):
    """A twin as blocks that share its trajectories, for a number of steps between two samples."""

    doubled: TrajectoryBlock | None  # takes steps of twice the length
    single: TrajectoryBlock | None  # takes the last step if their number is odd


class CoarseTwin:
    """The trajectories of a block at twice the step.

    Args:
        block: that has taken no step yet.
        model, numerics: its own, of which `why_no_coarse_twin` has nothing to say.

    Attributes:
        block: its trajectories; do not advance it.
        bloch, finite: as of a `TrajectoryBlock`; no trajectory is finite once the twin is `lost`.
        lost: whether the block has drawn other numbers than the twin, which cannot go on.
    """

    def __init__(self, block: TrajectoryBlock, model: Model, numerics: Numerics) -> None:
        old = block.trajectories
        self._pairing = partial(pairing_of, block.method, model, old.taps)
        self._fine: Stream = old.stream
        self._stream = copied_stream(self._fine)
        state = planes(len(old.state), model.n_sites, old.state.dtype)
        state[:] = old.state
        self.block = copy.copy(block)
        self.block.trajectories = old._replace(
            state=state,
            memory=block.method.new_memory(old.structure, state),
            scratch=copied(old.scratch),
            clipped=copied(old.clipped),
        )
        self.block.bloch, self.block.finite = aligned(block.bloch.shape), np.ones_like(block.finite)
        self.bloch, self.finite, self.lost = self.block.bloch, self.block.finite, False
        self._runs = lru_cache(maxsize=8)(self._new_runs)
        self._unwanted: tuple[BlockSums, BlockSums] | None = None

    def sample(
        self,
        segment: Segment,
        count: int,
        sums: BlockSums,
        rows: RowSums,
        saved: int,
    ) -> None:
        """What the `sample` of the block has done with these segments and this count.

        To be called after it, for each of its calls; arguments as there.
        """
        runs = self._runs(segment.steps or 2)
        if segment.steps % 2 == 0:
            assert runs.doubled is not None
            runs.doubled.sample(_doubled(segment), count, sums, rows, saved)
        else:
            for number in range(count):
                begin = segment._replace(
                    start=segment.start + number * segment.steps * segment.step
                )
                place = saved + number if saved >= 0 else saved
                self._sample_odd(runs, begin, sums, rows, place)
        if not self.lost and self._went_astray(runs):
            self.lost = True
            self.block.state[:] = np.nan
            self.block.measure()

    def _sample_odd(
        self, runs: _Runs, segment: Segment, sums: BlockSums, rows: RowSums, saved: int
    ) -> None:
        """One sample after doubled steps, and one that is not."""
        assert runs.single is not None
        doubled = _doubled(segment)
        last = segment._replace(
            start=segment.start + doubled.steps * doubled.step,
            steps=1,
            turns=() if runs.doubled else segment.turns,
        )
        if runs.doubled is not None:
            runs.doubled.sample(doubled, 1, self._left_out(sums), rows, -1)
        runs.single.sample(last, 1, sums, rows, saved)

    def _left_out(self, sums: BlockSums) -> BlockSums:
        """Room for a sample that nobody wants."""
        if self._unwanted is None or self._unwanted[0] is not sums:
            empty = sums._replace(
                sums=copied(sums.sums), counts=copied(sums.counts), power=sums.power[:0]
            )
            self._unwanted = sums, empty
        return self._unwanted[1]

    def _new_runs(self, steps: int) -> _Runs:
        windows = self._pairing(steps)
        blocks: list[TrajectoryBlock | None] = []
        stream: PairedStream | None = None
        for one in windows:
            if one is None:
                blocks.append(None)
                continue
            stream = paired_stream(self._stream, one) if stream is None else continued(stream, one)
            block = copy.copy(self.block)
            block.trajectories = block.trajectories._replace(stream=stream)
            blocks.append(block)
        return _Runs(*blocks)

    def _went_astray(self, runs: _Runs) -> bool:
        """Whether the twin has not drawn what was foreseen, or the block something else."""
        clocks = [run.trajectories.stream.clock for run in runs if run is not None]
        return any(
            clock[ASTRAY] or clock[NEXT] != clock[END] or clock[WINDOW] for clock in clocks
        ) or not all(
            np.array_equal(one, other)
            for one, other in (
                (self._stream.state, self._fine.state),
                (self._stream.left, self._fine.left),
            )
        )


def _doubled(segment: Segment) -> Segment:
    return segment._replace(steps=segment.steps // 2, step=2 * segment.step)
