"""What a driven spin emits, from its output field, against QuTiP's regression.

Deviations are printed (-s), of the spectrum in bands of frequencies of both signs and of g1 and g2
over lags, with standard errors.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import qutip
import xarray as xr
from detectors import lags_off_by_one, noise_apart
from outputs import bands, steady, steady_field, steady_spectrum

import twoqs
from twoqs import Model, Spin, jump
from twoqs.flows.length import mean_weight

pytestmark = pytest.mark.timeout(1200)

SPIN, RATE, WIDTH = 10.0, 1 / 20, 0.1
RESOLUTION = 0.05
"""A fifth of the width of the side bands; at 0.1 they are smeared by up to 10 %."""

ONE = Spin(SPIN, "a")
MODEL = Model(hamiltonian=1.5 * ONE.x, jumps=[jump(ONE.minus, RATE, label="out")])

ASKED = {
    "mean": {"field": "out"},
    "light": {"spectrum": "out", "resolution": RESOLUTION},
    "emitted": {"flux": "out"},
    "first": {"g1": "out", "until": 6.0},
    "second": {"g2": "out", "until": 6.0},
}

EDGES = (0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0, 4.0)

OF_BANDS, OF_SUMS, OF_FIELD, OF_LAGS = 0.07, 0.02, 0.005, 0.03
"""Of a spin of this length: of bands, of fluxes and of the field relative to the regression, and of
g1 and g2 in absolute size."""


def measured(trajectories: int, seed: int = 1) -> xr.Dataset:
    """In the steady state, over a window of 3000 bins."""
    return twoqs.simulate(
        MODEL, average=(30, 330), samples=3001, trajectories=trajectories, observables=ASKED,
        seed=seed,
    )  # fmt: skip


@cache
def right() -> xr.Dataset:
    """By the package as it is."""
    return measured(4096)


@cache
def correlated() -> tuple[np.ndarray, np.ndarray]:
    """g1 and g2 at the lags of the run, by regression."""
    energy, c, state = steady(MODEL)
    lags = right().first_lag.values
    first = qutip.correlation_2op_1t(energy, state, lags, [c], c.dag(), c)
    second = qutip.correlation_3op_1t(energy, state, lags, [c], c.dag(), c.dag() * c, c)
    flux = qutip.expect(c.dag() * c, state)
    return np.conj(first) / flux, second.real / flux**2


def of_bands(found: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Relative deviations of the spectrum, and their errors, shape (sign, band)."""
    omega, error = found.light_omega.values, found.light_se.values
    exact, _ = bands(omega, steady_spectrum(MODEL, np.abs(omega)), error, EDGES)
    values, errors = bands(omega, found.light.values, error, EDGES)
    return values / exact - 1, errors / exact


def test_coherent_field() -> None:
    found, exact = right(), steady_field(MODEL)
    print(f"\nfield {complex(found.mean_re, found.mean_im):.4f}, exact {exact:.4f}")
    assert abs(exact) == pytest.approx(1.6673, abs=1e-4)
    for value, error, wanted in (
        (found.mean_re, found.mean_re_se, exact.real), (found.mean_im, found.mean_im_se, exact.imag)
    ):  # fmt: skip
        assert abs(value - wanted) < OF_FIELD * abs(exact) + 3 * error


def test_spectrum_in_bands() -> None:
    """On both sides of the line."""
    off, errors = of_bands(right())
    print()
    for edge, row, of_row in zip(EDGES, off.T, errors.T, strict=False):
        pairs = zip(row, of_row, strict=True)
        print(f"  from {edge:.1f}:", *(f"{o:+.3f}({e:.3f})" for o, e in pairs))
    assert np.all(np.abs(off) < OF_BANDS + 3 * errors)
    assert np.all(errors < 0.03)


def test_flux_is_the_line_and_the_spectrum() -> None:
    """Sum rule, and both against the exact flux."""
    found = right()
    _, c, state = steady(MODEL)
    exact = qutip.expect(c.dag() * c, state)
    parts = float(found.light_coherent + found.light_incoherent)
    flux = float(found.emitted)
    print(
        f"\nflux {flux:.4f}({float(found.emitted_se):.4f}), line {float(found.light_coherent):.4f} "
        f"+ spectrum {float(found.light_incoherent):.4f} = {parts:.4f}, exact {exact:.4f}"
    )
    assert parts == pytest.approx(flux, rel=OF_SUMS)
    assert flux == pytest.approx(exact, rel=OF_SUMS)
    line = abs(steady_field(MODEL)) ** 2
    assert float(found.light_coherent) == pytest.approx(line, rel=OF_SUMS)


def largest_of_lags(found: xr.Dataset) -> dict[str, float]:
    """Largest deviation of g1 and g2 beyond three standard errors."""
    first, second = correlated()
    rows = {"first_re": first.real, "first_im": first.imag, "second": second}
    return {
        name: float((np.abs(found[name] - exact) - 3 * found[f"{name}_se"]).max())
        for name, exact in rows.items()
    }


def test_coherence_over_lags() -> None:
    found, (first, second) = right(), correlated()
    beyond = largest_of_lags(found)
    for k in (0, 1, 5, 10, 20, 40, 60):
        print(
            f"\n  tau = {k * WIDTH:.1f}: g1 {float(found.first_re[k]):.4f}, exact "
            f"{first[k].real:.4f}; g2 {float(found.second[k]):.4f}({float(found.second_se[k]):.4f})"
            f", exact {second[k]:.4f}", end="",
        )  # fmt: skip
    print(f"\n  beyond three errors: {beyond}")
    assert max(beyond.values()) < OF_LAGS


def test_a_detector_with_noise_of_its_own_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: what the noise does to the spin is missing in the record."""
    noise_apart(monkeypatch, RATE, WIDTH, mean_weight(SPIN))
    found = measured(256, seed=2)
    off, errors = of_bands(found)
    print(f"\napart: bands off by up to {np.max(np.abs(off)):.2f}")
    assert np.any(np.abs(off) > 2 * OF_BANDS + 3 * errors)


def test_lags_off_by_one_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: g1 at no lag is that of vacuum, and the noise of a bin is in none."""
    lags_off_by_one(monkeypatch)
    assert largest_of_lags(measured(256, seed=2))["first_re"] > 2 * OF_LAGS


def test_the_half_quantum_is_seen() -> None:
    """Negative control: records of symmetric order, with the vacuum's half left in, fail."""
    found = right()
    vacuum = 0.5 * found.light_omega.size * RESOLUTION / (2 * math.pi)
    parts = float(found.light_coherent + found.light_incoherent) + vacuum
    assert abs(parts / float(found.emitted) - 1) > 2 * OF_SUMS
