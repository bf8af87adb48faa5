"""The numba decorators of the package: one for kernels, three for what is compiled into them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numba
import numba.core.config
from numba import types
from numba.core.codegen import JITCodeLibrary, get_host_cpu_features
from numba.core.compiler import Compiler
from numba.extending import intrinsic, overload

from twoqs.kernels.compile.cache import cache_of

LANES = 64
"""Trajectories that a kernel advances together; the innermost loops run over them.

A compile-time constant, so that loops become whole vectors and nothing else; 64 doubles are 16
registers of AVX2, and keep the bookkeeping for each site below a tenth of the arithmetic.
"""

JIT_OPTIONS: dict[str, Any] = {
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


def use_whole_vectors(config: Any) -> None:
    """Let LLVM use vectors of 512 bits where a processor has them.

    For fear of a lower clock it makes halves of them; kernels that do nothing but arithmetic gain
    a quarter by whole ones. In effect unless something was compiled before, or the user decided.
    """
    if config.CPU_FEATURES is None:
        config.CPU_FEATURES = get_host_cpu_features() + ",-prefer-256-bit"


use_whole_vectors(numba.core.config)


def processor_has(feature: str) -> bool:
    """Whether kernels are compiled for processors with this feature, by LLVM's name."""
    # numba forgets what was set when one of its environment variables changes.
    config: Any = numba.core.config
    return f"+{feature}" in (config.CPU_FEATURES or get_host_cpu_features()).split(",")


class _NoEngine:
    """In place of the engine, which holds machine code."""

    @staticmethod
    def set_env(name: str, env: Any) -> None:
        """Nothing: numba would write to where the name is in memory."""


class InlinedCode(JITCodeLibrary):
    """Code of a function that is compiled into its callers, and becomes no machine code itself."""

    codegen = _NoEngine

    def get_pointer_to_function(self, name: str) -> int:
        """What Python calls: it finds that the function cannot be called, a TypeError."""
        self._ensure_finalized()
        return ctypes.cast(ctypes.pythonapi.PyObject_Call, ctypes.c_void_p).value or 0

    def _finalize_final_module(self) -> None:
        self._finalized = True


class GluedCode(InlinedCode):
    """The same, not optimised before all of the kernel is."""

    def _optimize_final_module(self) -> None:
        pass


class Inlined(Compiler):
    """Compiles functions into their callers only.

    numba would make machine code of each, with all that was compiled into it before: of kernels,
    where eight are within one another, that took most of the time.
    """

    library: type[InlinedCode] = InlinedCode

    def __init__(self, typing: Any, target: Any, *others: Any) -> None:
        super().__init__(typing, target, *others)
        self.state.library = self.library(target.codegen(), "inlined")


class Glued(Inlined):
    """The same with `GluedCode`."""

    library = GluedCode


class Distinct(Inlined):
    """The same for functions whose array arguments never overlap.

    With that promise the loops become vectors as they are; without it they carry run-time checks
    of every pair of arrays, which for some tens of trajectories cost as much as the work.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.state.flags.noalias = True


def jit(function: Callable[..., Any]) -> Any:
    """Compile a kernel that Python calls; its machine code is kept on disk.

    No kernel calls another one: each would hold a copy of it, rounded as its surroundings suggest,
    and which of the copies runs depends on what else a process has compiled or loaded before. What
    kernels share is `inlined`; functions of integers alone may be called, as they have no rounding.
    """
    dispatcher = _compiled(function)
    # What `cache=True` does, with our own cache.
    dispatcher._cache = cache_of(function)
    compiled = dispatcher.compile

    def compile_alone(sig: Any) -> Any:
        with dispatcher._cache.compiling(sig, dispatcher.targetctx):
            return compiled(sig)

    dispatcher.compile = compile_alone
    return dispatcher


def lanes(function: Callable[..., Any]) -> Any:
    """Compile a loop over lanes into its callers; its array arguments must not overlap."""
    return _inlined(function, Distinct)


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a function into its callers: passing some arrays costs as much as the work."""
    return _inlined(function, Inlined)


def glued(function: Callable[..., Any]) -> Any:
    """The same for what calls others and does little itself: a kernel compiles in less time."""
    return _inlined(function, Glued)


def by_type(function: Callable[..., Any]) -> Any:
    """A decorator of what chooses the body of `function` in kernels by the types of its arguments.

    It returns the body, which is `inlined`, or None for types that another one has a body for.
    """
    options: Any = JIT_OPTIONS | _options(Inlined)
    return overload(function, jit_options=options)


def _inlined(function: Callable[..., Any], pipeline: type[Inlined]) -> Any:
    return _compiled(function, **_options(pipeline))


def _options(pipeline: type[Inlined]) -> dict[str, Any]:
    wrappers = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return {"forceinline": True, "pipeline_class": pipeline, **wrappers}


def _compiled(function: Callable[..., Any], **options: Any) -> Any:
    return numba.njit(**JIT_OPTIONS, **options)(function)


@intrinsic
def like(typing: Any, value: Any, sample: Any) -> Any:
    """`value` as a number of the type of `sample`: what keeps constants from widening a loop."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return context.cast(builder, arguments[0], signature.args[0], signature.return_type)

    return sample(value, sample), generate


@intrinsic
def is_set(typing: Any, word: Any, bit: Any) -> Any:
    """Whether a bit of an unsigned integer is set; bit 0 is the highest.

    Made by a shift and the sign, as processors select by the sign of a number.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, shift = arguments
        shift = context.cast(builder, shift, signature.args[1], signature.args[0])
        zero = number.type(0)
        return builder.icmp_signed("<", builder.shl(number, shift), zero)

    return types.boolean(word, bit), generate


@intrinsic
def signed_by(typing: Any, value: Any, word: Any, bit: Any) -> Any:
    """`value` with its sign changed where a bit of `word`, of the same width, is set.

    By the bits themselves: two instructions, and no mask, of which processors have few.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number, bits, shift = arguments
        shift = context.cast(builder, shift, signature.args[2], signature.args[1])
        sign = bits.type(1 << (bits.type.width - 1))
        flipped = builder.and_(builder.shl(bits, shift), sign)
        return builder.bitcast(
            builder.xor(builder.bitcast(number, bits.type), flipped), number.type
        )

    return value(value, word, bit), generate


@intrinsic
def real_of(typing: Any, word: Any) -> Any:
    """The number whose bits are those of a word of the same width."""
    real = types.float64 if word.bitwidth == 64 else types.float32

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(real))

    return real(word), generate
