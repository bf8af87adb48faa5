"""Names for the types of arrays."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
"""Real numbers in double precision, of whatever shape."""

Ints: TypeAlias = NDArray[np.int64]
"""Integers, of whatever shape."""
