"""Functions that kernels call by their address: one copy for all of them, compiled by itself.

What a kernel calls otherwise is compiled into it, and again into the next one: for a large function
that few models need, that is most of the time that compiling takes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import sigutils
from numba.core.ccallback import CFunc
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from twoqs.kernels.compile.cache import cache_of
from twoqs.kernels.compile.jit import JIT_OPTIONS


@intrinsic
def table_at(typing: Any, pointer: Any, columns: Any) -> Any:
    """The array in C order at a pointer, of so many columns; nobody knows of how many rows."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = context.make_array(signature.return_type)(context, builder)
        size, width = context.get_abi_sizeof(given[0].type.pointee), given[1]
        item = ir.Constant(width.type, size)
        populate_array(
            array, given[0], [ir.Constant(width.type, 1), width], [builder.mul(width, item), item],
            item, None,
        )  # fmt: skip
        return array._getvalue()

    return types.Array(pointer.dtype, 2, "C")(pointer, types.intp), generate


class Pointed:
    """A function with an address, under which machine code is from the first request on.

    Args:
        function: of numbers and pointers.
        signature: their types, by numba's names.
    """

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        self.function, self._signature = function, signature

    @cached_property
    def _compiled(self) -> Any:
        signature = sigutils.normalize_signature(self._signature)
        compiled: Any = CFunc(self.function, signature, {}, JIT_OPTIONS)
        compiled._cache = cache_of(self.function)
        compiled.compile()
        return compiled

    @property
    def address(self) -> int:
        """Of this process."""
        return int(self._compiled.address)


def pointed(signature: str) -> Callable[[Callable[..., Any]], Pointed]:
    """A decorator that makes a function `Pointed`."""
    return lambda function: Pointed(function, signature)
