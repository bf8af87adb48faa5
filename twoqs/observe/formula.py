"""Reads observables from text: the grammar of Hamiltonians, and products of higher order."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from twoqs.errors import ArgumentError, require, within
from twoqs.model.compose import name_of
from twoqs.model.language.evaluate import Evaluator
from twoqs.model.language.members import Member
from twoqs.model.language.names import OPERATOR_FUNCTIONS
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression, Parameter
from twoqs.model.model import Model
from twoqs.observe.words import Words, added_words


def read_words(
    given: str | Operator,
    model: Model,
    parameters: Mapping[str, float] | None = None,
    name: str = "observable",
) -> Words:
    """The polynomial that a formula such as `s.x**2*s.z + 0.5*cavity.n*s.z` describes.

    The grammar is that of Hamiltonians (`read_operator`), with powers up to the fourth,
    products of any members, numbers as terms, and `sym(...)`, the mean over all orders of the
    factors. Otherwise products are as they are written.

    Args:
        given: the formula, or an operator made in Python.
        model: whose members and parameters it may name.
        parameters: values of more of them, or others than the model's, by name.
        name: what messages call it.

    Raises:
        ArgumentError: for any other text, with the position in it and what is wanted there; for
            operators of other members, and for parameters that are pulses.
    """
    require(isinstance(given, str | Operator), name, "be a formula or an operator", given)
    values = {} if parameters is None else parameters
    members = named_members(model)
    if isinstance(given, Operator):
        own = {model.called: replace(model.members[0], name=model.called)} if model.called else {}
        own |= {one.name or "": one for one in model.members}
        Numbering(own, {}, 0).require_own(given, name)
        known = {one: replace(p, value=values.get(one, p.value))
                 for one, p in given.parameters.items()}  # fmt: skip
        with within(name):
            return Words.of(Operator(given.terms, given.members, known))
    known = dict(model.operators.parameters) | {one: Parameter(one, v) for one, v in values.items()}
    value = _Observables(given, members, known, name).value()
    if isinstance(value, Expression):
        raise ArgumentError.of(name, "be an operator, such as `s.x**2`", given)
    assert isinstance(value, Words)
    return value


def named_members(model: Model) -> dict[str, Member]:
    """The members of a model by all names that observables may have for them.

    Models that keywords can say have lost the name of their only member, but know what it was.
    """
    found = {name_of(member): replace(member, name=name_of(member)) for member in model.members}
    if model.called:
        (found[model.called],) = found.values()
    return found


def named_numbering(model: Model) -> Numbering:
    """The numbers of all sites, under all names that observables may have for members."""
    own = Numbering.of(model.members)
    members, first = dict(own.members), dict(own.first)
    for name, member in named_members(model).items():
        if name not in first:  # of the only one
            members[name], first[name] = member, 0
    return Numbering(members, first, own.count)


class _Observables(Evaluator):
    """Formulas whose operators are words of components."""

    functions: ClassVar[tuple[str, ...]] = (*OPERATOR_FUNCTIONS, "sym")

    def __init__(
        self,
        text: str,
        members: Mapping[str, Member],
        parameters: Mapping[str, Parameter],
        name: str,
    ) -> None:
        super().__init__(text, members, parameters, name)
        self._summands = Evaluator(text, members, parameters, name)

    def _lifted(self, operator: Operator) -> Words:
        return Words.of(operator)

    def _operator(self, node: ast.expr, depth: int) -> Operator | Expression:
        return self._summands._operator(node, depth)

    def _sum(self, node: ast.expr, operators: Iterable[Any]) -> Words:
        words: Words = self._apply(node, added_words, operators)
        return words

    def _call(self, node: ast.Call, depth: int) -> Any:
        if not (isinstance(node.func, ast.Name) and node.func.id == "sym"):
            return super()._call(node, depth)
        alone = len(node.args) == 1 and not node.keywords
        value = self._value(node.args[0], depth + 1) if alone else None
        if not isinstance(value, Words):
            raise self._error(node, "give `sym` one product of operators")
        return self._apply(node, value.symmetrised)

    def _apply(self, node: ast.expr, function: Callable[..., Any], *arguments: Any) -> Any:
        with within(self.name):
            return super()._apply(node, function, *arguments)

    def _size(self, value: Any) -> int:
        return 1 + len(value.terms) if isinstance(value, Words) else super()._size(value)
