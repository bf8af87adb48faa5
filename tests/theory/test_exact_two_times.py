"""Exact results of pairs of sites and of two times, against QuTiP, sum rules and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import qutip

import twoqs
from twoqs.theory.exact import window

A, B, C = twoqs.Spin(1.5, "a"), twoqs.Spin(1, "b"), twoqs.Mode("c")
PAIR = twoqs.Model(
    hamiltonian=0.7 * A.x * B.x + 0.3 * A.z + 0.8 * A.x,
    jumps=[twoqs.jump(A.minus + 0.5j * B.minus, 0.2), twoqs.jump(B.minus, 0.1)],
)
WINDOW = {"average": (0.0, 20.0), "samples": 101}


def of_qutip(first):
    """tr(A e^(L tau) rho') with rho' = first(steady state, B), A = a.x and B = b.y."""
    energy, jumps = PAIR.to_qutip()
    a = qutip.tensor(qutip.jmat(1.5, "x"), qutip.qeye(3))
    b = qutip.tensor(qutip.qeye(4), qutip.jmat(1, "y"))
    start = first(qutip.steadystate(energy, jumps), b)
    lags, options = np.linspace(0, 8, 41), {"atol": 1e-11, "rtol": 1e-9, "normalize_output": False}
    return qutip.mesolve(energy, start, lags, jumps, e_ops=[a], options=options).expect[0]


def test_two_times_are_those_of_qutip() -> None:
    asked = {"both": {"two_times": ["a.x", "b.y"], "lags": 40},
             "turned": {"response": ["a.x", "b.y"], "lags": 40}}  # fmt: skip
    found = twoqs.exact(PAIR, **WINDOW, observables=asked | {"a": "a.x", "b": "b.y"})
    symmetrised = of_qutip(lambda rho, b: (b * rho + rho * b) / 2)
    assert np.allclose(found.both, symmetrised, atol=1e-7)
    assert np.allclose(found.both_connected, symmetrised - float(found.a * found.b), atol=1e-7)
    commuted = 1j * of_qutip(lambda rho, b: b * rho - rho * b)
    assert np.allclose(found.turned, commuted, atol=1e-7)
    # Negative control: the other order in time is another function.
    other = twoqs.exact(PAIR, **WINDOW, observables={"both": {"two_times": ["b.y", "a.x"]}})
    assert np.max(np.abs(other.both[:41] - found.both)) > 0.01


def test_noise_of_a_thermal_mode() -> None:
    """<x^2> = (n + 1/2)/2 and the width 0.5, of which a segment sees the sum over its samples."""
    model = twoqs.Model(jumps=[twoqs.jump(C.a, 0.8), twoqs.jump(C.adag, 0.3)])
    asked = {"noise": {"power": "c.a + c.adag", "segments": 2}, "x": {"two_times": "c.a + c.adag"}}
    found = twoqs.exact(model, **WINDOW, observables=asked)
    step, length, size = 0.2, 50, 2 * 0.6 + 1
    assert np.allclose(found.x_connected, size * np.exp(-0.5 * found.x_lag), rtol=1e-4)  # cut
    assert float(found.x_autocorrelation_time) == pytest.approx(2, rel=0.01)
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(length) + 0.5) / length)
    times = step * np.arange(length)
    matrix = size * np.exp(-0.5 * np.abs(np.subtract.outer(times, times)))
    waves = taper * np.exp(1j * np.outer(found.noise_omega, times))
    power = np.einsum("wj,jk,wk->w", waves, matrix, waves.conj()).real
    assert np.allclose(found.noise, power * step / np.sum(taper**2), rtol=1e-4)


CHAIN = twoqs.Model(1, lattice=twoqs.chain(3), coupling=(0.5, -0.3, 0), field=(0.6, 0, 0.3),
                    decay=1.0)  # fmt: skip


def test_sums_over_pairs_of_sites() -> None:
    asked = {
        "pair": {"pairs": True, "components": ["xx", "xz"]}, "tot": {"total": True},
        "waves": {"structure": True, "components": ["xx", "xz"]},
        "given": {"structure": True, "components": ["xx"], "q": [0.0, 1.0]},
        "apart": {"correlations": True, "components": ["xx", "xz"]},
        "steps": {"correlations": True, "by": "distance"}, "neighbours": "bonds(sites.x, sites.x)",
    }  # fmt: skip
    for settings in ({"average": (0, 1)}, {"times": [0, 0.5, 1]}):
        found = twoqs.exact(CHAIN, **settings, observables=asked)
        for name, total in (("xx", found.tot_var_sx), ("xz", found.tot_cov_sxsz)):
            pair = found.pair.sel(pair_component=name).sum(("pair_site", "pair_other"))
            assert np.allclose(pair, total)
            wave = found.waves_connected.sel(waves_component=name, waves_q=0)
            assert np.allclose(3 * wave, total)
            apart = found.apart_connected.sel(apart_component=name).sum("apart_d")
            assert np.allclose(3 * apart, total)
        given = found.given.sel(given_component="xx", given_q=0)
        assert np.allclose(given, found.waves.sel(waves_component="xx", waves_q=0))
        near = found.steps.sel(steps_component="xx", steps_distance=1)
        assert np.allclose(3 * near, found.neighbours)
        own = found.apart_connected.sel(apart_component="xx", apart_d=0)
        assert np.allclose(own, found.var_sx)


def test_dynamic_structure_is_a_power_spectrum() -> None:
    asked = {
        "moving": {"dynamic_structure": True, "axes": ["x", "xz"], "segments": 2},
        "slow": {"power": "sites.x", "segments": 2},
        "both": {"power": ["sites.x", "sites.z"], "segments": 2},
        "back": {"power": ["sites.z", "sites.x"], "segments": 2},
    }  # fmt: skip
    found = twoqs.exact(CHAIN, average=(0, 10), samples=41, observables=asked)
    moving = found.moving.sel(moving_axis="x", moving_q=0)
    assert np.allclose(3 * moving.sel(moving_omega=found.slow_omega[:-1].values), found.slow[:-1])
    for part in ("", "_imag"):
        crossed = found[f"moving{part}"].sel(moving_axis="xz", moving_q=0)
        crossed = 3 * crossed.sel(moving_omega=found.slow_omega[:-1].values)
        assert np.allclose(crossed, found[f"both{part}"][:-1])
    assert np.allclose(found.both, found.back)
    assert np.allclose(found.both_imag, -found.back_imag)
    assert float(np.max(np.abs(found.both_imag))) > 1e-3


def test_two_times_of_a_run() -> None:
    """From the initial state on, of B before and after A."""
    times = np.array([0.0, 0.5, 1.5, 2.0])
    asked = {"both": {"two_times": ["a.x", "b.y"], "reference": [0.5, 2.0]},
             "turned": {"response": ["a.x", "b.y"]}}  # fmt: skip
    found = twoqs.exact(PAIR, times=times, observables=asked)
    energy, jumps = PAIR.to_qutip()
    x = qutip.tensor(qutip.jmat(1.5, "x"), qutip.qeye(3))
    y = qutip.tensor(qutip.qeye(4), qutip.jmat(1, "y"))
    down = qutip.ket2dm(qutip.tensor(qutip.basis(4, 3), qutip.basis(3, 2)))
    options = {"atol": 1e-11, "rtol": 1e-9, "normalize_output": False}

    def moved(rho, duration):
        return qutip.mesolve(energy, rho, [0, duration], jumps, options=options).states[-1]

    def symmetrised(operator, time):
        rho = moved(down, time)
        return (operator * rho + rho * operator) / 2

    for k, time in enumerate(times):
        for column, reference in enumerate((0.5, 2.0)):
            first, last = sorted((time, reference))
            earlier, later = (y, x) if reference <= time else (x, y)
            value = (later * moved(symmetrised(earlier, first), last - first)).tr().real
            assert float(found.both[k, column]) == pytest.approx(value, abs=1e-6)
        chi = 1j * (x * moved(y * down - down * y, time)).tr()
        assert float(found.turned[k]) == pytest.approx(chi.real, abs=1e-6)
    product = found.both - found.both_connected
    means = twoqs.exact(PAIR, times=times, observables={"x": "a.x", "y": "b.y"})
    assert np.allclose(product[:, 1], means.x * float(means.y[3]), atol=1e-7)


def test_with_pulses_they_are_left_out() -> None:
    strength = twoqs.Parameter("strength", twoqs.ramp(0, 1, before=0.1, after=0.4))
    model = twoqs.Model(hamiltonian=strength * A.x, jumps=[twoqs.jump(A.minus, 0.2)])
    asked = {"both": {"two_times": "a.x"}, "flat": "a.x"}
    with pytest.warns(RuntimeWarning, match="no exact result for `both`"):
        found = twoqs.exact(model, times=[0, 1], observables=asked)
    assert "flat" in found


def test_what_takes_long_is_told(monkeypatch, capsys) -> None:
    asked = {"c": {"two_times": "sites.x", "lags": 2}}
    twoqs.exact(CHAIN, average=(0, 10), samples=41, observables=asked)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(window, "UNTOLD_SECONDS", 1e-3)
    twoqs.exact(CHAIN, average=(0, 10), samples=41, observables=asked)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Exact correlations of 27 states")
