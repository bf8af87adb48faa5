"""Operators and jumps with numbers in place of parameters."""

from __future__ import annotations

from collections.abc import Mapping

from twoqs.model.language.jumps import AnyJump, Jump, JumpMatrix, real_value
from twoqs.model.language.operators import Operator, TermKey
from twoqs.model.language.parameters import Expression, product_of, values_of
from twoqs.model.language.values import Coefficient, multiplied, plus


def in_numbers(operator: Operator, values: Mapping[str, float] | None = None) -> Operator:
    """The operator for the values that its parameters have.

    Args:
        values: of parameters, by name; others have their own value.

    Raises:
        ArgumentError: for values that have no such power.
    """
    given = values_of(operator.parameters, values)
    terms: dict[TermKey, Coefficient] = {}
    for (powers, key), value in operator.terms.items():
        more = multiplied(value, product_of(powers, given))
        terms[(), key] = plus(terms[(), key], more) if ((), key) in terms else more
    return Operator(terms, operator.members, {})


def jump_in_numbers(jump: AnyJump, values: Mapping[str, float] | None = None) -> AnyJump:
    """The same for a jump operator and its rate.

    Raises:
        ArgumentError: if the rate is negative, too.
    """
    chosen = {name: v for name, v in (values or {}).items() if name in jump.rate.parameters}
    rate = Expression.constant(real_value(jump.rate, "rate", chosen))
    if isinstance(jump, Jump):
        return Jump(in_numbers(jump.operator, values), rate)
    operators = tuple(in_numbers(operator, values) for operator in jump.operators)
    return JumpMatrix(operators, jump.rates, rate)
