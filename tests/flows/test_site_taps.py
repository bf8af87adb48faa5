"""Fields of sites by turns of the conserving scheme: kernel, reference, and the vacuum."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs import Model, Spin, jump
from twoqs.flows.conserving import advance_conserving
from twoqs.flows.correction import field_correction, step_correction
from twoqs.flows.length import spin_length
from twoqs.flows.plan import Plan
from twoqs.flows.random import ReferenceStream
from twoqs.methods.method import Structure
from twoqs.methods.numerics import Numerics, resolve
from twoqs.observe.field import MeanOutput
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady

A = Spin(10, "a")
MODELS = {
    "decay": (Model(10, field=(1.5, 0, 0), decay=1.0), "decay"),
    "gain": (Model(10, field=(0.5, 1.0, 0.3), gain=1.0), "gain"),
    "sites": (
        Model(10, lattice=twoqs.chain(7), coupling=(0.5, -0.3, 0), decay=1.0, dephasing=0.1),
        "decay",
    ),
    "a label": (Model(hamiltonian=1.5 * A.x, jumps=[jump(A.minus, 1 / 20, label="out")]), "out"),
}  # fmt: skip


def deviation(model, label, **settings):
    """Largest difference of kernel and reference: of the state over its length, of fields."""
    requests = (MeanOutput(label, label),)
    numerics = resolve(model, Numerics(times=(1.0,), requests=requests, **settings))
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(1))
    lanes = block.trajectories
    graph, rates, _, taps = lanes.structure
    start, words = lanes.state.astype(float), lanes.stream
    stream = ReferenceStream(words.state, bits=8 * words.word.itemsize)
    fields = np.zeros(lanes.memory.fields.shape)
    block.advance(steady(43, numerics.step))
    state = advance_conserving(
        start, graph, rates, spin_length(model.spin), 43, numerics.step, stream, (taps, fields)
    )
    assert np.abs(fields).max() > 1
    return np.abs(state - lanes.state).max() / 10, np.abs(fields - lanes.memory.fields).max()


@pytest.mark.parametrize("name", MODELS)
def test_kernel_equals_reference(name):
    # Some thousand operations of 1e-16 each, in another order.
    assert max(deviation(*MODELS[name])) < 1e-11


def test_single_precision_equals_reference_to_its_rounding():
    # Hundreds of operations of 6e-8 each, and sums of numbers of size 1.
    assert 1e-8 < max(deviation(*MODELS["sites"], precision="single")) < 1e-4


@pytest.mark.parametrize("labels", [("decay",), ("gain", "decay"), ("dephasing",)])
def test_what_shares_its_noise_goes_to_the_machine(labels):
    both = Model(10, decay=1.0, gain=0.5, dephasing=0.1)
    method = twoqs.Conserving()
    assert isinstance(method.structure(both, labels), Plan)
    alone = Model(10, decay=1.0, dephasing=0.1)
    assert isinstance(method.structure(alone, ("decay",)), Structure)
    assert isinstance(method.structure(alone, ("decay", "dephasing")), Plan)


@pytest.mark.parametrize("x", [0.01, 0.5, -0.5])
@pytest.mark.parametrize("inside", [False, True])
def test_the_vacuum_of_a_pole_is_white(x, inside):
    """A step of a linear component and its field is a rotation, at the upper pole a boost.

    The component has the noise of the other turn: that in the middle for the turn at the ends.
    """
    factor, rapidity = step_correction(np.array([x])), np.array([x])
    keep, k = np.exp(-x), np.sqrt(2 * abs(x)) * field_correction(rapidity, inside)[0]
    if inside:
        kick = np.sqrt(2 * abs(x) * factor.outer_noise[0]) * np.exp(-x / 2)
        scale = np.cosh(x) ** 0.5
    else:
        kick, scale = np.sqrt(2 * abs(x) * factor.inner_noise[0]) * np.exp(-x / 2), 1.0
    kick *= scale  # over the root of the stationary variance
    sign = np.sign(x)
    found = [[keep, kick], [-sign * k / 2 * (1 + keep) / scale, 1 - sign * k / 2 * kick / scale]]
    metric = np.diag([1.0, sign])
    np.testing.assert_allclose(found @ metric @ np.transpose(found), metric, atol=1e-12)
