"""Spectra of a damped mode, exactly, and of a chain in the polarised phase, by spin waves."""

from __future__ import annotations

import numpy as np
import pytest
import scipy

import twoqs
from twoqs.errors import ArgumentError
from twoqs.theory.linear.fluctuations import Fluctuations

OMEGA, LOSS, STEP, LENGTH = 1.5, 0.4, 0.2, 100


def periodogram(correlation, omega: np.ndarray, window: str) -> np.ndarray:
    """What the spectrum of such a segment is on average, by plain sums over two times."""
    t = STEP * np.arange(LENGTH)
    w = np.ones(LENGTH)
    if window == "hann":
        w = np.sin(np.pi * (np.arange(LENGTH) + 0.5) / LENGTH) ** 2
    apart = t[:, None] - t
    kernel = w[:, None] * w * correlation(apart)
    phases = np.exp(1j * omega[:, None] * t)
    return STEP / np.sum(w**2) * np.einsum("ks,st,kt->k", phases, kernel, phases.conj())


@pytest.mark.parametrize("window", ["hann", "none"])
def test_a_damped_mode_is_exact(window: str) -> None:
    a = twoqs.Mode(name="a")
    model = twoqs.Model(
        hamiltonian=OMEGA * a.n + 0.3 * a.re, jumps=[twoqs.jump(a.a, rate=LOSS)], members=[a]
    )
    options = {"segments": 2, "window": window}
    asked = {"xx": {"power": a.re, **options}, "xy": {"power": [a.re, a.im], **options}}
    ds = twoqs.simulate(
        model, average=(30, 30 + 201 * STEP), samples=202, trajectories=1024, observables=asked,
        seed=4,
    )  # fmt: skip
    omega = ds.xx_omega.values

    def xx(t: np.ndarray) -> np.ndarray:
        return np.exp(-LOSS * np.abs(t)) * np.cos(OMEGA * t) / 4

    def xy(t: np.ndarray) -> np.ndarray:
        return np.exp(-LOSS * np.abs(t)) * np.sin(OMEGA * t) / 4

    # 51 bins, of which the largest deviation is about 3 standard errors.
    auto, cross = periodogram(xx, omega, window), periodogram(xy, omega, window)
    assert np.all(np.abs(ds.xx - auto.real) <= 4 * ds.xx_se)
    assert np.all(np.abs(ds.xy - cross.real) <= 4 * ds.xy_se)
    assert np.all(np.abs(ds.xy_imag - cross.imag) <= 4 * ds.xy_imag_se)
    assert not np.all(np.abs(ds.xy_imag + cross.imag) <= 4 * ds.xy_imag_se)
    assert "2 segments of 20" in ds.xx.long_name


def spin_wave_chain() -> twoqs.Model:
    return twoqs.Model(200, lattice=twoqs.chain(8), coupling=(2.0, 1.2, 0), decay=0.15)


def test_spin_waves_are_where_linear_theory_has_them() -> None:
    model = spin_wave_chain()
    q = [0.0, np.pi / 4, np.pi / 2]
    asked = {"d": {"dynamic_structure": True, "q": q, "axes": ["x"]}}
    ds = twoqs.simulate(
        model, average=(20, 150), samples=521, trajectories=256, observables=asked, seed=1
    )
    omega, found = ds.d_omega.values, ds.d.sel(d_axis="x")
    resolution = 1.5 * 2 * np.pi / 130
    known = np.unique(np.round(np.abs(Fluctuations.about(model).frequencies), 6))
    for k, wave in enumerate(q):
        expected = np.sqrt(2.0 * 1.2) * abs(np.cos(wave))
        assert np.min(np.abs(known - expected)) < 1e-4
        line = found.isel(d_q=k).values
        # Both signs are equal up to noise, and their mean has less.
        peak = abs(omega[np.argmax(line[1:] + line[:0:-1]) + 1])
        assert abs(peak - expected) <= resolution + 0.02
        # Half the height at the damping rate from the peak: with the resolution, a bit more.
        if expected > 1:
            top = np.interp(expected, omega, line)
            flank = np.interp([expected - 0.15, expected + 0.15], omega, line) / top
            assert np.all((flank > 0.35) & (flank < 0.75)), flank
    assert not abs(peak - np.sqrt(2.0 * 1.2)) <= resolution + 0.02


def test_cross_spectra_are_those_of_spin_waves() -> None:
    model, segments, step = spin_wave_chain(), 4, 0.25
    q = [0.0, np.pi / 4]
    asked = {"d": {"dynamic_structure": True, "q": q, "axes": ["xy", "yx"], "segments": segments}}
    ds = twoqs.simulate(
        model, average=(30, 30 + 399 * step), samples=400, trajectories=256, observables=asked,
        seed=1,
    )  # fmt: skip
    omega, times = ds.d_omega.values, step * np.arange(100)
    taper = np.sin(np.pi * (np.arange(100) + 0.5) / 100) ** 2
    jx, jy, loss = 2.0, 1.2, 0.15
    for k, wave in enumerate(q):
        # About -z: dx = -Jy cos(q) y dt, dy = Jx cos(q) x dt, decay and its noise.
        drift = np.array([[-loss, -jy * np.cos(wave)], [jx * np.cos(wave), -loss]])
        equal = scipy.linalg.solve_continuous_lyapunov(drift, -200 * loss * np.eye(2))
        ahead = np.array([scipy.linalg.expm(drift * t) @ equal for t in times])
        lagged = np.concatenate([ahead, ahead[:0:-1].transpose(0, 2, 1)])  # behind: C_ba(tau)
        kernel = lagged[np.subtract.outer(np.arange(100), np.arange(100)), 0, 1]
        waves = taper * np.exp(1j * np.outer(omega, times))
        exact = step / np.sum(taper**2) * np.einsum("wj,jk,wk->w", waves, kernel, waves.conj())
        found, other = (ds.d.isel(d_q=k, d_axis=i).values for i in (0, 1))
        imag, back = (ds.d_imag.isel(d_q=k, d_axis=i).values for i in (0, 1))
        error = [4 * ds[f"{name}_se"].isel(d_q=k, d_axis=0).values for name in ("d", "d_imag")]
        # The next order in 1/S, and 400 numbers within 3.5 errors.
        largest = np.max(np.abs(exact)) / 200
        assert np.all(np.abs(found - exact.real) <= error[0] + largest)
        assert np.all(np.abs(imag - exact.imag) <= error[1] + largest)
        assert not np.all(np.abs(imag + exact.imag) <= error[1] + largest)
        assert np.allclose(other, found)  # S_yx is the complex conjugate
        assert np.allclose(back, -imag)


def test_waves_of_a_lattice_are_the_given_ones() -> None:
    model = spin_wave_chain()
    asked = {
        "d": {"dynamic_structure": True, "axes": ["y", "x", "xy"]},
        "g": {"dynamic_structure": True, "q": [np.pi / 4], "axes": ["x"]},
        "p": {"power": "sites.x"},
        "xy": {"power": ["sites.x", "sites.y"]},
        "halves": {"power": "sites.x", "segments": 2},
        "wide": {"power": "sites.x", "resolution": 2 * np.pi / 4},
    }
    ds = twoqs.simulate(model, average=(1, 9), samples=33, trajectories=64, observables=asked)
    there = ds.d.sel(d_axis="x").sel(d_q=np.pi / 4, method="nearest")
    assert np.allclose(ds.g[0, :, 0], there, rtol=1e-9, atol=1e-9 * float(there.max()))
    assert np.array_equal(ds.wide, ds.halves)  # pieces of 4
    assert np.array_equal(ds.wide_omega, ds.halves_omega)
    # At q = 0 it is the spectrum of the sum of all spins.
    whole = 8 * ds.d.sel(d_axis="x").sel(d_q=0, method="nearest")
    assert np.allclose(whole[16:], ds.p, rtol=1e-9, atol=1e-9 * float(ds.p.max()))
    for name in ("", "_imag"):
        cross = 8 * ds[f"d{name}"].sel(d_axis="xy").sel(d_q=0, method="nearest")
        assert np.allclose(cross[16:], ds[f"xy{name}"], atol=1e-9 * float(ds.p.max()))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"power": "sites.x", "segments": 0}, "whole number from 1"),
        ({"power": "sites.x", "segments": 10}, "8 samples a segment"),
        ({"power": "sites.x", "resolution": 1e-3}, "a resolution from 0.762 to 3.14"),
        ({"power": "sites.x", "resolution": 1, "segments": 2}, "left out where `segments`"),
        ({"power": "sites.x", "window": "box"}, "be one of hann, none"),
        ({"dynamic_structure": True, "axes": ["q"]}, "different ones of x, y, z"),
        ({"dynamic_structure": True, "axes": ["x", "xx"]}, "different ones of x, y, z"),
    ],
)
def test_bad_requests_are_told(given, told: str) -> None:
    with pytest.raises(ArgumentError, match=told):
        twoqs.simulate(
            spin_wave_chain(), average=(1, 9), samples=33, trajectories=64, observables={"p": given}
        )  # fmt: skip


def test_times_have_no_spectrum() -> None:
    asked = {"p": {"power": "sites.x"}}
    with pytest.raises(ArgumentError, match="measured in a window"):
        twoqs.simulate(spin_wave_chain(), times=[1, 2], trajectories=64, observables=asked)


def test_autocorrelation_times_of_both_kinds_agree() -> None:
    model = twoqs.Model(20, decay=1.0)
    asked = {"p": {"power": "spin.x"}, "c": {"two_times": "spin.x"}}
    ds = twoqs.simulate(
        model, average=(10, 60), samples=501, trajectories=512, observables=asked, seed=1
    )
    # At the pole, S^x relaxes at the rate Gamma; a taper of this length widens it by 1 %.
    for name in ("p", "c"):
        error = 3 * ds[f"{name}_autocorrelation_time_se"]
        assert abs(ds[f"{name}_autocorrelation_time"] - 1) <= error + 0.03, name
    assert float(ds.c_effective_samples) == pytest.approx(25, rel=0.1)
