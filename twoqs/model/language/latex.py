"""Operators as LaTeX, which notebooks show."""

from __future__ import annotations

import re
from collections.abc import Iterable
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


Entries = tuple[complex, ...]


class ValueLists:
    """Names of the lists of values in formulas: v^(1), v^(2), ..., with their indices below."""

    def __init__(self) -> None:
        self._names: dict[tuple[Entries, str], str] = {}

    def name(self, values: Entries, index: str) -> str:
        """The name of a list; the same for equal ones."""
        number = len(self._names) + 1
        return self._names.setdefault((values, index), f"v^{{({number})}}_{{{index}}}")

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Every name with the values, of which long lists have dots."""
        return [(name, latex_list(values)) for (values, _), name in self._names.items()]


class _Unlisted(ValueLists):
    """Where no values are written out, all lists are called v."""

    def name(self, values: Entries, index: str) -> str:
        return f"v_{{{index}}}" if len(index) > 1 else f"v_{index}"


def latex(operator: Operator, lists: ValueLists | None = None) -> str:
    """An operator as LaTeX, without dollar signs; long ones have dots.

    Args:
        lists: where the lists of values in it get their names.
    """
    writer = _Writer(operator, _Unlisted() if lists is None else lists)
    written = [writer.monomial(one) for one in islice(monomials(operator), MOST_SHOWN)]
    cut = len(operator.terms) > MOST_SHOWN
    return joined_terms(written) + r" + \dots" * cut


def latex_expression(expression: Expression) -> str:
    """A polynomial in the parameters as LaTeX, without dollar signs; long ones have dots."""
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

    def __init__(self, operator: Operator, lists: ValueLists) -> None:
        self.lattices = {n: m for n, m in operator.members.items() if isinstance(m, Sites)}
        self.lists = lists

    def monomial(self, one: Monomial) -> str:
        """A coefficient, parameters, and what they multiply; values are v_i or v_ij."""
        value = 1.0 + 0.0j if isinstance(one.value, tuple) else one.value
        if isinstance(one.key, Unit):
            return _coefficient(value, one.powers, [])
        values = one.value if isinstance(one.value, tuple) else ()
        return _coefficient(value, one.powers, [self._body(one, values)])

    def _value(self, values: Entries, index: str) -> str:
        """What a list of values is called as a factor; nothing if there is none."""
        return f"{self.lists.name(values, index)} " if values else ""

    def _body(self, one: Monomial, values: Entries) -> str:
        key, letters = one.key, one.letters
        assert not isinstance(key, Unit)
        if isinstance(key, Linear):
            return self._component(key.component, letters[0], values)
        if isinstance(key, Product):
            factors = [
                self._component(component, letter, component.weights)
                for component, letter in zip((key.first, key.second), letters, strict=True)
            ]
            factors = [rf"\left({f}\right)" if f.startswith(r"\sum") else f for f in factors]
            return _product(factors, one.ordered)
        if isinstance(key, DisplacedBond):
            ends = ("r", f"r+{_steps(key.displacement)}" if any(key.displacement) else "r")
            names = zip((key.member, key.other), ends, letters, strict=True)
            return rf"\sum_r {self._value(values, 'r')}{''.join(_spin(*one) for one in names)}"
        if isinstance(key, Bond):
            return self._bonds(one, key, values)
        sites = [_spin(key.member, "i", letter) for letter in letters]
        return rf"\sum_i {self._value(values, 'i')}{_product(sites, key.first != key.second)}"

    def _bonds(self, one: Monomial, key: Bond, values: Entries) -> str:
        ends = zip("ij", one.letters, strict=True)
        product = "".join(_spin(key.member, end, letter) for end, letter in ends)
        if key.first != key.second and not one.directed:
            ends = zip("ij", reversed(one.letters), strict=True)
            back = "".join(_spin(key.member, end, letter) for end, letter in ends)
            product = rf"\frac{{1}}{{2}}\left({product} + {back}\right)"
        weighted = bool((self.lattices[key.member].lattice.weights != 1).any())
        factors = "w_{ij} " * weighted + self._value(values, "ij")
        bond = r"i\to j" if one.directed else "ij"
        return rf"\sum_{{\langle {bond}\rangle}} {factors}{product}"

    def _component(self, component: Component, letter: str, values: Entries) -> str:
        if component.site == ALL:
            return rf"\sum_i {self._value(values, 'i')}{_spin(component.member, 'i', letter)}"
        index = str(component.site) if component.member in self.lattices else ""
        return _spin(component.member, index, letter)


def _steps(displacement: tuple[int, ...]) -> str:
    """Cells along each axis."""
    text = ",".join(map(str, displacement))
    return f"({text})" if len(displacement) > 1 or displacement[0] < 0 else text


def _product(factors: list[str], ordered: bool) -> str:
    one, other = factors
    if ordered:
        return rf"\frac{{1}}{{2}}\{{{one}, {other}\}}"
    if one != other:
        return one + other
    return f"{one}^2" if one.endswith(r"\right)") else rf"\left({one}\right)^2"


def _spin(member: str, index: str, letter: str) -> str:
    below = ",".join(part for part in (latex_name(member) if member else "", index) if part)
    symbol = _OF_MODES.get(letter, rf"S^{{{_LETTERS.get(letter, letter)}}}")
    return symbol + (f"_{{{below}}}" if below else "")


def _power(name: str, exponent: float) -> str:
    return latex_name(name) if exponent == 1 else f"{latex_name(name)}^{{{SHORT.real(exponent)}}}"


def latex_list(values: Iterable[complex]) -> str:
    """Numbers, of which many have dots."""
    return listed(latex_number(complex(value)) for value in values)


def listed(texts: Iterable[str]) -> str:
    """Some texts behind one another, of which many have dots."""
    written = list(texts)
    if len(written) > MOST_SHOWN:
        written[3:-1] = [r"\dots"]
    return r",\ ".join(written)


def latex_number(value: complex) -> str:
    """A number, with powers of ten and i."""
    text = SHORT.number(value).replace("j", r"\,\mathrm{i}")
    return re.sub(r"e([+-]\d+)", lambda m: rf" \times 10^{{{int(m[1])}}}", text)
