"""The value of a formula's syntax tree: only what is listed here has one."""

from __future__ import annotations

import ast
import cmath
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeAlias

from twoqs.errors import ArgumentError
from twoqs.model.kinds import ENSEMBLE, MODE, SPIN
from twoqs.model.language.members import LETTERS, Member, Site, Sites
from twoqs.model.language.names import FORMULA_WORDS, NUMBER_FUNCTIONS, OPERATOR_FUNCTIONS, meant
from twoqs.model.language.operators import Operator, added
from twoqs.model.language.parameters import Expression, Parameter
from twoqs.model.language.sums import bonds, each, total
from twoqs.model.language.syntax import parsed, position_of
from twoqs.model.language.values import complex_number
from twoqs.model.limits import MOST_FORMULA_DEPTH, MOST_FORMULA_WORK

FormulaValue: TypeAlias = Any
"""An `Expression` of numbers and parameters, or else what operators are in that algebra."""

SUMS: dict[str, tuple[Callable[..., Operator], int]] = {
    "each": (each, 1), "total": (total, 1), "bonds": (bonds, 2),
}  # fmt: skip
"""Functions of operators, and how many they take before values."""

A_SITE = "have the number of a site"
NO_SPINS = "have no operators, but numbers and parameters alone"

ALONE = {SPIN: "single spin", MODE: "single mode", ENSEMBLE: "ensemble"}
"""Members that have no sites."""

SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


class Evaluator:
    """A formula with the names that may occur in it.

    Its operators are those of Hamiltonians, of second order; a subclass may take them for elements
    of another algebra (`_lifted`), and add and measure these (`_sum`, `_size`).

    Attributes:
        functions: of operators.
        text: the formula.
        members, parameters: by name.
        name: what messages call it.
    """

    functions: ClassVar[tuple[str, ...]] = OPERATOR_FUNCTIONS

    def __init__(
        self,
        text: str,
        members: Mapping[str, Member],
        parameters: Mapping[str, Parameter],
        name: str,
    ) -> None:
        self.text, self.name = text, name
        self.members, self.parameters = members, parameters
        self.work = 0
        for both in members.keys() & parameters.keys():
            raise ArgumentError.of("parameters", "have names that no member has", both)

    def value(self) -> FormulaValue:
        """What the formula describes.

        Raises:
            ArgumentError: if it has anything that is not listed here.
        """
        return self._value(parsed(self.text, self.name), 0)

    def _lifted(self, operator: Operator) -> FormulaValue:
        """An operator as an element of the algebra."""
        return operator

    def _operator(self, node: ast.expr, depth: int) -> Operator | Expression:
        """What is summed over sites or bonds, which is of second order in any algebra."""
        value: Operator | Expression = self._value(node, depth)
        return value

    def _value(self, node: ast.expr, depth: int) -> FormulaValue:
        if depth > MOST_FORMULA_DEPTH:
            raise self._error(node, f"be nested at most {MOST_FORMULA_DEPTH} levels deep")
        match node:
            case ast.Constant(value=number):
                return self._apply(node, Expression.constant, self._number(node, number))
            case ast.Name(id="pi"):
                return Expression.constant(math.pi)
            case ast.Name(id=name):
                return self._named(node, name)
            case ast.Attribute(value=base, attr=letter):
                return self._component(node, base, letter)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                value = self._value(operand, depth + 1)
                return -value if isinstance(sign, ast.USub) else value
            case ast.BinOp():
                return self._chain(node, depth)
            case ast.Call():
                return self._call(node, depth)
        raise self._error(node, "be a formula of names, numbers, + - * / ** and brackets")

    def _number(self, node: ast.expr, value: Any) -> complex:
        if isinstance(value, bool) or not isinstance(value, int | float | complex):
            raise self._error(node, "have numbers")
        return self._apply(node, complex_number, "number", value)

    def _named(self, node: ast.expr, name: str) -> Expression:
        if name in self.parameters:
            return +self.parameters[name]
        if name in self.members:
            letter = next(iter(LETTERS[self.members[name].kind]))
            raise self._error(node, f"have a component (`{name}.{letter}`, say)", name)
        if name in FORMULA_WORDS:
            raise self._error(node, f"have brackets behind `{name}`", name)
        hint = meant(name, [*self.members, *self.parameters])
        kinds = ["a member"] * bool(self.members) + ["a parameter"] * bool(self.parameters)
        wanted = f"name {' or '.join(kinds)}{hint}" if kinds else "have numbers alone"
        raise self._error(node, wanted, name)

    def _component(self, node: ast.expr, base: ast.expr, letter: str) -> FormulaValue:
        member = self._member(base)
        letters = tuple(LETTERS[member.kind])
        if letter not in letters:
            wanted = f"have {', '.join(letters[:-1])} or {letters[-1]}{meant(letter, letters)}"
            raise self._error(node, wanted, letter)
        return self._lifted(getattr(member, letter))

    def _member(self, node: ast.expr) -> Member | Site:
        match node:
            case ast.Name(id=name) if name in self.members:
                return self.members[name]
            case ast.Name(id=name):
                wanted = f"name a member{meant(name, self.members)}" if self.members else NO_SPINS
                raise self._error(node, wanted, name)
            case ast.Subscript(value=ast.Name(id=name) as base, slice=index):
                sites = self._member(base)
                if not isinstance(sites, Sites):
                    raise self._error(
                        node, f"have no [...] behind the {ALONE[sites.kind]} `{name}`", name
                    )
                return self._apply(node, sites.__getitem__, self._whole(index, A_SITE))
        raise self._error(node, "name a member, or one site of it (`s[3].x`)")

    def _whole(self, node: ast.expr, wanted: str) -> int:
        match node:
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                return number
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
                return -number
        raise self._error(node, wanted)

    def _chain(self, node: ast.expr, depth: int) -> FormulaValue:
        """a + b - c ... from the left, without a level of nesting for each."""
        steps: list[ast.BinOp] = []
        while isinstance(node, ast.BinOp):
            steps.append(node)
            node = node.left
        value = self._value(node, depth + 1)
        waiting: list[Any] = []  # is added to `value` in one pass
        for step in reversed(steps):
            right = self._value(step.right, depth + 1)
            plain = isinstance(step.op, ast.Add | ast.Sub)
            if plain and not isinstance(value, Expression) and not isinstance(right, Expression):
                waiting.append(-right if isinstance(step.op, ast.Sub) else right)
                continue
            if waiting:
                value, waiting = self._sum(step, [value, *waiting]), []
            value = self._binary(step, value, right)
        return self._sum(steps[0], [value, *waiting]) if waiting else value

    def _sum(self, node: ast.expr, operators: Iterable[Any]) -> FormulaValue:
        return self._apply(node, added, operators)

    def _binary(self, node: ast.BinOp, left: FormulaValue, right: FormulaValue) -> FormulaValue:
        kind = type(node.op)
        if kind not in SYMBOLS:
            raise self._error(node, "have + - * / and ** between names and numbers")
        self._spend(node, left, right)
        match node.op:
            case ast.Add():
                return self._apply(node.right, lambda: left + right)
            case ast.Sub():
                return self._apply(node.right, lambda: left - right)
            case ast.Mult():
                return self._apply(node.right, lambda: left * right)
            case ast.Div() if not isinstance(right, Expression):
                raise self._error(node.right, "divide by numbers and parameters alone", right)
            case ast.Div():
                return self._apply(node.right, lambda: left / right)
        exponent = self._constant(node.right, right, "an exponent")
        if exponent.imag:
            raise self._error(node.right, "have real exponents", exponent)
        return self._apply(node, lambda: left**exponent.real)

    def _call(self, node: ast.Call, depth: int) -> FormulaValue:
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        if function in NUMBER_FUNCTIONS:
            if len(node.args) != 1 or node.keywords:
                raise self._error(node, f"give `{function}` one number")
            return self._of_number(node, function, self._value(node.args[0], depth + 1))
        if function not in SUMS:
            known = (*self.functions, *NUMBER_FUNCTIONS)
            hint = meant(function, known) if function else ""
            raise self._error(node, f"have no brackets behind what is no function{hint}")
        make, count = SUMS[function]
        allowed = {"values", *(("directed", "displacement") if function == "bonds" else ())}
        keywords = {word.arg: word.value for word in node.keywords}
        for word in keywords.keys() - allowed - {None}:  # which is that of `**s`
            wanted = f"have no such word in `{function}`{meant(str(word), allowed)}"
            raise self._error(node, wanted, word)
        if not count <= len(node.args) <= count + 1 or None in keywords:
            given = "two operators" if count == 2 else "one operator"
            raise self._error(node, f"give `{function}` {given}, and perhaps values")
        if len(node.args) > count and "values" in keywords:
            raise self._error(node, f"give `{function}` values once")
        operators = [self._operator(argument, depth + 1) for argument in node.args[:count]]
        listed = keywords.get("values", node.args[count] if len(node.args) > count else None)
        options: dict[str, Any] = {}
        if listed is not None:
            options["values"] = self._values(listed, depth + 1)
        if "directed" in keywords:
            options["directed"] = self._flag(keywords["directed"])
        if "displacement" in keywords:
            options["displacement"] = self._displacement(keywords["displacement"])
        self._spend(node, *operators)
        return self._apply(node, lambda: self._lifted(make(*operators, **options)))

    def _values(self, node: ast.expr, depth: int) -> Any:
        """A number or expression, or a list of numbers."""
        if isinstance(node, ast.List):
            entries = [(entry, self._value(entry, depth + 1)) for entry in node.elts]
            numbers = [self._constant(entry, value, "a list") for entry, value in entries]
            return [number if number.imag else number.real for number in numbers]
        value = self._value(node, depth)
        if not isinstance(value, Expression):
            raise self._error(node, "have numbers for values", value)
        return value

    def _flag(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            return node.value
        raise self._error(node, "have True or False for `directed`")

    def _displacement(self, node: ast.expr) -> int | list[int]:
        wanted = "have whole numbers for `displacement`"
        if isinstance(node, ast.List):
            return [self._whole(entry, wanted) for entry in node.elts]
        return self._whole(node, wanted)

    def _constant(self, node: ast.expr, value: FormulaValue, where: str) -> complex:
        """A number without parameters."""
        if not isinstance(value, Expression) or value.parameters:
            raise self._error(node, f"have a number without parameters in {where}", value)
        return complex(value.terms.get((), 0.0))

    def _of_number(self, node: ast.Call, function: str, value: FormulaValue) -> Expression:
        if function == "sqrt" and isinstance(value, Expression) and value.parameters:
            return self._apply(node, lambda: value**0.5)
        number = self._constant(node.args[0], value, f"`{function}`")
        try:
            result: complex = getattr(cmath, function)(number)
        except (OverflowError, ValueError):
            raise self._error(node, f"have a finite `{function}`", number) from None
        result = complex(result.real, result.imag if number.imag or function == "sqrt" else 0.0)
        return self._apply(node, Expression.constant, result)

    def _spend(self, node: ast.expr, *values: FormulaValue) -> None:
        """Count the work of an operation, which grows with the product of the sizes."""
        self.work += math.prod(map(self._size, values))
        if self.work > MOST_FORMULA_WORK:
            raise self._error(node, "have smaller sums in its products")

    def _size(self, value: FormulaValue) -> int:
        """How many numbers a value holds."""
        if isinstance(value, Operator):
            return 1 + sum(len(v) if isinstance(v, tuple) else 1 for v in value.terms.values())
        return 1 + len(value.terms)

    def _apply(self, node: ast.expr, function: Callable[..., Any], *arguments: Any) -> Any:
        """A result, or its error with the position."""
        try:
            return function(*arguments)
        except ArgumentError as error:
            where = f"character {node.col_offset + 1} of `{self.name}`"
            raise ArgumentError(f"{str(error).removesuffix('.')}, at {where}.") from None

    def _error(self, node: ast.expr, wanted: str, given: Any = None) -> ArgumentError:
        source = self.text[node.col_offset : node.end_col_offset]
        return position_of(node.col_offset, self.name, wanted, source if given is None else given)
