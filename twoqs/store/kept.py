"""Single trajectories that are kept: behind the record of their batch, under the same digest."""

from __future__ import annotations

import math

from twoqs.simulation.kept import kept_batches, kept_shape
from twoqs.sweep import Point


def keeps(point: Point, batch: int) -> bool:
    """Whether a batch of a point has trajectories to be kept."""
    return bool(point.facts.keep) and batch < kept_batches(point.model, point.numerics)


def kept_bytes(point: Point) -> int:
    """Bytes of what one batch keeps."""
    return 8 * math.prod(kept_shape(point.model, point.numerics))
