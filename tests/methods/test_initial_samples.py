"""Samples of initial states against density matrices: moments at t = 0, and in time."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs
from twoqs import Model, Spin, chain, coherent, dicke, mixed, mixture, squeezed, thermal
from twoqs.flows.length import height_spread, mean_weight
from twoqs.kernels.moments import GROUP
from twoqs.methods import sphere
from twoqs.methods.conserving import Conserving
from twoqs.theory import evolve
from twoqs.theory.operators import initial_density, space_of

MEANS, SECOND = ("sx", "sy", "sz"), ("xx", "yy", "zz", "xy", "xz", "yz")
TRAJECTORIES = 64 * 200
SPINS = (0.5, 1, 2, 10, 100)


def states(spin):
    """Every kind of state that a spin can have."""
    half = spin % 1  # the smallest m that is not negative
    found = {
        "highest": dicke(spin), "lowest": dicke(-spin), "equator": dicke(half),
        "between": dicke(math.ceil(spin / 2) - half if spin > 1 else spin, 1.0, 0.5),
        "cold": thermal(3.0), "warm": thermal(0.3 / spin, 0.7, -2.0), "pumped": thermal(-1 / spin),
        "hot": thermal(0.0), "mixed": mixed(),
        "mixture": mixture([(0.3, dicke(half, 1.5)), (0.2, "up"), (0.5, coherent(2.0, 1.0))]),
    }  # fmt: skip
    if spin == 0.5:
        del found["mixture"]  # with coherent states, whose squares are off for S = 1/2
    if spin >= 10:
        found["squeezed"] = squeezed(1.0, 0.4, (0.5, 2.0), 0.6)
        found["hot and squeezed"] = squeezed(math.pi, 0.0, (0.7, 2.0))
    return found


CASES = [(spin, name) for spin in SPINS for name in states(spin)]


def exact(model):
    """<S^a> and <{S^a, S^b}>/2 of one spin, in the order of MEANS and SECOND."""
    rho, (operators,) = initial_density(model), space_of(model).components
    s = {axis: operator.full() for axis, operator in zip("xyz", operators, strict=True)}
    means = [np.vdot(s[axis], rho).real for axis in "xyz"]
    return np.array(means + [np.vdot((s[a] @ s[b] + s[b] @ s[a]) / 2, rho).real for a, b in SECOND])


def sampled(model, seed=1):
    """Estimates of the same with standard errors, from groups of trajectories."""
    rng = np.random.default_rng(seed)
    vectors = sphere.sample_bloch(model, rng, TRAJECTORIES)[:, 0]
    length = np.linalg.norm(vectors, axis=0)
    np.testing.assert_allclose(length, math.sqrt(model.spin * (model.spin + 1)), rtol=1e-12)
    weight = Conserving().correspondence(model.spins, np.zeros(1)).mean[0]
    x = dict(zip("xyz", vectors, strict=True))
    values = [weight * x[axis] for axis in "xyz"] + [x[a] * x[b] for a, b in SECOND]
    groups = np.reshape(values, (len(values), -1, GROUP)).mean(axis=-1)
    return groups.mean(axis=1), groups.std(axis=1, ddof=1) / math.sqrt(groups.shape[1])


def wrong(model, name="", seed=1):
    """Moments that are off by more than noise: 400 comparisons, one above 4 once in 40 seeds.

    1e-12 of S and of S^2 is rounding; squeezed states are good to 0.003 of S^2 in what the sphere
    cuts off, and to 0.002 of S in their mean, as their docstring says.
    """
    value, error = sampled(model, seed)
    scale = np.array([model.spin] * 3 + [model.spin**2] * 6)
    tolerance = (0.003 if "squeezed" in name else 1e-12) * scale
    off = np.abs(value - exact(model)) > tolerance + 4 * error
    return [moment for moment, bad in zip((*MEANS, *SECOND), off, strict=True) if bad]


@pytest.mark.parametrize(("spin", "name"), CASES)
def test_first_and_second_moments(spin, name):
    assert wrong(Model(spin=spin, initial=states(spin)[name]), name) == []


def test_a_ring_of_one_height_is_wrong(monkeypatch):
    """Negative control: with z = m the mean is too long, with z = m/weight the square too short."""
    model = Model(spin=2, initial=dicke(1))
    monkeypatch.setattr(sphere, "height_spread", lambda spin: 0.0)
    assert {"zz"} <= set(wrong(model))
    monkeypatch.setattr(sphere, "mean_weight", lambda spin: 1.0)
    assert "sz" in wrong(model)


def test_wrong_populations_are_seen(monkeypatch):
    """Negative control: temperature with the other sign, another axis, weights off by 0.05."""
    for given, meant in [
        (thermal(0.3), thermal(-0.3)),
        (thermal(0.3), thermal(0.32)),
        (dicke(0, 1.0), dicke(0, 1.0, 0.1)),
        (mixture([(0.5, "up"), (0.5, "down")]), mixture([(0.55, "up"), (0.45, "down")])),
        (squeezed(1.0, 0.4, (0.5, 2.0), 0.3), squeezed(1.0, 0.4, (0.5, 2.0), -0.3)),
    ]:
        target = exact(Model(spin=10, initial=meant))
        with monkeypatch.context() as patch:
            patch.setitem(globals(), "exact", lambda model, target=target: target)
            assert wrong(Model(spin=10, initial=given), "squeezed"), given


@pytest.mark.parametrize("beta", [0.0, 1e-300, 1e-6, 0.3, -0.3, 5.0, -800.0, 1e300])
def test_levels_of_thermal_states(beta):
    """All within -S..S, and each as often as it should be."""
    spins, lanes = np.full(50, 2.5), 64 * 20
    m = sphere.thermal_levels(beta, spins, np.random.default_rng(3), lanes)
    levels = np.arange(6) - 2.5
    weights = np.exp(np.maximum(-beta * levels - np.max(-beta * levels), -700.0))
    found = np.array([np.count_nonzero(m == level) for level in levels])
    assert found.sum() == m.size
    expected = weights / weights.sum()
    error = np.sqrt(expected * (1 - expected) / m.size)  # at most: strata scatter less
    np.testing.assert_array_less(np.abs(found / m.size - expected), 4 * error + 1e-9)


@pytest.mark.parametrize("spin", [1e6, 1e12])
@pytest.mark.parametrize("state", [dicke(1e6), dicke(1e6 - 1), thermal(1e-3), thermal(-50.0)])
def test_long_spins(spin, state):
    """Heights stay within half a quantum of m, up to rounding."""
    model = Model(spin=spin, initial=state)
    vectors = sphere.sample_bloch(model, np.random.default_rng(1), 64)
    assert np.all(np.isfinite(vectors))
    if state == dicke(1e6):
        assert np.abs(vectors[2, 0] - 1e6).max() < 0.51
        across = float(np.mean(vectors[0, 0] ** 2 + vectors[1, 0] ** 2))
        assert across == pytest.approx(spin * (spin + 1) - 1e12, rel=1e-9, abs=1e6 + 1)


def test_the_spread_of_heights_is_one_function():
    """By the weight of means and, above S = 100, in closed form."""
    assert height_spread(100.5) == pytest.approx(math.sqrt(1 - mean_weight(100.5) ** -2), rel=1e-9)
    assert height_spread(100) == pytest.approx(1 / (math.sqrt(10100) + math.sqrt(9900)), rel=1e-9)


@pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")  # of what happens after the start
def test_spins_of_different_length_have_states_of_their_own():
    a, b = Spin(1.5, "a"), Spin(4, "b")
    model = Model(hamiltonian=a.z * b.z, initial={"a": thermal(0.5), "b": dicke(2)})
    ds = twoqs.simulate(model, times=[0.0], trajectories=4096, seed=1).isel(time=0)
    found = evolve(model, [0.0]).isel(time=0)
    for name in (*MEANS, "var_sx", "var_sz", "cov_sxsz"):
        assert np.all(np.abs(ds[name] - found[name]) < 4 * ds[f"{name}_se"] + 1e-6), name


@pytest.mark.parametrize(("each", "product"), [(False, 4.0), (True, 0.0)])
def test_mixtures_of_several_spins(each, product):
    """<S^z_i S^z_j> = S^2 where one draw is for all of them, and 0 where each spin has its own."""
    state = mixture([(0.5, "up"), (0.5, "down")], each)
    model = Model(spin=2, lattice=chain(3), initial=state)
    assert float(evolve(model, [0.0]).correlation_zz[0, 1]) == pytest.approx(product, abs=1e-9)
    ds = twoqs.simulate(
        model, times=[0.0], trajectories=2048, observables=["correlation"], seed=1
    ).isel(time=0)
    one = ds.correlation_zz.sel(distance=1)
    # mean_weight squared, which correlations are divided by: 1.07 at S = 2
    assert abs(float(one) - product) < 4 * float(ds.correlation_zz_se.sel(distance=1)) + 0.01


START = {
    "dicke": dicke(0), "turned": dicke(6, 1.0, 0.5), "thermal": thermal(-0.3, 1.0, 0.4),
    "mixed": mixed(), "squeezed": squeezed(1.0, 0.4, (0.5, 2.0), 0.6),
    "mixture": mixture([(0.5, "up"), (0.3, dicke(3)), (0.2, coherent(1.6))]),
}  # fmt: skip
TIMES = [0.0, 0.5, 1.0, 2.0, 4.0]


def evolved(state):
    """One spin S = 10 with field, twist and decay."""
    return Model(spin=10, field=(0.8, 0, 0.3), twist=(0, 0, 0.6), decay=1.0, initial=state)


def largest_deviation(found, reference):
    """Beyond three standard errors, in units of S and of S^2."""
    return max(
        float(((np.abs(found[n] - reference[n]) - 3 * found[f"{n}_se"]) / scale).max())
        for names, scale in ((MEANS, 10), (("var_sx", "var_sy", "var_sz", "cov_sxsz"), 100))
        for n in names
    )


@pytest.mark.parametrize("name", START)
def test_evolution_against_the_master_equation(name):
    """0.01 is what docs/models.md says of the method at S = 10 from coherent states."""
    model = evolved(START[name])
    found = twoqs.simulate(model, times=TIMES, trajectories=4096, seed=1)
    assert largest_deviation(found, evolve(model, TIMES)) < 0.01
    control = evolve(evolved(thermal(0.15, 1.0, 0.4)), TIMES)  # negative control: another start
    assert largest_deviation(found, control) > 0.05
