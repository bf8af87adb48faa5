"""Operators and jumps with numbers in place of parameters; pulses stay, by names of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from twoqs.model.language.in_time import pulses_of
from twoqs.model.language.jumps import AnyJump, Jump
from twoqs.model.language.operators import Operator, TermKey
from twoqs.model.language.parameters import Expression, Parameter, values_of
from twoqs.model.language.powers import Powers, by_name, without_pulses
from twoqs.model.language.pulses import Pulse
from twoqs.model.language.values import Coefficient, multiplied, plus

Renamed = Mapping[str, Parameter]
"""Parameters in place of those that have pulses, by the names of these."""


def renamed(parameters: Mapping[str, Parameter], taken: Collection[str]) -> Renamed:
    """Names for pulses that do not depend on how they were called: pulse1, pulse2, ...

    Args:
        taken: names that none may have.
    """
    found: dict[str, Parameter] = {}
    pulses = pulses_of(parameters)
    order = {pulse: i for i, pulse in enumerate(sorted(set(pulses.values()), key=repr), start=1)}
    for name, pulse in pulses.items():
        called = f"pulse{order[pulse]}"
        while called in taken:
            called += "_"
        found[name] = Parameter(called, pulse)
    return found


def in_numbers(operator: Operator, names: Renamed | None = None) -> Operator:
    """The operator for the values that its parameters have, pulses excepted.

    Raises:
        ArgumentError: for values that have no such power.
    """
    given, new = values_of(operator.parameters, None), {} if names is None else names
    terms: dict[TermKey, Coefficient] = {}
    for (powers, key), value in operator.terms.items():
        factor, left = without_pulses(powers, given)
        term, more = (_under(left, new), key), multiplied(value, factor)
        terms[term] = plus(terms[term], more) if term in terms else more
    return Operator(terms, operator.members, _kept(operator.parameters, new))


def expression_in_numbers(expression: Expression, names: Renamed | None = None) -> Expression:
    """A rate with numbers in place of parameters."""
    given, new = values_of(expression.parameters, None), {} if names is None else names
    terms: dict[Powers, complex] = {}
    for powers, value in expression.terms.items():
        factor, left = without_pulses(powers, given)
        term = _under(left, new)
        terms[term] = terms.get(term, 0.0) + value * factor
    return Expression(terms, _kept(expression.parameters, new))


def jump_in_numbers(jump: AnyJump, names: Renamed | None = None) -> AnyJump:
    """A jump operator and its rate with numbers in place of parameters."""
    rate = expression_in_numbers(jump.rate, names)
    if isinstance(jump, Jump):
        return replace(jump, operator=in_numbers(jump.operator, names), rate=rate)
    operators = tuple(in_numbers(operator, names) for operator in jump.operators)
    return replace(jump, operators=operators, rate=rate)


def _under(powers: Powers, names: Renamed) -> Powers:
    """A product of parameters with other names; two may have become one."""
    exponents: dict[str, float] = {}
    for name, exponent in powers:
        called = names[name].name if name in names else name
        exponents[called] = exponents.get(called, 0.0) + exponent
    return by_name(exponents)


def _kept(parameters: Mapping[str, Parameter], names: Renamed) -> dict[str, Parameter]:
    chosen: Iterable[Parameter] = (
        names.get(name, one) for name, one in parameters.items() if isinstance(one.value, Pulse)
    )
    return {one.name: one for one in chosen}
