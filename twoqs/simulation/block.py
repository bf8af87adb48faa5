"""One block of trajectories: initial state, steps, measurement."""

from __future__ import annotations

from typing import Any

import numpy as np

from twoqs.flows.instant import turn_vectors
from twoqs.flows.lowered import timetable_of
from twoqs.kernels.compile.cache import is_compiled
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned, planes
from twoqs.kernels.pipeline import Work
from twoqs.kernels.random import new_stream
from twoqs.kernels.samples import BlockSums, History, RowSums, nowhere
from twoqs.methods.method import Trajectories
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.simulation.timeline import ONE_STEP, Segment


class TrajectoryBlock:
    """LANES trajectories of one model that advance together.

    Args:
        numerics: resolved settings.
        seed: the one source of all randomness of this block.
        first: number of its first trajectory in the run.

    Attributes:
        method: that integrates them.
        trajectories: their state and all else that the kernels of the method work on.
        bloch: s^x, s^y, s^z and spin length, shape (4, site, lane), as of the last `measure`
            or the last sample.
        finite: 1 for trajectories that are finite at all sites, else 0 (and `bloch` is 0 there).
    """

    def __init__(
        self, model: Model, numerics: Numerics, seed: np.random.SeedSequence, first: int = 0
    ) -> None:
        initial, noise = seed.spawn(2)
        rng = np.random.Generator(np.random.PCG64(initial))
        single = numerics.precision == "single"
        real = np.float32 if single else np.float64
        self.method = numerics.method
        structure = self.method.structure(model, numerics.taps)
        self._kernels = self.method.kernels_for(structure)
        self._vectors = numerics.vectors
        self._constant = timetable_of(model).constant
        initial_state = self.method.sample(model, rng, LANES, first)
        state = planes(len(initial_state), model.n_sites, real)
        state[:] = initial_state
        self.trajectories = Trajectories(
            model=model,
            structure=structure,
            state=state,
            memory=self.method.new_memory(structure, state),
            stream=new_stream(noise, single),
            scratch=aligned((12, LANES), real),
            clipped=aligned((2, LANES)),
            taps=numerics.taps,
        )
        self.bloch = aligned((4, model.n_sites, LANES))
        self.finite = np.ones(LANES)
        self._no_history, self._nowhere = self.new_history(0), nowhere()
        self._last_work: tuple[Trajectories, float, Work] | None = None

    @property
    def state(self) -> Floats:
        """Phase-space points, shape (component, site, lane)."""
        return self.trajectories.state

    def turn(self, segment: Segment) -> None:
        """Turn spins as they are before the steps of a segment."""
        for one in segment.turns:
            turn_vectors(self.trajectories.state, one)

    def advance(self, segment: Segment) -> None:
        """Take the steps of a segment, and measure."""
        self._kernels.samples(*self._sample_arguments(segment, 1, *self._nowhere, -1, None))

    def measure(self) -> None:
        """Bring `bloch` and `finite` up to date."""
        self._kernels.measure(tuple(self.trajectories.state), self.bloch, self.finite)

    def new_history(self, samples: int) -> History:
        """Room for so many samples one by one, with the output fields of `numerics.taps`.

        These are int dout from one sample to the next, dout = dxi + sqrt(2G) c dt, real and
        imaginary parts in the order of `Method.channels`, in the inverse root of the model's rates;
        E|int dxi|^2 = t/2 in the vacuum.
        """
        lanes, vectors = self.trajectories, samples if self._vectors else 0
        sites, channels = self.bloch.shape[1], len(lanes.memory.fields) if lanes.taps else 0
        return History(
            aligned((vectors, 4, sites, LANES)), np.ones((samples, LANES)),
            np.zeros((samples, channels, 2, LANES)),
        )  # fmt: skip

    def sample(
        self,
        segment: Segment,
        count: int,
        sums: BlockSums,
        rows: RowSums,
        saved: int,
        history: History | None = None,
    ) -> None:
        """Turn spins, and advance by the steps of a segment and measure, `count` times.

        Args:
            sums: that each sample is added to.
            rows: where sums are stored at the time `saved` and at those after it, one a sample;
                they are not if that is negative.
            history: takes the first samples one by one, as many as it has room for.
        """
        self.turn(segment)
        self._kernels.samples(*self._sample_arguments(segment, count, sums, rows, saved, history))

    def is_compiled(self, sums: BlockSums, rows: RowSums) -> bool:
        """Whether the kernel of `sample` needs no compiling for this block."""
        arguments = self._sample_arguments(ONE_STEP, 1, sums, rows, 0, None)
        return is_compiled(self._kernels.samples, arguments)

    def _stepping(self, segment: Segment, count: int) -> tuple[Any, Any]:
        """What the kernel works on from sample to sample, and how many steps it takes."""
        return self._work(segment, count), segment.steps

    def _work(self, segment: Segment, count: int) -> Work:
        if not self._constant and segment.steps:
            return self.method.work(self.trajectories, segment.step, segment.midpoints(count))
        last = self._last_work
        if last is None or last[0] is not self.trajectories or last[1] != segment.step:
            # Found by the hash of the model, which takes as long as many steps of a single spin.
            work = self.method.work(self.trajectories, segment.step)
            last = self._last_work = self.trajectories, segment.step, work
        return last[2]

    def _sample_arguments(
        self,
        segment: Segment,
        count: int,
        sums: BlockSums,
        rows: RowSums,
        saved: int,
        history: History | None,
    ) -> tuple[Any, ...]:
        kept = self._no_history if history is None else history
        measured = (self.bloch, self.finite, kept)
        return *self._stepping(segment, count), measured, sums, rows, saved, count
