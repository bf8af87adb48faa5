"""The compiled small machine against plain NumPy, for every kind of piece."""

from __future__ import annotations

import numpy as np
import pytest
from cases import CASES, MINUS, PLUS, X, Y, Z
from equations import random_generators
from one_block import take_steps
from start import deviation, machine_work, new_state, step_of

from twoqs.flows.generators import (
    Bonds,
    Channel,
    Field,
    Generators,
    LocalJump,
    Onsite,
    Square,
)
from twoqs.flows.plan import plan_of
from twoqs.flows.random import ReferenceStream
from twoqs.flows.step import advance
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.machine_program import new_scratch
from twoqs.kernels.random import new_stream
from twoqs.kernels.samples import machine_samples
from twoqs.methods.program import program_of

ROUNDING = 1e-11
"""Relative to the state: thousands of operations of 1e-16 each, in another order."""

SINGLE_ROUNDING = 3e-5
"""The same of 6e-8 each."""


def random_values(generators, steps, seed=1):
    rng = np.random.default_rng(seed)
    return np.column_stack([np.ones(steps), rng.random((steps, generators.parameters - 1))])


PAIRS = [(0, 1), (1, 2), (0, 2), (2, 3)]
TENSORS = np.random.default_rng(2).normal(size=(4, 3, 3)) / 10
WEIGHTS = np.random.default_rng(3).normal(size=4)

PIECES = {
    "nothing": {},
    "field": {"fields": [Field([X, Y + Z, 0 * X, Z])]},
    "fields of three parameters": {"fields": [Field([X + k * Y] * 4, k) for k in range(3)]},
    "diagonal bonds": {"bonds": [Bonds(PAIRS, [np.diag([0.1, -0.3, 0.2])] * 4)]},
    "bonds of two parameters": {
        "bonds": [Bonds(PAIRS, [np.diag([0.1, -0.3, 0.2])] * 4, k) for k in range(2)],
        "fields": [Field([X] * 4, 2)],
    },
    "general bonds": {"bonds": [Bonds(PAIRS, TENSORS)]},
    "bonds that mix axes": {
        "bonds": [Bonds(PAIRS, [[[0, 0.2, 0], [-0.2, 0, 0], [0, 0, 0.1]]] * 4)]
    },
    "on sites": {"onsite": [Onsite(TENSORS + TENSORS.transpose(0, 2, 1), 1)]},
    "a square": {"squares": [Square(0.1, WEIGHTS[:, None] * Z)]},
    "squares of two parameters": {
        "squares": [Square(0.1, WEIGHTS[:, None] * Z), Square(0.2, [Z, 0 * Z, Z, Z], 1)],
        "bonds": [Bonds(PAIRS, [np.diag([0, 0, 0.2])] * 4)],
    },
    "a general square": {"squares": [Square(0.1, WEIGHTS[:, None] * (X + 2 * Y - Z), 1)]},
    "a square of all directions": {"squares": [Square(0.1, TENSORS[0, :, :][[0, 1, 2, 0]])]},
    "decay at some sites": {"local": [LocalJump(MINUS, [0.1, 0.0, 0.2, 0.0])]},
    "a thermal bath": {
        "local": [LocalJump(MINUS, [0.1] * 4), LocalJump(PLUS, [0.05] * 4, 1)]
    },
    "general jumps": {"local": [LocalJump(MINUS + (0.6 + 0.2j) * Z, [0.1] * 4)]},
    "dephasing": {"local": [LocalJump(Z, [0.1] * 4), LocalJump(X + Y, [0.05] * 4)]},
    "driven decay": {
        "local": [LocalJump(MINUS, [0.1] * 4)],
        "fields": [Field([X] * 4, 1)],
        "bonds": [Bonds(PAIRS, [np.diag([0.1, -0.3, 0.2])] * 4)],
    },
    "a channel": {"channels": [Channel([3, 0, 1], [MINUS, MINUS, PLUS], 0.1)]},
    "a dephasing channel": {"channels": [Channel([0, 1, 2], [Z, -Z, 2 * Z], 0.1)]},
    "a channel of shares": {"channels": [Channel([0, 1, 2], [MINUS, 0.5 * MINUS, Z], 0.1)]},
    "a channel with phases": {
        "channels": [Channel(range(4), [np.exp(0.7j * k) * MINUS for k in range(4)], 0.1)]
    },
    "a hot channel": {
        "channels": [Channel([0, 1], [c, c], 0.1 / (k + 1), k) for k, c in enumerate((MINUS, PLUS))]
    },
    "a channel of one": {"channels": [Channel([2], [MINUS], 0.1)]},
}  # fmt: skip


@pytest.mark.parametrize("slower", [1.0, 8.0], ids=["coarse", "fine"])
@pytest.mark.parametrize("name", PIECES)
def test_every_kind_of_piece(name, slower):
    generators = Generators([2, 5, 3.5, 0.5], **PIECES[name])
    step = min(0.05, step_of(generators)) * slower
    assert deviation(generators, random_values(generators, 7), step, [7]) < ROUNDING


@pytest.mark.parametrize("name", CASES)
def test_every_case(name):
    generators = CASES[name].generators
    values = random_values(generators, 5)
    assert deviation(generators, values, step_of(generators), [5]) < ROUNDING


@pytest.mark.parametrize("seed", range(60))
def test_random_models(seed):
    generators = random_generators(np.random.default_rng(seed))
    step = min(0.1, step_of(generators) * (1 + 5 * (seed % 2)))
    assert deviation(generators, random_values(generators, 4), step, [4], seed) < ROUNDING


@pytest.mark.parametrize("dense", [False, True], ids=["ring", "each with each"])
def test_many_spins(dense):
    n, rng = 37, np.random.default_rng(3)
    ring = [(i, i + 1) for i in range(n - 1)] + [(0, n - 1)]
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)] if dense else ring
    generators = Generators(
        rng.integers(1, 12, n) / 2,
        fields=[Field(rng.normal(size=(n, 3)))],
        bonds=[Bonds(pairs, 0.02 * rng.normal(size=(len(pairs), 3, 3)))],
        local=[LocalJump(MINUS, 0.1 * rng.random(n))],
        channels=[Channel(rng.permutation(n)[:30], [MINUS] * 20 + [PLUS] * 10, 0.01)],
    )
    assert deviation(generators, np.ones((3, 1)), step_of(generators), [3]) < ROUNDING


RUNS = [[1], [2], [19], [20], [21], [32], [40], [41], [1, 1, 1], [3, 20, 5], [45]]


@pytest.mark.parametrize("runs", RUNS, ids=str)
def test_any_number_of_steps(runs):
    """Outer flows join between the steps of a run, lengths are restored every 20 steps."""
    generators = Generators([2, 5, 3.5, 0.5], **PIECES["driven decay"])
    values = random_values(generators, sum(runs))
    assert deviation(generators, values, step_of(generators), runs) < ROUNDING


def test_the_last_values_hold_on():
    generators = Generators([2, 5, 3.5, 0.5], **PIECES["driven decay"])
    values = random_values(generators, 9)
    values[4:] = values[4]
    plan = plan_of(generators)
    ends = []
    for given in (values, values[:5]):
        program = program_of(plan, 0.05, given)
        state = new_state(generators.lengths[:, None] * np.eye(3)[2][:, None, None] * np.ones(64))
        stream, clock = new_stream(np.random.SeedSequence(1)), np.zeros(1, np.int64)
        work = machine_work(state, program, new_scratch(program), clock, stream)
        take_steps(machine_samples, work, 9)
        ends.append(state.rows.copy())
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("seed", range(6))
def test_single_precision(seed):
    generators = random_generators(np.random.default_rng(seed))
    step = min(0.05, step_of(generators))
    values = random_values(generators, 4)
    off = deviation(generators, values, step, [4], seed, dtype=np.float32)
    assert off < SINGLE_ROUNDING
    assert off > 1e-8 or not plan_of(generators).flows


def test_the_comparison_can_fail():
    """Negative control: another rate."""
    generators = Generators([5], local=[LocalJump(MINUS, [0.1])])
    other = Generators([5], local=[LocalJump(MINUS, [0.1 + 1e-8])])
    values = np.ones((3, 1))
    start = np.ones((3, 1, LANES)) * generators.lengths[0] / np.sqrt(3)
    ends = []
    for model in (generators, other):
        stream = new_stream(np.random.SeedSequence(1))
        state = advance(start, plan_of(model), values, 0.05, ReferenceStream(stream.state))
        ends.append(state)
    assert np.abs(ends[0] - ends[1]).max() > 10 * ROUNDING * generators.lengths[0]
