"""Operators as LaTeX, which notebooks show."""

from __future__ import annotations

import re
from itertools import islice

from twoqs.model.language.components import (
    ALL,
    Bond,
    Component,
    DisplacedBond,
    Linear,
    Product,
    Unit,
)
from twoqs.model.language.layout import Monomial, monomials
from twoqs.model.language.members import Sites
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression, Powers
from twoqs.model.language.write import SHORT, joined_terms
from twoqs.model.limits import MOST_SHOWN

_LETTERS = {"plus": "+", "minus": "-"}
_OF_MODES = {
    "a": "a",
    "adag": r"a^\dagger",
    "n": "n",
    "re": r"\mathrm{Re}\,a",
    "im": r"\mathrm{Im}\,a",
}

_SMALL = "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi rho sigma tau phi chi"
_GREEK = frozenset(
    re.findall(r"\w+", f"{_SMALL} psi omega Gamma Delta Theta Lambda Sigma Phi Omega")
)

SHORTENED = {"lam": "lambda", "kap": "kappa"}
"""`lambda` itself is no name in Python."""


def latex(operator: Operator) -> str:
    """An operator as LaTeX, without dollar signs; long ones are cut."""
    writer = _Writer(operator)
    written = [writer.monomial(one) for one in islice(monomials(operator), MOST_SHOWN)]
    cut = len(operator.terms) > MOST_SHOWN
    return joined_terms(written) + r" + \dots" * cut


def latex_expression(expression: Expression) -> str:
    """A polynomial in the parameters as LaTeX, without dollar signs; long ones are cut."""
    ordered = sorted(expression.terms.items(), reverse=True)
    written = [_coefficient(value, powers, []) for powers, value in ordered[:MOST_SHOWN]]
    return joined_terms(written) + r" + \dots" * (len(ordered) > MOST_SHOWN)


def _coefficient(value: complex, powers: Powers, behind: list[str]) -> str:
    """A number, powers of parameters and what they multiply; the number 1 is left out."""
    factors = [*(_power(name, exponent) for name, exponent in powers), *behind]
    if not factors or value not in (1, -1):
        factors.insert(0, latex_number(value))
    return "-" * (value == -1 and bool(powers or behind)) + r"\,".join(factors)


def latex_name(name: str) -> str:
    """A name: one letter as it is, Greek ones by their names; digits and what follows `_` below."""
    head, _, below = name.partition("_")
    letters = head.rstrip("0123456789")
    below = (head[len(letters) :] + below).replace("_", r"\_")
    letters = SHORTENED.get(letters, letters)
    plain = letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"
    base = f"\\{letters}" if letters in _GREEK else plain
    return base + (rf"_{{\mathrm{{{below}}}}}" if below else "")


class _Writer:
    """Writes the monomials of one operator."""

    def __init__(self, operator: Operator) -> None:
        self.lattices = {n: m for n, m in operator.members.items() if isinstance(m, Sites)}

    def monomial(self, one: Monomial) -> str:
        """A coefficient, parameters, and what they multiply; values are v_i or v_ij."""
        value = 1.0 + 0.0j if isinstance(one.value, tuple) else one.value
        if isinstance(one.key, Unit):
            return _coefficient(value, one.powers, [])
        return _coefficient(value, one.powers, [self._body(one, isinstance(one.value, tuple))])

    def _body(self, one: Monomial, many: bool) -> str:
        key, letters = one.key, one.letters
        assert not isinstance(key, Unit)
        if isinstance(key, Linear):
            return self._component(key.component, letters[0], many)
        if isinstance(key, Product):
            factors = [
                self._component(component, letter, bool(component.weights))
                for component, letter in zip((key.first, key.second), letters, strict=True)
            ]
            factors = [rf"\Big({f}\Big)" if f.startswith(r"\sum") else f for f in factors]
            return _product(factors, one.ordered)
        if isinstance(key, DisplacedBond):
            ends = ("r", f"r+{_steps(key.displacement)}" if any(key.displacement) else "r")
            names = zip((key.member, key.other), ends, letters, strict=True)
            return rf"\sum_r {'v_r ' * many}{''.join(_spin(*one) for one in names)}"
        if isinstance(key, Bond):
            return self._bonds(one, key, many)
        sites = [_spin(key.member, "i", letter) for letter in letters]
        return rf"\sum_i {'v_i ' * many}{_product(sites, key.first != key.second)}"

    def _bonds(self, one: Monomial, key: Bond, many: bool) -> str:
        ends = zip("ij", one.letters, strict=True)
        product = "".join(_spin(key.member, end, letter) for end, letter in ends)
        if key.first != key.second and not one.directed:
            ends = zip("ij", reversed(one.letters), strict=True)
            back = "".join(_spin(key.member, end, letter) for end, letter in ends)
            product = rf"\tfrac12\big({product} + {back}\big)"
        weighted = bool((self.lattices[key.member].lattice.weights != 1).any())
        factors = "w_{ij} " * weighted + "v_{ij} " * many
        bond = r"i\to j" if one.directed else "ij"
        return rf"\sum_{{\langle {bond}\rangle}} {factors}{product}"

    def _component(self, component: Component, letter: str, weighted: bool) -> str:
        if component.site == ALL:
            return rf"\sum_i {'v_i ' * weighted}{_spin(component.member, 'i', letter)}"
        index = str(component.site) if component.member in self.lattices else ""
        return _spin(component.member, index, letter)


def _steps(displacement: tuple[int, ...]) -> str:
    """Cells along each axis."""
    text = ",".join(map(str, displacement))
    return f"({text})" if len(displacement) > 1 or displacement[0] < 0 else text


def _product(factors: list[str], ordered: bool) -> str:
    one, other = factors
    if ordered:
        return rf"\tfrac12\{{{one}, {other}\}}"
    if one != other:
        return one + other
    return f"{one}^2" if one.endswith(")") else rf"\big({one}\big)^2"


def _spin(member: str, index: str, letter: str) -> str:
    below = ",".join(part for part in (latex_name(member) if member else "", index) if part)
    symbol = _OF_MODES.get(letter, rf"S^{{{_LETTERS.get(letter, letter)}}}")
    return symbol + (f"_{{{below}}}" if below else "")


def _power(name: str, exponent: float) -> str:
    return latex_name(name) if exponent == 1 else f"{latex_name(name)}^{{{SHORT.real(exponent)}}}"


def latex_number(value: complex) -> str:
    """A number, with powers of ten and i."""
    text = SHORT.number(value).replace("j", r"\,\mathrm{i}")
    return re.sub(r"e([+-]\d+)", lambda m: rf" \times 10^{{{int(m[1])}}}", text)
