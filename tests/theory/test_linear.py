"""Linear fluctuations about fixed points: closed formulas, momenta, and the master equation."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs
from twoqs import Sites, Spin, TwoqsError, bonds, chain, coherent, jump, total
from twoqs.errors import ArgumentError
from twoqs.flows.lowered import generators_of
from twoqs.theory import driven_steady_state, linear, mean_field, steady_state
from twoqs.theory.linear.fluctuations import Fluctuations
from twoqs.theory.linear.gaussian import Gaussian, steady_covariance
from twoqs.theory.mean_field.equations import Equations
from twoqs.theory.mean_field.tangent import frame
from twoqs.theory.mean_field.translations import Translations, translations_of

ABOUT = Fluctuations.about
A = Spin(200, "a")
MOMENTS = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")


def test_a_driven_spin_has_its_closed_formulas():
    """Both rates are Gamma sqrt(1 - w^2); the spin is squeezed along x by that factor."""
    w = 0.6
    root = math.sqrt(1 - w**2)
    found = ABOUT(twoqs.Model(spin=1000, field=(w, 0, 0), decay=1.0))
    np.testing.assert_allclose(found.damping, [[root, root]], atol=1e-9)
    np.testing.assert_allclose(found.frequencies, 0, atol=1e-9)
    assert found.stable
    # The noise across the spin is Gamma S, and along x Gamma S (1 - w^2).
    variances = found.steady()
    assert float(variances.var_sx) == pytest.approx(1000 / 2 * root, rel=1e-9)
    across = float(variances.var_sy + variances.var_sz)
    assert across == pytest.approx(1000 / (2 * root), rel=1e-3)  # var along, of order 1, in it


def test_means_of_the_driven_spin_are_right_to_the_next_order():
    """The error is of relative order 1/S^2 for means, and 1/S for variances."""
    errors = []
    for spin in (20, 40, 80):
        found = ABOUT(twoqs.Model(spin=spin, field=(0.6, 0, 0), decay=1.0)).steady()
        exact = driven_steady_state(spin, 0.6, 1.0)
        shares = [abs(float(found[n]) - exact[n]) / spin for n in MOMENTS]
        errors.append([max(shares[:3]), max(shares[3:])])
    means, variances = np.array(errors).T
    assert np.all(means[:-1] / means[1:] > 3.6)  # 4, less what is of the order after
    assert np.all(variances[:-1] / variances[1:] > 1.8)
    assert means[-1] < 4e-6
    assert variances[-1] < 5e-4
    # negative control: without its correction the mean is off by far more
    bare = mean_field.trajectory(twoqs.Model(spin=80, field=(0.6, 0, 0), decay=1.0), [60.0])
    assert abs(bare.sz.item() - driven_steady_state(80, 0.6, 1.0)["sz"]) / 80 > 50 * means[-1]


@pytest.mark.parametrize("theta", [0.0, 0.2, 0.6])
def test_a_squeezed_bath_squeezes_as_it_must(theta):
    """c = cos t S^- + sin t S^+: var S^x = S/2 (cos t - sin t)/(cos t + sin t), y its inverse."""
    operator = math.cos(theta) * A.minus + math.sin(theta) * A.plus
    found = ABOUT(twoqs.Model(jumps=[jump(operator, 1 / 400)]))
    ratio = (math.cos(theta) - math.sin(theta)) / (math.cos(theta) + math.sin(theta))
    moments = found.steady()
    assert float(moments.var_sx) == pytest.approx(100 * ratio)
    assert float(moments.var_sy) == pytest.approx(100 / ratio)
    assert float(moments.cov_sxsy) == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(found.damping, math.cos(2 * theta), atol=1e-9)
    occupied = (ratio + 1 / ratio) / 4 - 0.5
    assert float(moments.sz) == pytest.approx(-200 + occupied)
    # a pure state: the variance of n is that of a squeezed vacuum
    assert float(moments.var_sz) == pytest.approx(2 * occupied * (occupied + 1), abs=1e-9)


def test_a_thermal_bath_has_its_occupation():
    n = 0.7
    model = twoqs.Model(jumps=[jump(A.minus, (n + 1) / 400), jump(A.plus, n / 400)])
    moments = ABOUT(model).steady()
    assert float(moments.var_sx) == pytest.approx(100 * (2 * n + 1))
    assert float(moments.sz) == pytest.approx(-200 + n)
    assert float(moments.var_sz) == pytest.approx(n * (n + 1))


def ring(couplings, n=10, spin=500.0, **more) -> twoqs.Model:
    return twoqs.Model(spin=spin, lattice=chain(n), coupling=couplings, decay=1.0, **more)


@pytest.mark.parametrize("couplings", [(0.5, -0.8, 0), (0.5, -0.8, 0.6), (-0.7, 0.4, -0.3)])
@pytest.mark.parametrize("n", [9, 10])
def test_spin_waves_of_an_xyz_ring(couplings, n):
    """-Gamma +- i sqrt(A^2 - B^2), n_q = B^2/(2 (Gamma^2 + A^2 - B^2)) with A, B of each q."""
    jx, jy, jz = couplings
    found = ABOUT(ring(couplings, n))
    q = found.momenta[:, 0]
    np.testing.assert_allclose(np.sort(q % (2 * np.pi)), 2 * np.pi * np.arange(n) / n, atol=1e-12)
    a_q, b_q = (jx + jy) / 2 * np.cos(q) - jz, (jx - jy) / 2 * np.cos(q)
    root = np.sqrt((a_q**2 - b_q**2).astype(complex))
    expected = -1 + 1j * np.stack([root, -root], axis=1)
    # next to a double root, where rounding counts by its square root
    both = [np.sort_complex(np.round(e, 6)) for e in (found.eigenvalues, expected)]
    np.testing.assert_allclose(*both, atol=3e-6)
    n_q = b_q**2 / (2 * (1 + a_q**2 - b_q**2))
    moments = found.steady()
    assert float(moments.sz) == pytest.approx(-500 + n_q.mean(), abs=1e-9)
    by_distance = np.cos(np.outer(moments.distance, q)) @ n_q / n
    np.testing.assert_allclose(moments.correlation, 2 * 500 * by_distance, atol=1e-9)
    normalised = by_distance / by_distance[0]
    np.testing.assert_allclose(moments.correlation_normalised, normalised, atol=1e-12)


def test_dzyaloshinskii_moriya_waves_have_a_direction():
    """H = h S^z + D/(2S) sum z.(S_i x S_i+1): at the south pole omega_q = h - D sin q."""
    s = Sites(Spin(50), chain(8), "s")
    d, h = 0.7, 1.3
    swirl = bonds(s.x, s.y, directed=True) - bonds(s.y, s.x, directed=True)
    model = twoqs.Model(hamiltonian=h * s.z + d / 100 * swirl, jumps=[
        jump(twoqs.each(s.minus), 0.5 / 100)
    ])  # fmt: skip
    found = ABOUT(model)
    q = found.momenta[:, 0]
    # S^- at q turns as e^(-i omega_q t), S^+ as e^(+i omega_-q t).
    expected = np.stack([-(h - d * np.sin(q)), h + d * np.sin(q)], axis=1)
    np.testing.assert_allclose(np.sort(found.frequencies, axis=1), np.sort(expected, axis=1))
    np.testing.assert_allclose(found.damping, 0.5)
    # negative control: the frequencies at q and -q differ, by twice D sin q
    wrong = np.sort(np.stack([-(h + d * np.sin(q)), h - d * np.sin(q)], axis=1), axis=1)
    assert np.abs(np.sort(found.frequencies, axis=1) - wrong).max() > 1


LATTICES = {
    "chain": ring((0.5, -0.8, 0.3), 6, field=(0.4, 0.1, 0.2), twist=(0.3, 0, 0.1)),
    "square": twoqs.Model(spin=30, lattice=twoqs.square(3, 4), coupling=(0.3, -0.2, 0.1),
                          field=(0.4, 0, 0.3), decay=1.0, gain=0.1),
    "honeycomb": twoqs.Model(spin=30, lattice=twoqs.honeycomb(2, 3), coupling=(0.3, -0.2, 0.1),
                             field=(0.4, 0, 0.3), decay=1.0),
    "power law": twoqs.Model(spin=30, lattice=twoqs.power_law(chain(7), 1.5),
                             coupling=(0.3, -0.2, 0.1), field=(0.4, 0, 0.3), decay=1.0),
    "all to all": twoqs.Model(spin=30, lattice=twoqs.all_to_all(5), coupling=(0.1, -0.1, 0.1),
                              field=(0.4, 0, 0.3), decay=1.0),
    "period two": ring((0.5, -0.8, 0.3), 6, field=([0.4, 0.1] * 3, 0, 0.3)),
}  # fmt: skip
RING = Sites(Spin(40), chain(6), "s")
LATTICES["Dzyaloshinskii-Moriya and a common bath"] = twoqs.Model(
    hamiltonian=0.3 * RING.x + 0.004 * (
        bonds(RING.x, RING.y, directed=True) - bonds(RING.y, RING.x, directed=True)
    ),
    jumps=[jump(twoqs.each(RING.minus), 0.01), jump(total(RING.minus, [1, 1j, -1, -1j, 1, 1j]), 0)],
)  # fmt: skip
LATTICES["a bath that winds"] = twoqs.Model(
    hamiltonian=0.1 * RING.z,
    jumps=[
        jump(twoqs.each(RING.minus), 0.01), jump(twoqs.each(RING.plus), 0.002),
        jump(total(RING.minus, np.exp(2j * np.pi * np.arange(6) / 3).tolist()), 0.003),
    ],
)  # fmt: skip


@pytest.mark.parametrize("name", LATTICES)
def test_momenta_give_what_the_whole_matrix_gives(name):
    model = LATTICES[name]
    found = ABOUT(model)
    precession = Equations.of(generators_of(model)).at()
    whole = Gaussian.of(precession, Translations(np.arange(model.n_sites)[None, :]))
    covariance, mean, lost = whole.at_rest(found.point.spins.T)
    assert found.drift.shape[0] > 1
    n = model.n_sites
    blocks = covariance[0].reshape(3, n, 3, n).transpose(1, 0, 3, 2)
    np.testing.assert_allclose(found.covariance(), blocks, atol=1e-9 * model.spin)
    dense = whole.next_order(found.point.spins.T, mean, covariance, lost)
    assert found.next_order == pytest.approx(dense, rel=1e-6)
    s = found.point.spins.T
    own = Fluctuations(model, found.point, np.zeros((1, 1)), *_tangent(whole, s), whole, s)
    one, other = found.steady(), own.steady()
    assert set(one) == set(other)
    for variable in one:
        np.testing.assert_allclose(one[variable], other[variable], atol=1e-8, rtol=1e-9)
    eigenvalues = [np.sort_complex(np.round(f.eigenvalues.ravel(), 6)) for f in (found, own)]
    np.testing.assert_allclose(*eigenvalues, atol=1e-4)


def _tangent(gaussian: Gaussian, s: np.ndarray):
    across = frame(s)
    return [across.T @ m @ across for m in (gaussian.jacobian(s), gaussian.diffusion(s))]


def test_ten_thousand_sites_cost_nothing():
    found = ABOUT(ring((0.5, -0.8, 0), 10_000)).steady()
    few = ABOUT(ring((0.5, -0.8, 0), 100)).steady()
    # of the correlation length 0.97: a hundred sites are as good as infinitely many
    assert float(found.sz) == pytest.approx(float(few.sz), abs=1e-12 * 500)
    np.testing.assert_allclose(
        found.correlation_normalised[:20], few.correlation_normalised[:20], atol=1e-12
    )


@pytest.mark.parametrize("rows", [2, 4, 8])
def test_covariances_solve_their_equation(rows):
    rng = np.random.default_rng(rows)
    a = rng.normal(size=(3, rows, rows)) + 1j * rng.normal(size=(3, rows, rows))
    a -= (1 + np.linalg.norm(a, ord=2, axis=(1, 2)))[:, None, None] * np.eye(rows)
    root = rng.normal(size=(3, rows, rows)) + 1j * rng.normal(size=(3, rows, rows))
    d = root @ root.conj().swapaxes(1, 2)
    v = steady_covariance(a, d)
    product = a @ v
    np.testing.assert_allclose(product + product.conj().swapaxes(1, 2) + d, 0, atol=1e-10)


def two_on_a_waveguide(spin: float) -> twoqs.Model:
    """Unequal spins, driven, on a waveguide, so that no state is dark."""
    a, b = Spin(spin, "a"), Spin(2 * spin, "b")
    rates, exchange = twoqs.waveguide([0.0, 1.0], gamma=1 / (2 * spin), k=1.1)
    minus, plus = (a.minus, b.minus), (a.plus, b.plus)
    energy = sum(exchange[i, j] * plus[i] * minus[j] for i in range(2) for j in range(2) if i != j)
    return twoqs.Model(
        hamiltonian=energy + 0.5 * a.x + 0.2 * b.y + 0.1 * b.z,
        jumps=[jump(list(minus), rates=rates)],
    )


SINGLE = {
    "twisted, driven and tilted": lambda s: twoqs.Model(
        spin=s, field=(0.4, 0.2, 0.3), twist=(0.5, 0, -0.4), decay=1.0, gain=0.2
    ),
    "a jump operator with S^z": lambda s: _mixed_jump(s),
}


def _mixed_jump(spin: float) -> twoqs.Model:
    a = Spin(spin, "a")
    operator = a.minus + 0.3j * a.plus + 0.2 * a.z
    return twoqs.Model(hamiltonian=0.2 * a.x, jumps=[jump(operator, 1 / (2 * spin))])


@pytest.mark.parametrize("name", SINGLE)
def test_deviations_from_the_master_equation_fall_with_the_spin(name):
    """By 1/S^2 of S in means and 1/S of S in variances; all signs and factors are in them."""
    errors = []
    for spin in (10, 20, 40):
        model = SINGLE[name](spin)
        found, exact = ABOUT(model).steady(), steady_state(model)
        shares = [abs(float(found[n] - exact[n])) / spin for n in MOMENTS]
        errors.append([max(shares[:3]), max(shares[3:])])
    means, variances = np.array(errors).T
    assert np.all(means[:-1] / means[1:] > 3)
    assert np.all(variances[:-1] / variances[1:] > 1.7)
    assert means[-1] < 2e-4
    assert variances[-1] < 0.02


def test_two_spins_on_a_waveguide_are_those_of_the_master_equation():
    errors = []
    for spin in (2, 4):
        model = two_on_a_waveguide(spin)
        found, exact = ABOUT(model).steady(), steady_state(model)
        shares = [np.max(np.abs(found[n] - exact[n]).values) / spin for n in MOMENTS]
        errors.append([max(shares[:3]), max(shares[3:])])
    means, variances = np.array(errors).T
    assert means[1] < means[0] / 3.5
    assert variances[1] < variances[0] / 1.8
    assert means[1] < 1e-5
    assert found.sz.dims == ("member",)


def test_cross_correlations_of_a_common_bath():
    """Two equal spins on one thermal bath and each on its own: symmetric and antisymmetric sums."""
    a, b = Spin(100, "a"), Spin(100, "b")
    own, common, n = 0.6, 0.4, 0.5
    jumps = [jump(a.minus, own / 200), jump(b.minus, own / 200)]
    jumps += [jump(a.minus + b.minus, common * (n + 1) / 200)]
    jumps += [jump(a.plus + b.plus, common * n / 200)]
    covariance = ABOUT(twoqs.Model(jumps=jumps)).covariance()
    # The sum is damped at own + 2 common, with the noise (own + 2 common (2n + 1)) S.
    plus = 50 * (own + 2 * common * (2 * n + 1)) / (own + 2 * common)
    one, other = (plus + 50) / 2, (plus - 50) / 2
    same = covariance.sel(axis="x", other_axis="x")
    np.testing.assert_allclose(same, [[one, other], [other, one]])
    np.testing.assert_allclose(covariance.sel(axis="x", other_axis="y"), 0, atol=1e-9)
    assert covariance.dims == ("site", "axis", "other_site", "other_axis")


def test_the_next_order_tells_short_spins_and_strong_noise():
    sizes = [ABOUT(twoqs.Model(spin=s, field=(0.5, 0, 0), decay=1.0)).next_order for s in (10, 100)]
    assert sizes[0] == pytest.approx(10 * sizes[1], rel=1e-6)
    dephased = twoqs.Model(spin=1000, decay=1.0, dephasing=0.3)
    # <S^-> decays at 1.3, not 1: linear theory does not know, but says so
    assert ABOUT(dephased).next_order > 0.2
    assert ABOUT(twoqs.Model(spin=1000, decay=1.0, dephasing=0.001)).next_order < 0.01


def test_about_another_fixed_point():
    model = twoqs.Model(spin=50, field=(0.6, 0, 0), decay=1.0)
    stable, unstable = mean_field.fixed_points(model)
    assert ABOUT(model, stable).stable
    found = ABOUT(model, unstable)
    assert not found.stable
    np.testing.assert_allclose(found.damping, -0.8, atol=1e-9)
    np.testing.assert_allclose(ABOUT(model, stable.spins).damping, 0.8, atol=1e-9)
    with pytest.raises(TwoqsError, match=r"not stable: .* grows at the rate 0\.8"):
        found.steady()


@pytest.mark.parametrize(
    "point", [[[0, 0, 50]], [[0, 30, -39]], [[0, 30, -40], [0, 30, -40]], [0, 30, -40]]
)
def test_what_is_no_fixed_point_is_refused(point):
    model = twoqs.Model(spin=50, field=(0.6, 0, 0), decay=1.0)
    with pytest.raises(ArgumentError, match=r"`point` must be a fixed point of this model"):
        ABOUT(model, point)


def test_large_covariances_are_refused():
    with pytest.raises(ArgumentError, match="`model` must have at most 200 sites"):
        ABOUT(ring((0.5, -0.8, 0), 300)).covariance()


def test_translations_of_a_state_with_a_period_of_two():
    model = ring((0.5, -0.8, 0), 6, initial=coherent([0.3, 0.4] * 3))
    precession = Equations.of(generators_of(model)).at()
    s = mean_field.trajectory(model, [0.0])
    spins = np.stack([s[f"s{a}_site"].values[0] for a in "xyz"])
    assert translations_of(model, precession).n_cells == 6
    assert translations_of(model, precession, spins).n_cells == 3
    assert linear.evolution(model, [0.1]).sx_site.sizes["site"] == 6
