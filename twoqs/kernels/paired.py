"""Noise of a run at twice the step that is that of another run; see `twoqs.flows.doubling`.

What the finer run draws is read ahead, in its order, window by window.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.doubling import COEFFICIENTS, PAIR, SINGLE
from twoqs.kernels.compile.jit import (
    LANES,
    by_type,
    inlined,
    is_set,
    jit,
    lanes,
    like,
    real_of,
    signed_by,
)
from twoqs.kernels.compile.llvm import ROOT_HALF, VALUE
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.random import LARGE, PIECE_BITS, SMALL, Stream, kick, take
from twoqs.model.arrays import Floats, Ints

NEXT, END, WINDOW, ASTRAY = range(4)
"""Entries of the clock: the next draw, the end of its window, the window after it, and whether a
draw was of another size than foreseen."""


class Windows(NamedTuple):
    """Draws of both runs between two samples, from window to window; see `twoqs.methods.draws`.

    The third of many windows is repeated until the last two.
    """

    windows: Ints  # (window, 6): start and end of fine draws, of coarse ones, and of those kept
    total: int  # of windows, with those that are repeated
    fine: Ints  # (draw,): pieces that each takes
    coarse: Ints
    way: Ints  # (coarse draw,): as in `COEFFICIENTS`
    first: Ints  # (coarse draw,): of the fine draws of a window, kept ones first
    second: Ints
    rest: Ints  # (coarse draw,): row of what is left


class PairedStream(NamedTuple):
    """Random state of a run at twice the step; kernels advance it in place.

    `word` and `pair` are words of two draws, shifted such that they begin with the pieces to take.
    They have signs, by which functions know them. If `pair` is `SINGLE` it does not count; if it is
    `VALUE`, `word` is a number.
    """

    word: NDArray[Any]  # (lane,)
    pair: NDArray[Any]  # (lane,)
    value: Floats  # (lane,): the memory of `word` as numbers
    state: NDArray[np.uint64]  # (4, lane): that of `fine`, of which no words are taken here
    fine: Stream  # of the finer run
    words: NDArray[Any]  # (word, lane): those of the draws of a window
    where: Ints  # (draw, 2): word and first bit
    rest: Floats  # (row, lane): what was left of the noise so far
    windows: Windows
    clock: Ints  # (4,)


def paired_stream(fine: Stream, windows: Windows) -> PairedStream:
    """The noise of a coarse run, made of that of `fine`, which it advances."""
    spans = np.diff(windows.windows, axis=1)[:, ::2]
    longest, most = int(np.sum(spans[:, [0, 2]], axis=1).max()), int(windows.fine.max(initial=1))
    pieces, kind = 8 * fine.word.itemsize // PIECE_BITS, fine.word.dtype
    word, pair = (aligned(LANES, f"i{kind.itemsize}") for _ in range(2))
    # The word that is left, and as many as draws fill if each takes the most.
    words = aligned((2 + longest // (pieces // most), LANES), kind)
    rest = aligned((1 + int(windows.rest.max(initial=0)), LANES), f"f{kind.itemsize}")
    return PairedStream(
        word, pair, word.view(rest.dtype), fine.state, fine, words,
        np.zeros((longest, 2), np.int64), rest, windows, np.zeros(4, np.int64),
    )  # fmt: skip


def continued(stream: PairedStream, windows: Windows) -> PairedStream:
    """The same for draws that `stream` has read ahead."""
    return stream._replace(windows=windows, clock=np.zeros(4, np.int64))


@lanes
def copy_word(word, there):
    """there = word."""
    for lane in range(LANES):
        there[lane] = word[lane]


@jit
def keep_draws(stream, start, end):
    """Move draws of the window before to the front; returns the number of the last word."""
    words, where = stream.words, stream.where
    if start == end:
        copy_word(stream.fine.word, words[0])
        return 0
    first, last = where[start, 0], where[end - 1, 0]
    for draw in range(start, end):
        where[draw - start, 0], where[draw - start, 1] = where[draw, 0] - first, where[draw, 1]
    if first > 0:
        for row in range(first, last + 1):
            copy_word(words[row], words[row - first])
    return last - first


@jit
def read_ahead(stream):
    """Go on to the next window: draw what the finer run draws in it, and keep the words."""
    fine, clock, windows = stream.fine, stream.clock, stream.windows.windows
    number, left = clock[WINDOW], stream.windows.total - clock[WINDOW]
    row = windows.shape[0] - left if left <= 2 else min(number, 2)
    clock[WINDOW] = 0 if left == 1 else number + 1
    clock[NEXT], clock[END] = windows[row, 2], windows[row, 3]
    start, end, kept = windows[row, 0], windows[row, 1], windows[row, 5] - windows[row, 4]
    if start == end and kept == 0:
        return
    word = keep_draws(stream, windows[row, 4], windows[row, 5])
    for draw in range(start, end):
        bit = take(fine, stream.windows.fine[draw])
        if bit == 0:
            word += 1
            copy_word(fine.word, stream.words[word])
        place = kept + draw - start
        stream.where[place, 0], stream.where[place, 1] = word, bit


@lanes
def set_shifted(there, words, row, bit):
    """The word of a draw without what stands before its pieces, and with the lowest bit zero."""
    for lane in range(LANES):
        shifted = words[row, lane] << like(bit, words[row, lane])
        there[lane] = shifted & ~like(1, words[row, lane])


@lanes
def mark(pair, code):
    """Say what `word` is."""
    for lane in range(LANES):
        pair[lane] = like(code, pair[lane])


@lanes
def set_value(value, rest, words, row, bit, other_row, other_bit, by):
    """A number made of what was left and of two draws, and what is left of them."""
    small, large = like(SMALL, value[0]), like(LARGE, value[0])
    a, b, c = like(by[0, 0], value[0]), like(by[0, 1], value[0]), like(by[0, 2], value[0])
    d, e, f = like(by[1, 0], value[0]), like(by[1, 1], value[0]), like(by[1, 2], value[0])
    for lane in range(LANES):
        one = size_of(words[row, lane], bit, small, large)
        other = size_of(words[other_row, lane], other_bit, small, large)
        before = rest[lane]
        value[lane] = a * before + b * one + c * other
        rest[lane] = d * before + e * one + f * other


@by_type(take)
def _take(stream, count):
    return _take_two if stream.instance_class is PairedStream else None


def _take_two(stream, count):
    clock, where, windows = stream.clock, stream.where, stream.windows
    if clock[NEXT] == clock[END]:
        read_ahead(stream)
    draw = clock[NEXT]
    clock[NEXT] += 1
    if windows.coarse[draw] != count:
        clock[ASTRAY] = 1
    way, one, other = windows.way[draw], windows.first[draw], windows.second[draw]
    row, other_row = np.uint64(where[one, 0]), np.uint64(where[other, 0])
    if way == PAIR:
        set_shifted(stream.word, stream.words, row, where[one, 1])
        set_shifted(stream.pair, stream.words, other_row, where[other, 1])
    elif way == SINGLE and count > 1:
        set_shifted(stream.word, stream.words, row, where[one, 1])
        mark(stream.pair, SINGLE)
    else:
        set_value(
            stream.value, stream.rest[windows.rest[draw]], stream.words, row, where[one, 1],
            other_row, where[other, 1], COEFFICIENTS[way],
        )  # fmt: skip
        mark(stream.pair, VALUE)
    return 0


@inlined
def size_of(word, bit, small, large):
    """A kick from one word of two."""
    both = like(word & (word << like(1, word)), word)
    return signed_by(large if is_set(both, bit) else small, word, bit + 2)


@by_type(kick)
def _kick(word, pair, bit, small, large):
    return _kick_of_two if word.signed else None


def _kick_of_two(word, pair, bit, small, large):
    if pair == like(VALUE, pair):
        return real_of(word) * (large * like(1.0 / LARGE, large))
    one, other = size_of(word, bit, small, large), size_of(pair, bit, small, large)
    return one if pair == like(SINGLE, pair) else like(ROOT_HALF, one) * (one + other)
