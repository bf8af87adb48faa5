"""Linear fluctuations along trajectories, and what theory predicts by itself with them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from measured import TIMES, WINDOW

import twoqs
from twoqs import Sites, Spin, chain, coherent, jump
from twoqs.errors import ArgumentError
from twoqs.execution.predict import method_for, predict, why_not
from twoqs.flows.generators import Field, Generators, LocalJump
from twoqs.methods.numerics import Numerics, resolve
from twoqs.theory import evolve, linear, mean_field
from twoqs.theory.linear.evolution import GaussianState, _first, _rate
from twoqs.theory.linear.gaussian import Gaussian
from twoqs.theory.linear.prediction import SMALL_ORDER
from twoqs.theory.mean_field.equations import Equations
from twoqs.theory.mean_field.fixed_points import equations_of
from twoqs.theory.mean_field.initial import initial_covariances, initial_spins
from twoqs.theory.mean_field.translations import Translations, translations_of

MOMENTS = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")


def shares(found: xr.Dataset, exact: xr.Dataset, spin: float) -> tuple[float, float]:
    """Largest deviation of means and of second moments, in units of S."""
    each = [float(np.abs(found[n] - exact[n]).max()) / spin for n in MOMENTS]
    return max(each[:3]), max(each[3:])


def _one(spin: float) -> twoqs.Model:
    return twoqs.Model(
        spin=spin, field=(0.4, 0.2, 0.3), twist=(0.3, 0, -0.2), decay=1.0, gain=0.2,
        initial=coherent(1.0, 0.4),
    )  # fmt: skip


def _dephased(spin: float) -> twoqs.Model:
    """By noise that is weak for long spins."""
    return twoqs.Model(
        spin=spin, field=(0.4, 0.2, 0.3), dephasing=1 / spin, initial=coherent(1.0, 0.4)
    )


def _squeezed(spin: float) -> twoqs.Model:
    start = twoqs.squeezed(1.0, 0.4, (0.6, 1.8), 0.5)
    return twoqs.Model(spin=spin, field=(0.4, 0.2, 0.3), decay=1.0, initial=start)


def _pair(spin: float) -> twoqs.Model:
    a, b = Spin(spin, "a"), Spin(spin / 2, "b")
    coupling = 0.5 * (a.x * b.y + 0.6 * a.z * b.z) / spin
    bath = jump(a.minus + np.exp(0.7j) * b.minus, 0.5 / spin)
    start = {"a": coherent(1.0, 0.4), "b": coherent(2.0, 1.0)}
    return twoqs.Model(hamiltonian=coupling, jumps=[bath], initial=start)


@pytest.mark.parametrize(
    ("made", "spins", "bounds"),
    [
        (_one, (10, 20, 40), (2e-3, 0.2)),
        (_dephased, (10, 20, 40), (2e-3, 0.2)),
        (_squeezed, (10, 20, 40), (2e-3, 0.1)),
        (_pair, (3, 6), (1e-2, 0.2)),
    ],
)
def test_deviations_from_the_master_equation_fall_with_the_spin(made, spins, bounds):
    """By 1/S^2 of S in means and by 1/S of S in second moments, at all times.

    The bounds are those of the longest spins, where variances are of the order S.
    """
    times = [0.0, 0.5, 1.0, 2.0]
    errors = np.array(
        [
            shares(linear.evolution(model, times), evolve(model, times), spin)
            for spin, model in ((s, made(s)) for s in spins)
        ]
    )
    assert np.all(errors[:-1] / errors[1:] > (3.5, 1.6))  # 4 and 2 in the limit
    assert np.all(errors[-1] < bounds)


def test_noise_and_damping_are_needed():
    """Negative control: with the noise halved, second moments are off by a share of order one."""
    model = _one(40)
    exact = evolve(model, [2.0])
    gaussian = gaussian_of(model)
    halved = Gaussian(
        gaussian.cells, gaussian.cell, gaussian.coupling, gaussian.noise / 2, gaussian.ito,
        gaussian.heating,
    )  # fmt: skip
    errors = []
    for own in (gaussian, halved):
        state = stepped(own, model, 2.0)
        trace = np.trace(own.local(state.covariance)[0])
        total = float(sum(exact[f"var_s{a}"] for a in "xyz").item())
        errors.append(abs(trace - total) / total)
    assert errors[0] < 0.05
    assert errors[1] > 0.2


def gaussian_of(model: twoqs.Model, whole: bool = False) -> Gaussian:
    precession = equations_of(model).at()
    cells = translations_of(model, precession, initial_spins(model))
    return Gaussian.of(precession, Translations(np.arange(model.n_sites)[None]) if whole else cells)


def stepped(gaussian: Gaussian, model: twoqs.Model, end: float, steps: int = 400) -> GaussianState:
    """By the classical Runge-Kutta method, which nothing of the package uses."""
    home = gaussian.cells.home
    state = _first(gaussian, initial_spins(model)[:, home], initial_covariances(model)[home])

    def added(one, other, factor):
        return GaussianState(*(a + factor * b for a, b in zip(one, other, strict=True)))

    h = end / steps
    for _ in range(steps):
        k1 = _rate(gaussian, state)
        k2 = _rate(gaussian, added(state, k1, h / 2))
        k3 = _rate(gaussian, added(state, k2, h / 2))
        k4 = _rate(gaussian, added(state, k3, h))
        for k, share in ((k1, 1), (k2, 2), (k3, 2), (k4, 1)):
            state = added(state, k, h / 6 * share)
    return state


def test_lengths_of_spins_keep_what_they_are():
    """<S.S> = S(S+1): what follows from it along the spins is what the equations give."""
    model = _pair(20)
    gaussian = gaussian_of(model)
    state = stepped(gaussian, model, 2.0)
    direction = state.spins / gaussian.cell.spins
    along = direction * np.sum(direction * state.mean, axis=0)
    expected = gaussian.along(state.spins, state.covariance)
    np.testing.assert_allclose(along, expected, atol=1e-8)
    # and fluctuations stay across the spins
    blocks = gaussian.local(state.covariance)
    across = np.einsum("iab,bi->ia", blocks, state.spins)
    assert np.max(np.abs(across)) < 1e-6 * 20
    # the next order is that of the solution with an adaptive step
    found = linear.evolution(model, [2.0])
    mean = state.spins + state.mean
    np.testing.assert_allclose(found.sz.values[0], mean[2], atol=1e-5)


LATTICES = {
    "chain": {"lattice": chain(6)},
    "square": {"lattice": twoqs.square(3, 3)},
    "honeycomb": {"lattice": twoqs.honeycomb(2, 2)},
    "two sublattices": {"lattice": chain(6), "initial": coherent([1.0, 1.4] * 3, 0.3)},
}


@pytest.mark.parametrize("name", LATTICES)
def test_momenta_give_what_the_whole_matrix_gives(name):
    arguments = {"initial": coherent(1.2, 0.3)} | LATTICES[name]
    model = twoqs.Model(
        spin=30, coupling=(0.5, -0.4, 0.2), field=(0.3, 0, 0.2), decay=1.0, **arguments
    )
    few, whole = gaussian_of(model), gaussian_of(model, whole=True)
    assert few.cells.n_cells > 1
    one, other = (stepped(g, model, 1.0, 60) for g in (few, whole))
    home = few.cells.home
    np.testing.assert_allclose(one.mean, other.mean[:, home], atol=1e-9)
    for part in ("covariance", "lost"):
        between = [g.between(getattr(s, part)) for g, s in ((few, one), (whole, other))]
        np.testing.assert_allclose(*between, atol=1e-9)


def test_late_times_are_the_steady_state():
    model = twoqs.Model(spin=200, lattice=chain(8), coupling=(0.5, -0.8, 0.2), field=(0.2, 0, 0),
                        decay=1.0)  # fmt: skip
    late, steady = linear.evolution(model, [40.0]), linear.Fluctuations.about(model).steady()
    for name in steady:
        np.testing.assert_allclose(late[name][0], steady[name], rtol=1e-5, atol=1e-5)


def test_trajectories_without_fluctuations_are_the_limit():
    model = twoqs.Model(spin=1e6, lattice=chain(4), coupling=(0.5, -0.8, 0.2), field=(0.2, 0, 0),
                        decay=1.0, initial=coherent(1.0, 0.2))  # fmt: skip
    times = [0.0, 1.0, 3.0]
    found, limit = linear.evolution(model, times), mean_field.trajectory(model, times)
    for name in ("sx", "sy", "sz"):
        np.testing.assert_allclose(found[name] / 1e6, limit[name] / 1e6, atol=1e-5)


def test_coherent_and_squeezed_states_have_their_moments():
    state = twoqs.squeezed(math.pi / 2, 0.0, (0.5, 2.0))  # along x, the first axis is -z
    found = linear.evolution(twoqs.Model(spin=40, initial=state), [0.0])
    assert found.var_sz.item() == pytest.approx(10)
    assert found.var_sy.item() == pytest.approx(40)
    assert found.sx.item() == pytest.approx(40 + 0.5 - 50 / 80)
    coherent_state = linear.evolution(twoqs.Model(spin=40, initial=coherent(1.0, 0.5)), [0.0])
    assert coherent_state.sz.item() == pytest.approx(40 * math.cos(1.0))
    assert coherent_state.var_sz.item() == pytest.approx(20 * math.sin(1.0) ** 2)


def test_a_prediction_ends_where_fluctuations_are_large():
    """A spin that decays from near the pole: the flash amplifies them."""
    model = twoqs.Model(spin=500, field=(0.2, 0, 0), decay=1.0, initial=coherent(0.15, 0.0))
    times = tuple(np.linspace(0, 6, 25).tolist())
    settings = resolve(model, Numerics(times=times))
    assert method_for(model, settings) == "mean field"
    found = predict(model, settings)
    whole = linear.evolution(model, times)
    first = int(np.argmax(whole.next_order.values > SMALL_ORDER))
    assert 0 < first < len(times)
    assert np.isfinite(found.sz[:first]).all()
    assert np.isnan(found.sz[first:]).all()
    np.testing.assert_allclose(found.sz[:first], whole.sz[:first], rtol=1e-6)
    assert whole.next_order[-1] < SMALL_ORDER  # it comes to rest, but the way there is not known


def test_predictions_of_a_large_general_model_agree_with_its_simulation():
    """A chain with Dzyaloshinskii-Moriya coupling and a squeezed bath, in time and at rest."""
    s = Sites(Spin(400), chain(12), "s")
    swirl = twoqs.bonds(s.x, s.y, directed=True) - twoqs.bonds(s.y, s.x, directed=True)
    squeezing = math.cos(0.3) * s.minus + math.sin(0.3) * s.plus
    model = twoqs.Model(
        hamiltonian=0.4 / 800 * swirl + 0.3 * s.x, jumps=[jump(twoqs.each(squeezing), 1 / 800)]
    )
    names = ("sx", "sy", "sz", "var_sx", "var_sy", "cov_sxsy")
    for kind, method in (
        ({"times": (0.0, 1.0, 2.0)}, "mean field"),
        ({"average": (12.0, 20.0), "samples": 9}, "Holstein-Primakoff"),
    ):
        settings = resolve(model, Numerics(**kind))
        assert method_for(model, settings) == method
        found = predict(model, settings)
        assert set(found) == set(MOMENTS)
        ds = twoqs.simulate(model, trajectories=256, seed=1, **kind)
        # negative control: squeezed along x instead of y would be seen
        assert float(np.abs(found.var_sx - found.var_sy).max()) > 50
        for name in names:
            off = np.abs(ds[name] - found[name])
            # The next order of means is 1/S^2 of them, that of second moments 1/S.
            order = 400 / 400**2 if name in names[:3] else 400 / 2 * 4 / 400
            assert float((off - 4 * ds[f"{name}_se"]).max()) < order, (kind, name)


def test_correlations_are_predicted_if_asked_for():
    model = twoqs.Model(spin=200, lattice=chain(8), coupling=(0.5, -0.8, 0.2), decay=1.0)
    for kind in ({"times": (0.0, 1.0)}, {"average": (5.0, 10.0)}):
        settings = resolve(model, Numerics(observables=("correlation",), **kind))
        found = predict(model, settings)
        assert "correlation_normalised" in found
        assert found.correlation.sizes["distance"] == 5
        plain = predict(model, resolve(model, Numerics(**kind)))
        assert set(plain) == set(MOMENTS)


REFUSED = {
    "starts from coherent or squeezed": (twoqs.Model(spin=500, initial=twoqs.mixed()), TIMES),
    "spins that are long": (twoqs.Model(spin=15, lattice=chain(9), coupling=(1, 0, 0)), TIMES),
    "shortest periods, fewer for many sites": (
        twoqs.Model(spin=500, lattice=chain(400, periodic=False), coupling=(1, 0, 0)), TIMES,
    ),
    "is for at most 1000000 bonds": (
        twoqs.Model(spin=500, lattice=twoqs.all_to_all(1500), coupling=(1e-3, 0, 0), decay=1.0),
        TIMES,
    ),
    "too large for|needs decay": (twoqs.Model(spin=500, field=(1, 0, 0)), WINDOW),
    "is solved for at most 200 sites": (
        twoqs.Model(spin=500, lattice=chain(400, periodic=False), coupling=(1, 0, 0), decay=1.0),
        WINDOW,
    ),
}  # fmt: skip


@pytest.mark.parametrize("clause", REFUSED)
def test_what_it_does_not_predict_has_its_reason(clause):
    model, settings = REFUSED[clause]
    settings = resolve(model, settings)
    assert method_for(model, settings) is None
    assert any(part in why_not(model, settings) for part in clause.split("|"))


def test_large_systems_are_refused():
    model = twoqs.Model(spin=500, lattice=chain(400, periodic=False), coupling=(1, 0, 0))
    with pytest.raises(ArgumentError, match="`model` must have at most 333 sites"):
        linear.evolution(model, [1.0])


def test_equations_know_their_parameters():
    """The equations of all parameters are the sum of their parts, noise as well."""
    generators = Generators(
        [20.0], fields=[Field([[1.0, 0, 0]], 1)], local=[LocalJump([1, -1j, 0], [0.1], 2)]
    )
    equations = Equations.of(generators)
    s = np.array([[12.0], [0.0], [16.0]])
    at = equations.at(np.array([1.0, 0.3, 2.0]))
    expected = np.array([[0.3], [0.0], [0.0]]) + 0.4 * np.array([[-0.0], [12.0], [0.0]])
    np.testing.assert_allclose(at.turning(s), expected)
    np.testing.assert_allclose(np.diag(at.noise.dense()), [0.4, 0.4, 0])
