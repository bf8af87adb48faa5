"""Parameters: named numbers, and polynomials in them as coefficients of operators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import number
from twoqs.model.language.names import checked_name
from twoqs.model.language.powers import Powers, by_name, joined, product_of
from twoqs.model.language.pulses import Pulse
from twoqs.model.language.values import complex_number, divided, is_number
from twoqs.model.limits import MOST_EXPONENT, MOST_POWERS


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
    """A named number of a model, which an axis or a message can address; or a pulse.

    Attributes:
        name: an identifier.
        value: what it is unless something else is asked for: a real number, or what `gauss`,
            `ramp`, `cosine`, `piecewise` or `sampled` returns.

    Raises:
        ArgumentError: for any other name or value.

    Examples:
        >>> s, drive = twoqs.Spin(100, "s"), twoqs.Parameter("drive", 0.9)
        >>> model = twoqs.Model(hamiltonian=2 * drive * s.x, jumps=[twoqs.jump(s.minus, 0.005)])
        >>> twoqs.Sweep(model, {"drive": [0.5, 1.0]}, times=[0, 1]).dims
        ('drive',)
    """

    name: str
    value: float | Pulse

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", checked_name(self.name))
        wanted = "be a number, or a pulse (`sampled(times, function)` makes one of a function)"
        require(not callable(self.value), "value", wanted, self.value)
        if not isinstance(self.value, Pulse):
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
            ArgumentError: if there is none: a pulse, a division by zero, the root of a negative
                number, or an overflow.
        """
        given: dict[str, float] = {}
        for name, value in values_of(self.parameters, values).items():
            if isinstance(value, Pulse):
                raise ArgumentError.of(name, "be a number here, and no pulse", value)
            given[name] = value
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
    """A number, a parameter or an expression as an expression; None for anything else.

    A pulse is a parameter whose name says which.
    """
    if isinstance(value, Pulse):
        value = Parameter(value.label, value)
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
        both = " and ".join(_short(by_name[name].value) for by_name in (one, other))
        wanted = f"have one value (two parameters are called `{name}`)"
        require(one[name] == other[name], name, wanted, both)
    return {**one, **other}


def _short(value: float | Pulse) -> str:
    return repr(value) if isinstance(value, Pulse) else f"{value:g}"


def values_of(
    parameters: Mapping[str, Parameter], values: Mapping[str, float] | None
) -> dict[str, float | Pulse]:
    """The value of each parameter: its own, unless `values` has another one."""
    chosen = {} if values is None else values
    return {
        name: number(name, chosen[name]) if name in chosen else parameter.value
        for name, parameter in parameters.items()
    }


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
    raised = by_name({name: p * exponent for name, p in powers})
    return Expression({raised: factor}, base.parameters)
