"""Parameters: named numbers, and polynomials in them as coefficients of operators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import number
from twoqs.model.language.names import checked_name
from twoqs.model.language.values import complex_number, divided, is_number
from twoqs.model.limits import MOST_EXPONENT, MOST_POWERS

Powers: TypeAlias = tuple[tuple[str, float], ...]
"""A product of powers of parameters: (name, exponent), by name, each once, no exponent zero."""


class _Algebra(ABC):
    """Arithmetic that parameters and their polynomials share."""

    __array_ufunc__ = None  # NumPy's numbers and arrays leave the arithmetic to this class

    @abstractmethod
    def _polynomial(self) -> Expression:
        """As a sum of numbers times powers of parameters."""

    def __add__(self, other: Any) -> Expression:
        return _binary(self, other, _added)

    __radd__ = __add__

    def __neg__(self) -> Expression:
        return _multiplied(self._polynomial(), Expression.constant(-1))

    def __pos__(self) -> Expression:
        return self._polynomial()

    def __sub__(self, other: Any) -> Expression:
        return _binary(self, other, lambda a, b: _added(a, -b))

    def __rsub__(self, other: Any) -> Expression:
        return _binary(self, other, lambda a, b: _added(b, -a))

    def __mul__(self, other: Any) -> Expression:
        return _binary(self, other, _multiplied)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Expression:
        return _binary(self, other, _divided)

    def __rtruediv__(self, other: Any) -> Expression:
        return _binary(self, other, lambda a, b: _divided(b, a))

    def __pow__(self, exponent: Any) -> Expression:
        return _power(self._polynomial(), number("exponent", exponent))


@dataclass(frozen=True)
class Parameter(_Algebra):
    """A named number of a model, which an axis, a pulse or a message can address.

    Attributes:
        name: an identifier.
        value: what it is unless something else is asked for; a real number.

    Raises:
        ArgumentError: for any other name or value.
    """

    name: str
    value: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", checked_name(self.name))
        object.__setattr__(self, "value", number("value", self.value))

    def _polynomial(self) -> Expression:
        return Expression({((self.name, 1.0),): 1.0 + 0.0j}, {self.name: self})


@dataclass(frozen=True, eq=False, repr=False)
class Expression(_Algebra):
    """A sum of numbers multiplied powers of parameters; immutable, equal if the sums are.

    Attributes:
        terms: the numbers by `Powers`, none of them zero; to read only.
        parameters: the parameters that occur, by name; to read only.

    Raises:
        ArgumentError: if a number is not finite, or there are too many of them.
    """

    terms: Mapping[Powers, complex]
    parameters: Mapping[str, Parameter]

    def __post_init__(self) -> None:
        kept = {powers: complex_number("coefficient", v) for powers, v in self.terms.items() if v}
        most = f"have at most {MOST_POWERS} terms in the parameters"
        require(len(kept) <= MOST_POWERS, "coefficient", most, len(kept))
        names = {name for powers in kept for name, _ in powers}
        object.__setattr__(self, "terms", kept)
        object.__setattr__(self, "parameters", {n: self.parameters[n] for n in sorted(names)})

    @classmethod
    def constant(cls, value: Any, name: str = "coefficient") -> Expression:
        """A number."""
        return cls({(): complex_number(name, value)}, {})

    def _polynomial(self) -> Expression:
        return self

    def as_divisor(self) -> tuple[complex, Expression]:
        """A number and one over a product of powers: to divide by the one, multiply by the other.

        Raises:
            ArgumentError: for zero, and for sums.
        """
        require(bool(self.terms), "divisor", "not be zero", 0)
        wanted = "be a product (make a sum of parameters a parameter of its own)"
        require(len(self.terms) == 1, "divisor", wanted, self)
        ((powers, value),) = self.terms.items()
        inverse = tuple((name, -exponent) for name, exponent in powers)
        return value, Expression({inverse: 1.0 + 0.0j}, self.parameters)

    def value(self, values: Mapping[str, float] | None = None) -> complex:
        """The number that it is.

        Args:
            values: of parameters, by name; others have their own value.

        Raises:
            ArgumentError: if there is none: a division by zero, the root of a negative number, or
                an overflow.
        """
        given = values_of(self.parameters, values)
        return complex_number(
            "coefficient", sum(v * product_of(p, given) for p, v in self.terms.items())
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return self.terms == other.terms and self.parameters == other.parameters

    def __hash__(self) -> int:
        return hash((frozenset(self.terms.items()), frozenset(self.parameters.values())))

    def __repr__(self) -> str:
        from twoqs.model.language.write import coefficient_text  # which writes operators, too

        return coefficient_text(self)


def polynomial(value: Any) -> Expression | None:
    """A number, a parameter or an expression as an expression; None for anything else."""
    if isinstance(value, _Algebra):
        return value._polynomial()
    return Expression.constant(value) if is_number(value) else None


def merged(one: Mapping[str, Parameter], other: Mapping[str, Parameter]) -> Mapping[str, Parameter]:
    """The parameters of both.

    Raises:
        ArgumentError: if two that differ have one name.
    """
    if other.items() <= one.items():
        return one
    for name in one.keys() & other.keys():
        both = f"{one[name].value:g} and {other[name].value:g}"
        wanted = f"have one value (two parameters are called `{name}`)"
        require(one[name] == other[name], name, wanted, both)
    return {**one, **other}


def joined(one: Powers, other: Powers) -> Powers:
    """The product of two products of powers."""
    if not one or not other:
        return one or other
    exponents = dict(one)
    for name, exponent in other:
        exponents[name] = exponents.get(name, 0.0) + exponent
    return _in_order(exponents)


def _in_order(exponents: Mapping[str, float]) -> Powers:
    for name, exponent in exponents.items():
        wanted = f"have exponents of at most {MOST_EXPONENT}"
        require(abs(exponent) <= MOST_EXPONENT, name, wanted, exponent)
    return tuple(sorted((name, e) for name, e in exponents.items() if e))


def values_of(
    parameters: Mapping[str, Parameter], values: Mapping[str, float] | None
) -> dict[str, float]:
    """The value of each parameter: its own, unless `values` has another one."""
    chosen = {} if values is None else values
    return {name: number(name, chosen.get(name, p.value)) for name, p in parameters.items()}


def product_of(powers: Powers, values: Mapping[str, float]) -> float:
    """The product of powers, for the values of its parameters.

    Raises:
        ArgumentError: naming the parameter whose value has no such power.
    """
    result = 1.0
    for name, exponent in powers:
        value = values[name]
        wanted = "not be zero, for the model divides by it"
        require(value != 0.0 or exponent > 0, name, wanted, value)
        whole = float(exponent).is_integer()
        require(value >= 0 or whole, name, f"not be negative, for its power {exponent:g}", value)
        with np.errstate(over="ignore", invalid="ignore"):
            result *= float(np.float64(value) ** exponent)
        require(bool(np.isfinite(result)), name, "have a finite power", value)
    return result


def _binary(one: _Algebra, other: Any, combine: Any) -> Any:
    second = polynomial(other)
    return NotImplemented if second is None else combine(one._polynomial(), second)


def _added(one: Expression, other: Expression) -> Expression:
    terms = dict(one.terms)
    for powers, value in other.terms.items():
        terms[powers] = terms.get(powers, 0.0) + value
    return Expression(terms, merged(one.parameters, other.parameters))


def _multiplied(one: Expression, other: Expression) -> Expression:
    count = len(one.terms) * len(other.terms)
    wanted = f"have at most {MOST_POWERS} terms in the parameters"
    require(count <= 10 * MOST_POWERS, "coefficient", wanted, count)
    terms: dict[Powers, complex] = {}
    for p, v in one.terms.items():
        for q, w in other.terms.items():
            powers = joined(p, q)
            terms[powers] = terms.get(powers, 0.0) + v * w
    return Expression(terms, merged(one.parameters, other.parameters))


def _divided(one: Expression, other: Expression) -> Expression:
    value, inverse = other.as_divisor()
    terms = {p: complex_number("coefficient", divided(v, value)) for p, v in one.terms.items()}
    return _multiplied(Expression(terms, one.parameters), inverse)


def _power(base: Expression, exponent: float) -> Expression:
    """The power of a product, or the whole power of a sum."""
    require(abs(exponent) <= MOST_EXPONENT, "exponent", f"be at most {MOST_EXPONENT}", exponent)
    whole = exponent.is_integer()
    if len(base.terms) == 1:
        return _power_of_product(base, exponent, whole)
    if not base.terms:
        require(exponent > 0, "exponent", "be positive for a power of zero", exponent)
        return base
    wanted = "be a whole number of at least 0 for a sum of parameters"
    require(whole and exponent >= 0, "exponent", wanted, exponent)
    result = Expression.constant(1)
    for _ in range(int(exponent)):
        result = _multiplied(result, base)
    return result


def _power_of_product(base: Expression, exponent: float, whole: bool) -> Expression:
    ((powers, value),) = base.terms.items()
    for name, p in powers:
        # (x^2)^0.5 is |x|, not x.
        even = p % 2 == 0 and not whole
        require(not even, "exponent", f"be a whole number for an even power of {name}", exponent)
    positive = value.imag == 0 and value.real > 0
    wanted = "be a whole number for a factor that is not positive"
    require(whole or positive or not powers, "exponent", wanted, exponent)
    try:
        factor = (
            value.real**exponent if positive else value ** (int(exponent) if whole else exponent)
        )
    except (OverflowError, ZeroDivisionError):
        raise ArgumentError.of("coefficient", "be finite", base) from None
    raised = _in_order({name: p * exponent for name, p in powers})
    return Expression({raised: factor}, base.parameters)
