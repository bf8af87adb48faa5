"""How far off runs of models with modes are, against the master equation and closed forms.

Deviations are printed (-s): largest over the times, and in brackets the largest beyond three
standard errors, which is held against the tolerance. Each model has a wrong one beside it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import xarray as xr
from deviations import off, off_modes
from mode_models import CASES, NO_SPINS, ModeCase, open_dicke

import twoqs
from twoqs import Model
from twoqs.flows import relaxing
from twoqs.theory import evolve

pytestmark = [
    pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning"),
    pytest.mark.timeout(1200),
]


@cache
def exact(name: str) -> xr.Dataset:
    """By the master equation."""
    return evolve(CASES[name].model, CASES[name].times, limit=2000)


def holds(case: ModeCase, model: Model, expected: xr.Dataset, label: str) -> bool:
    """Whether a run is within the tolerances of a case."""
    found = twoqs.simulate(model, times=case.times, trajectories=case.trajectories, seed=5)
    rows, kept = [], True
    if case.spins != NO_SPINS:
        one = off(found, expected)
        kept = one.within(*case.spins)
        rows = [("means", one.means, one.means_beyond), ("second", one.second, one.second_beyond)]
    modes = off_modes(found, expected)
    rows += [(name, *values) for name, values in zip(modes._fields, modes, strict=True)]
    print(f"\n{label:52s}", *(f"{name} {size:.4f} ({over:.4f})" for name, size, over in rows))
    return kept and modes.within(*case.modes)


@pytest.mark.parametrize("name", CASES)
def test_deviations_from_the_master_equation(name: str) -> None:
    assert holds(CASES[name], CASES[name].model, exact(name), name)


@pytest.mark.parametrize("name", CASES)
def test_wrong_models_are_seen(name: str) -> None:
    """Negative controls."""
    case = CASES[name]
    assert not holds(case, case.wrong, exact(name), f"{name}, but {case.what}")


@pytest.mark.filterwarnings("ignore::twoqs.UnphysicalWarning")
@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("name", ["Kerr, K = .1", "parametric, below threshold", "laser, N = 10"])
def test_lost_noise_of_the_vacuum_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: loss with a hundredth of its noise."""
    right = relaxing.mode_rates

    def silent(form: np.ndarray) -> np.ndarray:
        rates = right(form)
        rates[3:] *= 0.01
        return rates

    monkeypatch.setattr(relaxing, "mode_rates", silent)
    assert not holds(CASES[name], CASES[name].model, exact(name), f"{name}, but no vacuum noise")


def above_threshold(spin: float) -> tuple[float, float]:
    """Deviations of <(S^x)^2>/S^2 and of n over its largest, lambda = .9."""
    times = np.linspace(0, 12, 13).tolist()
    expected = evolve(open_dicke(0.9, spin), times, limit=2000, photons=int(20 + 2 * spin))
    found = twoqs.simulate(open_dicke(0.9, spin), times=times, trajectories=2**17, seed=spin)
    square = (found.var_sx + found.sx**2 - expected.var_sx - expected.sx**2) / spin**2
    n = (found.n - expected.n) / float(expected.n.max())
    print(
        f"\nopen Dicke, lambda = .9, S = {spin}: <(S^x)^2>/S^2 off by {abs(square).max():.4f}"
        f" (errors {found.var_sx_se.max() / spin**2:.4f}), n by {abs(n).max():.4f}"
    )
    return float(abs(square).max()), float(abs(n).max())


def test_the_deviation_above_threshold_falls_with_the_spin() -> None:
    """As 1/S or faster. S = 15 keeps the master equation busy for more than nine minutes."""
    squares, quanta = zip(*(above_threshold(spin) for spin in (3, 5, 10)), strict=True)
    assert squares[0] > 1.4 * squares[1] > 1.4 * squares[2]
    assert quanta[0] > 1.4 * quanta[1] > 1.4 * quanta[2]
