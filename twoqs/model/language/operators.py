"""Operators: polynomials of up to second order in components, in a canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import is_sequence, number
from twoqs.model.language.components import Component, Key, Linear, Unit, members_of
from twoqs.model.language.multiply import product_terms, too_high
from twoqs.model.language.parameters import Expression, Parameter, merged, polynomial
from twoqs.model.language.powers import Powers, joined
from twoqs.model.language.values import (
    Coefficient,
    checked,
    conjugate,
    divided,
    multiplied,
    plus,
)
from twoqs.model.limits import MOST_MONOMIALS
from twoqs.model.values import entries

if TYPE_CHECKING:
    from twoqs.model.language.members import Member

TermKey: TypeAlias = tuple[Powers, Key]

COEFFICIENT_ROUNDING = 1e-12
"""Imaginary parts this far below the largest coefficient come from rounding."""


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Operator:
    """A sum of components of spins and modes, and products of two of them, of one member or of two.

    Made from the `x y z plus minus` and `a adag n` of members by + - * / and ** 2, by numbers and
    parameters. However it was typed, it is kept in x, y and z (of a mode in re, im and n), products
    of two components of one spin as {S^a, S^b}/2 and what their commutator adds, y^2 of one mode as
    n + 1/2 - x^2; equal sums are equal operators. Sums over sites and bonds stay sums: `s.x` is not
    compared with the sum of all `s[i].x`. Coefficients are numbers multiplied powers of parameters,
    which are real. Immutable and hashable.

    Attributes:
        terms: a number, or one for each site or bond, by powers of parameters and key; read-only.
        members: the members that occur, by name ("" without one); to read only.
        parameters: the parameters that occur, by name; to read only.

    Examples:
        >>> s = twoqs.Spin(5, "s")
        >>> s.plus * s.minus
        s.z + s.x**2 + s.y**2
    """

    terms: Mapping[TermKey, Coefficient]
    members: Mapping[str, Member]
    parameters: Mapping[str, Parameter]

    __array_ufunc__ = None  # NumPy's numbers and arrays leave the arithmetic to this class

    def __post_init__(self) -> None:
        kept = {term: checked(value) for term, value in self.terms.items() if value}
        acting = {name for _, key in kept for name in members_of(key)}
        named = {name for powers, _ in kept for name, _ in powers}
        set_ = object.__setattr__
        set_(self, "terms", kept)
        set_(self, "members", {name: self.members[name] for name in sorted(acting)})
        set_(self, "parameters", {name: self.parameters[name] for name in sorted(named)})
        for name in acting & named:
            wanted = f"be another name than that of a member (`{name}`)"
            raise ArgumentError.of("parameter", wanted, self.parameters[name])

    @classmethod
    def component(cls, member: Member, site: int, axis: int, value: complex) -> Operator:
        """A component of a member, or summed over all sites, multiplied a number."""
        name = member.name or ""
        return cls({((), Linear(Component(name, site, axis))): value}, {name: member}, {})

    # --- Arithmetic -------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Operator:
        if not isinstance(other, Operator):
            constant = polynomial(other)
            if constant is None:
                return NotImplemented
            wanted = "be added to operators (leave constants out; they act on nothing)"
            require(not constant.terms, "operator", wanted, other)
            return self
        return added([self, other])

    __radd__ = __add__

    def __neg__(self) -> Operator:
        return self * -1

    def __pos__(self) -> Operator:
        return self

    def __sub__(self, other: Any) -> Operator:
        return self + -other

    def __rsub__(self, other: Any) -> Operator:
        return -self + other

    def __mul__(self, other: Any) -> Operator:
        if isinstance(other, Operator):
            return _product(self, other)
        factor = _coefficient(other)
        return NotImplemented if factor is None else _scaled(self, factor)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Operator:
        divisor = None if isinstance(other, Operator) else _coefficient(other)
        if divisor is None:
            return NotImplemented
        value, inverse = divisor.as_divisor()
        terms = {term: divided(v, value) for term, v in self.terms.items()}
        return _scaled(Operator(terms, self.members, self.parameters), inverse)

    def __pow__(self, exponent: Any) -> Operator:
        exponent = number("exponent", exponent)
        if exponent > 2:
            raise too_high(f"({self!r})**{exponent:g}")
        require(exponent in (1.0, 2.0), "exponent", "be 1 or 2 for an operator", exponent)
        return self * self if exponent == 2.0 else self

    def dag(self) -> Operator:
        """The Hermitian conjugate.

        Examples:
            >>> twoqs.Spin(5, "s").plus.dag()
            s.minus
        """
        terms = {term: conjugate(value) for term, value in self.terms.items()}
        return Operator(terms, self.members, self.parameters)

    # --- What it is -------------------------------------------------------------------------------

    @property
    def is_hermitian(self) -> bool:
        """Whether all coefficients are real, to rounding."""
        return not self.anti_hermitian_part.terms

    @property
    def anti_hermitian_part(self) -> Operator:
        """The terms with imaginary coefficients, (A - A^+)/2; beyond rounding."""
        numbers = [v for value in self.terms.values() for v in entries(value)]
        small = COEFFICIENT_ROUNDING * max((abs(v) for v in numbers), default=0.0)
        kept = {
            term: tuple(1j * v.imag for v in value) if isinstance(value, tuple) else 1j * value.imag
            for term, value in self.terms.items()
            if any(abs(v.imag) > small for v in entries(value))
        }
        return Operator(kept, self.members, self.parameters)

    @property
    def is_linear(self) -> bool:
        """Whether it has no products; and no numbers, which commutators of modes leave."""
        return all(isinstance(key, Linear) for _, key in self.terms)

    @property
    def without_numbers(self) -> Operator:
        """This operator without what acts on nothing, as parts of Hamiltonians are."""
        terms = {t: value for t, value in self.terms.items() if not isinstance(t[1], Unit)}
        return Operator(terms, self.members, self.parameters) if terms != self.terms else self

    def summed(self) -> Operator:
        """The same operator, with `each` of single components as the plain sum that it is."""
        terms: dict[TermKey, Coefficient] = {}
        for (powers, key), value in self.terms.items():
            plain = Linear(key.component) if isinstance(key, Linear) else key
            before = terms.get((powers, plain))
            terms[powers, plain] = value if before is None else plus(before, value)
        return Operator(terms, self.members, self.parameters)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Operator):
            return NotImplemented
        one, two = self.summed(), other.summed()
        return (one.terms, one.members, one.parameters) == (two.terms, two.members, two.parameters)

    def __hash__(self) -> int:
        one = self.summed()
        contents = (one.terms.items(), one.members.values(), one.parameters.values())
        return hash(tuple(frozenset(content) for content in contents))

    def __repr__(self) -> str:
        from twoqs.model.language.write import short  # which reads operators

        return short(self)

    def _repr_latex_(self) -> str:
        from twoqs.model.language.latex import latex

        return f"$\\displaystyle {latex(self)}$"


def added(operators: Iterable[Operator]) -> Operator:
    """The sum of many operators, in one pass."""
    first, *others = operators
    terms = dict(first.terms)
    members, parameters = first.members, first.parameters
    cancelled = False
    for operator in others:
        members = together(members, operator.members)
        parameters = merged(parameters, operator.parameters)
        for term, value in operator.terms.items():
            terms[term] = checked(plus(terms[term], value)) if term in terms else value
            cancelled = cancelled or not terms[term]
    if cancelled or members.keys() & parameters.keys():
        return Operator(terms, members, parameters)
    # Terms that were checked are not checked again: `sum` of n operators would take n^2 checks.
    total = object.__new__(Operator)
    for name, content in (("terms", terms), ("members", members), ("parameters", parameters)):
        object.__setattr__(total, name, content)
    return total


def together(one: Mapping[str, Member], other: Mapping[str, Member]) -> Mapping[str, Member]:
    """The members of both.

    Raises:
        ArgumentError: if two that differ have one name, or one of several has none.
    """
    for name, member in other.items():
        if name in one and one[name] is not member:
            differ = name == "" or one[name] != member
            require(not differ, "members", _naming(name), [one[name], member])
    if other.keys() <= one.keys():
        return one
    united = {**one, **other}
    alone = "" not in united or len(united) == 1
    require(alone, "members", _naming(""), [m.name or m for m in united.values()])
    return united


def _naming(name: str) -> str:
    """What names of members must be, for one name that does not do."""
    if name:
        return f"have different names (two that differ are called `{name}`)"
    return 'have names where there are several (`Spin(5, name="a")`)'


def _coefficient(value: Any) -> Expression | None:
    """A factor of an operator; None for what is none."""
    wanted = "be one number (values for sites go into `each`, for bonds into `bonds`)"
    require(not is_sequence(value), "factor", wanted, value)
    return polynomial(value)


def _scaled(operator: Operator, factor: Expression) -> Operator:
    require_few(len(operator.terms) * len(factor.terms))
    terms: dict[TermKey, Coefficient] = {}
    for (p, key), value in operator.terms.items():
        for q, v in factor.terms.items():
            term, more = (joined(p, q), key), multiplied(value, v)
            terms[term] = plus(terms[term], more) if term in terms else more
    return Operator(terms, operator.members, merged(operator.parameters, factor.parameters))


def _product(one: Operator, other: Operator) -> Operator:
    require_few(len(one.terms) * len(other.terms))
    members = together(one.members, other.members)
    if _order(one) + _order(other) > 2:
        raise _cubic((one, other))
    terms: dict[TermKey, Coefficient] = {}
    for (p, left), value in one.terms.items():
        for (q, right), factor_value in other.terms.items():
            powers = joined(p, q)
            for key, more in product_terms((left, value), (right, factor_value), members):
                term = (powers, key)
                terms[term] = plus(terms[term], more) if term in terms else more
    return Operator(terms, members, merged(one.parameters, other.parameters))


def _order(operator: Operator) -> int:
    """How many components its longest product has."""
    orders = (0 if isinstance(k, Unit) else 1 if isinstance(k, Linear) else 2
              for _, k in operator.terms)  # fmt: skip
    return max(orders, default=0)


def require_few(count: int) -> None:
    """Refuse products of too many monomials."""
    wanted = f"have at most {MOST_MONOMIALS} monomials (sums over sites are one: `s.x`, `each`)"
    require(count <= MOST_MONOMIALS, "operator", wanted, count)


def _cubic(factors: tuple[Operator, Operator]) -> ArgumentError:
    """An error about a product of more than two components, with its first such monomial."""
    named = []
    for factor in factors:
        products = (term for term in factor.terms if not isinstance(term[1], Linear))
        term = next(products, next(iter(factor.terms)))
        one = Operator({term: factor.terms[term]}, factor.members, factor.parameters)
        named.append(f"({one!r})")
    return too_high("*".join(named))
