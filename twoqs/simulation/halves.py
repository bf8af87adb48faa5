"""What a block leaves of the parts of its window, for `twoqs.measure.drift`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from twoqs.kernels.moments import ROWS
from twoqs.kernels.samples import BlockSums, History, RowSums
from twoqs.measure.halves import (
    AT_START,
    IN_FIRST_HALF,
    OF_HALVES,
    TESTED,
    beside,
    halves_of,
    has_halves,
)
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
    """Takes what blocks have summed when they begin, at the middle, and before the last sample.

    Blocks follow one another; what they have in halves is added up for all of them at once.

    Args:
        parts: of all blocks of a batch, where sums of rows go, zero at first.
        sums: of the block that runs, also which sites are averaged over together.
        spectrum: what has its correlations.
    """

    def __init__(
        self,
        model: Model,
        numerics: Numerics,
        parts: PartSums,
        sums: BlockSums,
        spectrum: Spectrum,
    ) -> None:
        self._kept = has_halves(numerics)
        if not self._kept:
            return
        assert numerics.samples is not None
        assert numerics.step is not None
        self._sums, self._spectrum, self._parts = sums, spectrum, parts
        self._samples = halves_of(numerics.samples)
        self._names = {
            request.name: [part_name(request, part) for part in request.shapes(model, numerics)]
            for request in numerics.requests
        }
        sites = np.diff(sums.group_start)
        own = np.cumsum([member.n_sites for member in model.members])
        owner = np.searchsorted(own, np.cumsum(sites))
        sizes = np.array([member.n_sites for member in model.members])
        self._weights = (owner == np.arange(len(sizes))[:, None]) / sizes[:, None]
        self._first: Floats | None = None
        self._found: list[tuple[Floats, Floats, Floats]] = []
        self._no_steps = Segment(0.0, (), 0, numerics.step, True)
        self._unwanted = np.zeros((ROWS, 2, 3))[:, :1]
        self._begun: PartSums = {
            name: _like_part_of_record(part)
            for name, part in parts.items()
            if name.startswith(AT_START)
        }
        known = [one for one in numerics.requests if _keeps(parts, self._names[one.name], AT_START)]
        self._observers: Observers = {}
        if known:
            # One time, at which nothing is left over for the next block to find.
            single = replace(numerics, times=(0.0,), average=None, samples=None)
            self._observers = observers(model, single, known, self._begun, AT_START)
        self._history: History | None = None

    def begin(self, block: TrajectoryBlock, parts: PartSums) -> None:
        """Look at trajectories at time 0, before anything acts on them.

        Args:
            parts: of this block.
        """
        if not self._kept:
            return
        begun, unwanted = self._begun, self._unwanted
        for part in begun.values():
            part[...] = 0.0
        sums, count = begun[f"{AT_START}:sums"], begun[f"{AT_START}:count"]
        rows = RowSums(sums[:, None], count, unwanted[..., 0], unwanted[..., 1:])
        if self._history is None:
            self._history = block.new_history(1)
        block.sample(self._no_steps, 1, self._sums, rows, 0, self._history)
        if f"{AT_START}:correlation" in begun:
            begun[f"{AT_START}:correlation"][:, 0] = self._spectrum.so_far()
        self._spectrum.power[:] = 0
        if self._observers:
            sample = SamplesOfCall(0, (0.0,), (0,), *self._history)
            for one in self._observers.values():
                one.add_all(sample)
        for name, values in begun.items():
            parts[name] += values

    def after(self, taken: int, parts: PartSums, taking: Observers) -> None:
        """Look at the sums of all samples of a block so far, of which so many were taken.

        Args:
            parts: of this block.
            taking: what takes them for requests, into `parts`.
        """
        if not self._kept:
            return
        first, second = self._samples
        sums = self._sums
        if taken == first:
            self._first = sums.sums[:, : len(TESTED)].copy()
            if beside(IN_FIRST_HALF, "count") in parts:
                self._keep_first(parts, taking)
        elif taken == first + second and self._first is not None:
            both = sums.sums[:, : len(TESTED)].copy()
            self._found.append((self._first, both, sums.counts.copy()))

    def finish(self) -> None:
        """All samples of all blocks were taken."""
        if not self._kept:
            return
        a, both, counts = map(np.array, zip(*self._found, strict=True))
        first, second = self._samples
        whole = (counts[:, 0] == first + second) & (counts[:, 1] == 0)
        a, b = a / first, (both - a) / second
        kept = whole[:, None, None]
        a, b = np.einsum("mg,hkgql->hkqml", self._weights, np.stack([a, b])) * kept
        found = np.stack([a, b, a * a, b * b, a * b], axis=1)
        for name, values in (("sums", found), ("count", whole[:, None].astype(float))):
            by_block = np.moveaxis(by_rows(values, ROWS), 0, 1)
            part = self._parts[f"{OF_HALVES}:{name}"]
            part += by_block.reshape(part.shape)

    def _keep_first(self, parts: PartSums, taking: Observers) -> None:
        """All sums so far, which are those of the first half."""
        found = {
            "count": by_rows(self._sums.counts[:1], ROWS),
            "sums": by_rows(np.moveaxis(self._sums.sums, 0, 1)[None], ROWS),
        }
        if beside(IN_FIRST_HALF, "correlation") in parts:
            found["correlation"] = self._spectrum.so_far()[:, None]
        for request, accumulator in taking.items():
            if _keeps(parts, self._names[request], IN_FIRST_HALF):
                found |= _so_far(parts, self._names[request], accumulator)
        for name, values in found.items():
            if beside(IN_FIRST_HALF, name) in parts:
                parts[beside(IN_FIRST_HALF, name)] += values


def _like_part_of_record(part: Floats) -> Floats:
    """Zeros for the rows of a block; not contiguous, or kernels would be compiled once more."""
    size = math.prod(part.shape[1:])
    return np.zeros((ROWS, size + 1))[:, :size].reshape(ROWS, *part.shape[1:])


def _keeps(parts: PartSums, names: Sequence[str], when: str) -> bool:
    return any(beside(when, name) in parts for name in names)


def _so_far(parts: PartSums, names: Sequence[str], accumulator: Accumulator) -> PartSums:
    """The sums of a request as if the window ended now."""
    before = {name: parts[name].copy() for name in names}
    accumulator.finish()
    found = {name: parts[name].copy() for name in names}
    for name in names:
        parts[name][...] = before[name]
    return found
