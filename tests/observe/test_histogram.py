"""Histograms: counts of the very samples, known distributions, quantiles, and bad requests."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.stats import kstwobign
from sweeps import sweep

import twoqs
from twoqs.errors import ArgumentError
from twoqs.observe.quantiles import quantiles
from twoqs.sweep import SpecError

S = 10


def spin() -> twoqs.Model:
    s = twoqs.Spin(S, name="s")
    return twoqs.Model(hamiltonian=0.5 * s.x, jumps=[twoqs.jump(s.minus, 1 / (2 * S))])


def measured(model: twoqs.Model, observables, **more) -> xr.Dataset:
    more = {"times": [0, 1], "trajectories": 256, "seed": 1} | more
    return twoqs.simulate(model, observables=observables, **more)


def weighted_z(ds: xr.Dataset) -> np.ndarray:
    """The values of S^z at the end: vectors times the weight of means."""
    z = ds.end_state.sel(component="z")
    return np.asarray(z) * float(ds.sz[-1] / z.mean())


def test_counts_are_those_of_the_samples() -> None:
    edges = [[-11, -5, -2, 0, 3], [-11, 11, 4]]
    asked = {
        "h": {"histogram": "s.z", "bins": [-S, 0, 20]},
        "j": twoqs.histogram(["s.z", "s.x"], bins=edges),
    }
    ds = measured(spin(), asked, end_states=True)
    z = weighted_z(ds).ravel()
    counts, edges = np.histogram(z, 20, (-S, 0))
    assert np.allclose(ds.h_bin.attrs["edges"], edges, rtol=1e-14)
    assert np.allclose(ds.h[-1] * 0.5 * z.size, counts, atol=1e-9)
    assert float(ds.h_above[-1]) == pytest.approx(np.mean(z > 0))
    assert float(ds.h_below[-1]) == pytest.approx(np.mean(z < -S), rel=1e-12)
    x = np.asarray(ds.end_state.sel(component="x")).ravel() * float(z[0] / ds.end_state[2, 0, 0])
    pairs, *_ = np.histogram2d(z, x, [ds.j_bin_1.attrs["edges"], ds.j_bin_2.attrs["edges"]])
    areas = np.outer(np.diff(ds.j_bin_1.attrs["edges"]), np.diff(ds.j_bin_2.attrs["edges"]))
    assert np.allclose(ds.j[-1] * areas * z.size, pairs, atol=1e-9)
    assert np.allclose(ds.j_outside[-1] * z.size, z.size - pairs.sum(), atol=1e-9)
    assert ds.h.units == "1/hbar"
    assert ds.j.units == "1/hbar^2"


def test_errors_of_a_bin_are_those_of_counts() -> None:
    """Independent trajectories: sqrt(p (1 - p)/n); 512 of them give it to some per cent."""
    ds = measured(spin(), {"h": {"histogram": "s.z", "bins": [-11, -5, 12]}}, trajectories=8192)
    width = np.diff(ds.h_bin.attrs["edges"])
    share = ds.h[-1] * width
    expected = np.sqrt(share * (1 - share) / 8192) / width
    common = share > 0.02
    assert common.sum() >= 3
    assert np.allclose(ds.h_se[-1][common], expected[common], rtol=0.15)


def test_each_site_counts_by_itself() -> None:
    sites = twoqs.Sites(twoqs.Spin(4), twoqs.chain(5), name="s")
    model = twoqs.Model(hamiltonian=0.3 * sites.x, jumps=[twoqs.jump(twoqs.each(sites.minus), 0.1)])
    asked = {
        "one": twoqs.histogram("s.z", bins=9, each=True),
        "all": twoqs.histogram("s.z", bins=9),
        "two": twoqs.histogram("s.z**2", bins=[0, 20, 9], each=True),
    }
    ds = measured(model, asked, end_states=True)
    z = ds.end_state.sel(component="z").values
    weight = float(ds.sz[-1] / z.mean())
    for name, values in (("one", weight * z), ("all", weight * z.sum(axis=1)), ("two", z**2)):
        edges = ds[f"{name}_bin"].attrs["edges"]
        counts, _ = np.histogram(values, edges)
        assert np.allclose(ds[name][-1] * np.diff(edges) * values.size, counts, atol=1e-9), name
    assert float(ds.one_below.max() + ds.all_above.max()) == 0


def test_a_joint_histogram_has_the_margins_of_single_ones() -> None:
    asked = {"z": twoqs.histogram("s.z", bins=12), "zx": twoqs.histogram(["s.z", "s.x"], bins=12)}
    ds = measured(spin(), asked)
    width = np.diff(ds.zx_bin_2.attrs["edges"])
    assert np.allclose((ds.zx * width).sum("zx_bin_2").values, ds.z.values, rtol=1e-12)


def thermal_distance(ds: xr.Dataset, mean: float) -> float:
    """Kolmogorov's distance, times sqrt(n), of a histogram of n from an exponential one."""
    edges = np.array(ds.n_bin.attrs["edges"])
    share = np.cumsum(ds.h_counts) if "h_counts" in ds else np.cumsum(ds.n * np.diff(edges))
    expected = 1 - np.exp(-(edges[1:] + 0.5) / mean)
    return float(np.abs(share - expected).max() * np.sqrt(int(ds.trajectories)))


def test_quanta_of_a_thermal_mode_are_exponential() -> None:
    """|alpha|^2 has the mean n + 1/2, half of which is vacuum noise."""
    cavity = twoqs.Mode("a")
    model = twoqs.Model(jumps=[twoqs.jump(cavity.a, 1.5), twoqs.jump(cavity.adag, 0.5)])
    asked = {"quanta": twoqs.histogram(cavity.n, bins=[-0.5, 9.5, 40])}
    ds = measured(model, asked, times=[8], trajectories=8192).isel(time=0)
    ds = ds.rename({"quanta": "n_density", "quanta_bin": "n_bin"}).assign(n=lambda d: d.n_density)
    limit = kstwobign.isf(1e-3)
    assert thermal_distance(ds, 1.0) < limit  # n = rate up/(down - up) = 1/2, and 1/2
    assert thermal_distance(ds, 0.5) > 10 * limit  # without the noise of the vacuum


def test_quantiles_are_those_of_the_samples() -> None:
    asked = {"h": {"histogram": "s.z", "bins": 400, "quantiles": [0.1, 0.5, 0.9]}}
    ds = measured(spin(), asked, trajectories=4096, end_states=True)
    expected = np.quantile(weighted_z(ds), [0.1, 0.5, 0.9])
    width = np.diff(ds.h_bin.attrs["edges"])[0]
    assert np.all(np.abs(ds.h_quantile[-1] - expected) < 1.5 * width + ds.h_quantile_se[-1])
    assert list(ds.h_probability.values) == [0.1, 0.5, 0.9]


def test_quantiles_outside_of_bins_are_unknown() -> None:
    shares, edges = np.array([0.25, 0.0, 0.25]), np.array([0.0, 1.0, 2.0, 3.0])
    found = quantiles(shares, np.array(0.3), edges, [0.2, 0.3, 0.425, 0.55, 0.675, 0.9])
    assert np.allclose(found, [np.nan, np.nan, 0.5, 1.0, 2.5, np.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"histogram": "s.z", "bins": 0}, "from 1 to 100000 bins"),
        ({"histogram": "s.z", "bins": 10**9}, "from 1 to 100000 bins"),
        ({"histogram": "s.z", "bins": [0, 1, 10**9]}, "from 1 to 100000 bins"),
        ({"histogram": ["s.z", "s.x"], "bins": 1000}, "from 1 to 100000 bins"),
        ({"histogram": "s.z", "bins": [1, 0, 10]}, "number of bins"),
        ({"histogram": "s.z", "bins": [0, 1, 2, 2]}, "four edges or more that increase"),
        ({"histogram": "s.z", "bins": "many"}, "number of bins"),
        ({"histogram": "s.z", "bins": [0, float("nan"), 3]}, "number of bins"),
        ({"histogram": "s.z**2"}, "no bounds of their own"),
        ({"histogram": ["s.z", "s.x"], "bins": [[0, 1, 2]]}, "for each of two"),
        ({"histogram": ["s.z", "s.x", "s.y"]}, "be a formula, or two"),
        ({"histogram": "s.minus"}, "its own conjugate"),
        ({"histogram": "q.z"}, "q"),
        ({"histogram": "s.z", "each": True}, "one lattice"),
        ({"histogram": "s.z", "quantiles": [0.5, 0.2]}, "between 0 and 1 that increase"),
        ({"histogram": "s.z", "quantiles": [0, 1]}, "between 0 and 1 that increase"),
        ({"histogram": "s.z", "bin": 3}, "did you mean `bins`"),
    ],
)
def test_bad_histograms_are_told_in_one_line(given, told: str) -> None:
    with pytest.raises(ArgumentError, match=r"observables\.h") as caught:
        measured(spin(), {"h": given})
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_points_with_other_bounds_are_refused_before_the_run() -> None:
    asked = {"h": {"histogram": "spin.z"}}
    spins = {"axes": {"S": {"sets": "model.spin", "values": [10, 20]}}}
    with pytest.raises(SpecError, match="share the dimension `h_bin`"):
        sweep(numerics__observables=asked, **spins)
    asked["h"]["bins"] = [-20, 20, 40]
    assert len(sweep(numerics__observables=asked, **spins).points) == 2
