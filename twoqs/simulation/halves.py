"""What a block leaves of the halves of its window, for `twoqs.measure.drift`."""

from __future__ import annotations

import numpy as np

from twoqs.kernels.moments import ROWS
from twoqs.kernels.samples import BlockSums
from twoqs.measure.halves import AT_START, OF_HALVES, TESTED, halves_of, has_halves
from twoqs.measure.records import group_sizes
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import PartSums, by_rows
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.simulation.block import TrajectoryBlock


class Halves:
    """Takes what a block has summed when it begins, at the middle, and before the last sample.

    Of blocks that follow one another.

    Args:
        groups: of sites that are averaged over together.
    """

    def __init__(self, model: Model, numerics: Numerics, groups: int) -> None:
        self._kept = has_halves(numerics)
        if not self._kept:
            return
        assert numerics.samples is not None
        self._samples = halves_of(numerics.samples)
        sites = group_sizes(model, groups)
        own = np.cumsum([member.n_sites for member in model.members])
        owner = np.searchsorted(own, np.cumsum(sites))
        sizes = np.array([member.n_sites for member in model.members])
        self._weights = (owner == np.arange(len(sizes))[:, None]) / sizes[:, None]
        self._first: Floats | None = None

    def begin(self, block: TrajectoryBlock, sums: BlockSums, parts: PartSums) -> None:
        """Look at trajectories at time 0, before anything acts on them.

        Args:
            sums: which sites are averaged over together, and how long vectors are to be.
            parts: where sums of its rows go, zero at first.
        """
        if not self._kept:
            return
        self._first = None
        block.measure()
        x, y, z, length = block.bloch
        excess = (length - sums.lengths[:, None]) * block.finite
        values = x, y, z, x * x, y * y, z * z, x * y, x * z, y * z, excess, excess**2
        found = np.add.reduceat(np.stack(values), sums.group_start[:-1], axis=1)
        parts[f"{AT_START}:sums"] += by_rows(found, ROWS)
        parts[f"{AT_START}:count"] += by_rows(block.finite[None], ROWS)

    def after(self, taken: int, sums: BlockSums, parts: PartSums) -> None:
        """Look at the sums of all samples so far, of which so many were taken."""
        if not self._kept:
            return
        first, second = self._samples
        if taken == first:
            self._first = sums.sums[:, : len(TESTED)].copy()
        elif taken == first + second and self._first is not None:
            whole = (sums.counts[0] == taken) & (sums.counts[1] == 0)
            pair = np.stack(
                [self._first / first, (sums.sums[:, : len(TESTED)] - self._first) / second]
            )
            a, b = np.einsum("mg,hgql->hqml", self._weights, pair) * whole
            found = np.stack([a, b, a * a, b * b, a * b])
            parts[f"{OF_HALVES}:sums"] += by_rows(found, ROWS)
            parts[f"{OF_HALVES}:count"] += by_rows(whole[None].astype(float), ROWS)
