"""Models of one or two spins with known answers, and how near to them the method is."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from twoqs.flows.generators import (
    Bonds,
    Channel,
    Field,
    Generators,
    LocalJump,
    Onsite,
)

X, Y, Z = np.eye(3)
MINUS, PLUS = X - 1j * Y, X + 1j * Y

UP, DOWN = 0.0, math.pi


class Case(NamedTuple):
    """A model, where its spins begin, and how far it may be off in means and in second moments."""

    generators: Generators
    theta: list[float]
    times: np.ndarray
    tolerance: tuple[float, float] = (0.02, 0.02)
    phi: list[float] | None = None
    functions: Any = None

    @property
    def start(self) -> tuple[list[float], list[float]]:
        return self.theta, self.phi or [0.0] * len(self.theta)


def until(end: float, count: int = 9) -> np.ndarray:
    return np.linspace(0, end, count)


def pair(a: float, b: float, forms: list[np.ndarray], rate: float, **others: Any) -> Generators:
    """Two spins on one bath."""
    return Generators([a, b], channels=[Channel([0, 1], forms, rate)], **others)


def exchange(strength: float) -> Bonds:
    """S1^x S2^x + S1^y S2^y."""
    return Bonds([(0, 1)], [np.diag([strength, strength, 0])])


def cascade(spin: float, drive: float, rate: float) -> Generators:
    """The first of two driven spins emits into the second: H = -iG (c2^+ c1 - c1^+ c2) + drive."""
    tensor = np.zeros((3, 3))
    # -iG (S2^+ S1^- - S1^+ S2^-) = 2G (S1^x S2^y - S1^y S2^x)
    tensor[0, 1], tensor[1, 0] = 2 * rate, -2 * rate
    return pair(
        spin, spin, [MINUS, MINUS], rate,
        bonds=[Bonds([(0, 1)], [tensor])], fields=[Field([drive * X, drive * X])],
    )  # fmt: skip


def thermal(spin: float, n: float) -> Generators:
    rate = 1 / (2 * spin)
    return Generators(
        [spin], local=[LocalJump(MINUS, [(n + 1) * rate]), LocalJump(PLUS, [n * rate])]
    )


def random_tensor(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(3, 3))


DECAYING = [LocalJump(MINUS, [1 / 8, 1 / 8])]

CASES = {
    "squeezing jump": Case(
        Generators([10], local=[LocalJump(math.cos(0.4) * MINUS + math.sin(0.4) * PLUS, [1 / 20])]),
        [UP], until(12),
    ),
    "dephasing about x": Case(
        Generators([20], fields=[Field([Z])], local=[LocalJump(X, [0.1])]), [UP], until(12),
    ),
    "mixed jump": Case(
        Generators([6], fields=[Field([0.5 * X])], local=[LocalJump(MINUS + 0.6 * Z, [1 / 12])]),
        [UP], until(12),
    ),
    "thermal bath": Case(thermal(10, 0.7), [UP], until(6)),
    "common bath": Case(pair(5, 2, [MINUS, MINUS], 0.1), [UP, UP], until(8)),
    "dark state": Case(pair(3, 6, [MINUS, MINUS], 0.1), [UP, DOWN], until(16), (0.02, 0.04)),
    "bath with a phase": Case(
        pair(
            3, 6, [MINUS, np.exp(0.7j) * MINUS], 0.1, bonds=[exchange(0.1)],
        ),
        [UP, DOWN], until(8), (0.03, 0.03),
    ),
    "cascade": Case(cascade(6, 0.8, 1 / 12), [UP, UP], until(8), (0.06, 0.06)),
    "Dzyaloshinskii-Moriya": Case(
        Generators(
            [4, 4],
            bonds=[Bonds([(0, 1)], [np.cross(np.eye(3), 0.2 * np.array([0.3, -0.5, 1.0]))])],
            local=DECAYING,
        ),
        [UP, 1.2], until(6), (0.04, 0.04), [0.0, 0.5],
    ),
    "random tensors": Case(
        Generators(
            [4, 4],
            bonds=[Bonds([(0, 1)], [0.1 * random_tensor(1)])],
            onsite=[Onsite(0.05 * np.array([t + t.T for t in map(random_tensor, (2, 3))]))],
            fields=[Field([0.3 * Y, -0.2 * Z + 0.4 * X])],
            local=DECAYING,
        ),
        [UP, 1.2], until(6), (0.04, 0.04), [0.0, 0.5],
    ),
    "pulse": Case(
        Generators(
            [10], fields=[Field([X], 1), Field([0.2 * Z])], local=[LocalJump(MINUS, [1 / 20])],
        ),
        [DOWN], until(8), (0.01, 0.02), None, {1: lambda t: 0.9 * math.exp(-((t - 3) ** 2) / 2)},
    ),
    "pulsed rate": Case(
        Generators([10], fields=[Field([0.6 * X])], local=[LocalJump(MINUS, [1 / 20], 1)]),
        [UP], until(8), (0.01, 0.02), None, {1: lambda t: 1 + 0.8 * math.sin(1.5 * t)},
    ),
}  # fmt: skip
