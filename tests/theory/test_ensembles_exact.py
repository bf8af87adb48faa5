"""Exact theory of ensembles: Dicke states against all members one by one, and PIQS."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import qutip
from qutip import piqs

import twoqs as tq
from twoqs.methods.numerics import Numerics, resolve
from twoqs.theory import evolve, steady_state
from twoqs.theory.factors import EnsembleFactor
from twoqs.theory.point import method_for, predict

CLOSE = 1e-9
"""Of exponentials and of factors of L."""


@pytest.mark.parametrize("members", [1, 2, 3, 4])
def test_dicke_states_give_what_all_members_do(members) -> None:
    """Every form of jump operator, and a Hamiltonian of second order, from a coherent state."""
    rng = np.random.default_rng(members)
    form = rng.normal(size=3) + 1j * rng.normal(size=3)
    e = tq.Ensemble(members, name="e")
    model = tq.Model(
        hamiltonian=0.4 * e.x + 0.3 * e.y * e.y - 0.2 * e.z,
        jumps=[tq.jump(tq.each(form[0] * e.x + form[1] * e.y + form[2] * e.z), 0.2),
               tq.jump(e.minus, 0.1)],
        initial=tq.coherent(0.7, 0.4),
    )  # fmt: skip
    s = [
        [qutip.expand_operator(qutip.jmat(0.5, a), [2] * members, k) for a in "xyz"]
        for k in range(members)
    ]
    x, y, z = (sum(own[k] for own in s) for k in range(3))
    single = [sum(f * part for f, part in zip(form, own, strict=True)) for own in s]
    collapse = [np.sqrt(0.4) * c for c in single] + [np.sqrt(0.2) * (x - 1j * y)]
    whole = qutip.liouvillian(0.4 * x + 0.3 * y @ y - 0.2 * z, collapse)
    one = (-0.4j * qutip.jmat(0.5, "z")).expm() @ (-0.7j * qutip.jmat(0.5, "y")).expm()
    psi = qutip.tensor([one @ qutip.basis(2, 0)] * members)
    rho = qutip.vector_to_operator((1.5 * whole).expm() @ qutip.operator_to_vector(psi.proj()))
    found = evolve(model, [1.5]).isel(time=0)
    for name, operator in zip(("sx", "sy", "sz"), (x, y, z), strict=True):
        assert float(found[name]) == pytest.approx(qutip.expect(operator, rho), abs=CLOSE)
    pairs = itertools.combinations_with_replacement(zip("xyz", (x, y, z), strict=True), 2)
    for (a, first), (b, second) in pairs:
        name = f"var_s{a}" if a == b else f"cov_s{a}s{b}"
        square = qutip.expect((first @ second + second @ first) / 2, rho)
        expected = square - qutip.expect(first, rho) * qutip.expect(second, rho)
        assert float(found[name]) == pytest.approx(expected.real, abs=CLOSE)
    # negative control: the same jump operator of all members together
    together = evolve(
        tq.Model(hamiltonian=model.hamiltonian, jumps=[tq.jump(
            form[0] * e.x + form[1] * e.y + form[2] * e.z, 0.2), tq.jump(e.minus, 0.1)],
            initial=tq.coherent(0.7, 0.4)), [1.5])  # fmt: skip
    assert (abs(float(together.sz[0]) - float(found.sz)) > 1e-3) == (members > 1)


def test_the_basis_is_that_of_piqs() -> None:
    for members in (2, 5):
        for mine, other in zip(
            EnsembleFactor(members).components, piqs.jspin(members), strict=True
        ):
            np.testing.assert_allclose(mine.full(), other.full(), atol=1e-14)


@pytest.mark.parametrize(
    ("members", "collective", "decay", "pump", "dephasing", "drive"),
    [(5, 0.5, 0.0, 3.0, 0.0, 0.0), (6, 0.167, 0.2, 2.0, 0.3, 0.0), (6, 0.05, 0.05, 0.0, 0.0, 1.0)],
)
def test_steady_states_are_those_of_piqs(members, collective, decay, pump, dephasing, drive):
    e = tq.Ensemble(members, name="e")
    rates = ((e.minus, decay), (e.plus, pump), (e.z, dephasing))
    model = tq.Model(
        hamiltonian=drive * e.x + 0.3 * e.z,
        jumps=[tq.jump(e.minus, collective), *(tq.jump(tq.each(c), r) for c, r in rates)],
    )
    ensemble = piqs.Dicke(
        members, emission=2 * decay, pumping=2 * pump, dephasing=2 * dephasing,
        collective_emission=2 * collective,
    )  # fmt: skip
    jx, jy, jz = piqs.jspin(members)
    ensemble.hamiltonian = drive * jx + 0.3 * jz
    L = ensemble.liouvillian().full()
    # Null vector of L among matrices of trace one.
    size = round(np.sqrt(len(L)))
    trace = np.eye(size).ravel(order="F")
    rho = np.linalg.lstsq(np.vstack([L, trace]), np.append(np.zeros(len(L)), 1.0), rcond=None)[0]
    rho = qutip.Qobj(rho.reshape(size, size, order="F"))
    found = steady_state(model)
    assert float(found.sz) == pytest.approx(qutip.expect(jz, rho), abs=1e-6)  # of least squares
    assert float(found.sy) == pytest.approx(qutip.expect(jy, rho), abs=1e-6)
    xx = float(found.var_sx + found.sx**2)
    assert xx == pytest.approx(qutip.expect(jx @ jx, rho).real, abs=1e-6)
    if not drive:  # which relaxes slowly
        later = evolve(model, [20.0])
        assert float(later.var_sz[0]) == pytest.approx(float(found.var_sz), abs=1e-7)


def test_a_mode_beside_an_ensemble() -> None:
    """A laser of two members, against both written out."""
    e, c = tq.Ensemble(2, name="e"), tq.Mode(name="c")
    model = tq.Model(
        members=(e, c),
        hamiltonian=0.5 * (c.a * e.plus + c.adag * e.minus),
        jumps=[tq.jump(tq.each(e.plus), 0.4), tq.jump(c.a, 0.6)],
    )
    dims = [2, 2, 12]
    a = qutip.expand_operator(qutip.destroy(12), dims, 2)
    minus = [qutip.expand_operator(qutip.sigmam(), dims, k) for k in range(2)]
    energy = 0.5 * (a @ (minus[0] + minus[1]).dag() + a.dag() @ (minus[0] + minus[1]))
    jumps = [np.sqrt(0.8) * m.dag() for m in minus] + [np.sqrt(1.2) * a]
    rho = qutip.steadystate(energy, jumps)
    found = steady_state(model)
    assert found.sz.dims == found.n.dims == ()
    assert float(found.n) == pytest.approx(qutip.expect(a.dag() @ a, rho), abs=1e-5)  # the cut
    inversion = qutip.expect(sum(m.dag() @ m for m in minus), rho) - 1
    assert float(found.sz) == pytest.approx(inversion, abs=1e-5)


def test_the_catalogue_has_ensembles() -> None:
    e = tq.Ensemble(20, name="e")
    model = tq.Model(jumps=[tq.jump(e.minus, 0.5), tq.jump(tq.each(e.plus), 3.0)])
    for settings in ({"times": (0.0, 1.0)}, {"average": (5.0, 10.0), "samples": 3}):
        numerics = resolve(tq.Model(spin=10, decay=1.0), Numerics(**settings))
        assert method_for(model, numerics) == "master equation"
        found = predict(model, numerics)
    # Steady state of PIQS, known from an independent solution.
    assert 2 * float(found.sz) / 20 == pytest.approx(0.2908, abs=1e-4)
    plus_minus = float(found.var_sx + found.var_sy + found.sz)
    assert plus_minus / 400 == pytest.approx(0.1064, abs=1e-4)
    assert "squeezing" in found


def test_a_symmetric_ensemble_is_a_spin() -> None:
    e = tq.Ensemble(9, name="e")
    model = tq.Model(hamiltonian=0.3 * e.x, jumps=[tq.jump(e.minus, 0.1)])
    assert model.to_qutip()[0].shape == (10, 10)
    each = tq.Model(hamiltonian=0.3 * e.x, jumps=[tq.jump(tq.each(e.minus), 0.1)])
    assert each.to_qutip()[0].shape == (30, 30)
    one = tq.Ensemble(1, name="e")
    alone = [tq.Model(hamiltonian=0.3 * one.x, jumps=[tq.jump(op, 0.1)])
             for op in (one.minus, tq.each(one.minus))]  # fmt: skip
    assert float(steady_state(alone[0]).sy) == pytest.approx(float(steady_state(alone[1]).sy))
