"""Modes and ensembles in the language: the algebra against matrices, formulas, what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twoqs.model.language as tq
from twoqs.errors import ArgumentError
from twoqs.flows.lowered import generators_of
from twoqs.model.grids import chain
from twoqs.model.kinds import ENSEMBLE, MODE, SPIN
from twoqs.model.language.components import Linear, Product, Unit
from twoqs.model.model import Model
from twoqs.simulation.canonical import model_text
from twoqs.sweep.settings import build_model

CUT, LOW = 12, 8
"""Levels of the matrices, and those that products of two factors leave exact."""

C, D = tq.Mode("c"), tq.Mode("d")
S, E = tq.Spin(1, "s"), tq.Ensemble(20, "e")
ROW = tq.Sites(tq.Mode(), chain(4), "row")

LOWER = np.diag(np.sqrt(np.arange(1, CUT)), 1)
PARTS = [(LOWER + LOWER.T) / 2, (LOWER.T - LOWER) / 2j, LOWER.T @ LOWER]
"""What the three components of a mode are."""


def of_one_mode(operator: tq.Operator) -> np.ndarray:
    """The matrix of an operator of the mode c, of which products of two factors are exact."""
    found = np.zeros((CUT, CUT), dtype=complex)
    for (_, key), value in operator.terms.items():
        match key:
            case Unit():
                found += value * np.eye(CUT)
            case Linear():
                found += value * PARTS[key.component.axis]
            case Product():
                one, other = PARTS[key.first.axis], PARTS[key.second.axis]
                found += value * (one @ other + other @ one) / 2
    return found[:LOW, :LOW]


FACTORS = st.lists(
    st.tuples(st.sampled_from(["a", "adag", "re", "im"]), st.complex_numbers(max_magnitude=2)),
    min_size=1,
    max_size=3,
)
MATRICES = {"a": LOWER, "adag": LOWER.T, "re": PARTS[0], "im": (LOWER - LOWER.T) / 2j}


@given(FACTORS, FACTORS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_products_are_those_of_matrices(one, other):
    left, right = (sum(v * getattr(C, n) for n, v in some) for some in (one, other))
    matrices = [sum(v * MATRICES[n] for n, v in some) for some in (one, other)]
    found = left * right if left.terms and right.terms else None
    if found is not None:
        assert np.allclose(of_one_mode(found), (matrices[0] @ matrices[1])[:LOW, :LOW])


def test_the_number_is_one_operator_however_it_is_typed():
    assert C.adag * C.a == C.n
    assert C.a * C.adag - C.adag * C.a + C.n - C.n == C.a * C.adag - C.n
    assert (C.re**2 + C.im**2).without_numbers == C.n
    assert tq.each(ROW.adag * ROW.a).without_numbers == tq.each(ROW.n)
    assert (C.a * C.adag) * S.z == C.n * S.z + S.z  # numbers count until the Hamiltonian is made


def test_two_modes_commute():
    assert C.a * D.adag == D.adag * C.a
    assert C.a * C.adag != C.adag * C.a


@pytest.mark.parametrize(
    ("operator", "text"),
    [
        (C.n + 0.3 * (C.a + C.adag) * S.x, "0.6*c.re*s.x + c.n"),
        (C.a, "c.a"),
        (1j * (C.a - C.adag), "-2*c.im"),
        (0.2 * C.a + 0.1j * C.adag, "0.2*c.a + 0.1j*c.adag"),
        (C.n**2 - C.n, "-c.n + c.n**2"),
        (C.n * S.z, "c.n*s.z"),
        (C.a * S.plus + C.adag * S.minus, "2*c.re*s.x - 2*c.im*s.y"),
        (tq.bonds(ROW.adag, ROW.a), "bonds(row.re, row.re) + bonds(row.im, row.im)"),
        (tq.each(ROW.n), "each(row.n)"),
        (tq.each(E.minus), "each(e.minus)"),
    ],
)
def test_formulas_say_the_same(operator, text):
    written = tq.formula(operator)
    assert sorted(written.split(" + ")) == sorted(text.split(" + "))
    assert tq.read_operator(written, operator.members, {}) == operator


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: C.n * C.a, "but got n multiplied a or adag of the mode"),
        (lambda: C.a * C.a * C.a, "at most second order"),
        (lambda: C.adag * C.a * S.z * S.x, "at most second order"),
        (lambda: tq.jump(C.a + C.n), "`operator` must have either n or a and adag of a mode"),
        (lambda: tq.jump([C.a, C.n], rates=[[1, 0.5], [0.5, 1]]), "`operators` must have either"),
        (lambda: tq.jump(C.a * C.a), "must be linear in the spins and modes"),
        (lambda: tq.jump(C.a * C.adag), "must be linear in the spins and modes"),
        (lambda: tq.each(E.z**2), "take single components of an ensemble"),
        (lambda: tq.each(E.minus, [1.0, 2.0]), "`values` must be left out, or one number"),
        (lambda: tq.each(C.a), "`each` must be an operator of one `Sites`"),
        (lambda: tq.jump(tq.each(E.minus) + E.z), "all within `each"),
        (lambda: ROW.x, "must be asked for a, adag, n, re, im, but got 'x'"),
        (lambda: ROW[2].minus, "must be asked for a, adag"),
        (lambda: tq.Sites(tq.Spin(3), chain(4), "t").a, "must be asked for x, y, z, plus, minus"),
        (lambda: tq.Sites(E, chain(4)), "`member` must be a Spin or a Mode"),
        (lambda: tq.Ensemble(2.5), "`size` must be an integer of at least 1, but got 2.5"),
        (lambda: tq.Ensemble(0), "`size` must be an integer of at least 1, but got 0"),
        (lambda: tq.Ensemble(2 * 10**13), "`size` must be at most 2000000000000"),
        (lambda: tq.Mode("pi"), "`name` must be none of the words"),
        (lambda: tq.turn(1.0, C, "x", 0.3), "`axis` must be z, a phase shift, for a mode"),
        (lambda: tq.read_operator("c.x", {"c": C}, {}), "have a, adag, n, re or im"),
        (lambda: tq.read_operator("s.a", {"s": S}, {}), "have x, y, z, plus or minus"),
        (lambda: tq.read_operator("c", {"c": C}, {}), "have a component .`c.a`, say."),
        (lambda: tq.read_operator("c[0].a", {"c": C}, {}), "behind the single mode `c`"),
        (lambda: Model(members=[C], decay=1.0), "`decay` must be left out for ensembles and modes"),
        (lambda: Model(members=[E], twist=(0, 0, 1)), "`twist` must be left out for ensembles"),
        (lambda: Model(members=[C, S], coupling=(0, 0, 1)), "`coupling` must be zero on a lattice"),
    ],
)  # fmt: skip
def test_what_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_a_model_is_the_same_in_both_languages():
    model = Model(
        hamiltonian=C.n + 0.4 * (C.a + C.adag) * E.x + 0.1 * (C.n**2 - C.n) + 0.3 * C.n * S.z,
        jumps=[
            tq.jump(C.a, rate=0.5),
            tq.jump(C.n, rate=0.1),
            tq.jump(tq.each(E.minus), rate=0.05),
            tq.jump(C.a + 0.2 * S.minus, rate=0.3),
        ],
        events=[tq.turn(2.0, C, "z", 0.5)],
    )
    again = build_model(model_text(model))
    assert again == model
    assert again.digest == model.digest
    assert str(again) == str(model)
    assert model.kinds.tolist() == [MODE, ENSEMBLE, SPIN]
    assert model.spins.tolist() == [0.0, 10.0, 1.0]


def test_what_flows_get():
    model = Model(
        hamiltonian=2.0 * C.n + 0.5 * C.n * S.z + 3.0 * C.a + 3.0 * C.adag,
        jumps=[
            tq.jump(C.a, rate=0.5),
            tq.jump(tq.each(E.minus), rate=0.05),
            tq.jump(C.a + S.minus),
        ],
    )
    generators = generators_of(model)
    assert generators.kinds.tolist() == [MODE, ENSEMBLE, SPIN]
    assert generators.fields[0].vectors[0].tolist() == [6.0, 0.0, 2.0]
    assert generators.bonds[0].tensors[0, 2, 2] == 0.5
    (members,) = generators.members
    assert members.rates.tolist() == [0.0, 0.05, 0.0]
    assert members.form.tolist() == [1.0, -1.0j, 0.0]
    (channel,) = generators.channels
    assert channel.sites.tolist() == [0, 2]


def test_numbers_are_no_part_of_a_hamiltonian():
    assert Model(hamiltonian=C.a * C.adag).hamiltonian == C.n


def test_latex():
    assert r"a^\dagger_{c}" in (0.2 * C.adag + C.a)._repr_latex_()
    assert r"\mathrm{Re}\,a_{c}S^{x}_{s}" in (C.re * S.x)._repr_latex_()
