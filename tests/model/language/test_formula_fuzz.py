"""No text, however odd or long, brings the reader of formulas down."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from expressions import PARAMETERS, A, B, quadratic, text_of
from hypothesis import example, given, settings
from hypothesis import strategies as st

import twoqs.model.language as tq
from twoqs.errors import ArgumentError
from twoqs.model.grids import chain
from twoqs.model.limits import MOST_FORMULA

S = tq.Sites(tq.Spin(5), chain(100), name="s")
W = tq.Sites(tq.Spin(5), chain(10**6), name="w")


def read(text: str) -> tq.Operator:
    return tq.read_operator(text, {"a": A, "b": B, "s": S, "w": W}, PARAMETERS)


MOST_SECONDS = 4.0
"""Processor time for any text; the worst takes under one on a core of its own."""


def refusal(text: str) -> str:
    """What the reader says against a text; nothing if it can be read. It takes no long time."""
    start, message = time.process_time(), ""
    try:
        read(text)
    except ArgumentError as error:
        message = str(error)
    assert time.process_time() - start < MOST_SECONDS
    return message


BOMBS = {
    "brackets": "(" * 20_000 + "a.x" + ")" * 20_000,
    "some brackets": "(" * 150 + "a.x" + ")" * 150,
    "signs": "-" * 40_000 + "a.x",
    "few signs": "-" * 500 + "a.x",
    "sum": "+".join(["a.x"] * 12_000),
    "shorter sum": "+".join(["a.x"] * 2500),
    "powers": "**".join(["9"] * 15_000),
    "few powers": "**".join(["9"] * 50),
    "product of sums": "*".join(["(" + "+".join(f"s[{i}].x" for i in range(100)) + ")"] * 2),
    "many products": "+".join(
        ["(s[1].x+s[2].y+s[3].z+s[4].x+s[5].y)*(s[6].z+s[7].x+s[8].y+s[9].z)"] * 700
    ),
    "powers of sums": "*".join(["(lam+kap+1)**20"] * 3000) + "*a.x",
    "nested powers": "((((lam+kap)**9)**9)**9)**9*a.x",
    "subscripts": "s" + "[0]" * 15_000,
    "dots": "a" + ".x" * 20_000,
    "calls": "each(" * 9000 + "s.x" + ")" * 9000,
    "list": "each(s.x, [" + "1," * 20_000 + "])",
    "lists": "each(s.x, " + "[" * 5000,
    "digits": "1" * 50_000 + "*a.x",
    "exponent": "1e" + "9" * 40_000 + "*a.x",
    "spaces": " " * 49_000 + "a.x",
    "commas": "each(" + "," * 40_000 + ")",
    "long": "a.x+" * 20_000,
    "sums over many sites": "+".join(["bonds(w.x,w.y)*2+each(w.z**2)"] * 1500),
    "displacements": "+".join(["bonds(w.x,w.y,displacement=-1)"] * 1500),
}


@pytest.mark.parametrize("name", list(BOMBS))
def test_no_text_is_a_bomb(name):
    assert len(refusal(BOMBS[name])) < 500


MOST_BYTES = 100_000_000
"""Memory for any text; the worst takes half of it, to compare lattices of a million sites."""

LARGE = ("sum", "many products", "powers of sums", "subscripts", "dots", "list", "displacements")
"""Those that take most; a look at memory takes five times the time."""


def test_no_text_takes_much_memory():
    tracemalloc.start()
    try:
        for name in LARGE:
            tracemalloc.reset_peak()
            refusal(BOMBS[name])
            assert tracemalloc.get_traced_memory()[1] < MOST_BYTES, name
    finally:
        tracemalloc.stop()


def test_the_longest_text():
    assert read("a.x" + " " * (MOST_FORMULA - 3)) == A.x
    with pytest.raises(ArgumentError, match="at most 50000 characters"):
        read("a.x" + " " * (MOST_FORMULA - 2))


WORDS = ["a", "b", "s", "lam", "kap", "pi", "each", "bonds", "total", "sqrt", "exp", ".x", ".minus",
         "[0]", "[-1]", "(", ")", "[", "]", ",", "+", "-", "*", "/", "**", "**2", "2", "0", "0.5j",
         "1e300", "1e-300", "=", "directed=True", "values=", " ", "\n", "not", "lambda", ":", "'",
         "displacement=1",
         "_", ".", "e", "0x1", "True", "9", "if", "else", "\x00", "\u00e9", "#", "\\", "@",
         "%"]  # fmt: skip


def refused_or_read(text: str) -> None:
    message = refusal(text)
    assert "\n" not in message
    if not message:
        operator = read(text)
        assert read(tq.formula(operator)).terms == operator.terms


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_text(text):
    refused_or_read(text)


@given(st.lists(st.sampled_from(WORDS), max_size=15).map("".join))
@settings(max_examples=500, deadline=None, derandomize=True)
@example("0**-1*a.x")
@example("1e300**2*a.x")
@example("(1e300+1e300j)*(1e300-1e300j)*a.x")
@example("1e308*a.x*10*a.x")
@example("a.x/1e-308/1e-308")
@example("a.x/(1e-300*1e-20)")
@example("each(s.x, 1e308*10)")
@example("5e-324*lam**2*a.x/5e-324")
@example("0x1for x")
def test_any_words(text):
    refused_or_read(text)


@given(quadratic(), st.lists(st.tuples(st.integers(0, 300), st.sampled_from(WORDS)), max_size=3))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_edits_of_formulas(formula, edits):
    text = text_of(formula)
    for place, word in edits:
        cut = place % (len(text) + 1)
        text = text[:cut] + word + text[cut + place % 3 :]
    refused_or_read(text)
