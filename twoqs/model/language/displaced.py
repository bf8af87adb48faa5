"""Sums over pairs of sites a number of cells apart: of one lattice, or of members on equal ones."""

from __future__ import annotations

import math
from itertools import starmap
from typing import Any, TypeAlias

import numpy as np

from twoqs.errors import require
from twoqs.model.arguments import integer, is_sequence
from twoqs.model.geometry import CELLS
from twoqs.model.language.components import DisplacedBond, Linear
from twoqs.model.language.members import Sites
from twoqs.model.language.operators import Operator, TermKey, require_few, together
from twoqs.model.language.parameters import joined, merged
from twoqs.model.language.values import multiplied, plus, values_for
from twoqs.model.lattice import Lattice

Displacement: TypeAlias = tuple[int, ...]


def displaced_bonds(one: Operator, other: Operator, displacement: Any, values: Any) -> Operator:
    """sum_r A_r B_{r+d} over the cells r, as `bonds` has it; A and B are linear in all sites.

    Raises:
        ArgumentError: for lattices that differ or have several sites a cell, and for displacements
            that lead nowhere.
    """
    (left,), (right,) = _lattices(one), _lattices(other)
    grid = _grid(left, right, other)
    same = left.name == right.name
    steps = _displacement(displacement, grid, same)
    factors: Any = 1.0 + 0.0j if values is None else values
    if is_sequence(values):
        factors = values_for("values", values, _count(steps, grid), "bond")
    back = _reduced(tuple(-step for step in steps), grid)
    if back > steps if same else str(right.name) < str(left.name):
        one, other, steps = other, one, back
        if isinstance(factors, tuple):  # in the order of the cells that the bonds lead from
            ends = grid.displaced(tuple(-step for step in back))[:, 1]
            factors = tuple(factors[i] for i in np.argsort(ends).tolist())
    operator = _product(one, other, steps)
    if not isinstance(factors, tuple):
        return operator * factors
    terms = {term: multiplied(value, factors) for term, value in operator.terms.items()}
    return Operator(terms, operator.members, operator.parameters)


def _product(one: Operator, other: Operator, steps: Displacement) -> Operator:
    require_few(len(one.terms) * len(other.terms))
    terms: dict[TermKey, Any] = {}
    for (p, left), v in one.terms.items():
        for (q, right), w in other.terms.items():
            assert isinstance(left, Linear)
            assert isinstance(right, Linear)
            a, b = left.component, right.component
            key = DisplacedBond(a.member, b.member, a.axis, b.axis, steps)
            term, more = (joined(p, q), key), multiplied(v, w)
            terms[term] = plus(terms[term], more) if term in terms else more
    members = together(one.members, other.members)
    return Operator(terms, members, merged(one.parameters, other.parameters))


def _lattices(operator: Operator) -> list[Sites]:
    return [member for member in operator.members.values() if isinstance(member, Sites)]


def _grid(left: Sites, right: Sites, operator: Operator) -> Lattice:
    """The cells that both members have one site in."""
    grid = left.lattice.grid
    wanted = "be of sites on a lattice of equal cells (`chain(50)` for both, say)"
    require(grid == right.lattice.grid, "bonds", wanted, operator)
    cell = CELLS.get(grid.kind)
    wanted = "be on a chain, square, cubic or triangular lattice (make sites of a cell members)"
    require(cell is not None and len(cell.basis) == 1, "bonds", wanted, grid)
    return grid


def _displacement(given: Any, grid: Lattice, same: bool) -> Displacement:
    """A number of cells along each axis, between minus half and half of those that close."""
    axes = len(grid.shape)
    wanted = f"hold {axes} whole numbers, one for each axis of the lattice"
    if axes == 1:
        wanted = "be one whole number"
    listed = given if is_sequence(given) else [given] * (axes if given == 0 else 1)
    require(len(listed) == axes, "displacement", wanted, given)
    most = max(grid.shape)
    steps = tuple(integer("displacement", step, -most, most) for step in listed)
    inside = all(starmap(lambda step, n: abs(step) < n, zip(steps, grid.shape, strict=True)))
    require(grid.periodic or inside, "displacement", "stay within the lattice", given)
    steps = _reduced(steps, grid)
    wanted = "not be zero for sites of one member (see `each`)"
    require(not same or any(steps), "displacement", wanted, given)
    half = steps == _reduced(tuple(-step for step in steps), grid)
    wanted = "not be half of the way round for one member, which has each bond twice"
    require(not same or not half, "displacement", wanted, given)
    return steps


def _count(steps: Displacement, grid: Lattice) -> int:
    """Number of the bonds, without making them."""
    if grid.periodic:
        return grid.n_sites
    return math.prod(n - abs(step) for step, n in zip(steps, grid.shape, strict=True))


def _reduced(steps: Displacement, grid: Lattice) -> Displacement:
    """The shortest way round, which is the positive one of two."""
    if not grid.periodic:
        return steps
    ways = (step % n for step, n in zip(steps, grid.shape, strict=True))
    return tuple(w - n if 2 * w > n else w for w, n in zip(ways, grid.shape, strict=True))
