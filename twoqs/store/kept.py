"""Single trajectories that are kept, beside the records of their batches: an array for each point.

It has the dimensions (batch, trajectory, time, component, site), a chunk for each of the first
batches, and otherwise what arrays of records have. The digest in the receipt of a batch is of both.
"""

from __future__ import annotations

import math
from pathlib import Path

from twoqs.simulation.kept import kept_batches, kept_shape
from twoqs.sweep import Point

ENDING = ".trajectories"
"""Of the name of the array of a point."""

ARRAY_DIMENSIONS = ("batch", "trajectory", "time", "component", "site")


def keeps(point: Point, batch: int) -> bool:
    """Whether a batch of a point has trajectories to be kept."""
    return bool(point.numerics.keep) and batch < kept_batches(point.model, point.numerics)


def kept_array(point: Point) -> tuple[int, ...]:
    """Shape of the array of a point."""
    return kept_batches(point.model, point.numerics), *chunk_shape_of(point)


def chunk_shape_of(point: Point) -> tuple[int, ...]:
    """Shape of what one batch keeps."""
    return kept_shape(point.model, point.numerics)


def kept_bytes(point: Point) -> int:
    """Bytes of what one batch keeps."""
    return 8 * math.prod(chunk_shape_of(point))


def kept_chunk(root: Path, point: Point, batch: int) -> Path:
    """The file of a batch."""
    return root / (point.point_id + ENDING) / f"c.{batch}.0.0.0.0"
