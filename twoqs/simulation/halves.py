"""What a block leaves of the parts of its window, for `twoqs.measure.drift`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from twoqs.kernels.moments import ROWS
from twoqs.kernels.samples import BlockSums, RowSums
from twoqs.measure.halves import (
    AT_START,
    IN_FIRST_HALF,
    OF_HALVES,
    TESTED,
    beside,
    halves_of,
    has_halves,
)
from twoqs.measure.records import RecordLayout, group_sizes
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    Accumulator,
    PartSums,
    Request,
    SamplesOfCall,
    by_rows,
    part_name,
)
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.spectrum import Spectrum
from twoqs.simulation.timeline import Segment

Observers = Mapping[str, Accumulator]


def observers(
    model: Model, numerics: Numerics, requests: Sequence[Request], parts: PartSums, when: str = ""
) -> Observers:
    """What takes the samples of a block for each request, into its parts; by names of requests.

    Args:
        when: of which part of the window these are, see `twoqs.measure.halves.beside`.
    """
    found = {}
    for request in requests:
        names = {part: part_name(request, part) for part in request.shapes(model, numerics)}
        own = {p: parts[beside(when, name) if when else name] for p, name in names.items()}
        found[request.name] = request.accumulator(model, numerics, own)
    return found


class Halves:
    """Takes what a block has summed when it begins, at the middle, and before the last sample.

    Args:
        parts: where sums of its rows go, zero at first.
        sums: of the block, also which sites are averaged over together.
        spectrum: what has its correlations.
        taken: what takes its samples for requests, into `parts`.
    """

    def __init__(
        self,
        model: Model,
        numerics: Numerics,
        parts: PartSums,
        sums: BlockSums,
        spectrum: Spectrum,
        taken: Observers,
    ) -> None:
        self._kept, self._parts = has_halves(numerics), parts
        if not self._kept:
            return
        assert numerics.samples is not None
        self._model, self._numerics = model, numerics
        self._sums, self._spectrum, self._taken = sums, spectrum, taken
        self._samples = halves_of(numerics.samples)
        self._names = {
            request.name: [part_name(request, part) for part in request.shapes(model, numerics)]
            for request in numerics.requests
        }
        groups = RecordLayout.of(model, numerics).groups
        sites = group_sizes(model, groups)
        own = np.cumsum([member.n_sites for member in model.members])
        owner = np.searchsorted(own, np.cumsum(sites))
        sizes = np.array([member.n_sites for member in model.members])
        self._weights = (owner == np.arange(len(sizes))[:, None]) / sizes[:, None]
        self._first: Floats | None = None

    def begin(self, block: TrajectoryBlock) -> None:
        """Look at trajectories at time 0, before anything acts on them."""
        if not self._kept:
            return
        parts, step = self._parts, self._numerics.step
        assert step is not None
        sums, count = parts[f"{AT_START}:sums"], parts[f"{AT_START}:count"]
        # Not contiguous, as parts of records are.
        unwanted = np.zeros((ROWS, 2, 3))[:, :1]
        rows = RowSums(sums[:, None], count, unwanted[..., 0], unwanted[..., 1:])
        history = block.new_history(1)
        block.sample(Segment(0.0, (), 0, step, True), 1, self._sums, rows, 0, history)
        if f"{AT_START}:correlation" in parts:
            parts[f"{AT_START}:correlation"][:, 0] = self._spectrum.so_far()
        self._spectrum.power[:] = 0
        known = [one for one in self._numerics.requests if self._keeps(one.name, AT_START)]
        sample = SamplesOfCall(0, (0.0,), (0,), *history)
        for one in observers(self._model, self._numerics, known, parts, AT_START).values():
            one.add_all(sample)
            one.finish()

    def after(self, taken: int) -> None:
        """Look at the sums of all samples so far, of which so many were taken."""
        if not self._kept:
            return
        first, second = self._samples
        sums = self._sums
        if taken == first:
            self._first = sums.sums.copy()
            self._keep_first()
        elif taken == first + second and self._first is not None:
            whole = (sums.counts[0] == taken) & (sums.counts[1] == 0)
            pair = [self._first / first, (sums.sums - self._first) / second]
            a, b = (
                np.einsum("mg,gql->qml", self._weights, one[:, : len(TESTED)]) * whole
                for one in pair
            )
            found = np.stack([a, b, a * a, b * b, a * b])
            self._parts[f"{OF_HALVES}:sums"] += by_rows(found, ROWS)
            self._parts[f"{OF_HALVES}:count"] += by_rows(whole[None].astype(float), ROWS)

    def _keeps(self, request: str, when: str) -> bool:
        return any(beside(when, name) in self._parts for name in self._names[request])

    def _keep_first(self) -> None:
        """All sums so far, which are those of the first half."""
        found = {
            "count": by_rows(self._sums.counts[:1], ROWS),
            "sums": by_rows(np.moveaxis(self._sums.sums, 0, 1)[None], ROWS),
        }
        if beside(IN_FIRST_HALF, "correlation") in self._parts:
            found["correlation"] = self._spectrum.so_far()[:, None]
        for request, accumulator in self._taken.items():
            if self._keeps(request, IN_FIRST_HALF):
                found |= self._so_far(self._names[request], accumulator)
        for name, values in found.items():
            if beside(IN_FIRST_HALF, name) in self._parts:
                self._parts[beside(IN_FIRST_HALF, name)] += values

    def _so_far(self, names: Sequence[str], accumulator: Accumulator) -> PartSums:
        """The sums of a request as if the window ended now."""
        before = {name: self._parts[name].copy() for name in names}
        accumulator.finish()
        found = {name: self._parts[name].copy() for name in names}
        for name in names:
            self._parts[name][...] = before[name]
        return found
