"""Expressions that are no observables: one clear error each, with the place in the text."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import twoqs
from twoqs.methods import Conserving, method_of
from twoqs.model.language import read_operator
from twoqs.model.model import Model
from twoqs.observe.symbol import symbol_of

SITES = twoqs.Sites(twoqs.Spin(5), twoqs.chain(200), name="s")
ATOM, CAVITY = twoqs.Spin(3, "atom"), twoqs.Mode("cavity")
LAM = twoqs.Parameter("lam", 0.4)
OMEGA = twoqs.Parameter("omega", twoqs.gauss(center=5, width=1, height=0.9))
MODEL = Model(
    members=[SITES, ATOM, CAVITY],
    hamiltonian=LAM * SITES.x * CAVITY.re + OMEGA * ATOM.x,
)


def symbol(text, method=None):
    return symbol_of(text, MODEL, method or Conserving())


MANY = "(" + "+".join(f"s[{i}].x" for i in range(180)) + ")"

CASES = {
    # text: (what the message says, the character that it shows)
    "atm.x": ("name a member .*did you mean `atom`", 1),
    "2*cavty.n": ("name a member .*did you mean `cavity`", 3),
    "atom.w": ("have x, y, z, plus or minus", 1),
    "cavity.x": ("have a, adag, n, re or im", 1),
    "lm*atom.x": ("name a member or a parameter .*`lam`", 1),
    "atom": ("have a component .`atom.x`, say", 1),
    "lam": ("be an operator", None),
    "3": ("be an operator", None),
    "": ("be a formula", None),
    "atom.x**5": ("be a whole number from 1 to 4", 1),
    "atom.x**0.5": ("be a whole number from 1 to 4", 1),
    "atom.x**0": ("be a whole number from 1 to 4", 1),
    "atom.x**-1": ("be a whole number from 1 to 4", 1),
    "atom.z + atom.x**4*atom.y": ("at most 4 factors of one member .*`atom`.* got 5", 20),
    "cavity.n**3*cavity.a**2": ("at most 4 factors of one member .*`cavity`", 1),
    "s.x**3*atom.x**3*cavity.n**3": ("at most 8 factors in each product", 1),
    "1/atom.x": ("divide by numbers and parameters alone", 3),
    "atom.x/(cavity.n + 1)": ("divide by numbers and parameters alone", 9),
    "atom.x/0": ("not be zero", 8),
    "atom.x/(lam - lam)": ("not be zero", 9),
    "omega*atom.x": ("be a number here, and no pulse", 7),
    "2**atom.x": ("have a number without parameters in an exponent", 4),
    "atom.x**lam": ("have a number without parameters in an exponent", 9),
    "bonds(s.x, s.x)*s.x": ("be in `sym.*, or a square, if it is one of sums over bonds", None),
    "bonds(s.x, s.x)**3": ("at most 4 factors if it has sums over bonds.*got 6", 1),
    "atom.z*each(s.z**2)": (r"be in `sym.*`each`.*each\(s.z\*s.z\)", None),
    "each(s.z**3)": ("at most second order", 6),
    "each(atom.z**2)": ("be an operator of one `Sites`", 1),
    "sym(3)": ("give `sym` one product", 1),
    "sym(atom.x, atom.y)": ("give `sym` one product", 1),
    "smy(atom.x*atom.y)": ("no brackets behind what is no function .*`sym`", 1),
    f"{MANY}**4": ("at most 4096 products when written out", 1),
    f"{MANY}*{MANY}": ("at most 4096 products when written out", 1),
    "(atom.x + cavity.n": ("matching brackets", 1),
    "atom.x +": ("be a formula of names", 1),
    "(" * 80 + "atom.x" + ")" * 80 + "*atom.y": (None, None),
    "-" * 80 + "atom.x": ("be nested at most 60 levels", 62),
    "s[200].x": ("site` must be at most 199", 1),
    "s[lam].x": ("have the number of a site", 3),
    "atom[0].x": ("have no .* behind the single spin", 1),
    "atom.x^2": (r"use `\*\*` for powers", 7),
    "atom.x if 1 else atom.y": ("be a formula of names", 1),
    "__import__(1).x": ("name a member", 1),
    "atom.x*1e400": ("be finite", 8),
    "1e300*1e300*atom.x": ("be finite", 7),
    "atom.x # the field": ("use no comments", 8),
}


@pytest.mark.parametrize("text", list(CASES), ids=lambda text: text[:30])
def test_bad_expressions(text):
    wanted, character = CASES[text]
    if wanted is None:  # brackets are no levels
        symbol(text)
        return
    with pytest.raises(twoqs.ArgumentError) as caught:
        symbol(text)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 400
    assert re.search(wanted, message), message
    if character is not None:
        assert f"at character {character}" in message, message


def test_what_is_no_text():
    for given_, wanted in (
        (3, "be a formula or an operator"),
        (twoqs.Spin(2, "q").x, "of members"),
    ):
        with pytest.raises(twoqs.ArgumentError, match=wanted):
            symbol(given_)
    with pytest.raises(twoqs.ArgumentError, match="`name_of_mine` must name a member"):
        symbol_of("q.x", MODEL, Conserving(), name="name_of_mine")


def test_the_scheme_that_knows_two():
    model = Model(members=[twoqs.Spin(4, "s")])
    with pytest.raises(twoqs.ArgumentError, match=r"at most two components .*leave the scheme"):
        symbol_of("s.x**2*s.y", model, method_of("pda"))


def test_hamiltonians_have_no_cubic_terms():
    """As before: the algebra of observables is theirs alone."""
    with pytest.raises(twoqs.ArgumentError, match=r"second order in the spins.*mean value"):
        read_operator("atom.x**2*atom.y", {"atom": ATOM})
    with pytest.raises(twoqs.ArgumentError, match="no brackets behind what is no function"):
        read_operator("sym(atom.x*atom.y)", {"atom": ATOM})


@pytest.mark.parametrize(
    "text",
    ["+".join(["(s[0].x+s[1].x+atom.x)**3"] * 1000), "(s.x+s.y+s.z)**4*(atom.x+atom.y+atom.z)**3",
     "sym((s.x+s.y+s.z)**4)", "sym(s.x*s.y*s.z*s.x*cavity.n*cavity.a*cavity.re*cavity.im)",
     "+".join(f"s[{i}].x**4" for i in range(200))],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_no_text_is_a_bomb(text):
    start = time.process_time()
    assert len(refusal(text)) < 400
    assert time.process_time() - start < 10  # the worst takes 2 on a core of its own


PIECES = ["s", "atom", "cavity", "lam", "omega", "sym", "each", "bonds", "total", "pi", ".x", ".z",
          ".minus", ".n", ".adag", "[0]", "[-1]", "(", ")", "[", "]", ",", "+", "-", "*", "/", "**",
          "2", "4", "0.5j", "1e300", " ", "\n", "_", "e", "lambda", ":", "'", "\u00e9",
          "displacement=1"]  # fmt: skip


def refusal(text):
    """What is said against a text; nothing if it is an observable."""
    try:
        symbol(text)
    except twoqs.ArgumentError as error:
        return str(error)
    return ""


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_any_text(text):
    assert "\n" not in refusal(text)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_pieces(text):
    assert "\n" not in refusal(text)


@st.composite
def products(draw):
    """Something like an observable, with one piece put anywhere."""
    factor = st.sampled_from(["s.x", "s[3].plus", "atom.z", "cavity.a", "cavity.n", "lam", "2",
                              "(s.x - 1j*atom.y)", "sym(s.x*s.y)", "bonds(s.x, s.z)",
                              "each(s.z**2)", "atom.x**2"])  # fmt: skip
    text = "*".join(draw(st.lists(factor, min_size=1, max_size=5)))
    cut = draw(st.integers(0, len(text)))
    return text[:cut] + draw(st.sampled_from(["", *PIECES])) + text[cut:]


@given(products())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_nearly_observables(text):
    assert "\n" not in refusal(text)
