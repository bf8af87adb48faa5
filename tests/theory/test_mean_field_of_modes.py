"""Mean-field theory with modes and ensembles: closed formulas, and simulations of large spins."""

from __future__ import annotations

import math

import numpy as np
import pytest

import twoqs as tq
from twoqs.flows.lowered import generators_of
from twoqs.theory import evolve, linear, mean_field
from twoqs.theory.mean_field.equations import Equations
from twoqs.theory.mean_field.initial import initial_spins
from twoqs.theory.mean_field.tangent import jacobian, tangent

ATOMS, CAVITY, OTHER = tq.Ensemble(200, name="atoms"), tq.Mode("cavity"), tq.Mode("other")
SPIN = tq.Spin(30, "s")

EVERYTHING = tq.Model(
    hamiltonian=0.7 * CAVITY.n
    + 0.05 * (CAVITY.n * CAVITY.n - CAVITY.n)
    + 0.3 * (CAVITY.a + CAVITY.adag)
    + 0.1 * (CAVITY.a * CAVITY.a + CAVITY.adag * CAVITY.adag)
    + 0.2 * (CAVITY.a * OTHER.adag + CAVITY.adag * OTHER.a)
    + 0.04 * CAVITY.n * OTHER.n
    + 0.1 * (OTHER.a + OTHER.adag) * ATOMS.x
    + 0.02 * CAVITY.n * SPIN.z
    + 0.01 * ATOMS.x * SPIN.y
    + 0.4 * SPIN.x,
    jumps=[
        tq.jump(CAVITY.a, 0.5),
        tq.jump(CAVITY.n, 0.01),
        tq.jump(OTHER.a + 0.02 * ATOMS.minus, 0.3),
        tq.jump(tq.each(ATOMS.minus + 0.4 * ATOMS.z), 0.2),
        tq.jump(tq.each(ATOMS.plus), 0.1),
        tq.jump(SPIN.minus, 0.01),
    ],
    initial={
        "atoms": tq.coherent(1.0, 0.3),
        "s": tq.coherent(2.0, 1.0),
        "cavity": tq.gaussian(1.5 - 0.5j),
        "other": tq.gaussian(0.5j),
    },
)


def test_the_jacobian_is_that_of_finite_differences_and_keeps_what_is_kept() -> None:
    precession = Equations.of(generators_of(EVERYTHING)).at()
    s = initial_spins(EVERYTHING)
    exact = jacobian(precession, s, precession.coupling.dense())
    numbers = np.eye(s.size).reshape(s.size, *s.shape)
    shifts = [precession.rate(s + e) - precession.rate(s - e) for e in numbers]
    found = np.stack([shift.ravel() for shift in shifts], axis=1) / 2  # rates are quadratic
    np.testing.assert_allclose(found, exact, atol=1e-10)
    change = precession.change(s, s)
    np.testing.assert_allclose(change.ravel(), exact @ s.ravel(), atol=1e-10)
    # n = x^2 + y^2 of modes and the lengths of spins stay; those of ensembles do not
    rate, modes, free = precession.rate(s), precession.modes, precession.free
    quanta = rate[2] - 2 * np.sum(s[:2] * rate[:2], axis=0)
    np.testing.assert_allclose(quanta[modes], 0, atol=1e-12)
    lengths = np.sum(s * rate, axis=0)
    np.testing.assert_allclose(lengths[~modes & ~free], 0, atol=1e-10)
    assert abs(lengths[free][0]) > 100
    spanning, dual = tangent(precession, s)
    assert spanning.shape == (12, 9)  # two of each, and three of the ensemble
    np.testing.assert_allclose(dual.T @ spanning, np.eye(9), atol=1e-14)


def test_a_driven_damped_mode_is_exact() -> None:
    """<a> = -i F (1 - e^(-(i w + k) t))/(i w + k) from the vacuum, and n = |<a>|^2."""
    w, k, f = 0.7, 0.5, 1.2
    model = tq.Model(
        hamiltonian=w * CAVITY.n + f * (CAVITY.a + CAVITY.adag), jumps=[tq.jump(CAVITY.a, k)]
    )
    times = np.array([0.0, 0.5, 2.0, 30.0])
    found = mean_field.trajectory(model, times)
    pole = 1j * w + k
    a = -1j * f * (1 - np.exp(-pole * times)) / pole
    np.testing.assert_allclose(found.a_re + 1j * found.a_im, a, atol=1e-8)
    np.testing.assert_allclose(found.n, abs(a) ** 2, atol=1e-8)
    (point,) = mean_field.fixed_points(model)
    np.testing.assert_allclose(point.amplitudes, [-1j * f / pole], atol=1e-10)
    np.testing.assert_allclose(point.eigenvalues, [-k - 1j * w, -k + 1j * w], atol=1e-10)
    assert point.stable


def test_members_of_an_ensemble_obey_their_bloch_equations() -> None:
    """Without anything collective the master equation has the same means."""
    few = tq.Ensemble(3, name="atoms")
    model = tq.Model(
        hamiltonian=0.6 * few.x + 0.2 * few.z,
        jumps=[tq.jump(tq.each(few.minus + 0.3j * few.z), 0.4), tq.jump(tq.each(few.x), 0.2)],
        initial=tq.coherent(0.8, 0.5),
    )
    times = [0.0, 0.5, 3.0]
    found, exact = mean_field.trajectory(model, times), evolve(model, times)
    for name in ("sx", "sy", "sz"):
        np.testing.assert_allclose(found[name], exact[name], atol=1e-7)
    # negative control: they are not the equations of a spin
    spin = tq.Model(hamiltonian=0.6 * few.x + 0.2 * few.z, jumps=[tq.jump(few.minus, 0.4)],
                    initial=tq.coherent(0.8, 0.5))  # fmt: skip
    assert abs(mean_field.trajectory(spin, times).sz - exact.sz).max() > 0.1


def open_dicke(ratio: float, spin: float = 100.0) -> tq.Model:
    """At a coupling that is so many times that of the threshold."""
    w, w0, k = 1.3, 0.8, 0.5
    threshold = math.sqrt((w**2 + k**2) * w0 / w) / 2
    atoms = tq.Spin(spin, "s")
    coupling = 2 * ratio * threshold / math.sqrt(2 * spin)
    return tq.Model(
        hamiltonian=w * CAVITY.n + w0 * atoms.z + coupling * (CAVITY.a + CAVITY.adag) * atoms.x,
        jumps=[tq.jump(CAVITY.a, k)],
        initial={"s": tq.coherent(2.0, 0.5), "cavity": "vacuum"},
    )


def test_the_threshold_of_the_open_dicke_model() -> None:
    """lambda_c = sqrt((w^2 + k^2) w0/w)/2, by bisection of where the normal phase is stable."""

    def normal(ratio: float) -> linear.Fluctuations:
        return linear.Fluctuations.about(open_dicke(ratio), [[0, 0, 0], [0, 0, -100]])

    low, high = 0.2, 3.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if normal(middle).stable else (low, middle)
    assert low == pytest.approx(1.0, abs=1e-6)  # 1e-7 are what is taken for rounding
    with pytest.raises(tq.TwoqsError, match="no steady state"):
        normal(1.001).steady()


def test_above_it_the_dicke_model_is_superradiant() -> None:
    """<S^z> = -S/r^2 at r times the threshold, and a = -lambda <S^x> 2/sqrt(2S)/(w - i k)."""
    ratio = 1.5
    points = mean_field.fixed_points(open_dicke(ratio))
    assert [point.stable for point in points] == [True, True, False, False]
    for point in points[:2]:
        x, _, z = point.spins[1]
        assert z == pytest.approx(-100 / ratio**2, abs=1e-6)
        threshold = math.sqrt((1.3**2 + 0.5**2) * 0.8 / 1.3) / 2
        coupling = 2 * ratio * threshold / math.sqrt(200)
        np.testing.assert_allclose(point.amplitudes, [-coupling * x / (1.3 - 0.5j)], atol=1e-6)
        n = abs(point.amplitudes[0]) ** 2
        np.testing.assert_allclose(point.spins[0, 2], n, rtol=1e-9)


def laser(pump: float) -> tq.Model:
    """Superradiant in the bad-cavity limit: g = 0.3, loss 20, so that members decay as one by G."""
    return tq.Model(
        hamiltonian=0.3 * (CAVITY.a * ATOMS.plus + CAVITY.adag * ATOMS.minus),
        jumps=[tq.jump(CAVITY.a, 20.0), tq.jump(tq.each(ATOMS.plus), pump)],
    )


def test_threshold_and_inversion_of_a_superradiant_laser() -> None:
    """With G = g^2/k it lases for w < G N, where 2<J^z>/N = w/(G N); else all are inverted."""
    g, n = 0.3**2 / 20, 200
    for share in (0.2, 0.6, 0.95):
        points = mean_field.fixed_points(laser(share * g * n), starts=2)
        lasing = [p for p in points if abs(p.amplitudes[0]) > 1e-3]
        assert lasing
        for point in lasing:
            np.testing.assert_allclose(point.spins[0, 2], n / 2 * share, rtol=1e-6)
            assert abs(point.eigenvalues[0]) < 1e-6  # of its phase
            assert np.all(point.eigenvalues[1:].real < -1e-3)

    def dark(share: float) -> mean_field.FixedPoint:
        point = [[0, 0, n / 2], [0, 0, 0]]
        return linear.Fluctuations.about(laser(share * g * n), point).point

    assert not dark(0.999).stable
    assert dark(1.001).stable


SUPERRADIANT = tq.Model(
    hamiltonian=0.03 * (CAVITY.a * (big := tq.Ensemble(4000, "big")).plus + CAVITY.adag * big.minus)
    + 8.0 * (CAVITY.a + CAVITY.adag),
    jumps=[
        tq.jump(CAVITY.a, 1.0), tq.jump(tq.each(big.minus), 0.1), tq.jump(tq.each(big.z), 0.2),
    ],
    initial={"big": tq.coherent(2.2, 0.4), "cavity": "vacuum"},
)  # fmt: skip


@pytest.mark.parametrize("model", [open_dicke(1.3, spin=2000), SUPERRADIANT])
def test_large_spins_follow_trajectories_and_fluctuations(model) -> None:
    """S = 2000: means to 2/S of their scales, variances to 5 %, and three standard errors."""
    times = [0.5, 1.5, 4.0]
    found = tq.simulate(model, times=times, trajectories=2048, seed=3, step=0.02)
    theory, classical = linear.evolution(model, times), mean_field.trajectory(model, times)
    assert theory.next_order.max() < 0.05
    spin = 2000.0
    scales = {"sx": spin, "sy": spin, "sz": spin, "a_re": spin**0.5, "a_im": spin**0.5, "n": spin}
    for name, scale in scales.items():
        error = 3 * found[f"{name}_se"] + 2e-3 * scale  # 1e-3 is the error of the step
        assert np.all(abs(found[name] - classical[name]) < error + 1.0), name
        assert np.all(abs(found[name] - theory[name]) < error), name
    for name in ("var_sx", "var_sy", "var_sz", "var_q", "var_p", "var_n"):
        error = 3 * found[f"{name}_se"] + 0.05 * theory[name]
        assert np.all(abs(found[name] - theory[name]) < error), name
        # negative control: halved fluctuations are seen
        assert np.any(abs(found[name] - theory[name] / 2) > error), name
