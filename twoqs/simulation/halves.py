"""What a block leaves of the halves of its window, for `twoqs.measure.drift`."""

from __future__ import annotations

import numpy as np

from twoqs.kernels.moments import ROWS
from twoqs.kernels.samples import BlockSums
from twoqs.measure.halves import AT_START, OF_HALVES, TESTED, halves_of, has_halves
from twoqs.measure.records import RecordLayout, group_sizes
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import PartSums, by_rows
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.simulation.block import TrajectoryBlock


class Halves:
    """Takes what a block has summed when it begins, at the middle, and before the last sample.

    Args:
        parts: where sums of its rows go, zero at first.
    """

    def __init__(self, model: Model, numerics: Numerics, parts: PartSums) -> None:
        self._kept, self._parts = has_halves(numerics), parts
        if not self._kept:
            return
        assert numerics.samples is not None
        self._samples = halves_of(numerics.samples)
        groups = RecordLayout.of(model, numerics).groups
        sites = group_sizes(model, groups)
        own = np.cumsum([member.n_sites for member in model.members])
        owner = np.searchsorted(own, np.cumsum(sites))
        sizes = np.array([member.n_sites for member in model.members])
        self._weights = (owner == np.arange(len(sizes))[:, None]) / sizes[:, None]
        self._first: Floats | None = None

    def begin(self, block: TrajectoryBlock, sums: BlockSums) -> None:
        """Look at trajectories at time 0, before anything acts on them.

        Args:
            sums: which sites are averaged over together, and how long vectors are to be.
        """
        if not self._kept:
            return
        block.measure()
        x, y, z, length = block.bloch
        excess = (length - sums.lengths[:, None]) * block.finite
        values = x, y, z, x * x, y * y, z * z, x * y, x * z, y * z, excess, excess**2
        found = np.add.reduceat(np.stack(values), sums.group_start[:-1], axis=1)
        self._parts[f"{AT_START}:sums"] += by_rows(found, ROWS)
        self._parts[f"{AT_START}:count"] += by_rows(block.finite[None], ROWS)

    def after(self, taken: int, sums: BlockSums) -> None:
        """Look at the sums of all samples so far, of which so many were taken."""
        if not self._kept:
            return
        first, second = self._samples
        if taken == first:
            self._first = sums.sums.copy()
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
