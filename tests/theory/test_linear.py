"""Linear fluctuations about fixed points: closed formulas, and the master equation."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs
from twoqs import Spin, TwoqsError, jump
from twoqs.errors import ArgumentError
from twoqs.theory import driven_steady_state, mean_field, steady_state
from twoqs.theory.linear.fluctuations import Fluctuations
from twoqs.theory.linear.gaussian import steady_covariance

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
