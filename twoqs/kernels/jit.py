"""The numba decorators of the package: one for all kernels, one for their innermost loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
from numba.core.compiler import Compiler

from twoqs.kernels.cache import cache_of

LANES = 64
"""Trajectories that a kernel advances together; the innermost loops run over them.

A compile-time constant, so that loops become whole vectors and nothing else; 64 doubles are 16
registers of AVX2, and keep the bookkeeping for each site below a tenth of the arithmetic.
"""

OPTIONS: dict[str, Any] = {
    "fastmath": {"contract", "arcp", "nsz", "reassoc"},
    "error_model": "numpy",
    "boundscheck": False,
    "nogil": True,
    "_nrt": False,
}
"""The fast-math flags let sums be reordered and products fused; the two that would make `isnan`
false (nnan, ninf) are left out, so that diverged trajectories stay detectable. error_model "numpy"
keeps the test for a zero divisor out of the inner loops. Nothing is allocated in a kernel, so that
_nrt, the counting of references to arrays, can be off: it cost as much as the arithmetic."""


class Distinct(Compiler):
    """Compiles functions whose array arguments never overlap.

    With that promise the loops become vectors as they are; without it they carry run-time checks
    of every pair of arrays, which for some tens of trajectories cost as much as the work.
    """

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.state.flags.noalias = True


def jit(function: Callable[..., Any]) -> Any:
    """Compile a kernel."""
    return _compiled(function)


def lanes(function: Callable[..., Any]) -> Any:
    """Compile a loop over lanes into its callers; its array arguments must not overlap."""
    return _compiled(function, forceinline=True, pipeline_class=Distinct)


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a function into its callers: passing some arrays costs as much as the work."""
    return _compiled(function, forceinline=True)


def _compiled(function: Callable[..., Any], **options: Any) -> Any:
    dispatcher = numba.njit(**OPTIONS, **options)(function)
    # What `cache=True` does, with our own cache.
    dispatcher._cache = cache_of(function)
    return dispatcher
