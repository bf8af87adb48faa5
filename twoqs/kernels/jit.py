"""The one numba decorator of the package, and the one width of its inner loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

LANES = 64
"""Trajectories that a kernel advances together; the innermost loop runs over them.

A compile-time constant, so that loops unroll into whole vectors; 64 doubles are eight registers
of AVX-512 and keep the bookkeeping for each site below a tenth of the arithmetic.
"""


def jit(function: Callable[..., Any]) -> Any:
    """Compile a kernel.

    The fast-math flags let sums be reordered and products fused; the two that would make `isnan`
    false (nnan, ninf) are left out, so that diverged trajectories stay detectable. error_model
    "numpy" keeps the test for a zero divisor out of the inner loops.
    """
    flags = {"contract", "arcp", "nsz", "reassoc"}
    return numba.njit(
        fastmath=flags, error_model="numpy", boundscheck=False, nogil=True, cache=True
    )(function)
