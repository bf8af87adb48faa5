"""Every kernel against its plain NumPy reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from schemes import REFERENCES, random_model

import twoqs
from twoqs.flows import conserving as reference_conserving
from twoqs.flows import random as reference_random
from twoqs.flows.length import spin_length
from twoqs.flows.random import ReferenceStream
from twoqs.flows.rates import graph_of
from twoqs.flows.sequence import NO_AXIS
from twoqs.kernels import conserving as conserving_kernel
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.samples import pda_samples
from twoqs.methods.numerics import Numerics
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady

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


def by_reference(model, numerics, state, stream, segments):
    """State and clipped counts after the segments, by the reference of the scheme."""
    graph, rates, *_ = numerics.method.structure(model)
    clipped = np.zeros((2, state.shape[2]))
    for steps, step in segments:
        if numerics.scheme == "conserving":
            length = spin_length(model.spin)
            state = REFERENCES["conserving"](state, graph, rates, length, steps, step, stream)
            continue
        advance = REFERENCES[numerics.scheme]
        state, more = advance(state, graph, rates, numerics.method.k, steps, step, stream)
        clipped += more
    return state, clipped


def deviation(model, numerics, segments, seed):
    """Largest difference of kernel and reference relative to the state, and both clip counts."""
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(seed))
    state = block.state.astype(float)
    words = block.trajectories.stream
    stream = ReferenceStream(words.state, bits=8 * words.word.itemsize)
    expected, clipped = by_reference(model, numerics, state, stream, segments)
    for steps, step in segments:
        block.advance(steady(steps, step))
    size = np.abs(expected).max()
    return np.abs(block.state - expected).max() / size, block.trajectories.clipped, clipped


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


@pytest.mark.parametrize("step", [0.5, 0.2, 0.02, 0.002])
def test_small_and_large_angles_equal_the_reference(step):
    """Each visit has a series of its own for turns that are small at all sites."""
    model = random_model(5, DISSIPATION["all"], True, np.random.default_rng(1), spin=50)
    numerics = Numerics()
    assert deviation(model, numerics, [(5, step)], seed=1)[0] < ROUNDING
    graph, rates, sequence, _ = numerics.method.structure(model)
    wide = conserving_kernel.conserving_constants(
        graph, rates, sequence, spin_length(50), step
    ).wide
    turns = sequence.axes < NO_AXIS
    expected = {0.5: turns, 0.002: np.zeros_like(turns)}  # some of each between
    assert step not in expected or np.all(wide == expected[step])


LATTICES = {
    "ring": twoqs.chain(40),
    "open chain": twoqs.chain(23, periodic=False),
    "square": twoqs.square(4, 9),
}


COUPLINGS = (0.5, -0.8, 0.3), (0.5, 0.0, 0.0), (0.0, 0.0, 0.4)


def check_steps_that_run_together(scheme, representation, lattice, coupling):
    """On narrow lattices the visits of several steps follow one another over the sites."""
    rates = {"decay": 0.0} if coupling[0] == 0.0 else {"decay": 1.0, "gain": 0.2}
    theta = np.linspace(0.3, 2.8, lattice.n_sites)
    model = twoqs.Model(
        spin=6, lattice=lattice, coupling=coupling, initial=twoqs.coherent(theta, 3 * theta),
        dephasing=0.3, **rates,
    )  # fmt: skip
    numerics = Numerics(scheme=scheme, representation=representation)
    for segments in ([(1, 0.1)], [(19, 0.05), (21, 0.05)], [(41, 0.03)]):
        off, clipped, expected = deviation(model, numerics, segments, seed=1)
        assert off < 10 * ROUNDING  # ten times the steps of the other tests
        np.testing.assert_array_equal(clipped, expected)


@pytest.mark.parametrize("coupling", COUPLINGS, ids=str)
@pytest.mark.parametrize("lattice", LATTICES.values(), ids=LATTICES)
@pytest.mark.parametrize(("scheme", "representation"), [("conserving", "W"), ("pda", "W")])
def test_steps_that_run_together_equal_the_reference(scheme, representation, lattice, coupling):
    """`verification` has P and Q."""
    check_steps_that_run_together(scheme, representation, lattice, coupling)


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
    one, two = (TrajectoryBlock(m, numerics, np.random.SeedSequence(1)) for m in (model, listed))
    for block in (one, two):
        block.advance(steady(5, step))
    np.testing.assert_allclose(one.state, two.state, rtol=0, atol=1e-10)


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
    block = TrajectoryBlock(twoqs.Model(spin=4, decay=1.0), Numerics(), np.random.SeedSequence(1))
    before = block.state.copy()
    block.advance(steady(0, 0.1))
    np.testing.assert_array_equal(block.state, before)


@pytest.mark.parametrize("scheme", ["conserving", "pda", "euler-maruyama"])
def test_two_calls_continue_one_stream(scheme):
    """3 + 4 steps are 7 steps, as the visit that calls are joined in is not random."""
    model = twoqs.Model(spin=4, field=(0, 0, 0.3), decay=1.0, initial=twoqs.coherent(1.0))
    whole, parts, again = (
        TrajectoryBlock(model, Numerics(scheme=scheme), np.random.SeedSequence(3)) for _ in range(3)
    )
    unused = again.trajectories.stream.state.copy()
    whole.advance(steady(7, 0.01))
    for block in (parts, again):
        block.advance(steady(3, 0.01))
    again.trajectories.stream.state[:] = unused  # negative control: a stream that begins again
    again.trajectories.stream.left[:] = 0
    for block in (parts, again):
        block.advance(steady(4, 0.01))
    # At the end of a call the length is restored once more: 7 times 0.12 0.01^5 of 4.
    np.testing.assert_allclose(parts.state, whole.state, rtol=0, atol=4e-10)
    assert not np.allclose(again.state, whole.state, rtol=0, atol=1e-3)


@pytest.mark.parametrize("k", [1, 0, -1])
def test_a_poisoned_lane_stays_alone(k):
    """NaN in one lane reaches no other lane (the loops are vectors over lanes)."""
    model = random_model(3, ("decay", "gain", "dephasing"), True, np.random.default_rng(2))
    numerics = Numerics(scheme="pda", representation={1: "P", 0: "W", -1: "Q"}[k])
    clean = TrajectoryBlock(model, numerics, np.random.SeedSequence(1))
    dirty = TrajectoryBlock(model, numerics, np.random.SeedSequence(1))
    dirty.state[0, 1, 17] = np.nan
    for block in (clean, dirty):
        block.advance(steady(4, 0.1))
        block.measure()
    assert dirty.finite[17] == 0
    others = np.arange(LANES) != 17
    assert np.all(dirty.finite[others] == 1)
    np.testing.assert_array_equal(dirty.state[..., others], clean.state[..., others])
    assert pda_samples.signatures  # the kernel itself ran, compiled
