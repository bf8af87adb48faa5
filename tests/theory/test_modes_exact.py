"""Exact theory of modes: operators against QuTiP's own, closed forms, and the cut."""

from __future__ import annotations

import math

import numpy as np
import pytest
import qutip

import twoqs as tq
from twoqs.errors import ArgumentError
from twoqs.methods.numerics import Numerics, resolve
from twoqs.theory import evolve, steady_state
from twoqs.theory.operators import initial_density
from twoqs.theory.photons import PhotonCutError
from twoqs.theory.point import predict

C, D, S = tq.Mode(name="c"), tq.Mode(name="d"), tq.Spin(1, name="s")
CLOSE = 1e-7
"""What is beyond the cut, and the accuracy of exponentials."""


def test_operators_are_those_of_qutip() -> None:
    model = tq.Model(
        members=(C, S, D),
        hamiltonian=0.7 * C.n + 0.2 * (C.n**2 - C.n) + 0.3 * (C.a * C.a + C.adag * C.adag)
        + 0.4 * (C.adag * S.minus + C.a * S.plus) + 0.1 * C.n * S.z
        + 0.6 * (C.adag * D.a + D.adag * C.a),
        jumps=[tq.jump(C.a, 0.5), tq.jump(D.adag - 0.3j * S.minus, 0.2), tq.collapse(D.n)],
    )  # fmt: skip
    energy, jumps = model.to_qutip(photons={"c": 5, "d": 3})
    assert energy.dims == [[6, 3, 4], [6, 3, 4]]
    c, d = (qutip.expand_operator(qutip.destroy(n), [6, 3, 4], k) for n, k in ((6, 0), (4, 2)))
    plus, z = (qutip.expand_operator(qutip.jmat(1, a), [6, 3, 4], 1) for a in "+z")
    n, minus = c.dag() * c, plus.dag()
    expected = (
        0.7 * n + 0.2 * c.dag() ** 2 * c**2 + 0.3 * (c**2 + c.dag() ** 2)
        + 0.4 * (c.dag() * minus + c * plus) + 0.1 * n * z + 0.6 * (c.dag() * d + d.dag() * c)
    )  # fmt: skip
    shift = energy[0, 0]  # models drop constants
    np.testing.assert_allclose(energy.full() - shift * np.eye(72), expected.full(), atol=1e-13)
    by_hand = [c, math.sqrt(0.4) * (d.dag() - 0.3j * minus), d.dag() * d]
    for one, other in zip(jumps, by_hand, strict=True):
        np.testing.assert_allclose(one.full(), other.full(), atol=1e-13)


def test_initial_states_are_those_of_qutip() -> None:
    state = tq.gaussian(alpha=0.6 - 0.4j, n=0.2, r=0.3, angle=0.7)
    rho = initial_density(tq.Model(members=(C,), hamiltonian=C.n, initial=state))
    size = len(rho)
    turn = qutip.displace(80, 0.6 - 0.4j) @ qutip.squeeze(80, 0.3 * np.exp(0.7j))
    expected = (turn @ qutip.thermal_dm(80, 0.2, "analytic") @ turn.dag()).full()
    np.testing.assert_allclose(rho, expected[:size, :size], atol=1e-7)
    found = evolve(tq.Model(members=(C,), hamiltonian=C.n, initial=state), [0.0]).isel(time=0)
    assert complex(found.a_re, found.a_im) == pytest.approx(0.6 - 0.4j, abs=CLOSE)
    x, y = state.covariance[0, 0], state.covariance[1, 1]
    assert [float(found.var_q), float(found.var_p)] == pytest.approx([2 * x, 2 * y], abs=1e-6)
    assert float(found.cov_qp) == pytest.approx(-2 * state.covariance[0, 1], abs=1e-6)


def test_closed_forms_in_time_and_at_rest() -> None:
    """A driven mode, a thermal one, and a parametric one below threshold."""
    drive, loss, detuning = 1.1, 0.5, 0.4
    driven = tq.Model(
        hamiltonian=detuning * C.n + drive * (C.a + C.adag), jumps=[tq.jump(C.a, loss)]
    )
    rest = -1j * drive / (loss + 1j * detuning)
    times = np.array([0.3, 2.0])
    alpha = rest * (1 - np.exp(-(loss + 1j * detuning) * times))
    found = evolve(driven, times)
    np.testing.assert_allclose(found.a_re + 1j * found.a_im, alpha, atol=1e-5)  # about the cut
    np.testing.assert_allclose(found.n, abs(alpha) ** 2, atol=2e-5)
    np.testing.assert_allclose(found.var_q, 0.5, atol=1e-4)
    np.testing.assert_allclose(found.g2, 1.0, atol=1e-4)
    assert float(steady_state(driven).n) == pytest.approx(abs(rest) ** 2, abs=1e-4)
    thermal = tq.Model(jumps=[tq.jump(C.a, 0.7 * 1.5), tq.jump(C.adag, 0.7 * 0.5)])
    bath = steady_state(thermal)
    assert [float(bath[k]) for k in ("n", "var_n", "g2")] == pytest.approx(
        [0.5, 0.75, 2.0], abs=1e-4
    )
    squeezing = tq.Model(
        hamiltonian=0.1j * (C.adag * C.adag - C.a * C.a), jumps=[tq.jump(C.a, loss)]
    )
    below = steady_state(squeezing)  # dx/dt = (2 * 0.1 - loss) x, dp/dt = -(2 * 0.1 + loss) p
    assert float(below.var_q) == pytest.approx(loss / (loss - 0.2) / 2, abs=1e-4)
    assert float(below.var_p) == pytest.approx(loss / (loss + 0.2) / 2, abs=1e-4)
    assert abs(float(below.var_q) - 0.5) > 0.1  # negative control


def test_the_cut_is_raised_and_then_refused() -> None:
    model = tq.Model(hamiltonian=2.0 * (C.a + C.adag), jumps=[tq.jump(C.a, 0.5)])
    few, many = (evolve(model, [4.0], photons=n) for n in (4, 60))
    assert few.attrs["photons"][0] > 16  # |alpha|^2 = 12
    assert float(few.n[0]) == pytest.approx(float(many.n[0]), abs=1e-4)
    with pytest.raises(PhotonCutError, match=r"mode c needs .* the last level has the population"):
        evolve(model, [4.0], limit=15)
    with pytest.raises(PhotonCutError, match="may have 20 dimensions"):
        steady_state(model, limit=20)
    with pytest.raises(ArgumentError, match="`photons` must name modes of the model"):
        model.to_qutip(photons={"a": 3})
    with pytest.raises(ArgumentError, match="`photons` must be an integer of at least 1"):
        model.to_qutip(photons=0)


def test_what_runs_away_has_no_prediction() -> None:
    spin = tq.Spin(12, name="s")
    model = tq.Model(members=(C, spin), hamiltonian=spin.z, jumps=[tq.jump(C.adag, 0.5)])
    found = predict(model, resolve(model, Numerics(times=(0.1, 40.0))))
    assert found is not None
    assert np.isnan(found.n).all()
    assert found.n.dims == ("time",)


def test_models_of_modes_and_spins_have_both_dimensions() -> None:
    other = tq.Spin(0.5, name="b")
    model = tq.Model(
        members=(C, S, other, D),
        hamiltonian=0.3 * (C.a + C.adag) * S.x + 0.2 * (D.a + D.adag) * other.x,
        jumps=[tq.jump(C.a, 0.5), tq.jump(D.a, 0.5)],
    )
    found = evolve(model, [0.0, 1.0], photons=3)
    assert found.sz.dims == ("time", "member")
    assert found.n.dims == ("time", "mode")
    assert found.member.values.tolist() == ["s", "b"]
    assert found.mode.values.tolist() == ["c", "d"]
    alone = evolve(tq.Model(members=(C,), hamiltonian=C.n), [0.0])
    assert "sz" not in alone
    assert alone.n.dims == ("time",)


def test_turns_and_pulses_beside_a_mode() -> None:
    """A turn of a spin that a mode is coupled to, against QuTiP."""
    energy = 1.0 * C.n + S.z + 0.4 * (C.a + C.adag) * S.x
    turned = tq.Model(
        hamiltonian=energy, jumps=[tq.jump(C.a, 0.5)], events=[tq.turn(1.0, S, "x", 0.8)]
    )
    found = evolve(turned, [1.0, 2.0], photons=14)
    H, c_ops = tq.Model(hamiltonian=energy, jumps=[tq.jump(C.a, 0.5)]).to_qutip(photons=30)
    options = {"rtol": 1e-9, "atol": 1e-11, "nsteps": 10**6}
    rho = qutip.tensor(qutip.basis(31, 0), qutip.basis(3, 2))
    rho = qutip.mesolve(H, rho, [0, 1.0], c_ops, options=options).states[-1]
    turn = qutip.expand_operator((-0.8j * qutip.jmat(1, "x")).expm(), [31, 3], 1)
    rho = turn @ rho @ turn.dag()
    sz = qutip.expand_operator(qutip.jmat(1, "z"), [31, 3], 1)
    assert float(found.sz[0]) == pytest.approx(qutip.expect(sz, rho), abs=1e-5)
    later = qutip.mesolve(H, rho, [0, 1.0], c_ops, e_ops=[sz], options=options).expect[0][-1]
    assert float(found.sz[1]) == pytest.approx(later, abs=1e-5)
    strength = tq.Parameter("f", tq.gauss(center=0.5, width=0.2, height=1.0))
    pulsed = tq.Model(hamiltonian=strength * (C.a + C.adag), jumps=[tq.jump(C.a, 0.5)])
    n = evolve(pulsed, [1.5]).n[0]
    t = np.linspace(0, 1.5, 20001)
    pulse = np.exp(-((t - 0.5) ** 2) / (2 * 0.2**2))
    alpha = np.trapezoid(pulse * np.exp(-0.5 * (1.5 - t)), t)
    assert float(n) == pytest.approx(alpha**2, abs=1e-5)
