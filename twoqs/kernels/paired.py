"""Noise of a run at twice the step that is the noise of another run, two draws at a time.

(xi_1 + xi_2)/sqrt(2) has the moments of a Gaussian to fifth order if both have: enough for weak
order two. What the finer run draws, in its order, is read ahead window by window.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.compile.jit import LANES, by_type, inlined, is_set, jit, lanes, like, signed_by
from twoqs.kernels.compile.llvm import ROOT_HALF
from twoqs.kernels.compile.memory import aligned
from twoqs.kernels.random import PIECE_BITS, Stream, kick, take
from twoqs.model.arrays import Ints

NEXT, END, WINDOW, ASTRAY = range(4)
"""Entries of the clock: the next draw, the end of its window, the window after it, and whether a
draw was of another size than foreseen."""

ALONE = -1
"""In place of the second of two draws: the noise is that of the first."""


class Windows(NamedTuple):
    """Draws of both runs between two samples, from window to window; see `twoqs.methods.draws`.

    The second of several windows is repeated up to the last one.
    """

    windows: Ints  # (window, 4): start and end of fine draws, and of coarse ones
    count: int  # of windows, with those that are repeated
    fine: Ints  # (draw,): pieces that each takes
    coarse: Ints
    first: Ints  # (coarse draw,): of the fine draws since the start of a window
    second: Ints  # or ALONE


class PairedStream(NamedTuple):
    """Random state of a run at twice the step; kernels advance it in place.

    `word` and `pair` are words of the two draws, shifted such that they begin with the pieces to
    take. They have signs, by which functions know them; the lowest bit of `pair` is set if it does
    not count.
    """

    word: NDArray[Any]  # (lane,)
    pair: NDArray[Any]  # (lane,)
    state: NDArray[np.uint64]  # (4, lane): that of `fine`, of which no words are taken here
    fine: Stream  # of the finer run
    words: NDArray[Any]  # (word, lane): those of the draws of a window
    where: Ints  # (draw, 2): word and first bit
    windows: Windows
    clock: Ints  # (4,)


def paired_stream(fine: Stream, windows: Windows) -> PairedStream:
    """The noise of a coarse run, made of that of `fine`, which it advances."""
    spans = np.diff(windows.windows[:, :2], axis=1)
    longest, most = int(spans.max()), int(windows.fine.max(initial=1))
    pieces = 8 * fine.word.itemsize // PIECE_BITS
    kind = fine.word.dtype
    word, pair = (aligned(LANES, f"i{kind.itemsize}") for _ in range(2))
    # The word that is left, and as many as draws fill if each takes the most.
    words = aligned((2 + longest // (pieces // most), LANES), kind)
    where, clock = np.zeros((longest, 2), np.int64), np.zeros(4, np.int64)
    return PairedStream(word, pair, fine.state, fine, words, where, windows, clock)


def shared(stream: PairedStream, windows: Windows) -> PairedStream:
    """The same for draws that `stream` has read ahead."""
    return stream._replace(windows=windows, clock=np.zeros(4, np.int64))


@lanes
def copy_word(word, there):
    """there = word."""
    for lane in range(LANES):
        there[lane] = word[lane]


@jit
def read_ahead(stream):
    """Go on to the next window: draw what the finer run draws in it, and keep the words."""
    fine, clock, windows = stream.fine, stream.clock, stream.windows.windows
    number, last = clock[WINDOW], stream.windows.count - 1
    row = windows.shape[0] - 1 if number == last else min(number, 1)
    clock[WINDOW] = 0 if number == last else number + 1
    clock[NEXT], clock[END] = windows[row, 2], windows[row, 3]
    start, end, kept = windows[row, 0], windows[row, 1], 0
    if start < end:
        copy_word(fine.word, stream.words[0])
    for draw in range(start, end):
        bit = take(fine, stream.windows.fine[draw])
        if bit == 0:
            kept += 1
            copy_word(fine.word, stream.words[kept])
        stream.where[draw - start, 0], stream.where[draw - start, 1] = kept, bit


@lanes
def set_shifted(there, words, row, bit):
    """The word of a draw without what stands before its pieces, and with the lowest bit zero."""
    for lane in range(LANES):
        shifted = words[row, lane] << like(bit, words[row, lane])
        there[lane] = shifted & ~like(1, words[row, lane])


@lanes
def set_alone(pair):
    """Mark that the second word does not count."""
    for lane in range(LANES):
        pair[lane] = like(1, pair[lane])


@by_type(take)
def _take(stream, count):
    return _take_pair if stream.instance_class is PairedStream else None


def _take_pair(stream, count):
    clock, where, windows = stream.clock, stream.where, stream.windows
    if clock[NEXT] == clock[END]:
        read_ahead(stream)
    draw = clock[NEXT]
    clock[NEXT] += 1
    if windows.coarse[draw] != count:
        clock[ASTRAY] = 1
    one, other = windows.first[draw], windows.second[draw]
    set_shifted(stream.word, stream.words, np.uint64(where[one, 0]), where[one, 1])
    if other == ALONE:
        set_alone(stream.pair)
    else:
        set_shifted(stream.pair, stream.words, np.uint64(where[other, 0]), where[other, 1])
    return 0


@inlined
def size_of(word, bit, small, large):
    """A kick from one word of a pair."""
    both = like(word & (word << like(1, word)), word)
    return signed_by(large if is_set(both, bit) else small, word, bit + 2)


@by_type(kick)
def _kick(word, pair, bit, small, large):
    return _two_kicks if word.signed else None


def _two_kicks(word, pair, bit, small, large):
    one, other = size_of(word, bit, small, large), size_of(pair, bit, small, large)
    alone = pair & like(1, pair) != 0
    return one if alone else like(ROOT_HALF, one) * (one + other)
