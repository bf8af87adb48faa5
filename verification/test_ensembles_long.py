"""How far off runs of ensembles are, against the master equation on the states |j, m> and PIQS.

Deviations are printed (-s): largest over the times, of means over N/2 and of second moments over
its square, and in brackets the largest beyond three standard errors, which is held against the
tolerance. Each check has a mistake beside it that it sees.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import xarray as xr
from deviations import MEANS, SECOND, Deviation, off
from ensembles import PAIRS, by_piqs

import twoqs
from twoqs import Ensemble, InitialState, Model, coherent, each, jump
from twoqs.flows import relaxing
from twoqs.methods.method import constants_of, structure_of
from twoqs.theory import evolve, populations_at_rest, populations_in_time

pytestmark = [
    pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning"),
    pytest.mark.timeout(1200),
]

TOLERANCE = (0.03, 0.03)

CASES = {
    # name: (members, start, rates, end)
    "collective, pump": (20, "down", {"collective": 0.5, "pump": 3.0}, 4.0),
    "all members' jumps": (
        30, "down", {"collective": 0.167, "decay": 0.2, "pump": 2.0, "dephasing": 0.3}, 4.0,
    ),
    "superradiance and decay": (40, "up", {"collective": 0.025, "decay": 0.3}, 8.0),
    "superradiance and dephasing": (20, "up", {"collective": 0.05, "dephasing": 1.0}, 8.0),
    "driven": (20, "down", {"drive": 1.0, "collective": 0.05, "decay": 0.05}, 20.0),
    "time crystal, 0.01": (20, "down", {"drive": 1.5, "collective": 0.05, "dephasing": 0.01}, 20.0),
    "time crystal, 0.1": (20, "down", {"drive": 1.5, "collective": 0.05, "dephasing": 0.1}, 20.0),
    "time crystal, 1": (20, "down", {"drive": 1.5, "collective": 0.05, "dephasing": 1.0}, 20.0),
}  # fmt: skip
OF_MEMBERS = ("decay", "pump", "dephasing")


def ensemble(
    n: int,
    start: str | InitialState,
    drive: float = 0.0,
    collective: float = 0.0,
    decay: float = 0.0,
    pump: float = 0.0,
    dephasing: float = 0.0,
) -> Model:
    """A drive along x, collective decay, and jumps of members."""
    atoms = Ensemble(n, "atoms")
    members = {"decay": (atoms.minus, decay), "pump": (atoms.plus, pump), "z": (atoms.z, dephasing)}
    jumps = [jump(each(operator), rate) for operator, rate in members.values() if rate]
    together = [jump(atoms.minus, collective)] if collective else []
    jumps = [*together, *jumps]
    return Model(members=[atoms], hamiltonian=drive * atoms.x, jumps=jumps, initial=start)


def model_of(name: str, share: float = 1.0) -> tuple[Model, list[float]]:
    """A case and its times; a share of the rates of members."""
    n, start, rates, end = CASES[name]
    own = {key: rate * (share if key in OF_MEMBERS else 1.0) for key, rate in rates.items()}
    return ensemble(n, start, **own), np.linspace(0, end, 17).tolist()


@cache
def exact(name: str) -> xr.Dataset:
    """By rate equations of populations where they hold, else by the master equation."""
    model, times = model_of(name)
    return evolve(model, times) if "drive" in CASES[name][2] else populations_in_time(model, times)


def run(model: Model, times: list[float], trajectories: int = 2**15) -> xr.Dataset:
    return twoqs.simulate(model, times=times, trajectories=trajectories, seed=7)


def told(label: str, found: Deviation) -> None:
    print(
        f"\n{label:50s} means {found.means:.4f} ({found.means_beyond:.4f}), "
        f"second {found.second:.4f} ({found.second_beyond:.4f})"
    )


@pytest.mark.parametrize("name", CASES)
def test_deviations(name: str) -> None:
    found = off(run(*model_of(name)), exact(name))
    told(f"{name}, N = {CASES[name][0]}", found)
    assert found.within(*TOLERANCE)


@pytest.mark.parametrize("name", CASES)
def test_half_rates_of_members_are_seen(name: str) -> None:
    """Negative control: D of members with the factor of QuTiP."""
    found = off(run(*model_of(name, share=0.5)), exact(name))
    told(f"{name}, half rates", found)
    assert not found.within(*TOLERANCE)


LOST = {"all noise of members": slice(3, None), "D_xz and D_yz": [5, 7]}
"""Rows of the rates of moments, see `twoqs.flows.relaxation`."""


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.filterwarnings("ignore::twoqs.UnphysicalWarning")
@pytest.mark.usefixtures("forgotten")
def test_lost_noise_is_seen(lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative controls: members alone, from x, are exact to the noise and then are not."""
    model = ensemble(20, coherent(np.pi / 2, 0), decay=0.3)
    times = np.linspace(0.25, 4, 9).tolist()
    expected = evolve(model, times)
    assert sigmas(run(model, times), expected) < 4
    structure_of.cache_clear()
    constants_of.cache_clear()
    right = relaxing.member_rates

    def wrong(form: Any, members: int) -> Any:
        rates = right(form, members)
        rates[LOST[lost]] = 0.0
        return rates

    monkeypatch.setattr(relaxing, "member_rates", wrong)
    found = run(model, times)
    told(f"members alone, {lost} left out", off(found, expected))
    assert sigmas(found, expected) > 10


def test_piqs_agrees() -> None:
    """An independent reference of one case; its rates are twice those of jump operators here."""
    name = "all members' jumps"
    n, _, rates, _ = CASES[name]
    model, times = model_of(name)
    found, moments = run(model, times), by_piqs(n, np.pi, times, **rates).T
    named = {axis: moments[i] * n / 2 for i, axis in enumerate(MEANS)}
    letters = ["xyz"[a] + "xyz"[b] for a, b in PAIRS]
    products = dict(zip(letters, moments[3:] * (n / 2) ** 2, strict=True))
    for second in SECOND:
        a, b = (second[-1], second[-1]) if second.startswith("var") else (second[5], second[7])
        named[second] = products[a + b] - named[f"s{a}"] * named[f"s{b}"]
    dataset = xr.Dataset({key: ("time", values) for key, values in named.items()}, {"time": times})
    result = off(found, dataset)
    told(f"{name}, against PIQS", result)
    assert result.within(*TOLERANCE)
    halved = by_piqs(n, np.pi, times, **{key: rate / 2 for key, rate in rates.items()})
    assert np.abs(halved.T - moments).max() > 0.1  # negative control: the factor of rates


LASER = {"collective": 0.5}


@pytest.mark.parametrize("pump", [0.15, 5.0, 50.0])
def test_a_superradiant_laser_of_200_members(pump: float) -> None:
    """At rest, against the populations of the states |j, m>; it is brightest at 50."""
    n = 200
    expected = populations_at_rest(ensemble(n, "down", pump=pump, **LASER))
    wait = 10 / pump if pump < 1 else 3.0
    for factor in (1.0, 0.5):
        model = ensemble(n, "down", pump=factor * pump, **LASER)
        run = twoqs.simulate(model, times=[wait], trajectories=2**13, seed=7)
        found = off(run, expected)
        told(f"superradiant laser, N = 200, pump {factor * pump:g}", found)
        if factor == 1:
            assert found.within(*TOLERANCE)
        else:  # negative control; where the pump is weak, both are small
            assert sigmas(run, expected) > 10


def binomial(n: int, decay: float, pump: float, dephasing: float, t: np.ndarray) -> xr.Dataset:
    """Members that are up with the probability p, each on its own, from the state down."""
    rate = 2 * (decay + pump)
    p = pump / (decay + pump) * (1 - np.exp(-rate * t))
    zero = np.zeros_like(t)
    values = {
        "sx": zero, "sy": zero, "sz": n * (p - 0.5), "var_sx": zero + n / 4, "var_sy": zero + n / 4,
        "var_sz": n * p * (1 - p), "cov_sxsy": zero, "cov_sxsz": zero, "cov_sysz": zero,
    }  # fmt: skip
    return xr.Dataset({key: ("time", value) for key, value in values.items()}, {"time": t})


def sigmas(found: xr.Dataset, expected: xr.Dataset) -> float:
    """Largest deviation in standard errors."""
    names = (*MEANS, *SECOND)
    return max(float((np.abs(found[n] - expected[n]) / found[f"{n}_se"]).max()) for n in names)


@pytest.mark.parametrize("n", [20, 10_000])
def test_members_alone_are_binomial(n: int) -> None:
    """To the noise: four standard errors, as the largest of 72 values."""
    rates = {"decay": 0.2, "pump": 0.5, "dephasing": 0.3}
    times = np.linspace(0.25, 4, 8)
    found = run(ensemble(n, "down", **rates), times.tolist())
    expected = binomial(n, t=times, **rates)
    told(f"members alone, N = {n}", off(found, expected))
    print(f"{sigmas(found, expected):.1f} standard errors")
    assert sigmas(found, expected) < 4
    assert sigmas(found, binomial(n, t=times, **rates | {"pump": 0.48})) > 10  # negative control
