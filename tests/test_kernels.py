"""Every kernel against its plain NumPy reference, and the random streams against known answers."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import twoqs
from twoqs.integrate import Block
from twoqs.kernels import jit as kernel_jit
from twoqs.kernels import pda as pda_kernel
from twoqs.kernels import random as kernel_random
from twoqs.kernels.jit import LANES
from twoqs.numerics import Numerics
from twoqs.rates import graph_of, rates_of
from twoqs.reference import ReferenceStream, conserving, euler_maruyama, pda
from twoqs.reference import conserving as reference_conserving
from twoqs.reference import random as reference_random
from twoqs.representation import spin_length

SCHEMES = [
    ("conserving", "W"),
    ("pda", "P"),
    ("pda", "W"),
    ("pda", "Q"),
    ("euler-maruyama", "P"),
    ("euler-maruyama", "W"),
    ("euler-maruyama", "Q"),
]
DISSIPATION = {
    "none": (),
    "decay": ("decay",),
    "gain": ("gain",),
    "both": ("decay", "gain"),
    "dephasing": ("dephasing",),
    "all": ("decay", "gain", "dephasing"),
}
ROUNDING = 1e-12
"""Relative to the size of the state: a few thousand operations of 1e-16 each, in another order."""


def random_model(sites, channels, with_z, rng, spin=3.5):
    """A random graph with weights and with one parameter per site or bond; some rates are zero."""
    pairs = [pair for pair in itertools.combinations(range(sites), 2) if rng.random() < 0.7]
    edges = [(i, j, rng.normal()) for i, j in pairs]
    lattice = twoqs.from_edges(edges, n_sites=sites)
    z = 1.0 if with_z else 0.0
    rates = {name: rng.uniform(0.2, 1.0, sites) for name in channels}
    if sites > 2:
        for rate in rates.values():
            rate[rng.integers(sites)] = 0.0
    parts = rng.normal(size=(2, 3, sites))
    bonds = rng.normal(size=(3, len(edges))) if edges else np.zeros(3)
    return twoqs.Model(
        spin=spin,
        lattice=lattice,
        field=tuple(parts[0] * [[1], [1], [z]]),
        twist=tuple(parts[1] * [[1], [1], [z]]),
        coupling=(bonds[0], bonds[1], z * bonds[2]),
        initial=twoqs.coherent(rng.uniform(0.3, 2.8, sites), rng.uniform(0, 6, sites)),
        **rates,
    )


def by_reference(model, numerics, state, stream, segments):
    """State and clipped counts after the segments, by the reference of the scheme."""
    graph, rates, clipped = graph_of(model), rates_of(model), np.zeros((2, state.shape[2]))
    for steps, step in segments:
        if numerics.scheme == "conserving":
            length = spin_length(model.spin)
            state = conserving.advance(state, graph, rates, length, steps, step, stream)
            continue
        module = {"pda": pda, "euler-maruyama": euler_maruyama}[numerics.scheme]
        state, more = module.advance(state, graph, rates, numerics.k, steps, step, stream)
        clipped += more
    return state, clipped


def deviation(model, numerics, segments, seed):
    """Largest difference of kernel and reference relative to the state, and both clip counts."""
    block = Block(model, numerics, np.random.SeedSequence(seed))
    state = block._state.astype(float)
    stream = ReferenceStream(block._stream.state, bits=8 * block._stream.word.itemsize)
    expected, clipped = by_reference(model, numerics, state, stream, segments)
    for steps, step in segments:
        block.advance(steps, step)
    size = np.abs(expected).max()
    return np.abs(block._state - expected).max() / size, block.clipped, clipped


@pytest.mark.parametrize("sites", [1, 2, 5])
@pytest.mark.parametrize("with_z", [False, True], ids=["without z", "with z"])
@pytest.mark.parametrize("dissipation", DISSIPATION)
@pytest.mark.parametrize(("scheme", "representation"), SCHEMES)
def test_kernel_equals_reference(scheme, representation, dissipation, with_z, sites):
    channels = DISSIPATION[dissipation]
    numerics = Numerics(scheme=scheme, representation=representation)
    step = 0.01 if scheme == "euler-maruyama" else 0.1
    rng = np.random.default_rng(sites + 10 * with_z + 100 * list(DISSIPATION).index(dissipation))
    model = random_model(sites, channels, with_z, rng)
    for number, segments in enumerate([[(1, step)], [(2, step)], [(7, step), (3, step / 3)]]):
        off, clipped, expected = deviation(model, numerics, segments, seed=number)
        assert off < ROUNDING
        np.testing.assert_array_equal(clipped, expected)


@pytest.mark.parametrize(("scheme", "representation"), SCHEMES[:4])
def test_single_precision_equals_reference_to_its_rounding(scheme, representation):
    numerics = Numerics(scheme=scheme, representation=representation, precision="single")
    model = random_model(5, DISSIPATION["all"], True, np.random.default_rng(1), spin=50)
    off, _, _ = deviation(model, numerics, [(7, 0.1)], seed=1)
    # hundreds of operations of 6e-8 each, some of which grow in the dynamics
    assert 1e-8 < off < 1e-5


@pytest.mark.parametrize(("scheme", "representation"), SCHEMES)
def test_uniform_coupling_of_all_pairs_equals_reference(scheme, representation):
    """Their field is the sum over all sites, not a list of neighbours: O(N) work."""
    model = twoqs.Model(
        spin=3.5, lattice=twoqs.all_to_all(6), coupling=(0.4, -0.3, 0.2), twist=(0.1, 0.0, 0.5),
        field=(0.2, 0, 0), decay=1.0, initial=twoqs.coherent([0.3, 0.9, 1.2, 1.7, 2.2, 2.9], 0.4),
    )  # fmt: skip
    step = 0.01 if scheme == "euler-maruyama" else 0.1
    numerics = Numerics(scheme=scheme, representation=representation)
    graph = graph_of(model)
    assert graph.x.uniform == pytest.approx(0.4 / 7)
    assert graph.x.neighbour.size == 6
    assert deviation(model, numerics, [(5, step)], seed=1)[0] < ROUNDING
    edges = [(i, j, 1.0) for i, j in model.lattice.edges]
    edges[0] = (*edges[0][:2], 1.0 + 1e-12)  # no longer uniform, and the same to rounding
    listed = replace(model, lattice=twoqs.from_edges(edges))
    assert graph_of(listed).x.uniform == 0
    one, two = (Block(m, numerics, np.random.SeedSequence(1)) for m in (model, listed))
    for block in (one, two):
        block.advance(5, step)
    np.testing.assert_allclose(one._state, two._state, rtol=0, atol=1e-10)


def test_equality_is_a_strong_test(monkeypatch):
    """Negative control: the noise of one piece in the reference one part in 10^9 off is seen."""
    model = random_model(2, ("decay",), False, np.random.default_rng(1))
    numerics = Numerics()
    assert deviation(model, numerics, [(2, 0.1)], seed=1)[0] < ROUNDING
    exact = reference_random.amplitude
    monkeypatch.setattr(
        reference_conserving, "amplitude", lambda *given: exact(*given) * (1 + 1e-9)
    )
    assert deviation(model, numerics, [(2, 0.1)], seed=1)[0] > 10 * ROUNDING


@pytest.mark.parametrize("scheme", ["pda", "euler-maruyama"])
def test_clipping_is_counted_where_it_happens(scheme):
    """Near the south pole |alpha|^2 < 1/2 in most trajectories; the counts must not be trivial."""
    model = twoqs.Model(spin=4, lattice=twoqs.chain(3), decay=1.0)
    numerics = Numerics(scheme=scheme)
    off, clipped, expected = deviation(model, numerics, [(5, 0.02)], seed=2)
    assert off < ROUNDING
    np.testing.assert_array_equal(clipped, expected)
    assert np.all(clipped[1] == 5 * 3)  # once a step and site
    assert 0.5 < clipped[0].sum() / clipped[1].sum() < 0.8  # 1 - 1/e = 0.63 in the vacuum


def test_no_steps_change_nothing():
    block = Block(twoqs.Model(spin=4, decay=1.0), Numerics(), np.random.SeedSequence(1))
    before = block._state.copy()
    block.advance(0, 0.1)
    np.testing.assert_array_equal(block._state, before)


@pytest.mark.parametrize("scheme", ["conserving", "pda", "euler-maruyama"])
def test_two_calls_continue_one_stream(scheme):
    """3 + 4 steps are 7 steps, as nothing turns about x, where calls are joined."""
    channels = {"dephasing": 1.0} if scheme == "conserving" else {"decay": 1.0}
    model = twoqs.Model(spin=4, field=(0, 0, 0.3), initial=twoqs.coherent(1.0), **channels)
    whole, parts, again = (
        Block(model, Numerics(scheme=scheme), np.random.SeedSequence(3)) for _ in range(3)
    )
    unused = again._stream.state.copy()
    whole.advance(7, 0.01)
    for block in (parts, again):
        block.advance(3, 0.01)
    again._stream.state[:] = unused  # negative control: a stream that begins again
    again._stream.left[:] = 0
    for block in (parts, again):
        block.advance(4, 0.01)
    # Rounding: at the end of a call the length is restored once more.
    np.testing.assert_allclose(parts._state, whole._state, rtol=0, atol=1e-14 * 4)
    assert not np.allclose(again._state, whole._state, rtol=0, atol=1e-3)


def stream_of(words):
    """Kernel stream with the same four words in every lane."""
    state = np.repeat(np.array(words, dtype=np.uint64)[:, None], LANES, axis=1)
    none = np.zeros(LANES, np.uint64)
    return kernel_random.Stream(state, none, none.copy(), np.zeros(2, np.int64))


XOSHIRO256PP = [
    41943041, 58720359, 3588806011781223, 3591011842654386, 9228616714210784205,
    9973669472204895162, 14011001112246962877, 12406186145184390807,
]  # fmt: skip
"""Published output of xoshiro256++ from the state (1, 2, 3, 4)."""


def test_xoshiro_gives_the_published_numbers():
    stream = stream_of([1, 2, 3, 4])
    reference = ReferenceStream(stream.state)
    for expected in XOSHIRO256PP:
        kernel_random.advance(stream)
        assert np.all(stream.word == np.uint64(expected))
        assert np.all(reference.word() == np.uint64(expected))


@kernel_jit.inlined
def fill(stream, count, values):
    """Some four-point numbers for each lane, from pieces of one word, by the kernel's functions."""
    place = kernel_random.take(stream, count)
    for number in range(count):
        for lane in range(LANES):
            sample = values[number, lane]
            values[number, lane] = kernel_random.four_point(
                stream.word[lane], place + 3 * number, sample
            )


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
        kernel_random.gaussian_pair(stream, one, two)
        first, second = reference.gaussian_pair()
        # log, sin and cos of two libraries differ in the last digit
        np.testing.assert_allclose(one, first, rtol=0, atol=1e-13)
        np.testing.assert_allclose(two, second, rtol=0, atol=1e-13)


def stream_with(word, single=False):
    """A stream whose pieces all come from this word, or from its halves."""
    stream = kernel_random.new_stream(np.random.SeedSequence(1), single)
    stream.fresh[:] = word
    stream.left[:] = 0, 1
    if single:
        stream.left[1] = 2
        kernel_random.copy_high(stream.fresh, stream.word)
    else:
        stream.word[:] = word
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
    inner, outer = (values.dtype.type(x) for x in (kernel_random.INNER, kernel_random.OUTER))
    assert values[:, 0].tolist() == [-outer, outer, inner, -inner]
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
        assert kernel_random.take(stream, count) == place
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
        kernel_random.gaussian_pair(stream, one, two)
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
        kernel_random.advance(stream)
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
    from twoqs import batch

    keys = []

    def record(model, numerics, seed):
        keys.append(seed)
        return SimpleNamespace()

    monkeypatch.setattr(batch, "Block", record)
    monkeypatch.setattr(batch, "_run_block", lambda *_: None)
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


@pytest.mark.parametrize("k", [1, 0, -1])
def test_a_poisoned_lane_stays_alone(k):
    """NaN in one lane reaches no other lane (the loops are vectors over lanes)."""
    model = random_model(3, ("decay", "gain", "dephasing"), True, np.random.default_rng(2))
    numerics = Numerics(scheme="pda", representation={1: "P", 0: "W", -1: "Q"}[k])
    clean = Block(model, numerics, np.random.SeedSequence(1))
    dirty = Block(model, numerics, np.random.SeedSequence(1))
    dirty._state[0, 1, 17] = np.nan
    for block in (clean, dirty):
        block.advance(4, 0.1)
        block.measure()
    assert dirty.finite[17] == 0
    others = np.arange(LANES) != 17
    assert np.all(dirty.finite[others] == 1)
    np.testing.assert_array_equal(dirty._state[..., others], clean._state[..., others])
    assert pda_kernel.advance.signatures  # the kernel itself ran, compiled
