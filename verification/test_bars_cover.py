"""Error bars of ratios and of spectra: over 200 seeds 92 to 98 % of 95 % bars cover the value.

The value is that of the method with so many trajectories that its own error is a tenth of a bar or
less. Shares are printed (-s).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import xarray as xr
from scipy import stats

import twoqs
from twoqs import Mode, Model, Spin, jump

pytestmark = pytest.mark.timeout(1200)

SEEDS, FEW = 200, 512
MANY = 128 * FEW

A, C = Spin(10, "a"), Mode("c")
TWISTED = Model(50, twist=(20, 0, 0), decay=0.5)
PUMPED = Model(jumps=[jump(A.minus, 0.05, label="out"), jump(A.plus, 0.045)], initial=twoqs.mixed())
PARAMETRIC = Model(hamiltonian=0.125j * (C.adag**2 - C.a**2), jumps=[jump(C.a, 0.5, label="out")])

CASES: dict[str, tuple[Model, Mapping[str, Any], Mapping[str, Any]]] = {
    # name: model, settings, which values of the variable
    "squeezing": (TWISTED, {"times": [0.05, 0.1]}, {}),
    "bunching": (
        PUMPED, {"times": [0.5, 3], "observables": {"bunching": {"coincidence": "out"}}}, {},
    ),
    "binder": (
        PUMPED,
        {
            "times": [0.5, 3], "observables": {"m2": "a.x**2", "m4": "a.x**4"},
            "derived": {"binder": "1 - m4/(3*m2**2)"},
        },
        {},
    ),
    "light": (
        PARAMETRIC,
        {"average": (20, 84), "samples": 129, "observables": {"light": {"spectrum": "out"}}},
        {"light_omega": [0, 2, 4, 6, 8]},
    ),
    "noise": (
        PARAMETRIC,
        {
            "average": (20, 84), "samples": 129,
            "observables": {"noise": {"homodyne": "out", "angle": "best"}},
        },
        {"noise_omega": [0, 2, 4, 6, 8]},
    ),
}  # fmt: skip


def run(name: str, trajectories: int, seed: int) -> xr.Dataset:
    model, settings, chosen = CASES[name]
    found = twoqs.simulate(model, trajectories=trajectories, seed=seed, **settings)
    return found[[name, f"{name}_se"]].isel(chosen)


@pytest.mark.parametrize("name", CASES)
def test_bars_cover(name: str) -> None:
    best = run(name, MANY, 10_000)
    scores = []
    for seed in range(SEEDS):
        found = run(name, FEW, seed)
        scores.append(np.ravel((found[name] - best[name]) / found[f"{name}_se"]))
    size = np.abs(np.array(scores))
    assert float((best[f"{name}_se"] / found[f"{name}_se"]).max()) < 0.15
    groups = 4 * FEW // 64
    quantile = stats.t.ppf(0.975, groups - 1)
    covered = (size < quantile).mean(axis=0)
    print(
        f"\n{name}: {100 * covered.mean():.1f} % ({', '.join(f'{100 * c:.0f}' for c in covered)})"
    )
    assert 0.92 <= covered.mean() <= 0.98
    # Negative control: bars of half the length.
    assert (size < quantile / 2).mean() < 0.85
