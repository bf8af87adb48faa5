"""A flow of a channel: its members turn together, by multiples of one random angle.

For a jump operator c = A + iB of several spins with A = sum_j a_j.s_j, every s_j turns about a_j by
|a_j| phi, where phi' = 2G sum_j b_j.s_j/m_j and noise of the variance 2G dt: A is constant, and phi
the same for all, whence the length of collective spins is constant, too. The other flow has b and
-a for a and b. The share of every member in the friction is divided by its own m, so that product
states that the bath leaves alone are stationary.

Reach: all members; the effort is proportional to their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.friction import Arc, with_friction
from twoqs.flows.rotation import rotated
from twoqs.flows.turn import Draws, Parts, weighted_sum
from twoqs.model.arrays import Floats


@dataclass(frozen=True, eq=False)
class CommonTurn:
    """A flow of a channel; rows are its members.

    Attributes:
        sites, axes: shape (row,), and unit vectors of shape (row, 3); any where the ratio is 0.
        ratios: r, not negative: members turn by r phi, shape (row,).
        drags: f of shape (row, 3), over m: phi' = sum f.s.
        noises: n, without a dimension: the variance of phi is 2 n dt.
    """

    sites: NDArray[np.int64]
    axes: Floats
    ratios: Floats
    drags: Parts
    noises: Parts


def common_turn(
    state: Floats, flow: CommonTurn, duration: float, values: Floats, fine: bool, stream: Draws
) -> None:
    """Turn the members in `state`, of shape (3, site, lane), in place; as `turn` of stages."""
    s = state[:, flow.sites]
    angle = np.sqrt(2 * duration * weighted_sum(flow.noises, values)) * stream.four_point()
    if flow.drags:
        arcs = Arc.of(weighted_sum(flow.drags, values), flow.axes, s)
        groups = [
            (ratio, Arc(*(part[flow.ratios == ratio].sum(axis=0) for part in arcs)))
            for ratio in np.unique(flow.ratios).tolist()
        ]
        angle = with_friction(angle, duration, groups, fine)
    rows = flow.ratios != 0
    turned = rotated(s[:, rows], flow.axes[rows], flow.ratios[rows, None] * angle, fine)
    state[:, flow.sites[rows]] = turned
