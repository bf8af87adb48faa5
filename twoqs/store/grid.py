"""Cuts the grid of a sweep into regions of points that fit into memory and into one chunk each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

Region = tuple[slice, ...]
"""Some neighbouring points of a grid: a slice of each axis."""


def chunk_shape(shape: tuple[int, ...], limit: int) -> tuple[int, ...]:
    """The largest region of at most `limit` points that is contiguous in C order."""
    chunks = [1] * len(shape)
    room = max(1, limit)
    for axis in reversed(range(len(shape))):
        chunks[axis] = max(1, min(shape[axis], room))
        if chunks[axis] < shape[axis]:
            break
        room //= shape[axis]
    return tuple(chunks)


def regions(shape: tuple[int, ...], chunks: tuple[int, ...]) -> Iterator[Region]:
    """The regions of a grid in C order."""
    starts = [range(0, n, c) for n, c in zip(shape, chunks, strict=True)]
    for corner in itertools.product(*starts):
        yield tuple(
            slice(start, min(start + c, n))
            for start, c, n in zip(corner, chunks, shape, strict=True)
        )


def extent(region: Region) -> tuple[int, ...]:
    """Points of a region along each axis."""
    return tuple(part.stop - part.start for part in region)


def positions(shape: tuple[int, ...], region: Region) -> Iterator[int]:
    """Positions in C order of the points of a region, in the region's own C order."""
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    for index in itertools.product(*(range(part.start, part.stop) for part in region)):
        yield sum(i * stride for i, stride in zip(index, strides, strict=True))
