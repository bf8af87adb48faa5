"""Figures 3 and 4 beside the paper: with what its picture can be had, and with what it cannot.

The numbers of docs/paper.md; `pytest -s` prints them.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import xarray as xr

import twoqs
from twoqs.theory import driven_steady_state, evolve

pytestmark = pytest.mark.timeout(1800)

PAPERS = [("pda", representation) for representation in ("P", "W", "Q")]
MOMENTS = ("sx", "sy", "sz")
VARIANCES = ("var_sx", "var_sy", "var_sz")
LONG = 1000
"""Spin length of figure 4, whose exact variances at Omega = 2 Gamma are 0.276, 0.297, 0.308 S^2."""

WINDOW = {"average": (40, 50), "samples": 51, "seed": 1}


TIMES = np.linspace(0, 15, 301)


@cache
def exact(spin: float, drive: float) -> xr.Dataset:
    """The exact means at TIMES (Gamma = 1)."""
    return evolve(twoqs.Model(spin=spin, field=(drive, 0, 0), decay=1.0), TIMES)


@cache
def departures(spin: float, drive: float, scheme: str, representation: str) -> np.ndarray:
    """Largest deviation of a mean from the exact one until each of TIMES, in units of S."""
    model = twoqs.Model(spin=spin, field=(drive, 0, 0), decay=1.0)
    found = twoqs.simulate(
        model, times=TIMES, trajectories=4096, seed=1, scheme=scheme, representation=representation
    )
    off = [np.abs(found[name] - exact(spin, drive)[name]) / spin for name in MOMENTS]
    return np.maximum.accumulate(np.max(off, axis=0))


def departs(spin: float, drive: float, scheme: str, representation: str, end: float) -> float:
    """The same until `end`."""
    worst = float(departures(spin, drive, scheme, representation)[end >= TIMES].max())
    print(f"S={spin:g} Omega={drive:g} {scheme} {representation} until {end:g}: {worst:.3f} S")
    return worst


@pytest.mark.parametrize(("scheme", "representation"), PAPERS)
def test_figure_3_agrees_over_many_periods_of_a_strong_drive(scheme, representation):
    """Eight periods at Omega = 10 Gamma; error of a mean at most 0.005 S (4096 trajectories)."""
    assert departs(100, 10.0, scheme, representation, 5.0) < 0.02
    assert departs(100, 10.0, scheme, representation, 15.0) < 0.08


@pytest.mark.parametrize(("scheme", "representation"), PAPERS)
def test_figure_3_departs_at_the_drive_shown(scheme, representation):
    assert departs(100, 2.0, scheme, representation, 10.0) > 0.2


def test_figure_3_at_a_short_spin_is_closest_in_q():
    """As the paper says: its initial state is exact."""
    p, w, q = (departs(10, 5.0, *kind, 5.0) for kind in PAPERS)
    assert q < min(p, w)


def shares(found: xr.Dataset) -> list[float]:
    """Variances in units of S^2."""
    result = [float(found[name]) / LONG**2 for name in VARIANCES]
    print(" ".join(f"{share:.3f}" for share in result), f"length {float(found.spin_length):.0f}")
    return result


def driven(**settings) -> xr.Dataset:
    model = twoqs.Model(spin=LONG, field=(2.0, 0, 0), decay=1.0)
    return twoqs.simulate(model, **settings)


@pytest.mark.parametrize(("scheme", "representation"), PAPERS)
def test_figure_4_from_the_pole_has_not_relaxed(scheme, representation):
    found = driven(trajectories=2560, scheme=scheme, representation=representation, **WINDOW)
    assert shares(found)[0] < 0.06  # exact: 0.276
    assert shares(found)[1] > 0.40  # exact: 0.297


@pytest.mark.parametrize("step", [0.05, 0.02, 0.01, 0.005, 0.002, 0.001])
@pytest.mark.filterwarnings(
    "ignore::UserWarning"
)  # such steps lengthen the spin: that is the point
def test_figure_4_no_step_of_euler_maruyama_gives_the_papers_variances(step):
    found = driven(
        trajectories=1024, scheme="euler-maruyama", representation="W", step=step, **WINDOW
    )
    known = driven_steady_state(LONG, 2.0, 1.0)
    off = np.abs(np.array(shares(found)) - [known[name] / LONG**2 for name in VARIANCES])
    assert off.max() > 0.1


@pytest.mark.parametrize(
    ("window", "off"), [((100, 200), 0.20), ((400, 500), 0.107), ((3000, 3100), 0.03)]
)
def test_figure_4_relaxes_in_several_spin_lengths(window, off):
    """What is missing of the exact variance of S^x, in units of S^2, to 10 % of what is stated.

    The error of a variance is 0.01 S^2 (512 trajectories).
    """
    found = driven(trajectories=512, average=window, samples=51, seed=1)
    known = driven_steady_state(LONG, 2.0, 1.0)["var_sx"] / LONG**2
    missing = known - shares(found)[0]
    assert missing < 1.1 * off + 0.01
    assert off < 0.05 or missing > 0.9 * off


@pytest.mark.parametrize("drive", [1.2, 2.0])
@pytest.mark.parametrize("scheme", ["pda", "conserving"])
def test_figure_4_from_random_directions_gives_the_papers_picture(drive, scheme):
    """In the paper's window; each direction is a site of its own, without couplings.

    At 1.2 Gamma what is left are the small deviations that the paper shows above the transition.
    """
    count, random = 2560, np.random.default_rng(1)
    theta = np.arccos(random.uniform(-1, 1, count))
    model = twoqs.Model(
        spin=LONG,
        lattice=twoqs.all_to_all(count),
        field=(drive, 0, 0),
        decay=1.0,
        initial=twoqs.coherent(theta, random.uniform(0, 2 * math.pi, count)),
    )
    found = twoqs.simulate(
        model, trajectories=64, scheme=scheme, representation="W", observables=["sites"], **WINDOW
    )
    known = driven_steady_state(LONG, drive, 1.0)
    for axis in "xyz":
        means = found[f"s{axis}_site"].values
        # `var_s*` is the mean of the variances of single sites: here the sites are the ensemble.
        variance = float(found[f"var_s{axis}"]) + np.var(means)
        off = (variance - known[f"var_s{axis}"]) / LONG**2
        print(f"Omega={drive} {scheme} var_s{axis} {variance / LONG**2:.3f}, off by {off:+.3f}")
        # Random directions: a variance of S^2/3 of 2560 draws has an error of 0.006 S^2.
        assert abs(off) < (0.02 if drive == 2.0 else 0.035)
