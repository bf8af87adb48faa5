"""Jump operators: conventions of rates and of matrices of rates, against QuTiP."""

from __future__ import annotations

import numpy as np
import pytest
import qutip

import twoqs.model.language as tq
from twoqs.errors import ArgumentError
from twoqs.model.grids import chain
from twoqs.model.language.jumps import checked_jumps
from twoqs.theory.language import operators_to_qutip

A, B = tq.Spin(0.5, name="a"), tq.Spin(0.5, name="b")
S = tq.Sites(tq.Spin(0.5), chain(3), name="s")
lam = tq.Parameter("lam", 0.4)

SINGLE = [qutip.tensor(qutip.sigmam(), qutip.qeye(2)), qutip.tensor(qutip.qeye(2), qutip.sigmam())]

RATES = np.array([[1.0, 0.3 + 0.4j], [0.3 - 0.4j, 0.7]])


def dissipator(operators, rates) -> np.ndarray:
    """sum_ij G_ij (2 c_i rho c_j^+ - c_j^+ c_i rho - rho c_j^+ c_i) as a superoperator."""
    result = 0.0
    for i, c in enumerate(operators):
        for j, d in enumerate(operators):
            both = d.dag() * c
            parts = 2 * qutip.sprepost(c, d.dag()) - qutip.spre(both) - qutip.spost(both)
            result = result + complex(rates[i][j]) * parts
    return result.full()


def superoperator(jumps, members=(A, B)) -> np.ndarray:
    """The same by the collapse operators of jumps, in QuTiP's own convention."""
    energy, collapse = operators_to_qutip(members, None, jumps)
    return qutip.liouvillian(energy, collapse).full()


def test_a_rate_has_the_factor_two_of_this_project():
    jump = tq.jump(A.minus + 0.5j * B.minus, rate=0.3)
    c = SINGLE[0] + 0.5j * SINGLE[1]
    np.testing.assert_allclose(superoperator([jump]), dissipator([c], [[0.3]]), atol=1e-14)


def test_collapse_takes_what_one_gives_to_qutip():
    c = 0.3 * (SINGLE[0] + 0.2j * SINGLE[1].dag())
    jump = tq.collapse(0.3 * (A.minus + 0.2j * B.plus))
    expected = qutip.liouvillian(0 * c, [c]).full()
    np.testing.assert_allclose(superoperator([jump]), expected, atol=1e-14)
    assert jump == tq.jump(0.3 * (A.minus + 0.2j * B.plus), rate=0.5)


def test_a_matrix_of_rates():
    jump = tq.jump([A.minus, B.minus], rates=RATES)
    expected = dissipator(SINGLE, RATES)
    np.testing.assert_allclose(superoperator([jump]), expected, atol=1e-14)
    assert len(jump.channels) == 2
    scaled = tq.jump([A.minus, B.minus], rates=RATES.tolist(), rate=2 * lam)
    np.testing.assert_allclose(superoperator([scaled]), 0.8 * expected, atol=1e-14)
    assert all(one.rate.parameters for one in scaled.channels)


@pytest.mark.parametrize("wrong", [RATES.T, RATES / 2, np.diag(np.diag(RATES))])
def test_a_wrong_matrix_is_seen(wrong):
    """Negative control: the transpose, half the rates, no cross terms."""
    jump = tq.jump([A.minus, B.minus], rates=RATES)
    assert not np.allclose(superoperator([jump]), dissipator(SINGLE, wrong), atol=1e-3)


def test_a_common_bath_is_one_channel():
    """Rank one: one jump operator, though the other eigenvalue is zero only to rounding."""
    phases = np.exp(0.7j * np.arange(3))
    jump = tq.jump([S[i].minus for i in range(3)], rates=np.outer(phases, phases.conj()))
    (channel,) = jump.channels
    assert not channel.local
    common = tq.jump(tq.total(S.minus, phases))
    np.testing.assert_allclose(superoperator([jump], [S]), superoperator([common], [S]), atol=1e-13)


def test_each_acts_at_every_site_on_its_own():
    own, together = tq.jump(tq.each(S.minus), rate=lam), tq.jump(S.minus, rate=lam)
    assert own.local
    assert not together.local
    assert own != together
    assert tq.jump(0.3 * tq.each(S.minus) + 0.1j * tq.each(S.plus)).local
    sites = [tq.jump(site.minus, rate=lam) for site in S]
    np.testing.assert_allclose(superoperator([own], [S]), superoperator(sites, [S]), atol=1e-14)
    assert not np.allclose(superoperator([together], [S]), superoperator(sites, [S]))


def test_jumps_are_data():
    jump = tq.jump(A.minus, 0.1)
    assert jump == tq.jump(A.x - 1j * A.y, rate=0.1)
    assert len({jump, tq.jump(A.minus, 0.1), tq.jump(A.minus, 0.2)}) == 2
    matrix = tq.jump([A.minus, B.minus], rates=RATES)
    assert matrix == tq.jump([A.minus, B.minus], rates=RATES.tolist())
    assert hash(matrix) == hash(tq.jump([A.minus, B.minus], rates=RATES.tolist()))
    assert [len(one.channels) for one in (jump, matrix)] == [1, 2]
    assert repr(jump) == "jump(a.minus, rate=0.1)"
    assert repr(tq.jump(tq.each(S.minus), lam)) == "jump(each(s.minus), rate=lam)"
    assert repr(matrix) == "jump([a.minus, b.minus], rates=<2x2 matrix>)"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tq.jump(A.x * B.x), r"must be linear in the spins .* but got a\.x\*b\.x"),
        (lambda: tq.jump(A.x + tq.bonds(S.x, S.x)), r"linear .* got bonds\(s\.x, s\.x\)"),
        (lambda: tq.jump(A.x - A.x), "`operator` must not be zero"),
        (lambda: tq.jump("a.x"), "`operator` must be an operator or a list"),
        (lambda: tq.jump(3), "`operator` must be an operator or a list"),
        (lambda: tq.jump(tq.each(S.x) + S.y), "`operator` must be all within `each"),
        (lambda: tq.jump(tq.each(S.x) + tq.each(OTHER.x)), "sites of one member within `each`"),
        (lambda: tq.jump(A.minus, rate=-1), "`rate` must not be negative, but got -1"),
        (lambda: tq.jump(A.minus, rate=-lam), "`rate` must not be negative, but got -0.4"),
        (lambda: tq.jump(A.minus, rate=1j), "`rate` must be real"),
        (lambda: tq.jump(A.minus, rate="1"), "`rate` must be a number or an expression"),
        (lambda: tq.jump(A.minus, rates=[[1]]), "`rates` must be left out for one operator"),
        (lambda: tq.jump([A.minus]), "`rates` must be given as a matrix"),
        (lambda: tq.jump([], rates=[]), "`operators` must be 1 to 1000"),
        (lambda: tq.jump([A.minus, B.minus], rates=[[1, 2]]), "must be a matrix with 2 rows"),
        (lambda: tq.jump([A.minus, B.minus], rates=[[1, 2], 3]), "`rates` must be a matrix with 2"),
        (lambda: tq.jump([A.minus, B.minus], rates=[[1, np.nan], [0, 1]]), "must hold finite"),
        (lambda: tq.jump([A.minus, B.minus], rates=[[1, 0.2], [0.3, 1]]),
         r"`rates` must be Hermitian, but has 0.2\+0j at \[0\]\[1\] and 0.3\+0j at \[1\]\[0\]"),
        (lambda: tq.jump([A.minus, B.minus], rates=[[1j, 0], [0, 1]]), "`rates` must be Hermitian"),
        (lambda: tq.jump([A.minus, B.minus], rates=[[1, 2], [2, 1]]),
         "`rates` must have no negative eigenvalue, but got -1"),
        (lambda: tq.jump([A.minus, B.minus], rates=np.zeros((2, 2))), "not be zero everywhere"),
        (lambda: tq.jump([A.minus, A.x * B.x], rates=np.eye(2)), "`operators` must be linear"),
        (lambda: tq.jump([tq.each(S.x), A.x], rates=np.eye(2)), "must be without `each`"),
        (lambda: tq.jump([A.minus, "b"], rates=np.eye(2)), "`operators` must be an operator"),
        (lambda: checked_jumps([A.minus]), "`jumps` must hold `jump"),
        (lambda: tq.collapse(2), "`operator` must be an operator"),
    ],
)  # fmt: skip
def test_what_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


OTHER = tq.Sites(tq.Spin(1), chain(4), name="t")
