"""Flows whose field is kept: the kernel against NumPy, and the physics that does not change."""

from __future__ import annotations

import numpy as np
import pytest
from cases import MINUS, PLUS, X, Y, Z
from start import deviation, step_of

from twoqs.flows.generators import Bonds, Channel, Field, Generators, LocalJump
from twoqs.model.kinds import ENSEMBLE, MODE, SPIN

ROUNDING = 1e-11
"""Relative to the state: thousands of operations of 1e-16 each, in another order."""

SINGLE_ROUNDING = 1e-4
"""The same of 6e-8 each, and of sums over time."""

KINDS = {"spins": [2, 5, 3.5, 0.5], "kinds": [SPIN] * 4}
MIXED = {"spins": [0, 5, 10, 0], "kinds": [MODE, SPIN, ENSEMBLE, MODE]}

PIECES = {
    "decay": (KINDS, [Channel([1], [MINUS], 0.1)]),
    "a phase": (KINDS, [Channel([1], [np.exp(0.7j) * MINUS], 0.1)]),
    "pulsed": (KINDS, [Channel([1], [MINUS], 0.1, 1)]),
    "thermal": (KINDS, [Channel([1], [MINUS], 0.1), Channel([1], [PLUS], 0.05)]),
    "Hermitian": (KINDS, [Channel([2], [(X + Z) * np.exp(0.3j)], 0.1)]),
    "squeezed": (KINDS, [Channel([1], [MINUS + 0.4j * PLUS], 0.1)]),
    "with S^z": (KINDS, [Channel([0], [MINUS + (0.6 + 0.2j) * Z], 0.1)]),
    "common": (KINDS, [Channel([3, 0, 1], [MINUS, MINUS, PLUS], 0.1)]),
    "shares": (KINDS, [Channel([0, 1, 2], [MINUS, 0.5j * MINUS, 0.2 * Z], 0.1, 1)]),
    "dephasing together": (KINDS, [Channel([0, 1, 2], [Z, -Z, 2 * Z], 0.1)]),
    "off": (KINDS, [Channel([0], [MINUS], 0.0), Channel([1], [0 * MINUS], 0.1)]),
    "one by one": (KINDS, [Channel([i], [MINUS], 0.1) for i in range(4)]),
    "loss": (MIXED, [Channel([0], [MINUS], 0.1)]),
    "loss of quanta": (MIXED, [Channel([0], [Z], 0.1)]),
    "two modes": (MIXED, [Channel([0, 3], [MINUS, 0.3 * MINUS + 0.1 * PLUS], 0.1)]),
    "a mode and a spin": (MIXED, [Channel([0, 1], [MINUS, 0.2 * MINUS], 0.1)]),
    "a mode and S^z": (MIXED, [Channel([0, 1, 2], [Z, 0.2 * Z, MINUS], 0.01)]),
    "an ensemble": (MIXED, [Channel([2], [MINUS], 0.02)]),
}


def generators_of(name, **others):
    sites, taps = PIECES[name]
    return Generators(
        **sites, taps=taps, fields=[Field([0.3 * X + 0.1 * Y] * 4)],
        bonds=[Bonds([(0, 1), (2, 3)], [0.1 * np.outer(X, X)] * 2)], **others,
    )  # fmt: skip


def values_of(generators, steps):
    rng = np.random.default_rng(1)
    return np.column_stack([np.ones(steps), rng.random((steps, generators.parameters - 1))])


@pytest.mark.parametrize("slower", [1.0, 8.0], ids=["coarse", "fine"])
@pytest.mark.parametrize("name", PIECES)
def test_the_kernel_is_the_formula(name, slower):
    generators = generators_of(name)
    step = min(0.05, step_of(generators)) * slower
    assert deviation(generators, values_of(generators, 7), step, [3, 4]) < ROUNDING


@pytest.mark.parametrize("name", ["pulsed", "shares", "loss"])
def test_single_precision(name):
    generators = generators_of(name)
    values = values_of(generators, 5)
    off = deviation(generators, values, step_of(generators), [5], dtype=np.float32)
    assert 1e-9 < off < SINGLE_ROUNDING


def test_beside_others():
    others = {"local": [LocalJump(MINUS, [0.1] * 4)], "channels": [Channel([0, 1], [X, Y], 0.1)]}
    generators = generators_of("common", **others)
    assert deviation(generators, values_of(generators, 5), step_of(generators), [5]) < ROUNDING
