"""Jump operators with their rates: one, one at every site, or several that share a matrix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import is_sequence
from twoqs.model.kinds import MODE
from twoqs.model.language.components import NUMBER, Linear
from twoqs.model.language.in_time import pulses_of, require_not_negative
from twoqs.model.language.names import checked_name
from twoqs.model.language.operators import Operator, added
from twoqs.model.language.parameters import Expression, polynomial
from twoqs.model.language.rate_matrix import Modes, hermitian, modes_of
from twoqs.model.limits import MOST_CHANNELS
from twoqs.model.terms import JUMP_WORDS


@dataclass(frozen=True, eq=False, repr=False)
class Jump:
    """A jump operator c with the dissipator rate (2 c rho c^+ - c^+ c rho - rho c^+ c).

    Attributes:
        operator: c, a linear form of components of any members; or `each(...)` of one, which
            stands for a jump operator of its own at every site, or of every member of an ensemble.
        rate: of the dissipator above, not negative; a number or an expression of parameters.
        label: a name by which observables find it, or None; of keywords their word (`decay`).

    Raises:
        ArgumentError: for anything else.
    """

    operator: Operator
    rate: Expression
    label: str | None = None

    def __post_init__(self) -> None:
        require_label(self.label)
        require_linear(self.operator, "operator")
        require_unmixed([self.operator], "operator")
        marks = {key.each for _, key in self.operator.terms if isinstance(key, Linear)}
        wanted = "be all within `each(...)` or not at all (make it two jumps)"
        require(len(marks) == 1, "operator", wanted, self.operator)
        require(not self.local or len(self.operator.members) == 1, "operator",
                "have sites of one member within `each`", self.operator)  # fmt: skip
        object.__setattr__(self, "rate", checked_rate(self.rate))

    @property
    def local(self) -> bool:
        """Whether it stands for a jump operator of its own at every site."""
        return all(isinstance(key, Linear) and key.each for _, key in self.operator.terms)

    @property
    def channels(self) -> tuple[Jump, ...]:
        """The jump operators, each with a rate of its own: this one."""
        return (self,)

    @property
    def operators(self) -> tuple[Operator, ...]:
        """The jump operators: this one."""
        return (self.operator,)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Jump):
            return NotImplemented
        one = (self.local, self.operator, self.rate, own_label(self))
        return one == (other.local, other.operator, other.rate, own_label(other))

    def __hash__(self) -> int:
        return hash((self.local, self.operator, self.rate, own_label(self)))

    def __repr__(self) -> str:
        return f"jump({self.operator!r}, rate={self.rate!r}{_label_text(self)})"


@dataclass(frozen=True, repr=False)
class JumpMatrix:
    """Jump operators c_i with the dissipator sum_ij G_ij (2 c_i rho c_j^+ - c_j^+ c_i rho - ...).

    Attributes:
        operators: c_i, linear forms of spin components.
        rates: G, Hermitian without negative eigenvalues, shape (operator, operator).
        rate: a number or an expression that multiplies G.
        label: as that of `Jump`, of all its channels.
        modes: g and v with G = sum_m g_m v_m v_m^+, those with g = 0 left out.

    Raises:
        ArgumentError: for anything else; it shows the entries or the eigenvalue.
    """

    operators: tuple[Operator, ...]
    rates: tuple[tuple[complex, ...], ...]
    rate: Expression
    label: str | None = None
    modes: Modes = field(init=False, compare=False)

    def __post_init__(self) -> None:
        require_label(self.label)
        require(is_sequence(self.operators), "operators", "be a list of operators", self.operators)
        count = len(self.operators)
        require(0 < count <= MOST_CHANNELS, "operators", f"be 1 to {MOST_CHANNELS}", count)
        for operator in self.operators:
            require_linear(operator, "operators")
            together = not any(isinstance(k, Linear) and k.each for _, k in operator.terms)
            wanted = "be without `each`, for the matrix says what acts on its own"
            require(together, "operators", wanted, operator)
        require_unmixed(self.operators, "operators")
        object.__setattr__(self, "operators", tuple(self.operators))
        object.__setattr__(self, "rates", hermitian(self.rates, count))
        object.__setattr__(self, "rate", checked_rate(self.rate))
        object.__setattr__(self, "modes", modes_of(np.array(self.rates)))

    def __repr__(self) -> str:
        size = len(self.operators)
        shown = ", ".join(repr(operator) for operator in self.operators[:3])
        cut = ", ..." if size > 3 else ""
        factor = "" if self.rate == Expression.constant(1) else f", rate={self.rate!r}"
        return f"jump([{shown}{cut}], rates=<{size}x{size} matrix>{factor}{_label_text(self)})"

    @property
    def channels(self) -> tuple[Jump, ...]:
        """The jump operators that give the same dissipator: sum_i v_i c_i with the rate g."""
        rates, vectors = (array.tolist() for array in self.modes)
        return tuple(
            Jump(added(c * x for c, x in zip(self.operators, v, strict=True)), self.rate * g)
            for g, v in zip(rates, vectors, strict=True)
        )


AnyJump: TypeAlias = Jump | JumpMatrix


def own_label(one: AnyJump) -> str | None:
    """A label that is no word: models that are typed in words and in operators are equal."""
    return None if one.label in JUMP_WORDS else one.label


def _label_text(one: AnyJump) -> str:
    label = own_label(one)
    return "" if label is None else f", label={label!r}"


def jump(operator: Any, rate: Any = 1.0, *, rates: Any = None, label: str | None = None) -> AnyJump:
    """A jump operator with the dissipator of this project.

    Args:
        operator: c, a linear form of spin components, with rate (2 c rho c^+ - c^+ c rho - rho c^+
            c); `each(...)` of one for a jump operator of its own at every site; or a list of c_i.
        rate: a number or an expression of parameters, not negative.
        rates: for a list, the matrix G of sum_ij G_ij (2 c_i rho c_j^+ - c_j^+ c_i rho - rho c_j^+
            c_i), Hermitian and without negative eigenvalues; `rate` multiplies it.
        label: a name, by which observables find what leaves through this jump.

    Raises:
        ArgumentError: for anything else.

    Examples:
        >>> a, b = twoqs.Spin(5, "a"), twoqs.Spin(9, "b")
        >>> twoqs.jump(a.minus + 1j * b.minus, rate=0.1)
        jump(a.minus + 1j*b.minus, rate=0.1)
        >>> twoqs.jump([a.minus, b.minus], rates=[[1, 0.5], [0.5, 1]], label="out")
        jump([a.minus, b.minus], rates=<2x2 matrix>, label='out')
    """
    if isinstance(operator, Operator):
        wanted = "be left out for one operator (a list of them has a matrix)"
        require(rates is None, "rates", wanted, rates)
        return Jump(operator, rate, label)
    require(is_sequence(operator), "operator", "be an operator or a list of them", operator)
    require(rates is not None, "rates", "be given as a matrix for a list of operators", rates)
    return JumpMatrix(tuple(operator), rates, rate, label)


def collapse(operator: Operator, *, label: str | None = None) -> Jump:
    """A collapse operator in the convention of QuTiP, c rho c^+ - (c^+ c rho + rho c^+ c)/2.

    That is `jump(operator, rate=1/2)`; the root of its rate is in the operator.

    Args:
        label: as that of `jump`.

    Raises:
        ArgumentError: if the operator is no linear form of spin components.

    Examples:
        >>> s = twoqs.Spin(5, "s")
        >>> twoqs.collapse(s.minus) == twoqs.jump(s.minus, rate=0.5)
        True
    """
    return Jump(operator, Expression.constant(0.5), label)


def checked_jumps(jumps: Iterable[Any]) -> tuple[AnyJump, ...]:
    """Jumps as a tuple.

    Raises:
        ArgumentError: if there is anything else.
    """
    found = tuple(jumps)
    for one in found:
        known = isinstance(one, Jump | JumpMatrix)
        require(known, "jumps", "hold `jump(...)` or `collapse(...)`", one)
    return found


def require_label(label: Any) -> None:
    """Refuse a label that is no name.

    Raises:
        ArgumentError: saying why.
    """
    if label is not None:
        checked_name(label, "label")


def require_distinct_labels(jumps: Iterable[AnyJump]) -> None:
    """Refuse a label that two jumps have.

    Raises:
        ArgumentError: naming the second of them.
    """
    found: set[str] = set()
    for i, one in enumerate(jumps):
        wanted = "be that of one jump alone"
        require(one.label not in found, f"jumps[{i}].label", wanted, one.label)
        if one.label is not None:
            found.add(one.label)


def require_linear(operator: Any, name: str) -> None:
    """Refuse what is no sum of single spin components.

    Raises:
        ArgumentError: naming the first product.
    """
    require(isinstance(operator, Operator), name, "be an operator", operator)
    require(bool(operator.terms), name, "not be zero", operator)
    for (powers, key), value in operator.terms.items():
        if not isinstance(key, Linear):
            product = Operator({(powers, key): value}, operator.members, operator.parameters)
            wanted = (
                "be linear in the spins and modes to be a jump operator (products belong to "
                "Hamiltonians; docs/models.md says what can be modelled)"
            )
            raise ArgumentError.of(name, wanted, product)


def require_unmixed(operators: Iterable[Operator], name: str) -> None:
    """Refuse jump operators, one or several of a matrix, with number and amplitude of a mode.

    Raises:
        ArgumentError: naming the first that is not as those before it.
    """
    first: dict[str, bool] = {}
    for operator in operators:
        for _, key in operator.terms:
            if isinstance(key, Linear) and operator.members[key.component.member].kind == MODE:
                number = key.component.axis == NUMBER
                same = first.setdefault(key.component.member, number) == number
                wanted = "have either n or a and adag of a mode (make it two jumps)"
                require(same, name, wanted, operator)


def checked_rate(rate: Any, name: str = "rate") -> Expression:
    """A rate as an expression.

    Raises:
        ArgumentError: if it is no number and no expression, not real, or negative at any time.
    """
    expression = polynomial(rate)
    if expression is None:
        raise ArgumentError.of(name, "be a number or an expression of parameters", rate)
    if pulses_of(expression.parameters):
        real = all(value.imag == 0 for value in expression.terms.values())
        require(real, name, "be real", expression)
        require_not_negative(expression, name)
    else:
        real_value(expression, name)
    return expression


def real_value(rate: Expression, name: str) -> float:
    """The value of a rate.

    Raises:
        ArgumentError: if it is not real, or negative.
    """
    value = rate.value()
    require(value.imag == 0, name, "be real", value)
    require(value.real >= 0, name, "not be negative", value.real)
    return value.real
