"""Responses: exact for modes and free spins, by the regression theorem for a damped one."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest

import twoqs
from twoqs.errors import ArgumentError
from twoqs.kernels.random import new_stream
from twoqs.methods import METHODS
from twoqs.simulation import twins

OMEGA, LOSS = 1.5, 0.4


def test_a_damped_mode_is_exact() -> None:
    a = twoqs.Mode(name="a")
    model = twoqs.Model(hamiltonian=OMEGA * a.n, jumps=[twoqs.jump(a.a, rate=LOSS)], members=[a])
    asked = {"xx": {"response": [a.re, a.re]}, "xy": {"response": [a.re, a.im], "lags": 6}}
    ds = twoqs.simulate(
        model, average=(1, 6), samples=26, trajectories=64, observables=asked, seed=4
    )
    # [a(t), a^+] = exp(-(i omega + G) t); noise drops out, and with it all errors but the step's.
    for name, exact in (("xx", np.sin), ("xy", lambda phase: -np.cos(phase))):
        tau = ds[f"{name}_lag"].values
        assert np.allclose(ds[name], np.exp(-LOSS * tau) * exact(OMEGA * tau) / 2, atol=2e-4), name
    assert ds.sizes["xy_lag"] == 7


def test_a_spin_in_a_field_is_exact() -> None:
    model = twoqs.Model(10, field=(0, 0, OMEGA), initial="up")
    asked = {"c": {"response": ["spin.x", "spin.y"]}}
    times = np.linspace(0, 3, 7)
    ds = twoqs.simulate(model, times=times, trajectories=1024, observables=asked, seed=4)
    # i [S^x(t), S^y] = -S^z cos(omega t): its mean over trajectories, times sin(a)/a of the turn.
    exact = -10 * np.cos(OMEGA * times)
    assert ds.c.dims == ("time",)
    assert np.all(np.abs(ds.c - exact) <= 3 * ds.c_se + 1e-3)
    assert not np.all(np.abs(ds.c + exact) <= 3 * ds.c_se + 1e-3)


def damped() -> tuple[twoqs.Model, dict]:
    model = twoqs.Model(20, field=(0.6, 0, 0), decay=1.0)
    asked = {"c": {"response": ["spin.z", "spin.x"], "lags": 20}}
    return model, {"average": (10, 30.8), "samples": 105, "observables": asked, "seed": 4}


def test_a_damped_spin_follows_the_regression_theorem() -> None:
    qutip = pytest.importorskip("qutip")
    model, options = damped()
    ds = twoqs.simulate(model, trajectories=256, **options)
    hamiltonian, jumps = model.to_qutip()
    z, x = (qutip.jmat(20, axis) for axis in "zx")
    steady = qutip.steadystate(hamiltonian, jumps)
    kicked = 1j * (x * steady - steady * x)
    found = qutip.mesolve(hamiltonian, kicked, ds.c_lag.values, jumps, e_ops=[z])
    exact = np.real(found.expect[0])
    # <[A(t), B]> = tr A exp(Lt) [B, rho]; the method is off by a thousandth of S = 20.
    assert np.all(np.abs(ds.c - exact) <= 3 * ds.c_se + 0.001 * 20)
    assert not np.all(np.abs(ds.c[1:] - exact[:-1]) <= 3 * ds.c_se[1:] + 0.001 * 20)


def test_a_thermal_mode_has_its_temperature() -> None:
    a, loss, quanta = twoqs.Mode(name="a"), 0.05, 0.8
    model = twoqs.Model(
        hamiltonian=OMEGA * a.n, members=[a],
        jumps=[twoqs.jump(a.a, loss * (1 + quanta)), twoqs.jump(a.adag, loss * quanta)],
    )  # fmt: skip
    asked = {"p": {"power": a.re}, "r": {"response": [a.re, a.re]}}
    asked["f"] = {"fluctuation_dissipation": ["p", "r"]}
    ds = twoqs.simulate(
        model, average=(40, 138), samples=197, trajectories=512, observables=asked, seed=4
    )
    line = ds.sel(f_omega=slice(1.4, 1.6))
    thermal = OMEGA / (2 * np.arctanh(1 / (1 + 2 * quanta)))
    # This bath is one of equilibrium at the line alone: F is 2 n + 1 times (w^2 + W^2)/(2 w W),
    # T with it; samples 0.5 apart fold 1 % of other frequencies into the line.
    here = thermal * line.f_omega / OMEGA
    assert np.all(np.abs(line.f_temperature - here) <= 3 * line.f_temperature_se + 0.02 * thermal)
    expected = (1 + 2 * quanta) * (line.f_omega**2 + OMEGA**2) / (2 * line.f_omega * OMEGA)
    assert np.all(np.abs(line.f - expected) <= 3 * line.f_se + 0.02 * expected)
    assert not np.all(np.abs(line.f - 2 * quanta) <= 3 * line.f_se + 0.02 * expected)


def test_a_driven_spin_is_warmer_where_it_is_driven() -> None:
    # On resonance L is real in some basis, and no spin has a chi'' of its own.
    model, options = twoqs.Model(20, field=(0.6, 0, 2.0), decay=1.0), damped()[1]
    asked = {"p": {"power": "spin.x", "segments": 3}, "r": {"response": ["spin.x", "spin.x"]}}
    options["observables"] = asked | {"f": {"fluctuation_dissipation": ["p", "r"]}}
    ds = twoqs.simulate(model, trajectories=512, **options)
    exact = twoqs.exact(model, **{k: one for k, one in options.items() if k != "seed"})
    # F is 2.1 to 17 where the spin fluctuates, off by 1/S^2 and the step: 2 % of it.
    seen = exact.f_omega < 6
    for name in ("f", "f_temperature"):
        error = 3 * ds[f"{name}_se"] + 0.02 * np.abs(exact[name])
        assert np.all((np.abs(ds[name] - exact[name]) <= error)[seen]), name


def test_noise_of_its_own_drowns_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with independent noise the difference is that of two runs."""
    model, options = damped()
    same = twoqs.simulate(model, trajectories=64, **options)
    seeds = np.random.SeedSequence(1)
    monkeypatch.setattr(twins, "copied_stream", lambda stream: new_stream(seeds.spawn(1)[0]))
    other = twoqs.simulate(model, trajectories=64, **options)
    assert np.all(other.c_se[5:] > 10 * same.c_se[5:])


def test_all_else_is_as_without_it() -> None:
    model, options = damped()
    both = {**options["observables"], "tot": {"total": True}}
    ds = twoqs.simulate(model, trajectories=64, **(options | {"observables": both}))
    assert np.allclose(ds.tot_sz, ds.sz, rtol=1e-12)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"response": "spin.x"}, "two formulas"),
        ({"response": ["spin.x", "spin.y"], "lags": 0}, "whole number from 1"),
        ({"response": ["spin.x", "spin.y"], "lags": 500}, "up to 104"),
        ({"response": ["spin.x", "spin.x*spin.y"]}, "be linear"),
        ({"fluctuation_dissipation": ["p", "r"]}, "a `power` and a `response` of the same run"),
        ({"fluctuation_dissipation": "p"}, "be two names"),
    ],
)
def test_bad_requests_are_told(given, told: str) -> None:
    model, options = damped()
    with pytest.raises(ArgumentError, match=told):
        twoqs.simulate(model, trajectories=64, **(options | {"observables": {"c": given}}))


def test_other_schemes_have_no_twins() -> None:
    model, options = damped()
    with pytest.raises(ArgumentError, match='scheme "conserving"'):
        twoqs.simulate(model, trajectories=64, scheme="pda", **options)


def test_a_variant_of_a_method_has_twins_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    class Variant(twoqs.Conserving):
        name: ClassVar[str] = "variant"

    monkeypatch.setitem(METHODS, Variant.name, Variant)
    model, options = damped()
    found = twoqs.simulate(model, trajectories=64, scheme=Variant.name, **options)
    assert all(np.isfinite(found[name]).all() for name in options["observables"])
