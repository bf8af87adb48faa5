"""The coarse twin of a block: the same trajectories at twice the step, with the same noise.

Averages of a scheme of weak order p are off by c h^p. The twin starts where the block does, and its
noise is that of two steps of the block, over sqrt(2). So the difference of both has little noise,
and (mean at 2h - mean at h)/(2^p - 1) is what the step has done to the mean of the block.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import numpy as np

from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned, planes
from twoqs.kernels.paired import ASTRAY, END, NEXT, WINDOW, PairedStream, continued, paired_stream
from twoqs.kernels.pipeline import Work
from twoqs.kernels.random import Stream
from twoqs.kernels.samples import BlockSums, History, RowSums
from twoqs.methods.draws import Pairing, pairing
from twoqs.methods.method import Method, Trajectories
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.labels import Taps
from twoqs.model.model import Model
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import Segment
from twoqs.simulation.twins import copied, copied_stream, perturbations_of


def why_no_coarse_twin(model: Model, numerics: Numerics, segments: list[Segment]) -> str | None:
    """Why runs of a model with this timeline have no coarse twin; None if they have."""
    method = numerics.method
    if method.draws(method.structure(model, numerics.taps)) is None:
        return f'the noise of two steps of the scheme "{method.name}" is not that of one for it'
    if perturbations_of(model, numerics):
        return "responses are of trajectories that are turned between two steps"
    if not any(segment.steps > 1 for segment in segments):
        return "there is one step, or none, from one sample or turn to the next"
    return None


def bias_factors(method: Method, segments: list[Segment]) -> Floats:
    """What the difference of the twin and the block is to be multiplied by, shape (sample,).

    The last step of an odd number of steps between two samples is as long in both. With S steps h
    each, of which D are doubled in the twin, that is sum S h^(p+1) / sum D (2^p - 1) h^(p+1) over
    all that was before a sample; NaN where steps were taken, but none doubled.
    """
    power = method.weak_order
    steps, step, measured = (
        np.array([getattr(one, name) for one in segments]) for name in ("steps", "step", "measured")
    )
    per_step = step ** (power + 1)
    off = np.cumsum(steps * per_step)
    gained = np.cumsum((steps - steps % 2) * (2**power - 1) * per_step)
    nothing = np.where(off == 0, 1 / (2**power - 1), np.nan)
    factors = np.divide(off, gained, out=nothing, where=gained > 0)
    return factors[measured]


@lru_cache(maxsize=16)
def pairing_of(method: Method, model: Model, taps: Taps, steps: int) -> Pairing:
    """That of the draws of so many steps; kept, as the blocks of a model follow one another."""
    draws = method.draws(method.structure(model, taps))
    assert draws is not None
    return pairing(draws, steps)


class CoarseTwin(TrajectoryBlock):
    """The trajectories of a block at twice the step.

    Its `sample` takes the samples that the `sample` of the block has taken, and is to be called
    after it, for each of its calls, with the same segments and the same count.

    Args:
        block: that has taken no step yet.
        model, numerics: its own, of which `why_no_coarse_twin` has nothing to say.

    Attributes:
        lost: whether the block has drawn other numbers than the twin, which cannot go on: none of
            its trajectories is finite then.
    """

    def __init__(self, block: TrajectoryBlock, model: Model, numerics: Numerics) -> None:
        vars(self).update(vars(block))
        old = block.trajectories
        self._pairing = partial(pairing_of, block.method, model, old.taps)
        self._fine: Stream = old.stream
        self._stream = copied_stream(self._fine)
        state = planes(len(old.state), model.n_sites, old.state.dtype)
        state[:] = old.state
        self.trajectories = old._replace(
            state=state,
            memory=block.method.new_memory(old.structure, state),
            scratch=copied(old.scratch),
            clipped=copied(old.clipped),
        )
        self.bloch, self.finite, self.lost = aligned(block.bloch.shape), np.ones(LANES), False
        self._pair = lru_cache(maxsize=8)(self._new_pair)
        self._works = lru_cache(maxsize=8)(self._new_works)

    def sample(
        self,
        segment: Segment,
        count: int,
        sums: BlockSums,
        rows: RowSums,
        saved: int,
        history: History | None = None,
    ) -> None:
        """As that of the block."""
        super().sample(segment, count, sums, rows, saved, history)
        if not self.lost and self._went_astray(segment.steps):
            self.lost = True
            self.state[:] = np.nan
            self.measure()

    def _stepping(self, segment: Segment, count: int) -> tuple[Any, Any]:
        """Steps of twice the length, and the last one of an odd number."""
        steps = divmod(segment.steps, 2)
        if self._constant or not segment.steps:
            return self._works(segment.steps, segment.step), steps
        own = np.append(2 * np.arange(steps[0]) + 1.0, [segment.steps - 0.5] * steps[1])
        starts = segment.steps * np.arange(count)[:, None]
        midpoints = segment.start + segment.step * (starts + own).ravel()
        return self._new_works(segment.steps, segment.step, midpoints), steps

    def _new_works(
        self, steps: int, step: float, midpoints: Floats | None = None
    ) -> tuple[Work, Work]:
        doubled, single = self._pair(steps)
        return (
            self.method.work(doubled, 2 * step, midpoints),
            self.method.work(single, step, midpoints),
        )

    def _new_pair(self, steps: int) -> tuple[Trajectories, Trajectories]:
        """With the noise of steps of twice the length, and that of a last one that is not."""
        streams: list[PairedStream] = []
        for one in self._pairing(steps or 2):
            if one is not None:
                known = continued(streams[0], one) if streams else paired_stream(self._stream, one)
                streams.append(known)
        # Where there is one of them only, the other takes no step.
        return (
            self.trajectories._replace(stream=streams[0]),
            self.trajectories._replace(stream=streams[-1]),
        )

    def _went_astray(self, steps: int) -> bool:
        """Whether the twin has not drawn what was foreseen, or the block something else."""
        clocks = [one.stream.clock for one in self._pair(steps)]
        return any(
            clock[ASTRAY] or clock[NEXT] != clock[END] or clock[WINDOW] for clock in clocks
        ) or not all(
            np.array_equal(one, other)
            for one, other in (
                (self._stream.state, self._fine.state),
                (self._stream.left, self._fine.left),
            )
        )
