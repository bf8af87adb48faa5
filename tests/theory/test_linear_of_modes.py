"""Linear fluctuations of modes and ensembles: closed formulas, and the master equation."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs as tq
from twoqs.errors import ArgumentError
from twoqs.theory import evolve, linear, single_members_at_rest, steady_state
from twoqs.theory.linear.fluctuations import Fluctuations

CAVITY = tq.Mode("cavity")
OF_MODES = ("n", "a_re", "a_im", "var_q", "var_p", "cov_qp", "var_n")
OF_SPINS = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sxsz", "cov_sysz")


def parametric(squeezing: float, loss: float = 0.5) -> tq.Model:
    """H = e (a^2 + a^+^2)/2, on resonance: variances k/(k -+ e)/2 along the diagonals."""
    pairs = CAVITY.a * CAVITY.a + CAVITY.adag * CAVITY.adag
    return tq.Model(hamiltonian=squeezing / 2 * pairs, jumps=[tq.jump(CAVITY.a, loss)])


def test_a_parametric_oscillator_has_its_closed_formulas() -> None:
    e, k = 0.3, 0.5
    found = Fluctuations.about(parametric(e))
    np.testing.assert_allclose(np.sort(found.damping), [[k - e, k + e]], atol=1e-12)
    np.testing.assert_allclose(found.frequencies, 0, atol=1e-12)
    steady = found.steady()
    wide, narrow = k / (k - e) / 2, k / (k + e) / 2
    assert steady.var_q.item() == pytest.approx((wide + narrow) / 2)
    assert steady.var_p.item() == pytest.approx((wide + narrow) / 2)
    assert abs(steady.cov_qp.item()) == pytest.approx((wide - narrow) / 2)
    assert steady.n.item() == pytest.approx(e**2 / (2 * (k**2 - e**2)))
    assert found.next_order < 1e-12  # it is exact
    unstable = Fluctuations.about(parametric(0.51), [[0, 0, 0]])
    assert not unstable.stable


def test_gaussian_modes_are_exact_at_rest_and_in_time() -> None:
    """Squeezed, driven and warm: all moments, to the tolerance of the master equation."""
    pairs = CAVITY.a * CAVITY.a + CAVITY.adag * CAVITY.adag
    model = tq.Model(
        hamiltonian=0.3 * CAVITY.n + 0.1 * pairs + 0.3 * (CAVITY.a + CAVITY.adag),
        jumps=[tq.jump(CAVITY.a, 0.5), tq.jump(CAVITY.adag, 0.05)],
        initial=tq.gaussian(0.5 + 0.2j, n=0.2, r=0.3, angle=1.0),
    )
    steady, exact = Fluctuations.about(model).steady(), steady_state(model)
    times = [0.0, 0.7, 2.0]
    moving, evolved = linear.evolution(model, times), evolve(model, times)
    for name in OF_MODES:  # 1e-5: the population of the last level is 1e-6
        np.testing.assert_allclose(steady[name], exact[name], atol=3e-5, rtol=1e-5)
        np.testing.assert_allclose(moving[name], evolved[name], atol=3e-5, rtol=1e-5)
    assert "sx" not in steady


def test_independent_members_are_exact_in_all_moments() -> None:
    atoms = tq.Ensemble(500, name="atoms")
    model = tq.Model(
        hamiltonian=0.7 * atoms.x + 0.2 * atoms.z,
        jumps=[tq.jump(tq.each(atoms.minus), 0.3), tq.jump(tq.each(atoms.x + 1j * atoms.z), 0.1)],
    )
    found = Fluctuations.about(model)
    steady, exact = found.steady(), single_members_at_rest(model)
    for name in OF_SPINS:
        np.testing.assert_allclose(steady[name], exact[name], atol=1e-7)
    assert found.drift.shape == (1, 3, 3)
    assert found.covariance().shape == (1, 3, 1, 3)


def dicke(spin: float) -> tq.Model:
    atoms = tq.Spin(spin, "s")
    coupling = 0.5 / math.sqrt(2 * spin)
    return tq.Model(
        hamiltonian=1.3 * CAVITY.n + 0.8 * atoms.z
        + coupling * (CAVITY.a + CAVITY.adag) * atoms.x
        + 0.3 * math.sqrt(spin) * (CAVITY.a + CAVITY.adag),
        jumps=[tq.jump(CAVITY.a, 0.6), tq.jump(atoms.minus, 0.4 / (2 * spin))],
        initial={"s": tq.coherent(2.4, 0.3), "cavity": tq.gaussian(0.2 * spin**0.5)},
    )  # fmt: skip


def driven_atoms(n: int) -> tq.Model:
    atoms = tq.Ensemble(n, name="s")
    return tq.Model(
        hamiltonian=0.8 * atoms.x + 0.3 * atoms.z,
        jumps=[tq.jump(atoms.minus, 0.8 / n), tq.jump(tq.each(atoms.minus), 0.2),
               tq.jump(tq.each(atoms.z), 0.4)],
        initial=tq.coherent(2.4, 0.3),
    )  # fmt: skip


def deviations(theory, exact, spin: float) -> np.ndarray:
    """Largest of means over S (quanta and sqrt(S) for modes), and of variances over S."""
    scales = dict.fromkeys(OF_SPINS[:3], spin) | dict.fromkeys(OF_SPINS[3:], spin)
    scales |= {"n": spin, "a_re": spin**0.5, "a_im": spin**0.5, "var_n": spin}
    scales |= dict.fromkeys(("var_q", "var_p", "cov_qp"), 1.0)
    shares = {n: float(abs(theory[n] - exact[n]).max()) / scales[n] for n in scales if n in exact}
    means = [share for name, share in shares.items() if not name.startswith(("var", "cov"))]
    return np.array([max(means), max(v for k, v in shares.items() if k.startswith(("var", "cov")))])


@pytest.mark.parametrize(
    ("model", "sizes", "spins"), [(dicke, (1, 2), (1, 2)), (driven_atoms, (10, 20), (5, 10))]
)
def test_deviations_from_the_master_equation_fall_with_the_size(model, sizes, spins) -> None:
    """As 1/S^2 for means and 1/S for variances, at rest and in time."""
    errors = []
    for size, spin in zip(sizes, spins, strict=True):
        own = model(size)
        steady = deviations(Fluctuations.about(own).steady(), steady_state(own), spin)
        times = [0.5, 1.5]
        moving = deviations(linear.evolution(own, times), evolve(own, times), spin)
        errors.append(np.concatenate([steady, moving]))
    first, second = np.array(errors)
    ratios = first / second
    # 4 and 2, less what is of the order after
    assert np.all(ratios[[0, 2]] > 3.4)
    assert np.all(ratios[[1, 3]] > 1.7)


def test_a_kerr_mode_is_right_to_the_next_order() -> None:
    """K |a|^2 fixed: <a> is off by 1/n^2 of its size, and the classical one by 1/n."""
    errors = []
    for scale in (2.0, 4.0):
        kerr = 0.15 / scale**2
        square = CAVITY.n * CAVITY.n - CAVITY.n
        model = tq.Model(
            hamiltonian=0.4 * CAVITY.n + kerr * square + 0.7 * scale * (CAVITY.a + CAVITY.adag),
            jumps=[tq.jump(CAVITY.a, 0.7)],
        )
        found = Fluctuations.about(model)
        steady, exact = found.steady(), steady_state(model)
        amplitude = complex(exact.a_re.item(), exact.a_im.item())
        own = complex(steady.a_re.item(), steady.a_im.item())
        errors.append([
            abs(own - amplitude) / scale, abs(found.point.amplitudes[0] - amplitude) / scale,
            abs(steady.var_q.item() - exact.var_q.item()),
        ])  # fmt: skip
        assert 0.1 / scale**2 < found.next_order < 10 / scale**2
    ratios = np.array(errors[0]) / np.array(errors[1])
    assert ratios[0] > 10  # 16
    assert 3 < ratios[1] < 5.5  # negative control: 4, without the correction
    assert ratios[2] > 3
    empty = tq.Model(hamiltonian=CAVITY.n * CAVITY.n, jumps=[tq.jump(CAVITY.a, 0.7)])
    assert Fluctuations.about(empty).next_order == math.inf


def test_lattices_of_modes_have_momenta() -> None:
    """Cavities in a row, w_q = w + 2 J cos q, all damped by the loss."""
    row = tq.Sites(tq.Mode(), tq.chain(12), name="c")
    hopping = tq.bonds(row.adag, row.a)
    model = tq.Model(hamiltonian=0.9 * row.n + 0.2 * (hopping + tq.bonds(row.a, row.adag)) / 2,
                     jumps=[tq.jump(tq.each(row.a), 0.3)])  # fmt: skip
    found = Fluctuations.about(model)
    assert found.drift.shape == (12, 2, 2)
    np.testing.assert_allclose(found.damping, 0.3, atol=1e-12)
    frequencies = np.abs(found.frequencies[:, 0])
    spread = frequencies.max() - frequencies.min()
    phase = np.cos(found.momenta[:, 0])
    np.testing.assert_allclose(frequencies, 0.9 + spread / 2 * phase, atol=1e-12)
    assert spread > 0.1
    assert found.steady().n.item() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("point", [[[1.0, 0.0, 0.5]], [[0.0, 0.0, 1.0]], [[0.0, 0.0]]])
def test_what_is_no_fixed_point_of_a_mode_is_refused(point) -> None:
    with pytest.raises(ArgumentError, match="`point` must be a fixed point"):
        Fluctuations.about(parametric(0.2), point)
