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
from dicke_by_parity import open_dicke_by_parity
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


THRESHOLD_TIMES = np.linspace(0, 12, 13).tolist()


def photons_for(coupling: float, spin: float) -> int:
    """Above the threshold n comes to about 1.1 S; the last level is then below 1e-5."""
    return 12 if coupling < 0.5 else round(15 + 1.8 * spin)


def test_blocks_of_parity_are_the_master_equation() -> None:
    """To single precision."""
    expected = evolve(open_dicke(0.9, 3), THRESHOLD_TIMES, limit=2000, photons=20)
    found = open_dicke_by_parity(0.9, 3, 0.5, 20, THRESHOLD_TIMES)
    square = expected.var_sx + expected.sx**2
    pairs = (found.sz, expected.sz), (found.n, expected.n), (found.sx_squared, square)
    assert max(float(abs(one - other).max()) for one, other in pairs) < 1e-5
    less = open_dicke_by_parity(0.9, 3, 0.4, 20, THRESHOLD_TIMES)
    assert float(abs(less.n - expected.n).max()) > 0.1  # negative control: another loss


@cache
def deviations_of_dicke(coupling: float, spin: float) -> tuple[float, float, float]:
    """Of <S^z>/S, of <(S^x)^2>/S^2 and of n over its largest."""
    photons = photons_for(coupling, spin)
    expected = open_dicke_by_parity(coupling, spin, 0.5, photons, THRESHOLD_TIMES)
    assert float(expected["last"].max()) < 1e-5
    run = twoqs.simulate(
        open_dicke(coupling, spin), times=THRESHOLD_TIMES, trajectories=2**17, seed=round(spin)
    )
    square = run.var_sx + run.sx**2 - expected.sx_squared
    most = float(expected.n.max())
    found = [
        float(abs(off).max())
        for off in ((run.sz - expected.sz) / spin, square / spin**2, (run.n - expected.n) / most)
    ]
    errors = run.sz_se.max() / spin, run.var_sx_se.max() / spin**2, run.n_se.max() / most
    rows = (f"{off:.4f} ({error:.4f})" for off, error in zip(found, errors, strict=True))
    print(f"\nopen Dicke, {coupling}, S = {spin}: <S^z>, <(S^x)^2>, n off by", *rows)
    return found[0], found[1], found[2]


def test_the_deviation_above_threshold_falls_with_the_spin() -> None:
    """As 1/S or faster: from 5 to 10 by 1.4 at least, from 10 to 15 by 1.2."""
    found = [deviations_of_dicke(0.9, spin) for spin in (5, 10, 15)]
    for quantity in (1, 2):
        few, more, most = (row[quantity] for row in found)
        assert few > 1.4 * more
        assert more > 1.2 * most


@pytest.mark.parametrize("spin", [5, 10, 15])
def test_below_threshold_the_deviation_is_small(spin: float) -> None:
    """Spins to 0.004; n, which is 0.1, to 0.06 of it: three to four standard errors of 0.017."""
    means, squares, quanta = deviations_of_dicke(0.35, spin)
    assert max(means, squares) < 0.004
    assert quanta < 0.06
