"""Blocks of a batch that are run at twice the step, too, and what is kept of that."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from twoqs.flows.lowered import timetable_of
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.moments import ROWS
from twoqs.kernels.samples import BlockSums, RowSums, nowhere
from twoqs.measure.coarse import coarse_part
from twoqs.methods.causes import FIRST_PAIR
from twoqs.methods.numerics import Numerics
from twoqs.methods.quickest import fastest_rate
from twoqs.methods.request import PartSums
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.calls import Call
from twoqs.simulation.coarse import CoarseTwin, bias_factors, why_no_coarse_twin
from twoqs.simulation.spectrum import Spectrum
from twoqs.simulation.timeline import Segment, timeline


def first_pair(numerics: Numerics) -> int:
    """Number of the first block of a point that is run at twice the step, too, if any is."""
    return min(numerics.paired_every, FIRST_PAIR) - 1


def is_paired(numerics: Numerics, number: int) -> bool:
    """Whether the block of this number among all of a point is run at twice the step, too."""
    rest = (number - first_pair(numerics)) % numerics.paired_every
    return "step" in numerics.budget and rest == 0


def wants_pairs(numerics: Numerics, trajectories: int) -> bool:
    """Whether so many trajectories of a point are to have twins, if the model can."""
    return "step" in numerics.budget and trajectories // LANES > first_pair(numerics)


def has_pairs(model: Model, numerics: Numerics, trajectories: int) -> bool:
    """Whether there are twins among so many trajectories of a point."""
    if not wants_pairs(numerics, trajectories):
        return False
    return why_no_pairs(model, numerics, timeline(numerics, timetable_of(model))) is None


def why_no_pairs(model: Model, numerics: Numerics, segments: list[Segment]) -> str | None:
    """Why blocks of a model are not run at twice the step; None if they are."""
    why = why_no_coarse_twin(model, numerics, segments)
    if why is not None:
        return why
    rate, step = fastest_rate(model), numerics.step
    if rate and step is not None and 2 * step > numerics.method.largest_step / rate:
        return "twice the step is longer than the method allows"
    return None


class StepPairs:
    """The sums of twins, one after the other.

    Args:
        segments: the timeline of model and numerics.
        sums: those of the blocks themselves, of the same shapes.
        distances: at which correlations are kept.
    """

    def __init__(
        self,
        model: Model,
        numerics: Numerics,
        segments: list[Segment],
        sums: BlockSums,
        distances: int,
    ) -> None:
        self._model, self._numerics, self._segments = model, numerics, segments
        self._like, self._components = sums, 3 if distances else 0
        self._twin: CoarseTwin | None = None

    def begin(self, block: TrajectoryBlock, first: int, parts: PartSums) -> None:
        """Make the twin of a block before its first step, if it is to have one.

        Args:
            first: number of its first trajectory in the run.
            parts: of its record, which may have room for such sums.
        """
        self._twin = None
        if (
            coarse_part("sums") in parts
            and is_paired(self._numerics, first // LANES)
            and self._factors.size
        ):
            self._twin = CoarseTwin(block, self._model, self._numerics)

    def add(self, call: Call, parts: PartSums) -> None:
        """Take the samples that the block has taken."""
        twin = self._twin
        if twin is None:
            return
        if not call.first.measured:
            twin.sample(call.first, 1, *nowhere(), -1)
            return
        count = parts[coarse_part("count")]
        twin.sample(call.first, call.samples, self._sums, _rows(parts), call.saved)
        if call.saved < 0:
            return
        correlation = parts[coarse_part("correlation")]
        if correlation.size:
            correlation[:, call.saved] = self._spectrum.take()
        averaged = self._numerics.average is not None
        own = slice(call.saved, call.saved + (1 if averaged else call.samples))
        factors = np.mean(self._factors) if averaged else self._factors[own]
        parts[coarse_part("factor")][:, own] = factors * count[:, own]

    def is_compiled(self, parts: PartSums) -> bool:
        """Whether `add` needs no compiling for the twin that there is, if any."""
        return self._twin is None or self._twin.is_compiled(self._sums, _rows(parts))

    @cached_property
    def _factors(self) -> Floats:
        """What differences are to be multiplied by; empty if there are no twins."""
        possible = why_no_pairs(self._model, self._numerics, self._segments) is None
        method = self._numerics.method
        return bias_factors(method, self._segments) if possible else np.zeros(0)

    @cached_property
    def _spectrum(self) -> Spectrum:
        return Spectrum(self._model.lattice, self._components)

    @cached_property
    def _sums(self) -> BlockSums:
        return self._like._replace(
            sums=aligned(self._like.sums.shape),
            counts=aligned((2, LANES)),
            plan=self._spectrum.plan,
            scratch=self._spectrum.scratch,
            power=self._spectrum.power,
        )


def _rows(parts: PartSums) -> RowSums:
    """Those of twins in a record."""
    count, sums = (parts[coarse_part(name)] for name in ("count", "sums"))
    # Not contiguous, as parts of records are.
    unwanted = np.zeros((ROWS, count.shape[1], 3))
    return RowSums(sums, count, unwanted[..., 0], unwanted[..., 1:])
