"""Operators as LaTeX, which notebooks show."""

from __future__ import annotations

import re
from itertools import islice

from twoqs.model.language.bounds import MOST_SHOWN
from twoqs.model.language.components import ALL, Bond, Component, Linear, Product
from twoqs.model.language.layout import Monomial, monomials
from twoqs.model.language.members import Sites
from twoqs.model.language.operators import Operator
from twoqs.model.language.write import SHORT, joined_terms

LETTERS = {"plus": "+", "minus": "-"}

SMALL = "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi"
GREEK = frozenset(re.findall(r"\w+", f"{SMALL} psi omega Gamma Delta Theta Lambda Sigma Phi Omega"))


def latex(operator: Operator) -> str:
    """An operator as LaTeX, without dollar signs; long ones are cut."""
    single = {name for name, member in operator.members.items() if not isinstance(member, Sites)}
    written = [_monomial(one, single) for one in islice(monomials(operator), MOST_SHOWN)]
    cut = len(operator.terms) > MOST_SHOWN
    return joined_terms(written) + r" + \dots" * cut


def symbol(name: str) -> str:
    """A name: one letter as it is, Greek ones by their names, an index behind an underscore."""
    head, _, index = name.partition("_")
    greek = re.fullmatch(r"([A-Za-z]+?)(\d*)", head)
    if greek and (greek[1] in GREEK or (len(greek[1]) == 1)):
        base, index = (f"\\{greek[1]}" if greek[1] in GREEK else greek[1]), greek[2] + index
    else:
        base, index = rf"\mathrm{{{head}}}", index
    safe = index.replace("_", r"\_")
    return base + (rf"_{{\mathrm{{{safe}}}}}" if safe else "")


def _monomial(one: Monomial, single: set[str]) -> str:
    many = isinstance(one.value, tuple)
    factors = [_power(name, exponent) for name, exponent in one.powers]
    sign = ""
    if not isinstance(one.value, tuple) and one.value != 1:
        if one.value == -1:
            sign = "-"
        else:
            factors.insert(0, _number(one.value))
    return sign + r"\,".join([*factors, _body(one, single, many)])


def _body(one: Monomial, single: set[str], many: bool) -> str:
    key, letters = one.key, one.letters
    if isinstance(key, Linear):
        return _component(key.component, letters[0], single, "v_i" if many else "")
    if isinstance(key, Product):
        factors = [
            _component(component, letter, single, "v_i" if component.weights else "")
            for component, letter in zip((key.first, key.second), letters, strict=True)
        ]
        factors = [rf"\Big({f}\Big)" if f.startswith(r"\sum") else f for f in factors]
        return _product(factors, one.ordered)
    if isinstance(key, Bond):
        ends = [_spin(key.member, end, letter) for end, letter in zip("ij", letters, strict=True)]
        product = "".join(ends)
        if key.first != key.second and not one.directed:
            back = [_spin(key.member, end, a) for end, a in zip("ij", letters[::-1], strict=True)]
            product = rf"\tfrac12\big({product} + {''.join(back)}\big)"
        arrow = r"i\to j" if one.directed else "ij"
        weight = "v_{ij}" if many else ""
        return rf"\sum_{{\langle {arrow}\rangle}} w_{{ij}}{weight}\,{product}"
    sites = [_spin(key.member, "i", letter) for letter in letters]
    return rf"\sum_i {'v_i' if many else ''}{_product(sites, key.first != key.second)}"


def _product(factors: list[str], ordered: bool) -> str:
    one, other = factors
    if ordered:
        return rf"\tfrac12\{{{one}, {other}\}}"
    if one != other:
        return one + other
    return f"{one}^2" if one.endswith(")") else rf"\big({one}\big)^2"


def _component(component: Component, letter: str, single: set[str], weight: str) -> str:
    if component.site != ALL:
        index = "" if component.member in single else str(component.site)
        return _spin(component.member, index, letter)
    return rf"\sum_i {weight}{_spin(component.member, 'i', letter)}"


def _spin(member: str, index: str, letter: str) -> str:
    below = ",".join(part for part in (symbol(member) if member else "", index) if part)
    return rf"S^{{{LETTERS.get(letter, letter)}}}" + (f"_{{{below}}}" if below else "")


def _power(name: str, exponent: float) -> str:
    return symbol(name) if exponent == 1 else f"{symbol(name)}^{{{SHORT.real(exponent)}}}"


def _number(value: complex) -> str:
    text = SHORT.number(value).replace("j", r"\,\mathrm{i}")
    return re.sub(r"e([+-]\d+)", lambda m: rf" \times 10^{{{int(m[1])}}}", text)
