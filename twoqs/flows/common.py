"""A flow of a channel: its members turn together, by multiples of one random angle.

For a jump operator c = A + iB of several spins with A = sum_j a_j.s_j, every s_j turns about a_j by
|a_j| phi, where phi' = 2G sum_j b_j.s_j/m_j and noise of the variance 2G dt: A is constant, and phi
the same for all, whence the length of collective spins is constant, too. The other flow has b and
-a for a and b. The share of every member in the friction is divided by its own m, so that product
states that the bath leaves alone are stationary.

Modes among them turn about n, or are translated, with a share of phi' that is linear in phi; their
m is 1.

Reach: all members; the effort is proportional to their number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.friction import Arc, predicted_angle, with_friction
from twoqs.flows.mode import moved, ways_of
from twoqs.flows.tap import Tap
from twoqs.flows.turn import Draws, Parts, weighted_sum
from twoqs.model.arrays import Floats, Ints


@dataclass(frozen=True, eq=False)
class CommonTurn:
    """A flow of a channel; rows are its members.

    Attributes:
        sites, axes: shape (row,), and unit vectors of shape (row, 3); any where the ratio is 0.
        ratios: r, not negative: members turn by r phi, shape (row,).
        translated: which of them are modes with their axis in the plane, shape (row,).
        free: whether any is a mode or an ensemble, whose length is not restored.
        drags: f of shape (row, 3), over m: phi' = sum f.s.
        noises: n, without a dimension: the variance of phi is 2 n dt.
        tap: what is kept of the channel's field, or None.
    """

    sites: Ints
    axes: Floats
    ratios: Floats
    translated: NDArray[np.bool_]
    free: bool
    drags: Parts
    noises: Parts
    tap: Tap | None = None

    @property
    def slopes(self) -> Parts:
        """What phi adds to phi' by translations, a number."""
        return tuple((column, np.array(self.slope_of(f))) for column, f in self.drags)

    def slope_of(self, form: Floats) -> float:
        """What phi adds to a form of shape (row, 3) by translations."""
        ways = np.where(self.translated[:, None], ways_of(self.axes), 0.0)
        return float(self.ratios @ np.sum(form * ways, axis=1))

    def arcs_of(self, form: Floats, s: Floats) -> list[tuple[float, Arc]]:
        """A form along the flow, for each ratio; s of shape (3, row, lane)."""
        arcs = Arc.of(form, self.axes, s, self.translated)
        return [
            (ratio, Arc(*(part[self.ratios == ratio].sum(axis=0) for part in arcs)))
            for ratio in np.unique(self.ratios).tolist()
        ]


def common_turn(
    state: Floats,
    flow: CommonTurn,
    duration: float,
    values: Floats,
    fine: bool,
    stream: Draws,
    fields: Floats | None = None,
) -> None:
    """Turn the members in `state`, of shape (3, site, lane), in place; as `turn` of stages.

    Args:
        fields: to add to, of shape (channel, 2, lane), if the flow is tapped.
    """
    s, noise = state[:, flow.sites], stream.four_point()
    angle = kick = np.sqrt(2 * duration * weighted_sum(flow.noises, values)) * noise
    groups = flow.arcs_of(weighted_sum(flow.drags, values), s) if flow.drags else []
    if groups:
        slope = float(weighted_sum(flow.slopes, values))
        angle = with_friction(kick, duration, groups, fine, slope)
    if flow.tap is not None and fields is not None:
        form, predicted = flow.tap.form, predicted_angle(kick, duration, groups)
        path = flow.arcs_of(form, s), predicted, fine, flow.slope_of(form)
        flow.tap.add(fields, noise, duration, values, path)
    rows = flow.ratios != 0
    state[:, flow.sites[rows]] = moved(
        s[:, rows],
        flow.axes[rows],
        flow.ratios[rows, None] * angle,
        flow.translated[rows],
        fine,
        flow.free,
    )
