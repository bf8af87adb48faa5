"""Turns at an instant, exact for vectors of any length."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.timetable import Rotation


def turn_vectors(vectors: NDArray[Any], turn: Rotation) -> None:
    """Turn some spins by s -> s cos a + n x s sin a + n (n.s) (1 - cos a), in place.

    Args:
        vectors: shape (3, site, ...).
    """
    axis, sites = np.array(turn.axis), turn.sites
    before = np.array(vectors[:, sites], dtype=np.float64)
    along = np.tensordot(axis, before, 1)
    across = np.cross(axis, before, axisb=0, axisc=0)
    cosine, sine = math.cos(turn.angle), math.sin(turn.angle)
    parallel = np.multiply.outer(axis, (1 - cosine) * along)
    vectors[:, sites] = cosine * before + sine * across + parallel
