"""The random streams of the kernels against known answers and their plain NumPy reference."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from numba import njit

import twoqs
from twoqs.flows.random import ReferenceStream
from twoqs.kernels import random as kernel_random
from twoqs.kernels.compile.jit import LANES
from twoqs.methods.numerics import Numerics


def stream_of(words):
    """Kernel stream with the same four words in every lane."""
    state = np.repeat(np.array(words, dtype=np.uint64)[:, None], LANES, axis=1)
    none = np.zeros(LANES, np.uint64)
    return kernel_random.Stream(state, none, none.copy(), none.copy(), np.zeros(2, np.int64))


XOSHIRO256PP = [
    41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205,
    9973669472204895162, 14011001112246962877, 12406186145184390807,
]  # fmt: skip
"""Published output of xoshiro256++ from the state (1, 2, 3, 4)."""


def test_xoshiro_gives_the_published_numbers():
    stream = stream_of([1, 2, 3, 4])
    reference = ReferenceStream(stream.state)
    for expected in XOSHIRO256PP:
        kernel_random.refill(stream)
        assert np.all(stream.word == np.uint64(expected))
        assert np.all(reference.word() == np.uint64(expected))


@njit
def fill(stream, count, values):
    """Some four-point numbers for each lane, from pieces of one word, by the kernel's functions."""
    place = kernel_random.take(stream, count)
    for number in range(count):
        for lane in range(LANES):
            sample = values[number, lane]
            values[number, lane] = kernel_random.four_point(
                stream.word[lane], stream.pair[lane], place + 3 * number, sample
            )


@njit
def take(stream, count):
    return kernel_random.take(stream, count)


@njit
def gaussian_pair(stream, first, second):
    kernel_random.gaussian_pair(stream, first, second)


@njit
def set_word(stream):
    kernel_random.copy_high(stream.fresh, stream.word)
    kernel_random.set_pairs(stream.word, stream.pair)


@pytest.mark.parametrize("single", [False, True], ids=["double", "single"])
def test_noise_of_kernel_and_reference_is_the_same(single):
    stream = kernel_random.new_stream(np.random.SeedSequence(7), single)
    reference = ReferenceStream(stream.state, bits=32 if single else 64)
    values = np.empty((6, LANES), np.float32 if single else np.float64)
    for _ in range(30):
        for count in (6, 1, 2):
            fill(stream, count, values)
            expected = reference.four_points(count).astype(values.dtype)
            np.testing.assert_array_equal(values[:count], expected)


def test_gaussian_noise_of_kernel_and_reference_is_the_same():
    stream = kernel_random.new_stream(np.random.SeedSequence(7))
    reference = ReferenceStream(stream.state)
    one, two = np.empty(LANES), np.empty(LANES)
    for _ in range(5):
        gaussian_pair(stream, one, two)
        first, second = reference.gaussian_pair()
        # log, sin and cos of two libraries differ in the last digit
        np.testing.assert_allclose(one, first, rtol=0, atol=1e-13)
        np.testing.assert_allclose(two, second, rtol=0, atol=1e-13)


def stream_with(word, single=False):
    """A stream whose pieces all come from this word, or from its halves."""
    stream = kernel_random.new_stream(np.random.SeedSequence(1), single)
    stream.fresh[:] = word
    set_word(stream)
    stream.left[:] = (10, 1) if single else (21, 0)
    return stream


def test_four_point_noise_has_the_moments_of_a_gaussian():
    """All 8 values of a piece, once each."""
    stream = stream_with(np.arange(LANES, dtype=np.uint64) % np.uint64(8) << np.uint64(61))
    values = np.empty((1, LANES))
    fill(stream, 1, values)
    assert len(np.unique(values)) == 4
    for power, moment in enumerate([0, 1, 0, 3, 0], start=1):
        assert np.mean(values**power) == pytest.approx(moment, abs=1e-14)  # rounding


@pytest.mark.parametrize("single", [False, True], ids=["double", "single"])
def test_pieces_come_highest_first(single):
    stream = stream_with(np.uint64(0b111_110_000_001 << 52), single)
    values = np.empty((4, LANES), np.float32 if single else np.float64)
    fill(stream, 4, values)
    small, large = (values.dtype.type(x) for x in (kernel_random.SMALL, kernel_random.LARGE))
    assert values[:, 0].tolist() == [-large, large, small, -small]
    assert stream.left[0] == (6 if single else 17)


@pytest.mark.parametrize(
    ("single", "counts", "places"),
    [(False, (6, 15, 1), [0, 18, 0]), (True, (6, 6, 4, 1), [0, 0, 18, 0])],
    ids=["double", "single"],
)
def test_a_word_has_21_pieces_and_each_of_its_halves_10(single, counts, places):
    stream = kernel_random.new_stream(np.random.SeedSequence(1), single)
    states = []
    for count, place in zip(counts, places, strict=True):
        assert take(stream, count) == place
        states.append(stream.state.copy())
    assert all(np.array_equal(state, states[0]) for state in states[:-1])
    assert not np.array_equal(states[-1], states[0])


def moments_of_gaussian_pairs(pairs):
    first, second = pairs
    n = len(first)
    z = {}
    for name, x in (("first", first), ("second", second)):
        # (mean, variance) of x, x^2, x^3, x^4 of a normal number
        for power, (mean, variance) in enumerate([(0, 1), (1, 2), (0, 15), (3, 96)], start=1):
            z[name, power] = (np.mean(x**power) - mean) / math.sqrt(variance / n)
    z["product"] = np.mean(first * second) * math.sqrt(n)
    z["squares"] = (np.mean(first**2 * second**2) - 1) * math.sqrt(n / 8)
    return z


def test_gaussian_pairs_have_the_moments():
    stream = kernel_random.new_stream(np.random.SeedSequence(11))
    first, second = np.empty((2, 4000, LANES))
    for one, two in zip(first, second, strict=True):
        gaussian_pair(stream, one, two)
    pairs = first.ravel(), second.ravel()
    # 10 comparisons at |z| < 4: fails by chance once in 1500 runs
    assert max(abs(z) for z in moments_of_gaussian_pairs(pairs).values()) < 4
    # the tail: 256,000 pairs hold about 32 numbers beyond 4
    beyond = np.sum(np.abs(np.concatenate(pairs)) > 4)
    assert abs(beyond - 512000 * math.erfc(4 / math.sqrt(2))) < 4 * math.sqrt(33)
    # negative controls: numbers 1 % too long, and a pair that repeats itself
    longer = tuple(1.01 * x for x in pairs)
    assert max(abs(z) for z in moments_of_gaussian_pairs(longer).values()) > 4
    assert abs(moments_of_gaussian_pairs((pairs[0], pairs[0]))["product"]) > 4


def words_of(seed, count):
    """The first words of all lanes, shape (word, lane)."""
    stream = kernel_random.new_stream(seed)
    words = np.empty((count, LANES), np.uint64)
    for row in words:
        kernel_random.refill(stream)
        row[:] = stream.word
    return words


def correlations(words):
    """Off-diagonal correlations of the lanes, in standard errors."""
    x = words.astype(float)
    matrix = np.corrcoef(x, rowvar=False) * math.sqrt(len(x))
    return matrix[np.triu_indices(LANES, 1)]


def test_lanes_are_independent():
    words = words_of(np.random.SeedSequence(3), 2000)
    assert len(np.unique(words)) == words.size
    # 2016 pairs: |z| < 5 fails by chance once in 900 runs
    assert np.abs(correlations(words)).max() < 5
    # negative control: one lane that shares a tenth of its variance with another
    words[:, 1] = words[:, 1] // np.uint64(8) * np.uint64(7) + words[:, 0] // np.uint64(8)
    assert np.abs(correlations(words)).max() > 5


def test_streams_of_all_blocks_differ(monkeypatch):
    """No two of thousands of (seed, point, block) share their noise or their initial state."""
    from twoqs.simulation import batch

    keys = []

    def record(model, numerics, seed, first):
        keys.append(seed)
        return SimpleNamespace()

    monkeypatch.setattr(batch, "TrajectoryBlock", record)
    monkeypatch.setattr(batch._Record, "add", lambda *_: None)
    for seed in (0, 1, 2**64):
        for decay in (1.0, 1.0 + 2**-52):
            model = twoqs.Model(spin=4, decay=decay)
            numerics = Numerics(times=(1.0,), step=0.1)
            for number in range(300):
                batch.run_batch(model, numerics, seed, number)
    assert len(keys) == 3 * 2 * 300 * batch.MOST_BLOCKS
    children = [child for key in keys for child in key.spawn(2)]
    first = [tuple(child.generate_state(4, np.uint64)) for child in children]
    assert len(set(first)) == 2 * len(keys)
    # the same address gives the same stream, whenever it is asked for
    again = np.random.SeedSequence(keys[0].entropy, spawn_key=keys[0].spawn_key).spawn(2)[0]
    assert tuple(again.generate_state(4, np.uint64)) == first[0]


def test_blocks_do_not_share_their_first_noise():
    """Whole states of 64 lanes: a collision of one lane in thousands of blocks would be seen."""
    states = [
        kernel_random.new_stream(np.random.SeedSequence(5, spawn_key=(1, 2, block))).state
        for block in range(2000)
    ]
    lanes = np.concatenate(states, axis=1)
    assert len(np.unique(lanes[0])) == lanes.shape[1]
