"""How far off the conserving method is for general models of few spins, against QuTiP.

Steps are taken by the small machine. Each row: largest deviation, over the times, of all means in
units of S and of all symmetrised second moments in units of S S', the largest standard error of the
latter, and the tolerances, which three standard errors come on top of; `beyond` is what fails.
"""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from cases import CASES, DOWN, MINUS, UP, Case, X, cascade, pair, until
from exact_spins import exact, sampled, trajectories

from twoqs.flows.generators import Bonds, Channel, Field, Generators, LocalJump, Square

SLOWER = 2.0
"""Times the default step."""


def waveguide(spin: float, phase: float, gamma: float) -> Generators:
    """Two spins a distance apart: rates G cos, couplings G sin, as an even and an odd channel."""
    shared = math.cos(phase)
    even = Channel([0, 1], [MINUS, MINUS], gamma * (1 + shared) / 2)
    odd = Channel([0, 1], [MINUS, -MINUS], gamma * (1 - shared) / 2)
    exchange = 2 * gamma * math.sin(phase)
    bonds = Bonds([(0, 1)], [np.diag([exchange, exchange, 0])])
    return Generators([spin, spin], channels=[even, odd], bonds=[bonds])


LONG = {
    **CASES,
    "cascade from below": Case(cascade(6, 0.8, 1 / 12), [DOWN, DOWN], until(12), (0.06, 0.06)),
    "waveguide": Case(waveguide(6, math.pi / 3, 1 / 12), [UP, DOWN], until(8), (0.04, 0.04)),
    "unequal shares": Case(
        pair(4, 4, [MINUS, -0.5 * MINUS], 0.1), [UP, UP], until(8), (0.03, 0.03),
    ),
    "large and small": Case(
        pair(10, 2.5, [MINUS, MINUS], 0.1), [UP, UP], until(6), (0.03, 0.03),
    ),
    "driven bath": Case(
        pair(5, 3, [MINUS, MINUS], 0.1, fields=[Field([0.6 * X, 0.6 * X])]), [UP, DOWN], until(8),
        (0.03, 0.05),
    ),
    "twisting of two": Case(
        Generators(
            [5, 5], squares=[Square(0.06, [X, X])], local=[LocalJump(MINUS, [0.03, 0.03])],
        ),
        [DOWN, DOWN], until(6), (0.03, 0.05),
    ),
}  # fmt: skip


def row(name: str, case: Case, lanes: int) -> bool:
    """Print a row; whether the case holds."""
    expected = exact(case.generators, *case.start, case.times, case.functions)
    began = time.perf_counter()
    states = trajectories(
        case.generators, *case.start, case.times, lanes=lanes, seed=7,
        functions=case.functions, slower=SLOWER,
    )  # fmt: skip
    found = [sampled(case.generators, state) for state in states]
    seconds = time.perf_counter() - began
    off = np.abs([values - there for (values, _), there in zip(found, expected, strict=True)])
    errors = np.array([error for _, error in found])
    first = 3 * case.generators.n_sites
    beyond = (off - 3 * errors).max(axis=0)
    holds = bool(
        beyond[:first].max() < case.tolerance[0] and beyond[first:].max() < case.tolerance[1]
    )
    print(
        f"{name:<24}{off[:, :first].max():>9.4f}{off[:, first:].max():>9.4f}"
        f"{errors[:, first:].max():>9.4f}{case.tolerance[0]:>8g}{case.tolerance[1]:>8g}"
        f"{'' if holds else '  beyond'}{seconds:>8.1f} s",
        flush=True,
    )
    return holds


@pytest.mark.parametrize("name", LONG)
def test_a_general_model(name: str) -> None:
    assert row(name, LONG[name], 20_000)
