"""Formulas in the words of a model: its own names of members, and parameters as numbers."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from twoqs.errors import require
from twoqs.methods.request import Request
from twoqs.model.compose import name_of
from twoqs.model.language.members import Member
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Parameter
from twoqs.model.language.substitute import in_numbers
from twoqs.model.language.syntax import parsed
from twoqs.model.language.write import formula
from twoqs.model.model import Model

AnyRequest = TypeVar("AnyRequest", bound=Request)


@dataclass(frozen=True)
class Names:
    """What names in formulas stand for.

    Attributes:
        members: the names that formulas of a model have, by those that a user may write.
        values: those of parameters.
    """

    members: Mapping[str, str]
    values: Mapping[str, float]

    @classmethod
    def of(cls, model: Model) -> Names:
        """The names of a model that was made in Python."""
        members = {name_of(member): name_of(member) for member in model.members}
        if model.called:
            members[model.called] = name_of(model.members[0])
        return cls(members, _values(model.operators.parameters))

    @classmethod
    def typed(
        cls, members: tuple[Member, ...], parameters: Mapping[str, Parameter], model: Model
    ) -> Names:
        """The names of formulas in a file, and of the model that it makes."""
        pairs = zip(members, model.members, strict=True)
        return cls({name_of(one): name_of(own) for one, own in pairs}, _values(parameters))

    def resolved(self, request: AnyRequest) -> AnyRequest:
        """A request with formulas that the model alone gives a meaning.

        Raises:
            ArgumentError: for what is no formula at all.
        """
        changes: dict[str, Any] = {}
        for field in request.formulas:
            given, where = getattr(request, field), f"observables.{request.name}"
            several = isinstance(given, tuple)
            texts = [self._text(one, where) for one in (given if several else (given,))]
            changes[field] = tuple(texts) if several else texts[0]
        return replace(request, **changes)

    def _text(self, given: Any, where: str) -> str:
        if isinstance(given, Operator):
            given = formula(in_numbers(given, None))
        tree = _InWords(self).visit(parsed(given, where))
        return ast.unparse(ast.fix_missing_locations(tree))


def _values(parameters: Mapping[str, Parameter]) -> dict[str, float]:
    """Values of parameters that are numbers; pulses have none."""
    return {
        name: float(one.value) for name, one in parameters.items()
        if isinstance(one.value, int | float)
    }  # fmt: skip


class _InWords(ast.NodeTransformer):
    def __init__(self, names: Names) -> None:
        self._names = names

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Functions keep their names."""
        node.args = [self.visit(one) for one in node.args]
        for word in node.keywords:
            word.value = self.visit(word.value)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Members by the model's name, parameters by their value."""
        if node.id in self._names.values:
            value = self._names.values[node.id]
            number: ast.expr = ast.Constant(abs(value))
            return ast.UnaryOp(ast.USub(), number) if value < 0 else number
        return ast.Name(self._names.members.get(node.id, node.id))


def checked_names(requests: tuple[Request, ...], taken: frozenset[str]) -> None:
    """Refuse names that are no identifiers, or that occur twice.

    Raises:
        ArgumentError: naming the observable.
    """
    seen: set[str] = set()
    for one in requests:
        require(one.name not in taken, "observables", "have names that no result has", one.name)
        require(one.name not in seen, "observables", "have different names", one.name)
        seen.add(one.name)
