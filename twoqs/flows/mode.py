"""What a flow does to a mode: (x, y) turns about n, as a spin does, or is translated.

With a = x - i y, [x, y] = -i/2, [y, n] = i x and [n, x] = i y, the flow of phi (u.(x, y, n)) is

    u = n:           (x, y) turns by phi,
    u in the plane:  x -= phi u_y/2,  y += phi u_x/2,  n = x^2 + y^2 - 1/2,

where n stands for its symbol. Either is exact, and each conserves u.(x, y, n).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.rotation import rotated
from twoqs.model.arrays import Floats

VACUUM = 0.5
"""|alpha|^2 of the vacuum, on average."""


def are_translated(modes: NDArray[np.bool_], axes: Floats) -> NDArray[np.bool_]:
    """Which rows are modes with their axis u, of shape (row, 3), in the plane; shape (row,)."""
    return np.asarray(modes & (axes[:, 2] == 0))


def ways_of(axes: Floats) -> Floats:
    """What phi = 1 adds to (x, y, .) of modes that are translated, shape (row, 3)."""
    return np.stack([-axes[:, 1] / 2, axes[:, 0] / 2, 0 * axes[:, 0]], axis=1)


def moved(
    s: Floats, axes: Floats, angle: Floats, translated: NDArray[np.bool_], fine: bool, free: bool
) -> Floats:
    """Sites s of shape (3, row, lane) after a flow over the angles phi of shape (row, lane).

    Args:
        translated: rows that do not turn.
        fine, free: see `rotated`.
    """
    if not np.any(translated):
        return rotated(s, axes, angle, fine, free)
    result = s.copy()
    turned = ~translated
    result[:, turned] = rotated(s[:, turned], axes[turned], angle[turned], fine, free)
    way = ways_of(axes[translated])
    result[:2, translated] += way.T[:2, :, None] * angle[translated]
    result[2, translated] = quanta(result[:, translated])
    return result


def quanta(s: Floats) -> Floats:
    """The symbol of n at (x, y), of shape (row, lane)."""
    return np.asarray(s[0] ** 2 + s[1] ** 2 - VACUUM)
