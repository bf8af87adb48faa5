"""The values that a formula has along trajectories: its symbol, of components and their products.

Averages of a symbol over phase space are expectation values of the operator, so that a histogram of
its values has the mean that the operator has.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from twoqs.errors import require
from twoqs.flows.length import mean_weight, of_each, spin_length
from twoqs.methods.method import Method
from twoqs.model.arrays import Floats
from twoqs.model.compose import name_of
from twoqs.model.kinds import MODE
from twoqs.model.language.components import ALL, NUMBER, Component, Linear, Product, Unit
from twoqs.model.language.members import Member
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.syntax import parsed
from twoqs.model.language.text import read_operator
from twoqs.model.language.values import along
from twoqs.model.model import Model

SymbolFunction = Callable[[Floats], Floats]
"""From vectors of shape (4, site, lane), as a `Sample` has them, to values."""


@dataclass(frozen=True)
class SymbolValues:
    """A real observable as a function of phase space.

    Attributes:
        of: its values, shape (value, lane): one, or one at each site.
        count: how many values there are.
        bound: what they do not exceed in size while spins have the lengths of their phase space;
            None for products and for modes, which have no bound or a loose one.
        units: of it.
    """

    of: SymbolFunction
    count: int
    bound: float | None
    units: str


@lru_cache(maxsize=64)  # it is asked for at every turn, and reading takes longer than a short batch
def symbol_values(
    formula: str, model: Model, method: Method, where: str, each: bool = False
) -> SymbolValues:
    """The values of a formula along trajectories.

    Args:
        formula: a sum of components of members, and of products of two of them.
        where: what messages call it.
        each: whether it is taken at each site of the lattices in it, which it names without a site.

    Raises:
        ArgumentError: for another formula.
    """
    members = {name_of(m): m if m.name else replace(m, name=name_of(m)) for m in model.members}
    sites = 1
    if each:
        formula, sites = _at_first_site(formula, members, where)
    operator = read_operator(formula, members, {}, where)
    require(operator.is_hermitian, where, "be of an observable (its own conjugate)", formula)
    symbol = _Symbol(Numbering.of(tuple(members.values())), model, method, sites, where)
    symbol.check(operator)
    return SymbolValues(
        lambda bloch: symbol.values(operator, bloch), sites, symbol.bound(operator),
        _units(operator, members),
    )  # fmt: skip


def _at_first_site(formula: str, members: Mapping[str, Member], where: str) -> tuple[str, int]:
    """The formula at site 0 of each lattice, and how many sites these have."""
    tree = parsed(formula, where)
    placed = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript)]
    require(not placed, where, "name lattices without a site where it is taken at each", formula)
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lattices = {name: members[name].n_sites for name in sorted(named & members.keys())
                if members[name].n_sites > 1}  # fmt: skip
    wanted = "name one lattice, or several of equally many sites, where it is taken at each"
    require(len(set(lattices.values())) == 1, where, wanted, formula)
    placed_tree = _AtFirst(frozenset(lattices)).visit(tree)
    return ast.unparse(ast.fix_missing_locations(placed_tree)), next(iter(lattices.values()))


class _AtFirst(ast.NodeTransformer):
    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A lattice as its first site."""
        return ast.Subscript(node, ast.Constant(0)) if node.id in self._names else node


class _Symbol:
    """The weights by which components and their products stand for operators."""

    def __init__(
        self, numbering: Numbering, model: Model, method: Method, sites: int, where: str
    ) -> None:
        self._numbering, self._sites, self._where = numbering, sites, where
        self._modes = model.kinds == MODE
        self._product, self._wigner = 1.0, method.ordering == "W"
        self._mean, self._offset = np.ones(len(model.spins)), np.zeros(len(model.spins))
        # The same for all schemes, so that their histograms have the same bins.
        self._longest = np.zeros(len(model.spins))
        at = ~self._modes
        if not np.any(at):
            return
        spins = model.spins[at]
        lengths = of_each(spin_length, spins)
        order = method.correspondence(spins, lengths)
        self._product = order.product
        self._mean[at], self._offset[at] = order.mean, order.offset
        self._longest[at] = of_each(mean_weight, spins) * lengths

    def check(self, operator: Operator) -> None:
        """Refuse what has no symbol here."""
        for _, key in operator.terms:
            wanted = "be a sum of components and of products of two of them"
            fine = isinstance(key, Unit | Linear | Product)
            require(fine, self._where, wanted, repr(operator))
            if not isinstance(key, Product):
                continue
            require(self._wigner, self._where, "have no products unless sampled by W", "products")
            one, two = key.first, key.second
            quanta = NUMBER in (one.axis, two.axis) and self._modes[self._at(one)[0]]
            wanted = "have no products of n with its own mode"
            alone = not (quanta and one.member == two.member)
            require(alone, self._where, wanted, repr(operator))

    def bound(self, operator: Operator) -> float | None:
        """See `SymbolValues`."""
        reach = np.zeros((3, len(self._longest)))
        for (_, key), value in operator.terms.items():
            if not isinstance(key, Linear):
                return None
            at = self._at(key.component)
            if np.any(self._modes[at]):
                return None
            numbers = along(value, len(at) if key.component.site == ALL else 1)
            reach[key.component.axis, at] += numbers.real
        longest = self._longest * np.sqrt((reach**2).sum(axis=0))
        if self._sites == 1:
            return float(longest.sum())
        found = (self._at(key.component) for _, key in operator.terms if isinstance(key, Linear))
        return float(sum(longest[list(at)].max() for at in {tuple(one.tolist()) for one in found}))

    def values(self, operator: Operator, bloch: Floats) -> Floats:
        """See `SymbolValues`."""
        total = np.zeros((self._sites, bloch.shape[-1]))
        for (_, key), value in operator.terms.items():
            if isinstance(key, Unit):
                total += along(value, 1).real[0]
            elif isinstance(key, Linear):
                total += self._component(bloch, key.component, value)
            elif isinstance(key, Product):
                total += along(value, 1).real[0] * self._pair(bloch, key.first, key.second)
        return total

    def _at(self, component: Component) -> np.ndarray:
        """Sites of a component: of `each` all those of its lattice, one by one."""
        first = self._numbering.first[component.member]
        size = self._numbering.members[component.member].n_sites
        if component.site == ALL or (self._sites > 1 and size == self._sites):
            return np.arange(first, first + size)
        return np.array([first + component.site])

    def _vectors(self, bloch: Floats, component: Component) -> Floats:
        at = self._at(component)
        values = bloch[component.axis, at]
        weights = self._mean[at]
        if component.weights:
            weights = weights * np.asarray(component.weights)
        return np.asarray(weights[:, None] * values)

    def _component(self, bloch: Floats, component: Component, value: object) -> Floats:
        values = self._vectors(bloch, component)
        if component.site != ALL:
            return np.asarray(along(value, 1).real[0] * values)  # type: ignore[arg-type]
        numbers = along(value, len(values)).real  # type: ignore[arg-type]
        return np.asarray((numbers[:, None] * values).sum(axis=0, keepdims=True))

    def _pair(self, bloch: Floats, one: Component, two: Component) -> Floats:
        """The product; two components of one spin have another weight, and what ordering adds."""
        a, b = self._vectors(bloch, one), self._vectors(bloch, two)
        summed = one.site == ALL or two.site == ALL
        if summed:
            a, b = (values.sum(axis=0, keepdims=True) for values in (a, b))
        product = a * b
        common = np.intersect1d(self._at(one), self._at(two))
        if one.member != two.member or not len(common) or (one.site != two.site and not summed):
            return np.asarray(product)
        scale = np.ones(len(common))
        for component in (one, two):
            if component.weights:
                first = self._numbering.first[component.member]
                scale = scale * np.asarray(component.weights)[common - first]
        own = bloch[one.axis, common] * bloch[two.axis, common]
        more = np.where(self._modes[common], 0.0, self._product - self._mean[common] ** 2)
        added = more[:, None] * own
        if one.axis == two.axis:
            added = added + self._offset[common, None]
        added = scale[:, None] * added
        return np.asarray(product + (added.sum(axis=0, keepdims=True) if summed else added))


def _units(operator: Operator, members: Mapping[str, Member]) -> str:
    """A power of hbar, if all terms have the same one."""
    powers = set()
    for _, key in operator.terms:
        parts = (
            (key.component,) if isinstance(key, Linear)
            else (key.first, key.second) if isinstance(key, Product)
            else ()
        )  # fmt: skip
        powers.add(sum(members[part.member].kind != MODE for part in parts))
    power = powers.pop() if len(powers) == 1 else 0
    return ("1", "hbar", "hbar^2")[power]
