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

    Planes are padded, so that one site of all of them does not fall into one set of the first
    cache: its sets repeat every eight rows of doubles, and planes begin three of them apart.
    """
    between = next(room for room in range(8) if (sites + room) % 8 == 3)
    return aligned((count, sites + between, LANES), dtype)[:, :sites]
