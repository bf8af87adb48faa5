"""Polynomials in parameters."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twoqs.model.language as tq
from twoqs.errors import ArgumentError
from twoqs.model.language.parameters import Expression

lam, kap = tq.Parameter("lam", 0.2), tq.Parameter("kap", 3.0)
neg = tq.Parameter("neg", -2.0)


def many(parameter: tq.Parameter) -> Expression:
    return sum((parameter**i for i in range(32)), 0 * parameter)


@st.composite
def formulas(draw, depth: int = 3) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["lam", "kap", "2", "0.5", "-3", "1.5j"]))
    one, other = draw(formulas(depth - 1)), draw(formulas(depth - 1))
    kind = draw(st.sampled_from(["+", "-", "*", "/kap/", "**2", "**-1"]))
    if kind == "**2":
        return f"({one})**2"
    if kind == "**-1":
        return f"({one})*kap**-1"
    return f"({one}){kind}({other})" if kind != "/kap/" else f"({one})/kap + ({other})"


@given(formulas())
@settings(max_examples=100, deadline=None, derandomize=True)
def test_values_are_those_of_the_formula(formula):
    polynomial = +eval(formula, {"lam": lam, "kap": kap})
    if not isinstance(polynomial, Expression):
        polynomial = Expression.constant(polynomial)
    for values in ({}, {"lam": -1.7, "kap": 0.3}):
        expected = eval(formula, {"lam": 0.2, "kap": 3.0} | values)
        # Rounding of powers, relative to the largest of the terms.
        assert polynomial.value(values) == pytest.approx(expected, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lam**2 / 3, lam * lam / 3),
        ((1 + lam) * (1 - lam), 1 - lam**2),
        (lam**0.5 * lam**0.5, +lam),
        ((lam**-1) ** 0.5, lam**-0.5),
        ((4 * lam) ** 0.5, 2 * lam**0.5),
        ((lam + kap) ** 0, Expression.constant(1)),
        (lam - lam, Expression.constant(0)),
        (np.float64(2) * lam, lam * 2),
        (2 / lam, 2 * lam**-1),
        (0.3 / (2 * lam), 0.15 / lam),
        (-lam + 1, 1 - lam),
    ],
)
def test_equal_polynomials_have_one_form(one, other):
    assert one == other
    assert hash(one) == hash(other)


def test_others_differ():
    assert lam * 1 != kap * 1
    assert +tq.Parameter("lam", 0.3) != +lam
    assert lam * 2 != lam * 2 + 1
    assert (lam * 1 == 0.2) is False


def test_how_they_are_written():
    assert repr(lam**2 / 4 - 2 * kap) == "0.25*lam**2 - 2*kap"
    assert repr(1j * lam - 1) == "1j*lam - 1"
    assert repr((0.5 - 2j) * lam**-0.5) == "(0.5-2j)*lam**-0.5"
    assert repr(lam - lam) == "0"


def test_they_travel_between_processes():
    assert pickle.loads(pickle.dumps(lam**2 / 3 + kap)) == lam**2 / 3 + kap


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lam / 0, "`divisor` must not be zero"),
        (lambda: 1 / (lam - lam), "`divisor` must not be zero"),
        (lambda: 1 / (lam + kap), "`divisor` must be a product"),
        (lambda: (lam + 1) ** 0.5, "`exponent` must be a whole number of at least 0 for a sum"),
        (lambda: (lam + 1) ** -1, "`exponent` must be a whole number of at least 0 for a sum"),
        (lambda: (lam**2) ** 0.5, "`exponent` must be a whole number for an even power of lam"),
        (lambda: (-lam) ** 0.5, "`exponent` must be a whole number for a factor that is not pos"),
        (lambda: lam**65, "`exponent` must be at most 64, but got 65"),
        (lambda: (lam**40) ** 2, "`lam` must have exponents of at most 64"),
        (lambda: lam**40 * lam**40, "`lam` must have exponents of at most 64"),
        (lambda: lam**kap, "`exponent` must be a number"),
        (lambda: (1e200 * lam) ** 2, "`coefficient` must be finite"),
        (lambda: lam * np.inf, "`coefficient` must be finite"),
        (lambda: (lam - lam) ** -1, "`exponent` must be positive for a power of zero"),
        (lambda: many(lam) * many(kap), "at most 1000 t"),
        (
            lambda: (1 / lam).value({"lam": 0}),
            "`lam` must not be zero, for the model div",
        ),
        (lambda: (lam**0.5).value({"lam": -1}), "`lam` must not be negative, for its power 0.5"),
        (lambda: (lam**2).value({"lam": 1e200}), "`lam` must have a finite power"),
        (lambda: (neg**1.5).value(), "`neg` must not be negative"),
        (lambda: lam + tq.Parameter("lam", 1), "`lam` must have one value .two parameters are"),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_other_things_have_no_arithmetic_with_parameters():
    for wrong in ("2", None, True, [1]):
        with pytest.raises(TypeError):
            lam * wrong
