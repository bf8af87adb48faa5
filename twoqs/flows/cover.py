"""Products of different components of many spins, each with each, in few stages.

x_i y_j needs a stage in which site i turns about x and site j about y. Where every pair of sites
has such products, stages that give each site one of the three axes have to cover all pairs of axes
at all pairs of sites: a covering array, as long as the logarithm of the number of sites.
Each stage is filled site by site, with the axis that covers most of what is left.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.axes import AXIS_VECTORS
from twoqs.model.arrays import Ints


def covering(sites: int, ends: Ints, axes: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Axes of all sites in a stage, shape (site,), and the pieces that it covers first.

    Takes 9 bytes for each pair of sites.

    Args:
        sites: their number.
        ends: two sites of each piece, shape (piece, 2).
        axes: their axes, 0, 1 or 2, likewise.
    """
    (i, j), (at_i, at_j) = ends.T, axes.T
    left = np.zeros((sites, AXIS_VECTORS, sites, AXIS_VECTORS), dtype=np.bool_)
    left[i, at_i, j, at_j] = left[j, at_j, i, at_i] = True
    pieces = np.arange(len(ends))
    while pieces.size:
        stage = _stage(left, ends[pieces[0]], axes[pieces[0]])
        covered = np.all(stage[ends[pieces]] == axes[pieces], axis=1)
        yield stage, pieces[covered]
        site = np.arange(sites)
        left[site[:, None], stage[:, None], site, stage] = False
        pieces = pieces[~covered]


def _stage(left: NDArray[np.bool_], ends: Ints, axes: Ints) -> Ints:
    """Axes of all sites, from those of two of them on."""
    stage = np.full(len(left), -1)
    gain = np.zeros(left.shape[:2], np.int64)
    needed = left.sum(axis=(2, 3))
    # Sites with most to do are asked last, when there is most to choose between.
    order = np.argsort(needed.sum(axis=1), kind="stable")
    for site, axis in zip(ends.tolist(), axes.tolist(), strict=True):
        stage[site] = axis
        gain += left[:, :, site, axis]
    for site in order[stage[order] < 0].tolist():
        axis = int(np.lexsort((needed[site], gain[site]))[-1])
        stage[site] = axis
        gain += left[:, :, site, axis]
    return stage
