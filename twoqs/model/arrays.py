"""Names for the types of arrays, and where the parts of one begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
"""Real numbers in double precision, of whatever shape."""

Ints: TypeAlias = NDArray[np.int64]
"""Integers, of whatever shape."""

Complexes: TypeAlias = NDArray[np.complex128]
"""Complex numbers in double precision, of whatever shape."""


def starts_of(counts: Sequence[int] | Ints) -> Ints:
    """Where each of some parts begins that stand in a row, and the end; shape (part + 1,)."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
