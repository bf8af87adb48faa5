"""Densities on the sphere and of modes: harmonics, coherent states, moments, bad requests."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.special import sph_harm_y

import twoqs
from twoqs.errors import ArgumentError
from twoqs.flows.length import mean_weight
from twoqs.observe.harmonics import harmonics, on_angles
from twoqs.observe.ranks import coherent_moments, sample_moments, taper

THETA, PHI = 1.1, -0.7


def test_harmonics_are_those_of_scipy() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(3, 7))
    vectors[:, 0] = 0, 0, 2
    vectors /= np.linalg.norm(vectors, axis=0)
    found = harmonics(vectors, 5)
    theta, phi = np.arccos(vectors[2]), np.arctan2(vectors[1], vectors[0])
    for rank in range(6):
        for m in range(rank + 1):
            known = (-1) ** m * sph_harm_y(rank, m, theta, phi) * (np.sqrt(2) if m else 1)
            assert np.allclose(found[rank, m, 0], known.real, atol=1e-14)
            assert np.allclose(found[rank, m, 1], known.imag, atol=1e-14)


def test_sums_on_a_grid_are_those_of_harmonics() -> None:
    rng = np.random.default_rng(2)
    theta, phi = np.array([0.0, 0.4, 2.0]), np.array([-1.0, 0.3])
    coefficients = rng.normal(size=(2, 5, 5, 2))
    t, p = np.meshgrid(theta, phi, indexing="ij")
    vectors = np.array([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)])
    expected = np.einsum("klmc,lmctp->ktp", coefficients, harmonics(vectors, 4))
    assert np.allclose(on_angles(coefficients, theta, phi), expected, atol=1e-13)


def test_ranks_of_coherent_states() -> None:
    """Q of a coherent state is a power of a cosine; its mean is S, and m E[s] of samples, too."""
    z, weights = np.polynomial.legendre.leggauss(80)
    for spin in (0.5, 1.0, 5.0, 30.0):
        q = ((1 + z) / 2) ** (2 * spin) * (2 * spin + 1) / 2
        ranks = np.polynomial.legendre.legvander(z, 12)
        assert np.allclose(coherent_moments(spin, 12) ** 2, (weights * q) @ ranks, atol=1e-12)
        first = coherent_moments(spin, 1)[1] / sample_moments(spin, 1)[1]
        assert first == pytest.approx(mean_weight(spin), rel=1e-9)
    for function in (coherent_moments, sample_moments):
        assert np.allclose(function(0.99e6, 64), function(1.01e6, 64), atol=1e-3)
    assert np.all(taper(np.array([1.0, 0.5, 0.001]), False) == 1)
    assert taper(np.ones(5), False)[-1] == pytest.approx(0.01)
    assert np.all(taper(np.ones(5), True) == 1)


def coherent_spin(spin: float, l_max: int = 24, **more) -> xr.Dataset:
    model = twoqs.Model(spin, decay=1.0, initial=twoqs.coherent(THETA, PHI))
    more = {"trajectories": 4096, "seed": 4} | more
    asked = {"ball": {"sphere": "spin", "l_max": l_max}}
    return twoqs.simulate(model, times=[0], observables=asked, **more).isel(time=0)


def angle_to_state(ds: xr.Dataset) -> xr.DataArray:
    theta, phi = ds.ball_theta, ds.ball_phi
    cosine = np.cos(theta) * np.cos(THETA) + np.sin(theta) * np.sin(THETA) * np.cos(phi - PHI)
    return np.arccos(np.clip(cosine, -1, 1))


def integral(values: xr.DataArray) -> float:
    theta = np.array(values.ball_theta.attrs["edges"])
    areas = -np.diff(np.cos(theta)) * (2 * np.pi / values.sizes["ball_phi"])
    return float((values.sum("ball_phi") * areas).sum())


@pytest.mark.parametrize("spin", [2.5, 10, 30])
def test_q_of_a_coherent_state_is_a_power_of_a_cosine(spin: float) -> None:
    ds = coherent_spin(spin)
    expected = (2 * spin + 1) / (4 * np.pi) * np.cos(angle_to_state(ds) / 2) ** (4 * spin)
    # Cut off at l = 24 and further smoothed: below 1 % of the peak up to S = 30.
    allowed = 0.01 * float(expected.max())
    assert float((abs(ds.ball - expected) - 4 * ds.ball_se).max()) < allowed
    # Negative control: W, which is not smoothed, is twice as high.
    assert float(ds.ball_w.max()) > 1.5 * float(expected.max())


def test_w_has_the_mean_of_the_spin() -> None:
    ds = coherent_spin(10, l_max=16)
    assert integral(ds.ball) == pytest.approx(1, abs=2e-3)  # of the grid's cells
    height = np.sqrt(110) * integral(ds.ball_w * np.cos(ds.ball_theta))
    assert height == pytest.approx(float(ds.sz), abs=0.05)
    assert height == pytest.approx(10 * np.cos(THETA), abs=0.05 + 3 * float(ds.sz_se))


def test_what_ends_too_early_is_smoothed_further() -> None:
    ds = coherent_spin(1000, l_max=12)
    assert ds.ball.long_name.endswith("smoothed further")
    # No ripples below zero beyond 2 % of the peak; those of W are of its size.
    assert float(ds.ball.min()) > -0.02 * float(ds.ball.max())
    assert float(ds.ball_w.min()) < -0.1 * float(ds.ball_w.max())
    assert "further" not in coherent_spin(5).ball.long_name


def test_lattices_are_averages_and_ensembles_have_directions() -> None:
    sites = twoqs.Sites(twoqs.Spin(4), twoqs.chain(3), name="s")
    atoms = twoqs.Ensemble(40, name="e")
    jumps = [twoqs.jump(twoqs.each(sites.minus), 0.1), twoqs.jump(atoms.minus, 0.01)]
    jumps.append(twoqs.jump(twoqs.each(atoms.z), 0.1))
    model = twoqs.Model(jumps=jumps, initial=twoqs.coherent(np.pi / 2, 0))
    asked = {"a": twoqs.sphere("s", l_max=8), "b": twoqs.sphere("e", l_max=8)}
    ds = twoqs.simulate(model, times=[0], trajectories=256, observables=asked).isel(time=0)
    for name in "ab":
        top = ds[name].where(ds[name] == ds[name].max(), drop=True)
        assert abs(float(top[f"{name}_phi"][0])) < 0.2
        assert abs(float(top[f"{name}_theta"][0]) - np.pi / 2) < 0.2
    assert "b_w" not in ds


def test_the_map_of_a_coherent_mode_is_gaussian() -> None:
    """Its variances are 1/2, its centre sqrt(2) (Re alpha, Im alpha): drive and loss balance."""
    cavity = twoqs.Mode("c")
    model = twoqs.Model(hamiltonian=1j * (cavity.adag - cavity.a), jumps=[twoqs.jump(cavity.a, 1)])
    asked = {"chart": twoqs.wigner("c", [-3, 5, 16])}
    ds = twoqs.simulate(model, times=[12], trajectories=4096, observables=asked, seed=5)
    ds = ds.isel(time=0)
    q, p = ds.chart_q, ds.chart_p
    expected = np.exp(-((q - np.sqrt(2)) ** 2) - p**2) / np.pi
    # Cells of 1/2 in a function of width 0.7: the mean over one is up to 8 % below its middle.
    gap = abs(ds.chart - expected) - 4 * ds.chart_se
    assert float(gap.max()) < 0.08 / np.pi
    assert float(ds.chart_outside) < 0.01
    moved = np.exp(-((q + np.sqrt(2)) ** 2) - p**2) / np.pi
    assert float((abs(ds.chart - moved) - 4 * ds.chart_se).max()) > 0.15


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"sphere": "q"}, "name a spin, an ensemble or a lattice"),
        ({"sphere": "c"}, "name a spin, an ensemble or a lattice"),
        ({"sphere": ["s"]}, "be the name of a spin"),
        ({"sphere": "s", "l_max": 0}, "at least 1"),
        ({"sphere": "s", "l_max": 1000}, "at most 64"),
        ({"wigner": "s", "bins": [-1, 1, 5]}, "name a mode"),
        ({"wigner": "c"}, "have `bins`"),
        ({"wigner": "c", "bins": 40}, "no bounds of their own"),
        ({"wigner": "c", "bins": [-1, 1, 5000]}, "from 1 to 100000 bins"),
    ],
)
def test_bad_requests_are_told_in_one_line(given, told: str) -> None:
    s, c = twoqs.Spin(5, name="s"), twoqs.Mode("c")
    model = twoqs.Model(hamiltonian=c.n + s.z, jumps=[twoqs.jump(c.a, 1)])
    with pytest.raises(ArgumentError, match=r"observables\.own") as caught:
        twoqs.simulate(model, times=[0, 1], trajectories=64, observables={"own": given})
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_schemes_off_the_sphere_are_refused() -> None:
    with pytest.raises(ArgumentError, match="conserving or discrete"):
        twoqs.simulate(
            twoqs.Model(5, decay=1.0),
            times=[1],
            scheme="pda",
            observables={"a": twoqs.sphere("spin")},
        )
