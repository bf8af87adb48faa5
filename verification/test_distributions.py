"""Histograms against exact distributions, and the coverage of their errors.

Negative controls: the same comparison with another drive, and error bars of half the length.
"""

from __future__ import annotations

import numpy as np
import pytest
import qutip
import xarray as xr

import twoqs

S = 30


def populations(drive: float) -> np.ndarray:
    """Of S^z = -S ... S in the steady state of a driven spin, by QuTiP; D has its factor 2."""
    lowering = qutip.jmat(S, "-")
    state = qutip.steadystate(drive * qutip.jmat(S, "x"), [np.sqrt(1 / S) * lowering])
    return np.asarray(state.diag()).real[::-1]


def heights(drive: float) -> xr.Dataset:
    s = twoqs.Spin(S, name="s")
    model = twoqs.Model(hamiltonian=drive * s.x, jumps=[twoqs.jump(s.minus, 1 / (2 * S))])
    bins = [-S - 0.5, S + 0.5, 2 * S + 1]
    return twoqs.simulate(
        model, average=(100, 300), trajectories=1024, seed=6,
        observables={"h": twoqs.histogram("s.z", bins=bins)},
    )  # fmt: skip


def excess(ds: xr.Dataset, exact: np.ndarray) -> float:
    """Largest deviation beyond three standard errors, in units of the highest population."""
    gap = abs(ds.h.values - exact) - 3 * ds.h_se.values
    return float(gap.max() / exact.max())


@pytest.mark.parametrize("drive", [0.9, 1.0, 1.2])
def test_heights_of_a_driven_spin_are_populations(drive: float) -> None:
    """They are smoothed over one level: 2 % of the highest population."""
    ds = heights(drive)
    assert excess(ds, populations(drive)) < 0.02
    assert excess(ds, populations(drive + 0.1)) > 0.05


GAIN, KERR, CUT = 1.4, 0.2, 60


def oscillator_density(q: np.ndarray, gain: float) -> np.ndarray:
    """<q|rho|q> of a parametric oscillator with a Kerr term in its steady state, by QuTiP."""
    a = qutip.destroy(CUT)
    h = 0.5j * gain * (a.dag() ** 2 - a**2) + KERR / 2 * a.dag() ** 2 * a**2
    state = qutip.steadystate(h, [np.sqrt(2) * a]).full()
    waves = np.zeros((CUT, len(q)))
    waves[0] = np.pi**-0.25 * np.exp(-(q**2) / 2)
    waves[1] = np.sqrt(2) * q * waves[0]
    for n in range(2, CUT):
        waves[n] = np.sqrt(2 / n) * q * waves[n - 1] - np.sqrt((n - 1) / n) * waves[n - 2]
    return np.asarray(np.einsum("mq,mn,nq->q", waves, state, waves)).real


def peaks(values: np.ndarray) -> int:
    """How many maxima there are, by more than a fifth of the highest."""
    inner = values[1:-1]
    higher = (inner > values[:-2]) & (inner >= values[2:]) & (inner > 0.2 * values.max())
    return int(higher.sum())


def test_a_bistable_mode_has_two_peaks_where_its_mean_says_nothing() -> None:
    """Above the threshold of a parametric oscillator; the Kerr term costs 2 %, 4 % allowed."""
    c = twoqs.Mode("c")
    h = 0.5j * GAIN * (c.adag**2 - c.a**2) + KERR / 2 * (c.n**2 - c.n)
    model = twoqs.Model(hamiltonian=h, jumps=[twoqs.jump(c.a, 1)])
    q = "(c.a + c.adag)/sqrt(2)"
    ds = twoqs.simulate(
        model, average=(20, 120), trajectories=1024, seed=7,
        observables={"q": twoqs.histogram(q, bins=[-6, 6, 40])},
    )  # fmt: skip
    exact = oscillator_density(ds.q_bin.values, GAIN)
    assert peaks(exact) == 2
    assert peaks(ds.q.values) == 2
    assert abs(float(ds.a_re)) < 4 * float(ds.a_re_se)
    gap = (abs(ds.q.values - exact) - 3 * ds.q_se.values).max() / exact.max()
    assert gap < 0.04
    below = oscillator_density(ds.q_bin.values, 0.6)
    assert peaks(below) == 1
    assert abs(ds.q.values - below).max() / exact.max() > 0.3


def test_bars_of_bins_and_quantiles_cover() -> None:
    """Of 95 % bars 92 to 98 % cover the exact value, over 200 seeds, with 256 trajectories each.

    The steady state of a thermal mode is exact; 16 groups have Student's quantile.
    """
    c = twoqs.Mode("c")
    model = twoqs.Model(jumps=[twoqs.jump(c.a, 1.5), twoqs.jump(c.adag, 0.5)])
    asked = {"h": twoqs.histogram("c.n", bins=[-0.5, 1.5, 4], quantiles=[0.25, 0.5])}
    edges = np.linspace(-0.5, 1.5, 5)
    exact = -np.diff(np.exp(-(edges + 0.5))) / np.diff(edges)
    # Within a bin as if it was filled evenly: the quantile that a histogram has.
    share = 1 - np.exp(-(edges + 0.5))
    quantiles = np.interp([0.25, 0.5], share, edges)
    scores = []
    for seed in range(200):
        ds = twoqs.simulate(model, times=[6], trajectories=256, seed=seed, observables=asked)
        ds = ds.isel(time=0)
        scores.append(
            np.concatenate(
                [(ds.h - exact) / ds.h_se, (ds.h_quantile - quantiles) / ds.h_quantile_se]
            )
        )
    size = np.abs(np.array(scores))
    covered = (size < 2.131).mean(axis=0)
    assert np.all((covered > 0.92) & (covered < 0.98)), covered
    assert 0.92 < covered.mean() < 0.98, covered
    assert (size < 1.066).mean() < 0.85
