"""The values that a formula has along trajectories: its symbol, at one place or at each site.

Averages of a symbol over phase space are expectation values of the operator, so that a histogram of
its values has the mean that the operator has.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.flows.length import mean_weight, of_each, spin_length
from twoqs.methods.method import Method
from twoqs.model.arrays import Floats, Ints
from twoqs.model.compose import name_of
from twoqs.model.kinds import MODE
from twoqs.model.language.components import ALL, Linear
from twoqs.model.language.members import Member
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.syntax import parsed
from twoqs.model.language.text import read_operator
from twoqs.model.language.values import along
from twoqs.model.model import Model
from twoqs.observe.symbol import Symbol, symbol_of


@dataclass(frozen=True, eq=False)
class SymbolValues:
    """A real observable as a function of phase space.

    Attributes:
        symbol: of the formula; at each site, of that at the first sites of lattices.
        firsts: numbers of these first sites; none where it is taken at one place.
        count: how many values there are.
        bound: what they do not exceed in size while spins have the lengths of their phase space;
            None for products and for modes, which have no bound or a loose one.
        units: of it.
    """

    symbol: Symbol
    firsts: Ints
    count: int
    bound: float | None
    units: str

    def of(self, bloch: Floats) -> Floats:
        """Values of shape (value, lane): one, or one at each site.

        Args:
            bloch: as a `Sample` has it.
        """
        lanes = bloch.shape[2]
        if not len(self.firsts):
            return self.symbol.values(bloch).real[None]
        # All sites side by side, as if they were lanes, with each as the first of its lattice.
        whole = np.tile(bloch, (1, 1, self.count))
        for first in self.firsts:
            whole[:, first] = bloch[:, first : first + self.count].reshape(len(bloch), -1)
        return self.symbol.values(whole).real.reshape(self.count, lanes)


@lru_cache(maxsize=64)  # it is asked for at every turn, and reading takes longer than a short batch
def symbol_values(
    formula: str, model: Model, method: Method, where: str, each: bool = False
) -> SymbolValues:
    """The values of a formula along trajectories.

    Args:
        formula: of an observable, as `symbol_of` takes it.
        where: what messages call it.
        each: whether it is taken at each site of the lattices in it, which it names without a site.

    Raises:
        ArgumentError: for another formula.
    """
    members = {name_of(m): m if m.name else replace(m, name=name_of(m)) for m in model.members}
    names: tuple[str, ...] = ()
    if each:
        formula, names = _at_first_site(formula, members, where)
    symbol = symbol_of(formula, model, method, name=where)
    require(symbol.hermitian, where, "be of an observable (its own conjugate)", formula)
    first = Numbering.of(tuple(members.values())).first
    firsts = np.array([first[name] for name in names], dtype=np.int64)
    count = members[names[0]].n_sites if names else 1
    linear = _linear(formula, members, where)
    bound = None if linear is None else _bound(linear, members, model, firsts, count)
    units = "" if linear is None else "1" if bound is None else "hbar"
    return SymbolValues(symbol, firsts, count, bound, units)


def _at_first_site(
    formula: str, members: Mapping[str, Member], where: str
) -> tuple[str, tuple[str, ...]]:
    """The formula at site 0 of each lattice, and the names of these."""
    tree = parsed(formula, where)
    placed = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    require(not placed, where, "name lattices without a site where it is taken at each", formula)
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lattices = tuple(n for n in sorted(named & members.keys()) if members[n].n_sites > 1)
    wanted = "name one lattice, or several of equally many sites, where it is taken at each"
    require(len({members[name].n_sites for name in lattices}) == 1, where, wanted, formula)
    placed_tree = _AtFirst(frozenset(lattices)).visit(tree)
    return ast.unparse(ast.fix_missing_locations(placed_tree)), lattices


class _AtFirst(ast.NodeTransformer):
    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A lattice as its first site."""
        return ast.Subscript(node, ast.Constant(0)) if node.id in self._names else node


def _linear(formula: str, members: Mapping[str, Member], where: str) -> Operator | None:
    """A formula as a linear operator, if it is one."""
    try:
        operator = read_operator(formula, members, {}, where)
    except ArgumentError:
        return None
    return operator if operator.is_linear else None


def _bound(
    operator: Operator, members: Mapping[str, Member], model: Model, firsts: Ints, count: int
) -> float | None:
    """What a linear form does not exceed: the same for all schemes, whose bins are to be equal."""
    numbering = Numbering.of(tuple(members.values()))
    modes = model.kinds == MODE
    longest = np.zeros(len(modes))
    spins = model.spins[~modes]
    if len(spins):
        longest[~modes] = of_each(mean_weight, spins) * of_each(spin_length, spins)
    reach = np.zeros((3, len(modes)))
    for (_, key), value in operator.terms.items():
        assert isinstance(key, Linear)
        one = key.component
        first = numbering.first[one.member]
        size = members[one.member].n_sites if one.site == ALL else 1
        at = np.arange(size) + first + (0 if one.site == ALL else one.site)
        if np.any(modes[at]):
            return None
        weights = np.asarray(one.weights) if one.weights else np.ones(size)
        reach[one.axis, at] += along(value, size).real * weights
    size_of = np.sqrt((reach**2).sum(axis=0))
    for first in firsts:
        longest[first] = longest[first : first + count].max()
    return float(np.sum(longest * size_of))
