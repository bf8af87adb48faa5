"""How far off the method is for modes with spins, against QuTiP; minutes of master equations.

Each row: largest deviation, over the times, of means in units of S (x and y of modes as they are),
of n over its largest value, and of symmetrised second moments in units of S and S S'; what is
beyond three standard errors is held against the tolerance.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "flows"))

from cases import DOWN
from exact_spins import exact, moments_of, sampled, trajectories
from mode_cases import LONG, dicke

LANES = 65536


def measured(generators, start, times, levels, lanes=LANES):
    """Deviations and three standard errors, each (time, moment); and the exact moments."""
    expected = exact(generators, *start, times, levels=levels)
    states = trajectories(generators, *start, times, lanes=lanes)
    found = [sampled(generators, state) for state in states]
    off = np.abs([values for values, _ in found] - expected)
    return off, 3 * np.array([errors for _, errors in found]), expected


def summary(generators, off, errors, expected):
    """Deviations of means, of n and of second moments: largest, and largest beyond errors."""
    n = 3 * generators.n_sites
    quanta = np.flatnonzero(generators.modes) * 3 + 2
    scale = np.ones(off.shape[1])
    scale[quanta] = expected[:, quanta].max(axis=0)
    groups = [np.setdiff1d(np.arange(n), quanta), quanta, np.arange(n, off.shape[1])]
    return [
        ((off / scale)[:, group].max(), ((off - errors) / scale)[:, group].max())
        for group in groups
    ]


@pytest.mark.parametrize("name", LONG)
def test_deviations_from_the_master_equation(name):
    case, levels, quanta = LONG[name]
    begun = time.perf_counter()
    found = summary(case.generators, *measured(case.generators, case.start, case.times, levels))
    taken = time.perf_counter() - begun
    means, numbers, squares = (f"{off:.4f} ({beyond:.4f})" for off, beyond in found)
    print(f"\n{name:24s} means {means}, n {numbers}, squares {squares}; {taken:.0f} s")
    assert found[0][1] < case.tolerance[0]
    assert found[1][1] < quanta
    assert found[2][1] < case.tolerance[1]


def test_the_deviation_above_threshold_falls_with_the_spin():
    """Open Dicke at 0.9: of <(S^x)^2>, S = 2, 3 and 5."""
    found = []
    for spin, levels in ((2, 24), (3, 30), (5, 40)):
        generators = dicke(spin, 0.9)
        start = [0.0, DOWN], [0.0, 0.0]
        off, _, _ = measured(generators, start, np.linspace(0, 12, 9), levels)
        square = moments_of(generators.spins).index(((1, 0), (1, 0)))
        found.append(off[:, square].max())
    print("\nDicke above threshold, <(S^x)^2>/S^2:", *(f"{value:.3f}" for value in found))
    assert found[0] > found[1] > found[2]
