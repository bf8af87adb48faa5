"""Random numbers in kernels: one xoshiro256++ generator for each lane.

The stream of a lane is a sequence of 64-bit words. Four-point noise takes words 3 bits at a time,
highest first, and leaves the last bit; Gaussian noise takes two words a pair.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.jit import LANES, inlined, jit, lanes

PIECES = 21
"""Pieces of 3 bits in a word: two decide between inner and outer value, one is the sign."""

INNER = math.sqrt(1.0 - math.sqrt(2.0 / 3.0))
OUTER = math.sqrt(1.0 + 3.0 * math.sqrt(2.0 / 3.0))
"""+-INNER with probability 3/8 each and +-OUTER with 1/8 each have the moments of a Gaussian to
fifth order, enough for weak order two (Kloeden and Platen, 1992), and take no more than bits."""


class Stream(NamedTuple):
    """Random state of the lanes; kernels advance it in place."""

    state: NDArray[np.uint64]  # (4, lane): xoshiro256++
    word: NDArray[np.uint64]  # (lane,): the last word
    pieces: NDArray[np.int64]  # (1,): how many pieces of `word` are unused


def new_stream(seed: np.random.SeedSequence) -> Stream:
    """An unused stream seeded from `seed`."""
    state = np.array(seed.generate_state(4 * LANES, np.uint64), dtype=np.uint64).reshape(4, LANES)
    return Stream(state, np.zeros(LANES, np.uint64), np.zeros(1, np.int64))


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


@jit
def advance(stream):
    """Put the next word of every lane into `stream.word`."""
    next_words(stream.state, stream.word)


@inlined
def next_piece(stream):
    """Take a piece; by how much a word must be shifted for it to stand in the highest bits."""
    if stream.pieces[0] == 0:
        advance(stream)
        stream.pieces[0] = PIECES
    stream.pieces[0] -= 1
    return np.uint64(3 * (PIECES - 1 - stream.pieces[0]))


@inlined
def kick(word, shift, inner, outer):
    """Four-point noise with these values from one piece of a word."""
    bits = np.int64(word << shift)
    size = outer if (bits & (bits << 1)) < 0 else inner
    return -size if (bits << 2) < 0 else size


@lanes
def fill_pair(first, second, word, shift):
    """Four-point noise of unit variance from two pieces of each word."""
    for lane in range(LANES):
        first[lane] = kick(word[lane], shift, INNER, OUTER)
        second[lane] = kick(word[lane], shift + np.uint64(3), INNER, OUTER)


@inlined
def four_point_pair(stream, first, second):
    """Fill two arrays of shape (lane,) with four-point noise, from two pieces of one word."""
    if stream.pieces[0] < 2:
        advance(stream)
        stream.pieces[0] = PIECES
    shift = next_piece(stream)
    stream.pieces[0] -= 1
    fill_pair(first, second, stream.word, shift)


@jit
def gaussian_pair(stream, first, second):
    """Fill two arrays with independent standard normal numbers (Box and Muller)."""
    advance(stream)
    for lane in range(LANES):
        first[lane] = np.float64(stream.word[lane] >> np.uint64(11))
    advance(stream)
    for lane in range(LANES):
        # + 0.5 keeps the logarithm finite.
        radius = math.sqrt(-2.0 * math.log((first[lane] + 0.5) * 2.0**-53))
        angle = 2.0 * math.pi * np.float64(stream.word[lane] >> np.uint64(11)) * 2.0**-53
        first[lane] = radius * math.cos(angle)
        second[lane] = radius * math.sin(angle)
