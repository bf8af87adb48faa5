"""Linear fluctuations of lattices: dispersions, and momenta against the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs
from twoqs import Sites, Spin, bonds, chain, coherent, jump, total
from twoqs.errors import ArgumentError
from twoqs.flows.lowered import generators_of
from twoqs.theory import linear, mean_field
from twoqs.theory.linear.fluctuations import Fluctuations
from twoqs.theory.linear.gaussian import Gaussian
from twoqs.theory.mean_field.equations import Equations
from twoqs.theory.mean_field.tangent import frame
from twoqs.theory.mean_field.translations import Translations, translations_of

ABOUT = Fluctuations.about


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
