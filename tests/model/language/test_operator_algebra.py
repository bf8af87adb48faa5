"""The algebra of operators: against matrices, and in its canonical form."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from expressions import GRAPH, RING, A, B, linear, matrix, meanings, quadratic, read, typed
from hypothesis import given, settings
from hypothesis import strategies as st

import twoqs.model.language as tq
from twoqs.errors import ArgumentError
from twoqs.model.grids import chain
from twoqs.model.language import components
from twoqs.theory.language import operators_to_qutip

MEANINGS = {"ring": (RING, meanings(RING)), "graph": (GRAPH, meanings(GRAPH))}
LATTICES = st.sampled_from(list(MEANINGS))
s, lam = RING, tq.Parameter("lam", 0.2)


def hermitian_matrix(operator: tq.Operator, sites: tq.Sites) -> np.ndarray:
    energy, _ = operators_to_qutip([A, sites], operator)
    return energy.full()


def full(operator: tq.Operator, sites: tq.Sites) -> np.ndarray:
    """The matrix of any operator, by its Hermitian and its anti-Hermitian part."""
    real, imaginary = (operator + operator.dag()) / 2, (operator - operator.dag()) / 2j
    return hermitian_matrix(real, sites) + 1j * hermitian_matrix(imaginary, sites)


@given(quadratic(), LATTICES)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_operators_are_the_matrices_that_the_formula_says(formula, lattice):
    sites, meaning = MEANINGS[lattice]
    operator, expected = typed(formula, sites), matrix(formula, meaning)
    scale = 1 + np.max(np.abs(expected))
    # Rounding of some hundred sums and products; equal to the last digits otherwise.
    np.testing.assert_allclose(full(operator, sites), expected, rtol=0, atol=1e-12 * scale)
    assert read(formula, sites) == operator


@pytest.mark.parametrize("entry", list(components.CYCLIC))
def test_a_wrong_commutator_is_seen(monkeypatch, entry):
    """Negative control: one sign of the six."""
    formula = "(a.x + 2*a.y - a.z)*(s.z + 3*a.x - a.y + 0.5*a.z)"
    sites, meaning = MEANINGS["ring"]
    assert np.allclose(full(typed(formula, sites), sites), matrix(formula, meaning))
    axis, sign = components.CYCLIC[entry]
    monkeypatch.setitem(components.CYCLIC, entry, (axis, -sign))
    assert not np.allclose(full(typed(formula, sites), sites), matrix(formula, meaning))


@given(linear(), linear(), LATTICES)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_hermitian_conjugate(one, other, lattice):
    sites, meaning = MEANINGS[lattice]
    product = typed(one, sites) * typed(other, sites)
    expected = matrix(f"({one})*({other})", meaning).conj().T
    np.testing.assert_allclose(full(product.dag(), sites), expected, rtol=0, atol=1e-10)
    assert (product + product.dag()).is_hermitian
    c = typed(one, sites)
    assert (c.dag() * c).is_hermitian


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (A.plus * B.minus + A.minus * B.plus, 2 * (A.x * B.x + A.y * B.y)),
        (A.x * A.y - A.y * A.x, 1j * A.z),
        (s.x * s.y - s.y * s.x, 1j * s.z),
        (s[0].y * s.z - s.z * s[0].y, 1j * s[0].x),
        (s[0].y * s[1].z, s[1].z * s[0].y),
        (A.plus * A.minus, A.x**2 + A.y**2 + A.z),
        (s.minus, s.x - 1j * s.y),
        (tq.each(s.x, 0.3), 0.3 * s.x),
        (tq.each(s.x, [1, 2, 3]) + tq.each(s.x, [2, 1, 0]), 3 * s.x),
        (tq.each(s.x, [1, 2, 4]) * 2, tq.total(s.x, [2, 4, 8])),
        (tq.each(s.x * s.y - s.y * s.x), 1j * s.z),
        (tq.total(s.x, [0, 2, 4]) * A.z, 2 * tq.total(s.x, [0, 1, 2]) * A.z),
        (tq.bonds(s.plus, s.minus), tq.bonds(s.x, s.x) + tq.bonds(s.y, s.y)),
        (tq.bonds(s.x, s.y), tq.bonds(s.y, s.x)),
        (tq.bonds(s.x + s.y, s.z, directed=True),
         tq.bonds(s.x, s.z, directed=True) + tq.bonds(s.y, s.z, directed=True)),
        (lam * A.x + A.x * lam, 2 * lam * A.x),
        ((1 + lam) ** 2 * A.x, A.x + 2 * lam * A.x + lam**2 * A.x),
        (lam**2 / lam * A.x, lam * A.x),
        (A.x / lam * lam, A.x),
        (sum(A.x for _ in range(3)), 3 * A.x),
        (A.x - A.x, 0 * B.x),
        (np.float64(2) * A.x, 2 * A.x),
        (np.complex128(2j) * A.x, A.x * 2j),
    ],
)  # fmt: skip
def test_equal_operators_have_one_form(one, other):
    assert one == other
    assert hash(one) == hash(other)
    assert repr(one.summed()) == repr(other.summed())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (s.z**2, tq.each(s.z**2)),
        (A.x * A.y, A.y * A.x),
        (s.x, s[0].x),
        (A.x, B.x),
        (lam * A.x, 0.2 * A.x),
        (tq.bonds(s.x, s.y), tq.bonds(s.x, s.y, directed=True)),
        (tq.bonds(s.x, s.y, directed=True), tq.bonds(s.y, s.x, directed=True)),
        (s.x, tq.Sites(tq.Spin(1), chain(3), name="s").x),
        (A.x, tq.Spin(2, name="a").x),
        (A.x, "a.x"),
    ],
)
def test_others_differ(one, other):
    assert one != other


def test_hermitian_and_not():
    assert (A.x * A.y + A.y * A.x).is_hermitian
    assert (lam * A.x * B.x + tq.bonds(s.plus, s.minus)).is_hermitian
    phase = np.exp(0.7j)
    assert (phase * A.plus * B.minus + phase.conjugate() * A.minus * B.plus).is_hermitian
    wrong = A.x + 0.3j * lam * B.z + 2 * tq.each(s.x, [1, 1j, 0])
    assert not wrong.is_hermitian
    assert wrong.anti_hermitian_part == 0.3j * lam * B.z + tq.each(s.x, [0, 2j, 0])
    assert not (A.x * A.y).is_hermitian


def test_large_lattices_cost_nothing():
    large = tq.Sites(tq.Spin(5000), chain(10**5), name="s")
    values = np.linspace(0, 1, 10**5)
    operator = (
        large.x + large.z**2 + tq.each(large.z**2, values) + tq.bonds(large.x, large.x)
        + tq.bonds(large.plus, large.minus) + tq.each(large.x, values) * A.z
    )  # fmt: skip
    assert len(operator.terms) == 6
    assert operator == copy.deepcopy(operator)
    assert len(repr(operator)) < 1000


def test_operators_travel_between_processes():
    operator = lam * A.x * B.x + tq.each(s.z**2, [1, 2, 3])
    other = pickle.loads(pickle.dumps(operator))
    assert other == operator
    assert (other + operator).terms == (2 * operator).terms
    with pytest.raises(AttributeError):
        operator.terms = {}


def test_nothing_stays_of_what_cancels():
    difference = A.x * lam + B.x - A.x * lam
    assert list(difference.members) == ["b"]
    assert difference.parameters == {}
    assert repr(A.x - A.x) == "0"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: A.x * B.y * s.z, r"second order in the spins, but got \(a\.x\*b\.y\)\*\(s\.z\)"),
        (lambda: s.z * (A.x + A.z**2), r"second order .* got \(s\.z\)\*\(a\.z\*\*2\) \(replace a"),
        (lambda: A.x**3, r"second order .* got \(a\.x\)\*\*3"),
        (lambda: (A.x**2) ** 2, r"second order"),
        (lambda: A.x**0.5, "`exponent` must be 1 or 2"),
        (lambda: A.x**B.x, "`exponent` must be a number"),
        (lambda: A.x + 1, "`operator` must be added to operators .leave constants out"),
        (lambda: 2 * lam - A.x, "`operator` must be added to operators"),
        (lambda: A.x * [1, 2], "`factor` must be one number .values for sites go into `each`"),
        (lambda: np.ones(3) * A.x, "`factor` must be one number"),
        (lambda: A.x * np.nan, "`coefficient` must be finite"),
        (lambda: A.x * 1e308 * 1e308, "`coefficient` must be finite"),
        (lambda: A.x * 10**400, "`coefficient` must be finite"),
        (lambda: A.x / 0, "`divisor` must not be zero"),
        (lambda: A.x / (1 + lam), "`divisor` must be a product"),
        (lambda: A.x * lam + A.y * tq.Parameter("lam", 3), "`lam` must have one value"),
        (lambda: A.x * tq.Parameter("a", 1), "`parameter` must be another name than that of a mem"),
        (lambda: A.x + tq.Spin(3, name="a").y, "`members` must have different names .two .* `a`"),
        (lambda: tq.Spin(1).x + tq.Spin(1).x, "`members` must have names where there are several"),
        (lambda: tq.Spin(1).x * A.x, "`members` must have names where there are several"),
        (
            lambda: tq.each(A.x),
            r"`each` must be an operator of one `Sites`, such as `each\(s\.x\)`",
        ),
        (lambda: tq.each(s.x * A.x), "`each` must be an operator of one `Sites`"),
        (lambda: tq.each(s[0].x), "`each` must take forms of the `x y z plus minus` of all sites"),
        (lambda: tq.each(tq.each(s.x**2)), "`each` must take forms"),
        (lambda: tq.each(s.x, [1, 2]), "`values` must be one number or hold 3 numbers, one for ea"),
        (lambda: tq.each(s.x, [[1, 2, 3]]), "`values` must be one number or hold 3"),
        (lambda: tq.each(s.x, [1, np.inf, 0]), "`values` must hold finite"),
        (lambda: tq.each(s.x, ["1", 2, 3]), "`values` must be one number or hold 3"),
        (lambda: tq.total(s.x**2), "`total` must take a sum"),
        (lambda: tq.bonds(s.x, A.x), "`bonds` must be an operator of one `Sites`"),
        (lambda: tq.bonds(s.x * s.y, s.x), "`bonds` must take a sum"),
        (lambda: tq.bonds(s.x, s.x, [1, 2]), "hold 3 numbers, one for each bond"),
        (lambda: tq.bonds(s.x, s.x, directed=1), "`directed` must be true or false"),
        (lambda: tq.bonds(*[tq.Sites(tq.Spin(1), chain(1, False), "t").x] * 2), "has bonds"),
        (lambda: tq.bonds(s.x, "s.x"), "`bonds` must be an operator"),
        (lambda: sum(x.x for x in tq.Sites(tq.Spin(1), chain(400), "t")) ** 2, "at most 100000"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("wrong", ["2", None, A, True])
def test_other_things_have_no_arithmetic_with_operators(wrong):
    for make in (
        lambda: A.x * wrong,
        lambda: A.x + wrong,
        lambda: wrong * A.x,
        lambda: A.x / wrong,
    ):
        with pytest.raises(TypeError):
            make()
