"""The loop that conserving steps spend most time in, in LLVM's vectors instead of numba's loops.

With 512 bits the values of a kick, two with two signs, fill a register, and one instruction looks
all lanes up in it by the bits of their random words. No loop in Python comes out as that.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from twoqs.flows.rates import LARGEST_KICK
from twoqs.kernels.compile.jit import JIT_OPTIONS, LANES, processor_has

VECTOR_BITS = 512
"""Bits of a vector; on processors with shorter ones LLVM takes several."""

FLAGS = tuple(sorted(JIT_OPTIONS["fastmath"]))

FIRST_LARGE = 6
"""First of the eight values of a piece of a word that stand for a large kick."""

VALUE = 3
"""In place of a second word with a sign, if the first one is a number of unit variance."""

ROOT_HALF = math.sqrt(0.5)
"""Weight of each of two independent kicks whose sum has the variance of one."""


@intrinsic
def set_pair_and_kick(
    typing: Any, angle: Any, constant: Any, s: Any, first: Any, a: Any, second: Any, b: Any,
    word: Any, pair: Any, bit: Any, small: Any, large: Any,
) -> Any:  # fmt: skip
    """angle = constant + a s[first] + b s[second] + noise as of `random.kick`, for all lanes.

    Arrays are contiguous; s has the shape (site, lane), others (lane,). Words with signs are those
    of `paired.PairedStream`.
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> None:
        kinds = signature.args
        row = Rows(context, builder, kinds[0].dtype)
        there, at, words, pairs = (row.array(kinds[i], given[i]) for i in (2, 0, 7, 8))
        rows = [builder.gep(there, [builder.mul(given[i], row.index(LANES))]) for i in (3, 5)]
        fixed, by_first, by_second = (row.filled(given[i]) for i in (1, 4, 6))
        bit = context.cast(builder, given[9], kinds[9], kinds[7].dtype)
        if kinds[7].dtype.signed:
            kick = _kicks_of_two(row, pairs, bit, given[10], given[11])
        else:
            kick = _kicks(row, bit, given[10], given[11])
        for lane in range(0, LANES, row.count):
            total = builder.fadd(kick(row.load(words, lane), row.load(pairs, lane)), fixed, FLAGS)
            for start, factor in zip(rows, (by_first, by_second), strict=True):
                product = builder.fmul(factor, row.load(start, lane), FLAGS)
                total = builder.fadd(product, total, FLAGS)
            row.store(total, at, lane)
        return context.get_dummy_value()

    return types.void(angle, constant, s, first, a, second, b, word, pair, bit, small, large), (
        generate
    )


@intrinsic
def add_kick_and_row(
    typing: Any, noisy: Any, still: Any, weight: Any, s: Any, site: Any, word: Any, pair: Any,
    bit: Any, small: Any, large: Any,
) -> Any:  # fmt: skip
    """noisy += noise as of `random.kick`; still += weight s[site], for all lanes.

    Arrays are contiguous and of one precision; s has the shape (site, lane), others (lane,).
    """

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> None:
        kinds = signature.args
        row = Rows(context, builder, kinds[0].dtype)
        noise, along, there, words, pairs = (row.array(kinds[i], given[i]) for i in (0, 1, 3, 5, 6))
        start = builder.gep(there, [builder.mul(given[4], row.index(LANES))])
        factor = row.filled(given[2])
        bit = context.cast(builder, given[7], kinds[7], kinds[5].dtype)
        kick = _kicks(row, bit, given[8], given[9])
        for lane in range(0, LANES, row.count):
            kicked = kick(row.load(words, lane), row.load(pairs, lane))
            row.store(builder.fadd(row.load(noise, lane), kicked, FLAGS), noise, lane)
            product = builder.fmul(factor, row.load(start, lane), FLAGS)
            row.store(builder.fadd(row.load(along, lane), product, FLAGS), along, lane)
        return context.get_dummy_value()

    return types.void(noisy, still, weight, s, site, word, pair, bit, small, large), generate


class Rows:
    """Rows of lanes as vectors of real numbers, and of integers of the same width."""

    def __init__(self, context: Any, builder: Any, real: Any) -> None:
        self._context, self.builder = context, builder
        self.count = VECTOR_BITS // real.bitwidth
        self.reals = ir.VectorType(context.get_value_type(real), self.count)
        self.integer = ir.IntType(real.bitwidth)
        self.integers = ir.VectorType(self.integer, self.count)

    def index(self, number: int) -> Any:
        """A constant to add to pointers."""
        return ir.Constant(ir.IntType(64), number)

    def array(self, kind: Any, value: Any) -> Any:
        """Pointer to the first number of an array."""
        return self._context.make_array(kind)(self._context, self.builder, value).data

    def _vector(self, pointer: Any, lane: int) -> Any:
        floating = not isinstance(pointer.type.pointee, ir.IntType)
        kind = self.reals if floating else self.integers
        start = self.builder.gep(pointer, [self.index(lane)])
        return self.builder.bitcast(start, kind.as_pointer())

    def load(self, pointer: Any, lane: int) -> Any:
        """The vector that begins at a lane."""
        return self.builder.load(self._vector(pointer, lane), align=self.integer.width // 8)

    def store(self, value: Any, pointer: Any, lane: int) -> None:
        """Store the vector that begins at a lane."""
        self.builder.store(value, self._vector(pointer, lane), align=self.integer.width // 8)

    def of(self, values: list[Any]) -> Any:
        """The vector of these numbers."""
        result = ir.Constant(ir.VectorType(values[0].type, self.count), ir.Undefined)
        for number, value in enumerate(values):
            result = self.builder.insert_element(result, value, self.index(number))
        return result

    def filled(self, value: Any) -> Any:
        """The vector of one number."""
        return self.of([value] * self.count)


def _kicks(row: Rows, bit: Any, small: Any, large: Any) -> Any:
    """A function from vectors of `word` and `pair` to noise; the bit is that of `random.take`."""
    builder, width = row.builder, row.integer.width
    if processor_has("avx512f"):
        sizes = [large if piece % 8 >= FIRST_LARGE else small for piece in range(row.count)]
        table = row.of([builder.fneg(v) if i % 2 else v for i, v in enumerate(sizes)])
        shift = row.filled(builder.sub(ir.Constant(row.integer, width - 3), bit))
        name = "llvm.x86.avx512.permvar." + ("df" if width == 64 else "sf") + ".512"
        kind = ir.FunctionType(row.reals, [row.reals, row.integers])
        look_up = cgutils.get_or_insert_function(builder.module, kind, name)
        # Takes the lowest bits of an index and ignores the others.
        return lambda word, _: builder.call(look_up, [table, builder.lshr(word, shift)])

    shift, next_shift = (
        row.filled(builder.add(bit, ir.Constant(row.integer, more))) for more in (0, 2)
    )
    zero, sign = (row.filled(ir.Constant(row.integer, v)) for v in (0, 1 << (width - 1)))
    smalls, larges = row.filled(small), row.filled(large)

    def selected(word: Any, pair: Any) -> Any:
        is_large = builder.icmp_signed("<", builder.shl(pair, shift), zero)
        size = builder.bitcast(builder.select(is_large, larges, smalls), row.integers)
        flipped = builder.and_(builder.shl(word, next_shift), sign)
        return builder.bitcast(builder.xor(size, flipped), row.reals)

    return selected


def _kicks_of_two(row: Rows, others: Any, bit: Any, small: Any, large: Any) -> Any:
    """The same of the words of a `paired.PairedStream`: noise of two, or a number."""
    builder, real = row.builder, row.reals.element
    code = ir.Constant(row.integer, VALUE)
    is_value = builder.icmp_unsigned("==", builder.load(others), code)
    scale = row.filled(builder.fmul(large, ir.Constant(real, 1 / LARGEST_KICK)))
    sizes = (builder.fmul(size, ir.Constant(real, ROOT_HALF)) for size in (small, large))
    kick, shift = _kicks(row, bit, *sizes), row.filled(ir.Constant(row.integer, 1))

    def of_one(word: Any) -> Any:
        return kick(word, builder.and_(word, builder.shl(word, shift)))

    def of_two(word: Any, other: Any) -> Any:
        value = builder.fmul(builder.bitcast(word, row.reals), scale)
        return builder.select(is_value, value, builder.fadd(of_one(word), of_one(other), FLAGS))

    return of_two
