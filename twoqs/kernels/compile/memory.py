"""Arrays that begin where vector registers like it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from twoqs.kernels.compile.jit import LANES

ALIGNMENT = 64
"""Bytes in a vector register of AVX-512 and in a line of the cache."""


def aligned(shape: tuple[int, ...] | int, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """An array of zeros in C order whose data start at a multiple of ALIGNMENT.

    NumPy's own start 16 bytes off, so that every vector straddles two lines: a fifth of the time.
    """
    shape = (shape,) if isinstance(shape, int) else shape
    size = math.prod(shape) * np.dtype(dtype).itemsize
    memory = np.zeros(size + ALIGNMENT, np.uint8)
    start = -memory.__array_interface__["data"][0] % ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


def planes(count: int, sites: int, dtype: DTypeLike = np.float64) -> NDArray[Any]:
    """An array of zeros of shape (count, site, lane) of which each plane is contiguous.

    Between the planes is room, so that the same site is not at the same place of the first cache
    in all of them: that has as many places as eight rows of doubles, and three of them are apart.
    """
    between = next(room for room in range(8) if (sites + room) % 8 == 3)
    return aligned((count, sites + between, LANES), dtype)[:, :sites]
