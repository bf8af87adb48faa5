"""Models of modes and spins with known answers, and how near to them the method is."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from cases import DOWN, MINUS, PLUS, UP, Case, X, Y, Z, until

from twoqs.flows.generators import Bonds, Channel, Field, Generators, LocalJump, Onsite
from twoqs.model.kinds import MODE, SPIN

A, A_DAGGER = MINUS, PLUS
"""a = x - i y, as S^-."""

PAIR = [MODE, SPIN]


class ModeCase(NamedTuple):
    """A case, of which modes have so many levels at most; their tolerance of n is relative."""

    case: Case
    levels: int
    quanta: float = 0.01


def alone(**pieces) -> Generators:
    return Generators([0], kinds=[MODE], **pieces)


def driven_kerr(kerr: float, drive: float, loss: float) -> Generators:
    """K/2 a^+ a^+ a a = K/2 (n^2 - n), drive (a + a^+)."""
    return alone(
        onsite=[Onsite([kerr / 2 * np.diag(Z)])],
        fields=[Field([2 * drive * X - kerr / 2 * Z])],
        local=[LocalJump(A, [loss])],
    )


def tavis_cummings(spin: float, g: float, loss: float) -> Generators:
    """g (a S^+ + a^+ S^-) = 2g (x S^x + y S^y)."""
    return Generators(
        [0, spin],
        kinds=PAIR,
        bonds=[Bonds([(0, 1)], [2 * g * np.diag([1.0, 1.0, 0.0])])],
        local=[LocalJump(A, [loss, 0])],
    )


def dicke(spin: float, coupling: float, loss: float = 0.5) -> Generators:
    """n + S^z + 2 lambda/sqrt(2S) (a + a^+) S^x."""
    strength = 4 * coupling / math.sqrt(2 * spin)
    return Generators(
        [0, spin],
        kinds=PAIR,
        fields=[Field([Z, Z])],
        bonds=[Bonds([(0, 1)], [strength * np.outer(X, X)])],
        local=[LocalJump(A, [loss, 0])],
    )


def dispersive(spin: float, chi: float) -> Generators:
    """chi n S^z, a driven mode with the loss 1."""
    return Generators(
        [0, spin],
        kinds=PAIR,
        fields=[Field([1.2 * X, 0.2 * X])],
        bonds=[Bonds([(0, 1)], [chi * np.outer(Z, Z)])],
        local=[LocalJump(A, [1.0, 0])],
    )


SHORT = {
    "vacuum": ModeCase(
        Case(alone(fields=[Field([Z])], local=[LocalJump(A, [0.5])]), [0.0], until(6), (0, 0)), 10
    ),
    "damped and driven": ModeCase(
        Case(
            alone(fields=[Field([1.6 * X + 0.4 * Y + 0.7 * Z])], local=[LocalJump(A, [0.5])]),
            [0.5 + 0.3j], until(8), (0.002, 0.004),
        ),
        30,
    ),
    "thermal": ModeCase(
        Case(
            alone(
                fields=[Field([0.3 * Z])],
                local=[LocalJump(A, [0.8]), LocalJump(A_DAGGER, [0.3])],
            ),
            [0.0], until(6), (0, 0),
        ),
        30,
    ),
    "dephasing": ModeCase(
        Case(
            alone(fields=[Field([0.8 * X])], local=[LocalJump(A, [0.3]), LocalJump(Z, [0.4])]),
            [0.9], until(6), (0.002, 0.004),
        ),
        24,
    ),
    "parametric drive below threshold": ModeCase(
        Case(
            alone(
                # 0.25 (x y + y x) = 0.125 i (a^+2 - a^2), half of what the loss withstands
                onsite=[Onsite([0.25 * np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])])],
                fields=[Field([0.2 * Z])],
                local=[LocalJump(A, [0.5])],
            ),
            [0.3], until(8), (0.002, 0.004),
        ),
        40, 0.02,
    ),
    "two modes": ModeCase(
        Case(
            Generators(
                [0, 0], kinds=[MODE, MODE], local=[LocalJump(A, [0.1, 0.1])],
                bonds=[Bonds([(0, 1)], [np.diag([1.0, 1.0, 0.0])])],
            ),
            [1.0, 0.0], until(8), (0.002, 0.004),
        ),
        9,
    ),
    "a common bath of two modes": ModeCase(
        Case(
            Generators(
                [0, 0], kinds=[MODE, MODE], fields=[Field([0.5 * X, 0.3 * Z])],
                channels=[Channel([0, 1], [A, 0.6 * np.exp(0.7j) * A], 0.5)],
            ),
            [0.5, -0.4j], until(6), (0.002, 0.004),
        ),
        9,
    ),
    "Kerr": ModeCase(Case(driven_kerr(0.1, 2.0, 1.0), [0.0], until(8), (0.01, 0.02)), 24),
    "a bath of a mode and a spin": ModeCase(
        Case(
            Generators(
                [0, 4], kinds=PAIR, fields=[Field([0.5 * X, 0.4 * X])],
                channels=[Channel([0, 1], [A, 0.3 * MINUS], 0.5)],
            ),
            [0.0, DOWN], until(4), (0.02, 0.02),
        ),
        10, 0.02,
    ),
}  # fmt: skip


@lru_cache
def above_threshold(spin: float) -> ModeCase:
    """Open Dicke at 0.9, where it errs most; S up to 5."""
    start = [0.0, DOWN]
    return ModeCase(Case(dicke(spin, 0.9), start, until(12, 13), (0.05, 0.15)), 30, 0.08)


LONG = {
    "Tavis-Cummings": ModeCase(
        Case(tavis_cummings(10, 0.5, 1.0), [0.0, UP], until(6), (0.02, 0.03)), 21, 0.02
    ),
    "Dicke below threshold": ModeCase(
        Case(dicke(5, 0.35), [0.0, DOWN], until(10), (0.01, 0.01)), 12, 0.05
    ),
    "Dicke above threshold": above_threshold(5),
    "dispersive": ModeCase(
        Case(dispersive(20, 0.1), [0.6, math.pi / 2], until(5), (0.015, 0.02)), 8
    ),
}
