"""Random numbers in kernels: one xoshiro256++ generator for each lane.

The stream of a lane is a sequence of 64-bit words, in single precision of their halves, the upper
one first. Four-point noise takes words 3 bits at a time, highest first, and leaves what is too
little; Gaussian noise takes two words a pair.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.compile.jit import LANES, by_type, inlined, is_set, jit, lanes, like, signed_by
from twoqs.kernels.compile.memory import aligned
from twoqs.model.arrays import Ints

PIECE_BITS = 3
"""Bits in a piece of a word: two decide between the small and the large value, one is the sign."""

SMALL = math.sqrt(1.0 - math.sqrt(2.0 / 3.0))
LARGE = math.sqrt(1.0 + 3.0 * math.sqrt(2.0 / 3.0))
"""+-SMALL with probability 3/8 each and +-LARGE with 1/8 each have the moments of a Gaussian to
fifth order, enough for weak order two (Kloeden and Platen, 1992), and take no more than bits."""


class Stream(NamedTuple):
    """Random state of the lanes; kernels advance it in place."""

    state: NDArray[np.uint64]  # (4, lane): xoshiro256++
    fresh: NDArray[np.uint64]  # (lane,): the last word of the generator
    word: NDArray[Any]  # (lane,): the word, or half of it, that pieces are taken from
    pair: NDArray[Any]  # (lane,): its bits that are set and have the next one set, too
    left: Ints  # (2,): unused pieces of `word`, and unused halves of `fresh`


def new_stream(seed: np.random.SeedSequence, single: bool = False) -> Stream:
    """An unused stream seeded from `seed`; `single` for kernels in single precision."""
    state = aligned((4, LANES), np.uint64)
    state[:] = seed.generate_state(4 * LANES, np.uint64).reshape(4, LANES)
    fresh = aligned(LANES, np.uint64)
    word, pair = (aligned(LANES, np.uint32 if single else np.uint64) for _ in range(2))
    return Stream(state, fresh, word, pair, np.zeros(2, np.int64))


@lanes
def next_words(state, word):
    """Put the next word of every lane into `word` (Blackman and Vigna, 2019)."""
    for lane in range(LANES):
        s0, s1, s2, s3 = state[0, lane], state[1, lane], state[2, lane], state[3, lane]
        total = s0 + s3
        word[lane] = ((total << np.uint64(23)) | (total >> np.uint64(41))) + s0
        shifted = s1 << np.uint64(17)
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = (s3 << np.uint64(45)) | (s3 >> np.uint64(19))
        state[0, lane], state[1, lane], state[2, lane], state[3, lane] = s0, s1, s2, s3


@lanes
def copy_high(fresh, word):
    """The upper halves; of a word of 64 bits, all of it."""
    for lane in range(LANES):
        word[lane] = fresh[lane] >> np.uint64(64 - 8 * word.itemsize)


@lanes
def copy_low(fresh, word):
    """The lower halves."""
    for lane in range(LANES):
        word[lane] = fresh[lane] & np.uint64(0xFFFFFFFF)


@lanes
def set_pairs(word, pair):
    """Mark the bits of `word` that are set and followed by one that is set."""
    for lane in range(LANES):
        pair[lane] = word[lane] & (word[lane] << like(1, word[lane]))


@jit
def refill(stream):
    """Put the next word, or half of one, of every lane into `stream.word`."""
    if stream.left[1] == 0:
        next_words(stream.state, stream.fresh)
        stream.left[1] = 8 // stream.word.itemsize
        copy_high(stream.fresh, stream.word)
    else:
        copy_low(stream.fresh, stream.word)
    set_pairs(stream.word, stream.pair)
    stream.left[1] -= 1


def take(stream, count):
    """Take some pieces of one word; returns their first bit, of which 0 is the highest."""
    raise TypeError(f"No kernel takes noise from a {type(stream).__name__}.")


def kick(word, pair, bit, small, large):
    """Four-point noise with these values from one piece of a word."""
    raise TypeError(f"No kernel takes noise from {type(word).__name__}.")


def gaussian_pair(stream, first, second):
    """Fill two arrays with independent standard normal numbers (Box and Muller)."""
    raise TypeError(f"No kernel takes noise from a {type(stream).__name__}.")


@by_type(take)
def _take(stream, count):
    return _take_pieces if stream.instance_class is Stream else None


def _take_pieces(stream, count):
    pieces = 8 * stream.word.itemsize // PIECE_BITS
    if stream.left[0] < count:
        refill(stream)
        stream.left[0] = pieces
    bit = PIECE_BITS * (pieces - stream.left[0])
    stream.left[0] -= count
    return bit


@inlined
def last_place(stream):
    """First bit of the last piece that was taken."""
    pieces = 8 * stream.word.itemsize // PIECE_BITS
    return PIECE_BITS * (pieces - stream.left[0] - 1)


@by_type(kick)
def _kick(word, pair, bit, small, large):
    return None if word.signed else _one_kick


def _one_kick(word, pair, bit, small, large):
    size = large if is_set(pair, bit) else small
    return signed_by(size, word, bit + 2)


@inlined
def four_point(word, pair, bit, sample):
    """Four-point noise of unit variance, of the type of `sample`."""
    return kick(word, pair, bit, like(SMALL, sample), like(LARGE, sample))


@by_type(gaussian_pair)
def _gaussian_pair(stream, first, second):
    return _fill_by_words if stream.instance_class is Stream else None


def _fill_by_words(stream, first, second):
    next_words(stream.state, stream.fresh)
    for lane in range(LANES):
        first[lane] = np.float64(stream.fresh[lane] >> np.uint64(11))
    next_words(stream.state, stream.fresh)
    for lane in range(LANES):
        # + 0.5 keeps the logarithm finite.
        radius = math.sqrt(-2.0 * math.log((first[lane] + 0.5) * 2.0**-53))
        angle = 2.0 * math.pi * np.float64(stream.fresh[lane] >> np.uint64(11)) * 2.0**-53
        first[lane] = radius * math.cos(angle)
        second[lane] = radius * math.sin(angle)
