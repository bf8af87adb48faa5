"""Functions of averages as formulas: `1 - m4/(3*m2**2)`, with errors from the jackknife."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.measure.names import is_error
from twoqs.measure.observable import Averages, Observable
from twoqs.model.arrays import Floats
from twoqs.model.language.names import checked_name, meant
from twoqs.model.language.syntax import parsed, position_of
from twoqs.model.limits import MOST_FORMULA_DEPTH
from twoqs.model.model import Model

Named: TypeAlias = tuple[tuple[str, ...], Any]
"""Names of the dimensions behind the first two, and values of shape (any, time, *dims)."""

FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "sqrt": (np.sqrt, 1), "exp": (np.exp, 1), "log": (np.log, 1), "abs": (np.abs, 1),
    "sin": (np.sin, 1), "cos": (np.cos, 1), "arctan2": (np.arctan2, 2),
    "minimum": (np.minimum, 2), "maximum": (np.maximum, 2),
}  # fmt: skip
"""Functions of numbers, and how many each takes."""

OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide,
    ast.Pow: np.power,
}  # fmt: skip


def numbers_of(model: Model) -> dict[str, float]:
    """Numbers of a model that formulas may name."""
    return {"n_sites": float(model.n_sites), "spin": float(model.spin), "pi": float(np.pi)}


@dataclass(frozen=True)
class Derived:
    """A formula of observables.

    Attributes:
        name: of its variable.
        formula: of names of other variables, `n_sites`, `spin`, `pi`, numbers and FUNCTIONS.
        tree: its syntax.
    """

    name: str
    formula: str
    tree: ast.expr

    @classmethod
    def of(cls, name: str, formula: Any) -> Derived:
        """The formula of this name.

        Raises:
            ArgumentError: if it is none.
        """
        return cls(name, formula, parsed(formula, f"derived.{name}"))

    @property
    def names(self) -> Iterator[ast.Name]:
        """The names in it that are none of functions."""
        functions = {id(node.func) for node in ast.walk(self.tree) if isinstance(node, ast.Call)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and id(node) not in functions:
                yield node

    def record(self, model: Model, known: Mapping[str, Observable]) -> Observable:
        """What is estimated.

        Args:
            known: observables that it may name; those that are fitted have no averages.

        Raises:
            ArgumentError: for what it must not contain, with the place.
        """
        constants = numbers_of(model)
        averages = {name for name, one in known.items() if one.finish is not None}
        dims: dict[str, None] = {}
        for node in self.names:
            if node.id in constants:
                continue
            if node.id not in averages:
                there = averages | set(constants)
                wanted = f"name variables of the result, not axes{meant(node.id, there)}"
                raise self._error(node, wanted)
            dims |= dict.fromkeys(known[node.id].dims_for(model))
        own = {name: ((), np.ones((1, 1))) for name in averages}
        evaluator = _Evaluator(self, lambda name: own[name], constants)
        with np.errstate(all="ignore"):
            evaluator.value(self.tree)
        self._require_divisors(evaluator, averages)

        def finish(values: Averages) -> Floats:
            def look(name: str) -> Named:
                return known[name].dims_for(model), values[name]

            with np.errstate(all="ignore"):  # what has no value is NaN
                found, array = _Evaluator(self, look, constants).value(self.tree)
            shape = values.sums["count"].shape
            array = np.broadcast_to(array, (*shape, *np.shape(array)[2:]))
            return np.moveaxis(array, [2 + found.index(d) for d in dims], range(2, 2 + len(dims)))

        return Observable(self.name, self.formula, "", None, finish, tuple(dims), over="")

    def _require_divisors(self, evaluator: _Evaluator, variables: Set[str]) -> None:
        """Refuse division by numbers that are zero; by means that are, values are not finite."""
        for node in ast.walk(self.tree):
            if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)):
                continue
            names = {one.id for one in ast.walk(node.right) if isinstance(one, ast.Name)}
            if not names & variables and not np.any(evaluator.value(node.right)[1]):
                raise self._error(node.right, "not be zero")

    def _error(self, node: ast.expr, wanted: str) -> ArgumentError:
        given = self.formula[node.col_offset : node.end_col_offset]
        return position_of(node.col_offset, f"derived.{self.name}", wanted, given)


class _Evaluator:
    """Values of the parts of a formula."""

    def __init__(
        self, derived: Derived, look: Callable[[str], Named], constants: Mapping[str, float]
    ) -> None:
        self._derived, self._look, self._constants = derived, look, constants

    def value(self, node: ast.expr, depth: int = 0) -> Named:
        """That of a part."""
        if depth > MOST_FORMULA_DEPTH:
            raise self._derived._error(node, f"be nested at most {MOST_FORMULA_DEPTH} levels deep")
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return (), np.full((1, 1), float(number))
            case ast.Name(id=name) if name in self._constants:
                return (), np.full((1, 1), self._constants[name])
            case ast.Name(id=name):
                return self._look(name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                dims, values = self.value(operand, depth + 1)
                return dims, -values if isinstance(sign, ast.USub) else values
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATIONS:
                pair = self.value(left, depth + 1), self.value(right, depth + 1)
                return _together(OPERATIONS[type(op)], *pair)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
                function, count = FUNCTIONS[name]
                if len(args) != count:
                    raise self._derived._error(node, f"give `{name}` {count} of its arguments")
                return _together(function, *(self.value(one, depth + 1) for one in args))
        listed = ", ".join(FUNCTIONS)
        raise self._derived._error(
            node, f"be a formula of variables, numbers, + - * / ** and {listed}"
        )


def _together(function: Callable[..., Any], *parts: Named) -> Named:
    """A function of values, each repeated along the dimensions that others have."""
    dims = tuple(dict.fromkeys(dim for own, _ in parts for dim in own))
    aligned = []
    for own, values in parts:
        order = [2 + own.index(dim) for dim in dims if dim in own]
        values = np.transpose(values, (0, 1, *order))
        places = tuple(slice(None) if dim in own else None for dim in dims)
        aligned.append(values[(slice(None), slice(None), *places)])
    return dims, function(*aligned)


def checked_derived(derived: Any) -> tuple[tuple[str, str], ...]:
    """Names and formulas that a user has given.

    Raises:
        ArgumentError: naming them.
    """
    if derived is None:
        return ()
    wanted = "be a mapping of names and formulas"
    require(isinstance(derived, Mapping), "derived", wanted, derived)
    for name, formula in derived.items():
        checked_name(name, "derived")
        require(not is_error(name), "derived", "have names that do not end as errors", name)
        Derived.of(name, formula)
    return tuple(derived.items())


def with_derived(
    model: Model,
    known: Mapping[str, Observable],
    derived: tuple[tuple[str, str], ...],
    taken: frozenset[str],
) -> dict[str, Observable]:
    """Observables and what is derived of them, each of what stands before it, too.

    Args:
        taken: other names of results.

    Raises:
        ArgumentError: for names that are taken, or formulas that make no sense.
    """
    found = dict(known)
    for name, formula in derived:
        free = name not in found and name not in taken
        require(free, "derived", "have names that no result has", name)
        found[name] = Derived.of(name, formula).record(model, found)
    return found
