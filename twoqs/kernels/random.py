"""Random numbers in kernels: one xoshiro256++ generator for each lane.

The stream of a lane is a sequence of 64-bit words. Three-point noise takes words 16 bits at a
time, lowest first; Gaussian noise takes two words a pair and leaves no rest.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.jit import LANES, jit

PIECE = 1 << 16
TAIL = round(PIECE / 6)
"""Of 2^16 equally likely pieces, those of +VALUE, and as many of -VALUE: 1/6 each."""

VALUE = math.sqrt(PIECE / (2 * TAIL))
"""The outer points. With this value the variance is exactly 1; the fourth moment is 3 - 1e-4."""


class Stream(NamedTuple):
    """Random state of the lanes; kernels advance it in place."""

    state: NDArray[np.uint64]  # (4, lane): xoshiro256++
    word: NDArray[np.uint64]  # (lane,): what is left of the last word
    pieces: NDArray[np.int64]  # (1,): how many 16-bit pieces are left in `word`


def new_stream(seed: np.random.SeedSequence) -> Stream:
    """An unused stream seeded from `seed`."""
    state = np.array(seed.generate_state(4 * LANES, np.uint64), dtype=np.uint64).reshape(4, LANES)
    return Stream(state, np.zeros(LANES, np.uint64), np.zeros(1, np.int64))


@jit
def advance(stream):
    """Put the next word of every lane into `stream.word` (Blackman and Vigna, 2019)."""
    state, word = stream.state, stream.word
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
def next_piece(stream):
    """Make sure that `stream.word` holds an unused piece, and count it as used."""
    if stream.pieces[0] == 0:
        advance(stream)
        stream.pieces[0] = 4
    stream.pieces[0] -= 1


@jit
def three_point(stream, noise):
    """Fill `noise` with 0 (probability 2/3) and +-sqrt(3) (1/6 each): moments of a Gaussian to
    fifth order, enough for weak order two (Kloeden and Platen, 1992)."""
    next_piece(stream)
    word = stream.word
    for lane in range(LANES):
        piece = word[lane] & np.uint64(PIECE - 1)
        word[lane] >>= np.uint64(16)
        positive = VALUE if piece < np.uint64(TAIL) else 0.0
        noise[lane] = -VALUE if piece >= np.uint64(PIECE - TAIL) else positive


@jit
def amplitudes(rate, step, parts):
    """Amplitude of the angle of a random rotation with the given rates, shape (site,).

    A Brownian angle has E cos = exp(-rate step), variance 2 rate step. The three-point angle gets
    the amplitude that makes the same true of it; and since rotations use the tangent of the angle
    over `parts` (2 for vectors, 4 for spinors) to fifth order only, h (1 + h^2/3), the amplitude
    is given to them through the inverse of that. So pure dephasing is exact with any step.
    """
    chance = 2.0 * TAIL / PIECE
    outer = 2.0 * np.arcsin(np.sqrt(-np.expm1(-rate * step) / (2.0 * chance)))
    tangent = np.tan(outer / parts)
    return parts * 2.0 * np.sinh(np.arcsinh(1.5 * tangent) / 3.0) / VALUE


@jit
def kick(stream, amplitude, angle):
    """Add amplitude times three-point noise to `angle`, in one pass."""
    next_piece(stream)
    word = stream.word
    outer = amplitude * VALUE
    for lane in range(LANES):
        piece = word[lane] & np.uint64(PIECE - 1)
        word[lane] >>= np.uint64(16)
        positive = outer if piece < np.uint64(TAIL) else 0.0
        angle[lane] += -outer if piece >= np.uint64(PIECE - TAIL) else positive


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
