"""How far off the conserving method is for general models of few spins, against QuTiP.

Steps are taken by the small machine. Each row: largest deviation, over the times, of all means in
units of S and of all symmetrised second moments in units of S S', the largest standard error of the
latter, and the tolerances, which three standard errors come on top of; `beyond` is what fails.
Below it the same of wrong models, and by how much they fail: the one of `NEAR`, one with half of
all rates, and of some rows Ito's reading of the noise.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pytest
from calculus import euler, heun
from exact_spins import exact, sampled, trajectories
from general_cases import LONG, Case, half_rates, near

SLOWER = 2.0
"""Times the default step."""

LANES = 20_000


class Row(NamedTuple):
    """Deviations of means and of second moments, and beyond three standard errors."""

    means: float
    second: float
    means_beyond: float
    second_beyond: float
    error: float

    def excess(self, case: Case) -> float:
        """By how much the tolerances are exceeded, above 0 if they are."""
        return max(self.means_beyond - case.tolerance[0], self.second_beyond - case.tolerance[1])


def row(case: Case, states: Iterable[np.ndarray], expected: np.ndarray) -> Row:
    found = [sampled(case.generators, state) for state in states]
    off = np.abs([values - there for (values, _), there in zip(found, expected, strict=True)])
    errors = np.array([error for _, error in found])
    first = 3 * case.generators.n_sites
    beyond = off - 3 * errors
    return Row(
        off[:, :first].max(), off[:, first:].max(), beyond[:, :first].max(),
        beyond[:, first:].max(), errors[:, first:].max(),
    )  # fmt: skip


def run(case: Case) -> Iterable[np.ndarray]:
    return trajectories(
        case.generators, *case.start, case.times, lanes=LANES, seed=7, functions=case.functions,
        slower=SLOWER,
    )  # fmt: skip


def told(label: str, found: Row, case: Case, seconds: float) -> float:
    """Print a row; its excess."""
    excess = found.excess(case)
    print(
        f"{label:<34}{found.means:>9.4f}{found.second:>9.4f}{found.error:>9.4f}"
        f"{case.tolerance[0]:>8g}{case.tolerance[1]:>8g}"
        f"{f'  beyond by {excess:.4f}' if excess >= 0 else '':<20}{seconds:>8.1f} s",
        flush=True,
    )
    return excess


@pytest.mark.parametrize("name", LONG)
def test_a_general_model(name: str) -> None:
    case = LONG[name]
    expected = exact(case.generators, *case.start, case.times, case.functions)
    what, other = near(name)
    rows = {name: case, f"  {what}": other, "  half of all rates": half_rates(case)}
    excess = []
    for label, given in rows.items():
        began = time.perf_counter()
        found = row(case, run(given), expected)
        excess.append(told(label, found, case, time.perf_counter() - began))
    assert excess[0] < 0
    assert min(excess[1:]) > 0


SHARP = [
    "squeezing jump", "dephasing about x", "thermal bath", "common bath", "bath with a phase",
    "cascade",
]  # fmt: skip
"""Rows whose tolerance is below the effect of Ito's reading, along the sphere one of 1/S."""


@pytest.mark.parametrize("name", SHARP)
def test_the_noise_is_that_of_stratonovich(name: str) -> None:
    """By plain steps of Heun; with the same noise those of Euler, which take it for Ito's, fail."""
    case = LONG[name]
    expected = exact(case.generators, *case.start, case.times, case.functions)
    excess = []
    for label, step in (("Heun", heun), ("Euler", euler)):
        began = time.perf_counter()
        found = row(case, step(case, lanes=16_384, seed=3), expected)
        excess.append(told(f"{name}, {label}", found, case, time.perf_counter() - began))
    assert excess[0] < 0 < excess[1]
