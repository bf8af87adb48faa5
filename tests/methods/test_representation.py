"""Initial samples and orderings against exact spin coherent states."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs
from twoqs.flows.length import concentration, spin_length
from twoqs.kernels.moments import GROUP
from twoqs.methods import PDA, Conserving
from twoqs.methods.initial import stratified
from twoqs.methods.method import Correspondence
from twoqs.methods.sphere import sample_bloch

TRAJECTORIES = 64 * 400
CASES = [("conserving", "W"), ("pda", "P"), ("pda", "W"), ("pda", "Q")]
STATES = {"down": (math.pi, 0.0), "up": (0.0, 0.0), "tilted": (1.0, 2.2), "y": (math.pi / 2,) * 2}


def at_time_zero(spin, scheme, representation, theta, phi, seed=5):
    model = twoqs.Model(spin=spin, initial=twoqs.coherent(theta, phi))
    return twoqs.simulate(
        model, times=[0.0], scheme=scheme, representation=representation,
        trajectories=TRAJECTORIES, seed=seed,
    ).isel(time=0)  # fmt: skip


def direction(theta, phi):
    sin = math.sin(theta)
    return np.array([sin * math.cos(phi), sin * math.sin(phi), math.cos(theta)])


def covariance(result):
    names = [["var_sx", "cov_sxsy", "cov_sxsz"], ["cov_sxsy", "var_sy", "cov_sysz"],
             ["cov_sxsz", "cov_sysz", "var_sz"]]  # fmt: skip
    value = np.array([[float(result[n]) for n in row] for row in names])
    error = np.array([[float(result[n + "_se"]) for n in row] for row in names])
    return value, error


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("scheme", "representation"), CASES)
@pytest.mark.parametrize("spin", [10, 100])
def test_coherent_state_points_where_it_should(spin, scheme, representation, state):
    result = at_time_zero(spin, scheme, representation, *STATES[state])
    exact = spin * direction(*STATES[state])
    mean = np.array([float(result[n]) for n in ("sx", "sy", "sz")])
    error = np.array([float(result[n + "_se"]) for n in ("sx", "sy", "sz")])
    # 96 comparisons: one above 4.5 once in 1500 seeds; 1e-12 for those without any scatter.
    assert np.all(np.abs(mean - exact) < 4.5 * error + 1e-12 * spin)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("scheme", "representation"), CASES)
def test_covariance_of_a_coherent_state(scheme, representation, state):
    """S/2 across the mean, 0 along it; P and W have a Poissonian spin number: S/2 along, too."""
    spin = 50
    value, error = covariance(at_time_zero(spin, scheme, representation, *STATES[state]))
    along = np.outer(direction(*STATES[state]), direction(*STATES[state]))
    exact = spin / 2 * (np.eye(3) - along)
    if representation == "P" or (scheme == "pda" and representation == "W"):
        exact = exact + spin / 2 * along
    # 144 comparisons; 1e-8 for those without any scatter.
    assert np.all(np.abs(value - exact) < 4.5 * error + 1e-8)


def uncorrected(method, spin, mean_length):
    """For negative controls: averages as they are."""
    return Correspondence(1.0, np.zeros_like(mean_length))


@pytest.mark.parametrize(
    ("representation", "wrong_by"), [("P", -0.5), ("W", 0.125 / 50), ("Q", 0.5)]
)
def test_without_the_ordering_correction_the_variance_is_wrong(
    representation, wrong_by, monkeypatch
):
    """Negative control: the correction of P and Q is as large as the variance itself."""
    monkeypatch.setattr(PDA, "correspondence", uncorrected)
    spin = 50
    result = at_time_zero(spin, "pda", representation, math.pi, 0.0)
    off = float(result.var_sx) - spin / 2
    assert off == pytest.approx(wrong_by * spin, abs=4.5 * float(result.var_sx_se))
    if representation != "W":
        assert abs(off) > 50 * float(result.var_sx_se)


def test_spin_length_of_each_representation():
    """E[|alpha|^2 + |beta|^2]/2 is S, S + 1/2, S + 1 in P, W, Q; sqrt(S(S+1)) on Bloch vectors."""
    for (scheme, representation), length in zip(
        CASES, [math.sqrt(50 * 51), 50, 50.5, 51], strict=True
    ):
        result = at_time_zero(50, scheme, representation, 1.0, 0.5)
        bound = 4.5 * float(result.spin_length_se) + 1e-6
        assert float(result.spin_length) == pytest.approx(length, abs=bound)


def test_raising_times_lowering_in_the_polarised_state():
    """<S^+ S^-> = 0 in |-S> on every site, made from averages of order S^2."""
    for scheme, representation in CASES:
        model = twoqs.Model(spin=50, lattice=twoqs.chain(4))
        result = twoqs.simulate(
            model, times=[0.0], scheme=scheme, representation=representation,
            trajectories=TRAJECTORIES, observables=["correlation"], seed=2,
        ).isel(time=0)  # fmt: skip
        z = result.correlation / result.correlation_se
        assert np.all(np.abs(result.correlation) < 4.5 * result.correlation_se + 0.6 / 50), z


@pytest.mark.parametrize("spin", [2, 10])
def test_different_sites_of_a_product_state_are_uncorrelated(spin):
    """<S_1 S_2> = S^2: both factors carry the weight of the mean."""
    result = twoqs.simulate(
        twoqs.Model(spin=spin, lattice=twoqs.chain(4)), times=[0.0],
        trajectories=TRAJECTORIES, observables=["correlation"],
    ).isel(time=0, distance=1)  # fmt: skip
    off = float(result.correlation_zz) - spin**2
    assert abs(off) < 4.5 * float(result.correlation_zz_se)
    assert 4.5 * float(result.correlation_zz_se) < 0.125  # negative control: without it, 1/4 off


@pytest.mark.parametrize("spin", [1, 4, 100, 1e4, 1e6])
def test_concentration_gives_the_exact_variance(spin):
    kappa = concentration(spin)
    langevin = 1 / math.tanh(kappa) - 1 / kappa
    # Transverse variance L^2 langevin/kappa; rounding of 1 - 1/kappa limits the precision.
    assert spin_length(spin) ** 2 * langevin / kappa == pytest.approx(spin / 2, rel=1e-9)
    assert spin_length(spin) * langevin == pytest.approx(spin - 1 / (8 * spin), abs=0.08 / spin)


def test_without_the_factor_of_the_mean_the_polarised_variance_is_wrong(monkeypatch):
    """Negative control: var S^z of |-S> would be 1/4 instead of 0."""
    assert abs(float(at_time_zero(50, "conserving", "W", math.pi, 0.0).var_sz)) < 0.02
    monkeypatch.setattr(Conserving, "correspondence", uncorrected)
    result = at_time_zero(50, "conserving", "W", math.pi, 0.0)
    assert float(result.var_sz) == pytest.approx(0.25, abs=0.02)


def test_stratified_samples_fill_every_cell():
    u = stratified(np.random.default_rng(3), (5, 64))
    cells = np.sort((u * GROUP).astype(int).reshape(5, 64 // GROUP, GROUP), axis=-1)
    assert np.all(cells == np.arange(GROUP))


@pytest.mark.parametrize("spin", [0.5, 2, 1e6])
def test_bloch_samples_have_the_length(spin):
    model = twoqs.Model(spin=spin, lattice=twoqs.chain(3), initial=twoqs.coherent([0.1, 2, 3], 1))
    s = sample_bloch(model, np.random.default_rng(1), 64)
    assert s.shape == (3, 3, 64)
    np.testing.assert_allclose(np.sqrt((s**2).sum(axis=0)), spin_length(spin), rtol=1e-14)
