"""Reads operators and rates from text: Python's grammar, a short list of what may stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twoqs.errors import ArgumentError, require
from twoqs.model.language.evaluate import Evaluator
from twoqs.model.language.jumps import checked_rate
from twoqs.model.language.members import KINDS_OF_MEMBERS, Member
from twoqs.model.language.names import checked_name
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression, Parameter, polynomial
from twoqs.model.language.values import complex_number


def read_operator(
    text: str,
    members: Mapping[str, Member],
    parameters: Mapping[str, Parameter | float] | None = None,
    name: str = "operator",
) -> Operator:
    """The operator that a formula such as `0.3*lam*a.x*b.x + each(s.z**2, 0.1)` describes.

    A formula has names of members (`a.x`, `s[3].minus`) and of parameters, numbers (also `0.2j`),
    `+ - * / **`, brackets, `each`, `total` and `bonds` with values as lists, `pi`, and `sqrt`,
    `exp`, `sin` and `cos` of numbers.

    Args:
        text: the formula; nothing in it is ever executed.
        members: by the names that the formula has for them.
        parameters: likewise; a number stands for a `Parameter` with that value.
        name: what messages call the formula.

    Raises:
        ArgumentError: for any other text, with the position in it and what is wanted there.
    """
    value = Evaluator(text, _members(members), _parameters(parameters), name).value()
    if isinstance(value, Expression) and not value.terms:
        return Operator({}, {}, {})
    if not isinstance(value, Operator):
        raise ArgumentError.of(name, "be an operator, such as `a.x`", text)
    return value


def read_rate(
    text: Any, parameters: Mapping[str, Parameter | float] | None = None, name: str = "rate"
) -> Expression:
    """The rate that a number, or a formula such as `2*kappa`, describes.

    Args:
        text, parameters, name: as those of `read_operator`; a formula has no members.

    Raises:
        ArgumentError: for any other text, and for a rate that is negative or not real.
    """
    return checked_rate(read_expression(text, parameters, name), name)


def read_expression(
    text: Any, parameters: Mapping[str, Parameter | float] | None = None, name: str = "value"
) -> Expression:
    """What a number, or a formula of numbers and parameters such as `pi/2 - phi`, describes.

    Args:
        text, parameters, name: as those of `read_operator`; a formula has no members.

    Raises:
        ArgumentError: for any other text.
    """
    value = polynomial(text)
    if isinstance(text, str):
        found = Evaluator(text, {}, _parameters(parameters), name).value()
        value = found if isinstance(found, Expression) else None
    if value is None:
        raise ArgumentError.of(name, "be a number or an expression of parameters", text)
    return value


def read_number(text: Any, name: str = "number") -> complex:
    """The number that is given as one, or as a formula such as `exp(0.5j)/2`.

    Raises:
        ArgumentError: for anything else.
    """
    if not isinstance(text, str):
        return complex_number(name, text)
    value = Evaluator(text, {}, {}, name).value()
    if not isinstance(value, Expression):
        raise ArgumentError.of(name, "be a number", text)
    return value.value()


def _members(members: Mapping[str, Member]) -> dict[str, Member]:
    """Members under the names that formulas have for them."""
    named: dict[str, Member] = {}
    for name, member in members.items():
        require(isinstance(member, Member), "members", f"be of {KINDS_OF_MEMBERS}", member)
        wanted = f"have the name under which it is listed, `{name}`"
        require(member.name in (None, name), "member", wanted, member)
        named[name] = member if member.name else replace(member, name=checked_name(name))
    return named


def _parameters(parameters: Mapping[str, Parameter | float] | None) -> dict[str, Parameter]:
    named: dict[str, Parameter] = {}
    for name, given in ({} if parameters is None else parameters).items():
        parameter = given if isinstance(given, Parameter) else Parameter(name, given)
        wanted = f"have the name under which it is listed, `{name}`"
        require(parameter.name == name, "parameter", wanted, parameter)
        named[name] = parameter
    return named
