"""How far off the method is for modes with spins, against QuTiP; minutes of master equations.

Each row: largest deviation, over the times, of means, of n, and of symmetrised second moments; S is
the unit of spins, the largest n that of n, and its root, or 1, that of x and y. In brackets what is
beyond three standard errors, which is held against the tolerance.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "flows"))

from exact_spins import exact, moments_of, sampled, trajectories
from mode_cases import LONG, ModeCase, above_threshold

LANES = 65536


class Deviations(NamedTuple):
    """Each with three standard errors, of shape (time, moment), in the units above."""

    off: np.ndarray
    errors: np.ndarray

    def of(self, moments: np.ndarray) -> tuple[float, float]:
        """The largest of some moments, and the largest beyond errors."""
        return self.off[:, moments].max(), (self.off - self.errors)[:, moments].max()


KEPT: dict[int, Deviations] = {}


def measured(one: ModeCase) -> Deviations:
    """Once for each case."""
    if id(one) not in KEPT:
        KEPT[id(one)] = _measured(one)
    return KEPT[id(one)]


def _measured(one: ModeCase) -> Deviations:
    case = one.case
    generators, start = case.generators, case.start
    expected = exact(generators, *start, case.times, levels=one.levels)
    states = trajectories(generators, *start, case.times, lanes=LANES)
    found = [sampled(generators, state) for state in states]
    units = np.ones((generators.n_sites, 3))
    for site in np.flatnonzero(generators.modes):
        quanta = max(1.0, expected[:, 3 * site + 2].max())
        units[site] = quanta**0.5, quanta**0.5, quanta
    scale = [np.prod([units[one] for one in moment]) for moment in moments_of(generators.spins)]
    off = np.abs([values for values, _ in found] - expected)
    return Deviations(off / scale, 3 * np.array([errors for _, errors in found]) / scale)


@pytest.mark.parametrize("name", LONG)
def test_deviations_from_the_master_equation(name):
    one, begun = LONG[name], time.perf_counter()
    found, modes = measured(one), one.case.generators.modes
    taken, n = time.perf_counter() - begun, 3 * len(modes)
    quanta = np.flatnonzero(modes) * 3 + 2
    groups = np.setdiff1d(np.arange(n), quanta), quanta, np.arange(n, found.off.shape[1])
    rows = [found.of(group) for group in groups]
    means, numbers, squares = (f"{off:.4f} ({beyond:.4f})" for off, beyond in rows)
    print(f"\n{name:24s} means {means}, n {numbers}, squares {squares}; {taken:.0f} s")
    assert rows[0][1] < one.case.tolerance[0]
    assert rows[1][1] < one.quanta
    assert rows[2][1] < one.case.tolerance[1]


def test_the_deviation_above_threshold_falls_with_the_spin():
    """Of <(S^x)^2>, S = 2, 3 and 5."""
    found = []
    for spin in (2, 3, 5):
        one = above_threshold(spin)
        square = moments_of(one.case.generators.spins).index(((1, 0), (1, 0)))
        found.append(measured(one).of(square)[0])
    print("\nDicke above threshold, <(S^x)^2>/S^2:", *(f"{value:.3f}" for value in found))
    assert found[0] > found[1] > found[2]
