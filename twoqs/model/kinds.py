"""What moves at a site: its kind, by a number.

Three components (x, y, z) describe each of them. Of a mode they are

    x = (a + a^+)/2,   y = (a^+ - a)/(2i),   z = n = a^+ a,

so that a = x - i y and a^+ = x + i y, as S^- and S^+ are for a spin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.model.arrays import Ints

SPIN = 0
"""A collective spin: a Bloch vector of fixed length sqrt(S (S+1))."""

MODE = 1
"""A bosonic mode: its Wigner amplitude x - i y, and z = x^2 + y^2 - 1/2, the symbol of n."""

ENSEMBLE = 2
"""N two-level members with processes of their own: a vector of any length, S = N/2."""

HALF = 3
"""A spin 1/2 by discrete samples and jumps."""


def keeps_length(kinds: Ints) -> NDArray[np.bool_]:
    """Whether the length of the vector at each site is constant, shape (site,)."""
    return (kinds == SPIN) | (kinds == HALF)
