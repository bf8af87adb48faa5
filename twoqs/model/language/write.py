"""Operators as formulas: in full, as `read_operator` reads them, and short, for people."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from twoqs.model.kinds import ENSEMBLE, MODE, SPIN
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
from twoqs.model.language.members import Member, Sites
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression
from twoqs.model.language.powers import Powers
from twoqs.model.limits import MOST_SHOWN

UNNAMED = {SPIN: "spin", MODE: "mode", ENSEMBLE: "ensemble"}
"""What formulas call a member without a name, if it is no lattice."""


def unnamed(member: Member) -> str:
    """What formulas call a member without a name."""
    return "sites" if isinstance(member, Sites) else UNNAMED[member.kind]


@dataclass(frozen=True)
class Style:
    """How numbers and lists are written.

    Attributes:
        digits: of a number; None for all that tell it from others.
        most: monomials, and numbers in a list, that are written; None for all.
    """

    digits: int | None = None
    most: int | None = None

    def real(self, value: float) -> str:
        """A number; whole ones without a point."""
        if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        return repr(value) if self.digits is None else f"{value:.{self.digits}g}"

    def number(self, value: complex) -> str:
        """A number as a factor: complex ones in brackets."""
        if value.imag == 0:
            return self.real(value.real)
        if value.real == 0:
            return f"{self.real(value.imag)}j"
        sign = "-" if math.copysign(1, value.imag) < 0 else "+"
        return f"({self.real(value.real)}{sign}{self.real(abs(value.imag))}j)"

    def numbers(self, values: tuple[complex, ...] | tuple[float, ...]) -> str:
        """A list."""
        shown = [self.number(complex(value)) for value in islice(values, self.most)]
        if self.most is not None and len(values) > self.most:
            shown[3:] = ["...", self.number(complex(values[-1]))]
        return f"[{', '.join(shown)}]"


FULL, SHORT = Style(), Style(6, MOST_SHOWN)


def formula(operator: Operator, style: Style = FULL) -> str:
    """An operator in full, such that reading it gives an equal one: `0.3*lam*a.x*b.x + s.z`.

    Members without a name are called `spin` or `sites`.
    """
    writer = _Writer(operator, style)
    written = [writer.monomial(one) for one in islice(monomials(operator), style.most)]
    left = 0 if style.most is None else len(operator.terms) - style.most
    return joined_terms(written) + (f" + ... ({left} more)" if left > 0 else "")


def short(operator: Operator) -> str:
    """An operator with six digits, and no more of a long one than its beginning."""
    return formula(operator, SHORT)


def coefficient_text(expression: Expression, style: Style = SHORT) -> str:
    """A polynomial in the parameters: `2*lam**2 + 0.1`."""
    ordered = sorted(expression.terms.items(), reverse=True)
    left = 0 if style.most is None else len(ordered) - style.most
    written = [_factors(v, powers, [], style) for powers, v in islice(ordered, style.most)]
    return joined_terms(written) + (f" + ... ({left} more)" if left > 0 else "")


def joined_terms(written: Iterable[str]) -> str:
    """A sum of terms, with a minus for a plus before negative ones."""
    text = " + ".join(written) or "0"
    return text.replace("+ -", "- ")


def _factors(value: complex, powers: Powers, factors: list[str], style: Style) -> str:
    """A product; the number 1 is left out."""
    named = [n if e == 1 else f"{n}**{style.real(e)}" for n, e in powers]
    rest = [*named, *factors]
    if rest and value in (1, -1):
        return "-" * (value == -1) + "*".join(rest)
    return "*".join([style.number(value), *rest])


class _Writer:
    """Writes the monomials of one operator."""

    def __init__(self, operator: Operator, style: Style) -> None:
        self.style = style
        self.lattices = {n for n, m in operator.members.items() if isinstance(m, Sites)}
        self.names = {n: n or unnamed(member) for n, member in operator.members.items()}

    def monomial(self, one: Monomial) -> str:
        """A coefficient and what stands behind it; values for sites or bonds are within that."""
        if isinstance(one.value, tuple):
            body = self._body(one, f", {self.style.numbers(one.value)}")
            return _factors(1.0 + 0.0j, one.powers, body, self.style)
        return _factors(one.value, one.powers, self._body(one, ""), self.style)

    def _body(self, one: Monomial, values: str) -> list[str]:
        key, letters = one.key, one.letters
        if isinstance(key, Unit):
            return []
        if isinstance(key, Linear):
            text = self._component(key.component, letters[0])
            if key.each:
                return [f"each({text}{values})"]
            return [f"total({text}{values})" if values else text]
        if isinstance(key, Product):
            pairs = list(zip((key.first, key.second), letters, strict=True))
            factors = _product([self._component(c, letter) for c, letter in pairs], one.ordered)
            weighted = len(factors) == 2 and any(c.weights for c, _ in pairs)
            # A coefficient that met the weights before the other factor could round them.
            return [f"({'*'.join(factors)})"] if weighted else factors
        if isinstance(key, DisplacedBond):
            ends = zip((key.member, key.other), letters, strict=True)
            factors = [f"{self.names[name]}.{letter}" for name, letter in ends]
            steps = key.displacement if len(key.displacement) > 1 else key.displacement[0]
            where = list(steps) if isinstance(steps, tuple) else steps
            return [f"bonds({', '.join(factors)}{values}, displacement={where})"]
        factors = [f"{self.names[key.member]}.{letter}" for letter in letters]
        if isinstance(key, Bond):
            directed = ", directed=True" if one.directed else ""
            return [f"bonds({', '.join(factors)}{values}{directed})"]
        return [f"each({'*'.join(_product(factors, key.first != key.second))}{values})"]

    def _component(self, component: Component, letter: str) -> str:
        name = self.names[component.member]
        if component.weights:
            return f"total({name}.{letter}, {self.style.numbers(component.weights)})"
        if component.site == ALL or component.member not in self.lattices:
            return f"{name}.{letter}"
        return f"{name}[{component.site}].{letter}"


def _product(factors: list[str], ordered: bool) -> list[str]:
    """Two factors, the mean of both orders if they do not commute."""
    one, other = factors
    if ordered:
        return [f"({one}*{other} + {other}*{one})/2"]
    return [f"{one}**2"] if one == other else factors
