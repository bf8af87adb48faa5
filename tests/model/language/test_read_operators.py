"""The reader of formulas: what it reads, what it writes, and what it refuses."""

from __future__ import annotations

import pytest
from expressions import GRAPH, PARAMETERS, RING, A, B, quadratic, typed
from hypothesis import given, settings
from hypothesis import strategies as st

import twoqs.model.language as tq
from twoqs.errors import ArgumentError
from twoqs.model.grids import chain

S = tq.Sites(tq.Spin(5), chain(100), name="s")
MEMBERS = {"a": A, "b": B, "s": S}
lam, kap = PARAMETERS["lam"], PARAMETERS["kap"]
s = S


def read(text: str) -> tq.Operator:
    return tq.read_operator(text, MEMBERS, PARAMETERS, "hamiltonian")


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("a.z", A.z),
        ("  a.z\n + b.z ", A.z + B.z),
        ("1.0*a.z + lam*(a.x*b.x + a.y*b.y)", A.z + lam * (A.x * B.x + A.y * B.y)),
        ("-a.x/2 + (+b.y)", -A.x / 2 + B.y),
        ("a.minus + 0.5j*b.minus", A.minus + 0.5j * B.minus),
        ("s[0].x*s[-1].y", s[0].x * s[99].y),
        ("each(s.z**2, 0.1) + 0.01*s.z**2", tq.each(s.z**2, 0.1) + 0.01 * s.z**2),
        ("0.5*bonds(s.x, s.x) - bonds(s.x, s.y, lam, directed=True)",
         0.5 * tq.bonds(s.x, s.x) - lam * tq.bonds(s.x, s.y, directed=True)),
        ("bonds(s.x, s.y, values=2, directed=False)", 2 * tq.bonds(s.x, s.y)),
        ("2*lam**2/kap**0.5*a.x", 2 * lam**2 / kap**0.5 * A.x),
        ("lam**-1*a.x", A.x / lam),
        ("sqrt(kap)*a.x", kap**0.5 * A.x),
        ("sqrt(4)*exp(0)*cos(0)*a.x + sin(pi/2)*a.x", 3 * A.x),
        ("2**0.5*a.x*a.y", 2**0.5 * A.x * A.y),
        ("sqrt(-1)*a.x", 1j * A.x),
        ("a.x*a.y*2", 2 * A.x * A.y),
        ("(a.x)**2", A.x**2),
        ("0", 0 * A.x),
        ("1e-3*a.x + 1_000*a.y", 1e-3 * A.x + 1000 * A.y),
        ("0*a.x + a.y", A.y),
        (" + ".join(f"s[{i}].x" for i in range(100)), sum(site.x for site in s)),
    ],
)  # fmt: skip
def test_formulas(text, operator):
    assert read(text) == operator


def test_values_for_sites():
    small = {"t": tq.Sites(tq.Spin(1), chain(3))}
    t = tq.Sites(tq.Spin(1), chain(3), name="t")
    text = "each(t.x, [0.1, -2, lam_0/2])"
    with pytest.raises(ArgumentError, match="without parameters in a list at character 21"):
        tq.read_operator(text, small, {"lam_0": 1.0})
    assert tq.read_operator("each(t.x, [1, -2, pi])", small) == tq.each(
        t.x, [1, -2, 3.141592653589793]
    )
    assert tq.read_operator("total(t.minus, [1, 1j, -1])", small) == tq.total(t.minus, [1, 1j, -1])


def test_names_come_from_the_lists():
    read_ = tq.read_operator("q*u.x", {"u": tq.Spin(3)}, {"q": 0.5})
    assert read_ == tq.Parameter("q", 0.5) * tq.Spin(3, name="u").x
    with pytest.raises(ArgumentError, match="must have the name under which it is listed, `u`"):
        tq.read_operator("u.x", {"u": A})
    with pytest.raises(ArgumentError, match="must have the name under which it is listed, `q`"):
        tq.read_operator("a.x", MEMBERS, {"q": lam})
    with pytest.raises(ArgumentError, match="`parameters` must have names that no member has"):
        tq.read_operator("a.x", MEMBERS, {"a": 1.0})
    with pytest.raises(ArgumentError, match="`members` must be of `Spin`, `Ens"):
        tq.read_operator("a.x", {"a": 5})


def test_rates():
    assert tq.read_rate("2*kap", PARAMETERS) == 2 * kap
    assert tq.read_rate(0.3) == tq.read_rate("0.3")
    assert tq.read_rate("1/4").value() == 0.25
    for text, message in {
        "-kap": "`rate` must not be negative, but got -1.3",
        "1j": "`rate` must be real",
        "a.x": "have no operators, but numbers and parameters",
        "each(1)": "`each` must be an operator of one `Sites`",
    }.items():
        with pytest.raises(ArgumentError, match=message):
            tq.read_rate(text, PARAMETERS)
    for wrong in (None, [1], True):
        with pytest.raises(ArgumentError, match="`rate` must be a number or an expression"):
            tq.read_rate(wrong)


@given(quadratic(), st.sampled_from([RING, GRAPH]))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_what_is_written_is_read_again(formula, sites):
    """To the last bit, and `each` stays `each`."""
    operator = typed(formula, sites)
    text = tq.formula(operator)
    again = tq.read_operator(text, {"a": A, "s": sites}, PARAMETERS)
    assert again.terms == operator.terms, text
    assert tq.formula(again) == text


@pytest.mark.parametrize(
    ("operator", "text"),
    [
        (lam * (A.x * B.x + A.y * B.y), "lam*a.x*b.x + lam*a.y*b.y"),
        (A.minus - 0.5j * B.plus, "a.minus - 0.5j*b.plus"),
        (0.3 * (A.minus + 0.2j * A.plus), "0.3*a.minus + 0.06j*a.plus"),
        (A.minus + 0.2 * A.plus, "a.minus + 0.2*a.plus"),
        (A.x - 2 * A.y, "a.x - 2*a.y"),
        ((0.1 - 1j) * A.z, "(0.1-1j)*a.z"),
        (-1 * A.z * lam**2 / kap, "-kap**-1*lam**2*a.z"),
        (A.x * A.y, "0.5j*a.z + (a.x*a.y + a.y*a.x)/2"),
        (0.1 * s.z**2 + tq.each(s.z**2), "0.1*s.z**2 + each(s.z**2)"),
        (tq.each(s.minus), "each(s.minus)"),
        (s[3].minus, "s[3].minus"),
        (s[3].x * s[4].y, "s[3].x*s[4].y"),
        (tq.bonds(s.x, s.y), "bonds(s.x, s.y)"),
        (tq.bonds(s.x, s.y, directed=True), "bonds(s.x, s.y, directed=True)"),
        (1e-20 * A.x + 123456789.125 * A.y, "1e-20*a.x + 123456789.125*a.y"),
    ],
)
def test_how_operators_are_written(operator, text):
    assert tq.formula(operator) == text
    assert read(text).terms == operator.terms


def test_long_operators_are_cut_on_the_screen():
    operator = sum(i * site.x for i, site in enumerate(s)) + 0.123456789 * A.x
    assert repr(operator).startswith("0.123457*a.x + s[1].x + 2*s[2].x")
    assert repr(operator).endswith("19*s[19].x + ... (80 more)")
    assert repr(tq.each(s.x, range(100))) == "each(s.x, [0, 1, 2, ..., 99])"
    assert len(tq.formula(operator)) > 1000


def test_latex():
    omega = tq.Parameter("omega_0", 1)
    operator = 0.5 * omega * A.z + lam**2 * A.x * B.x + A.minus + 1e-9 * tq.each(s.z**2)
    assert operator._repr_latex_() == (
        r"$\displaystyle S^{-}_{a} + 0.5\,\omega_{\mathrm{0}}\,S^{z}_{a} + "
        r"\lambda^{2}\,S^{x}_{a}S^{x}_{b} + 1 \times 10^{-9}\,\sum_i \left(S^{z}_{s,i}\right)^2$"
    )
    bonds = tq.bonds(s.x, s.y) + tq.bonds(s.x, s.z, directed=True) + s.x * s.z + s[2].x * A.x
    assert r"\sum_{\langle i\to j\rangle}" in bonds._repr_latex_()
    weighted = tq.total(s.x, range(100)) ** 2 + tq.each(s.x, range(100)) - A.x
    assert weighted._repr_latex_().count("v_i") == 2
    for one in (operator, bonds, weighted, sum(i * x.z for i, x in enumerate(s))):
        text = one._repr_latex_()
        assert text.count("{") == text.count("}")
        assert len(text) < 3000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "`hamiltonian` must be a formula, but got ''"),
        (
            "a.x + lm*a.y",
            "a parameter .did you mean `lam`.. at character 7, but got 'lm'",
        ),
        ("a.x + c.y", "name a member .* at character 7, but got 'c'"),
        ("a.w", "x, y, z, plus or minus .* at character 1, but got 'w'"),
        ("a.minux", "did you mean `minus`"),
        ("a", r"have a component \(`a\.x`, say\) at character 1"),
        ("lam.x*a.x", "name a member .* at character 1"),
        ("a.x.y", "name a member, or one site of it"),
        ("a[0].x", r"no \[...\] behind the single spin `a` at character 1"),
        (
            "a.x + s[100].x",
            "must be at most 99, but got 100, at character 7 of `hamiltonian`",
        ),
        ("s[1.5].x", "have the number of a site at character 3"),
        ("s[0:2].x", "use names, numbers, .* at character 4, but got ':'"),
        ("s[lam].x", "have the number of a site"),
        ("s[True].x", "have the number of a site"),
        ("a.x*a.y*a.z", r"second order in the spins, .* \(replace .*\), at character 9 of `hamil"),
        ("b.x + a.x**3", r"second order .* got \(a\.x\)\*\*3 .* at character 7"),
        ("a.x**lam", "a number without parameters in an exponent at character 6, but got lam"),
        ("a.x**b.x", "a number without parameters in an exponent"),
        ("a.x**2j", "have real exponents"),
        ("2/a.x", "divide by numbers and parameters alone at character 3, but got a.x"),
        ("a.x + 2", "`operator` must be added to operators .* at character 7"),
        ("a.x/0", "`divisor` must not be zero, but got 0, at character 5"),
        ("a.x/(1+lam)", "`divisor` must be a product"),
        ("9**9**9**9*a.x", "`exponent` must be at most 64"),
        ("1e400*a.x", "`number` must be finite"),
        ("9" * 400 + "*a.x", "`number` must be finite"),
        ("9" * 5000 + "*a.x", "`hamiltonian` must"),
        ("1e300*1e300*a.x", "`coefficient` must be finite, .* at character 7"),
        ("exp(1000)*a.x", "have a finite `exp` at character 1"),
        ("exp(lam)*a.x", "a number without parameters in `exp` at character 5, but got lam"),
        ("sqrt(a.x)", "a number without parameters in `sqrt`"),
        ("sqrt()*a.x", "give `sqrt` one number"),
        ("sqrt*a.x", "have brackets behind `sqrt` at character 1"),
        ("pi(2)*a.x", "have no brackets behind what is no function"),
        ("sqt(2)*a.x", "did you mean `sqrt`"),
        ("a.x(2)", "have no brackets behind what is no function"),
        ("a(2)", "have no brackets behind what is no function"),
        ("each(a.x)", "`each` must be an operator of one `Sites`.*at character 1"),
        ("each(2)", "`each` must be an operator of one `Sites`"),
        ("each()", "give `each` one operator, and perhaps values"),
        ("each(s.x, 1, 2)", "give `each` one operator"),
        ("each(s.x, s.y)", "have numbers for values"),
        ("each(s.x, [1, 2])", r"hold 100 numbers, one for each site, but got \[1.0, 2.0\], at ch"),
        ("each(s.x, [[1]])", "be a formula of names"),
        ("each(s.x, [s.x])", "a number without parameters in a list at character 12"),
        ("each(s.x, 1, values=2)", "give `each` (one operator|values once)"),
        ("each(s.x, directed=True)", "have no such word in `each`"),
        ("each(*s)", "be a formula of names"),
        ("each(s.x, **s)", "give `each` one operator"),
        ("bonds(s.x)", "give `bonds` two operators, and perhaps values"),
        ("bonds(s.x, s.x, directed=1)", "have True or False for `directed`"),
        ("bonds(s.x, a.x)", "`bonds` must be an operator of one `Sites`"),
        ("2*3", "be an operator, such as `a.x`"),
        ("a.x + (b.x", r"matching brackets \('\(' was never closed\) at character 7"),
        ("a.x + b.x)", r"matching brackets \(unmatched '\)'\) at character 10"),
        ("a.x +", "be a formula of names, numbers, . - \\* / \\*\\* and brackets"),
        ("a.x b.x", "be a formula of names"),
        ("a.x^2", r"use `\*\*` for powers at character 4, but got '\^'"),
        ("a.x\u00b2", r"use `\*\*2` for squares at character 4"),
        ("a.x \u2212 b.x", "use `-` for minus"),
        ("\u03bb*a.x", "use names, numbers, "),
        ("a.x # field", "use no comments at character 5"),
        ("'a'", "use names, numbers"),
        ("a.x if 1 else a.y", "be a formula of names"),
        ("lambda x=1", "be a formula of names"),
        ("(lam, a.x)", "be a formula of names"),
        ("[a.x]", "be a formula of names"),
        ("a.x // 2", "have . - \\* / and \\*\\* between names and numbers at character 1"),
        ("None*a.x", "have numbers at character 1"),
        ("True*a.x", "have numbers at character 1"),
        ("...", "have numbers"),
        ("not a.x", "be a formula of names"),
        ("a.x and a.y", "be a formula of names"),
        ("a.__class__", "have x, y, z, plus or minus"),
        ("().__class__.__bases__[0]", "be a formula of names"),
        ("__import__(lam)", "have no brackets behind what is no function"),
        ("x = a.x", "be a formula of names"),
        ("(a.x)" * 3, "have no brackets behind what is no function"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_other_things_than_text():
    for wrong in (None, 3, ["a.x"], b"a.x"):
        with pytest.raises(ArgumentError, match="`operator` must be a formula as text"):
            tq.read_operator(wrong, MEMBERS)
