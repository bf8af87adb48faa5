"""What polynomials of observables are made of: components at one site, and sums over sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from twoqs.model.arrays import Floats, Ints
from twoqs.model.language.components import Bond, DisplacedBond, key_order
from twoqs.observe.polynomial import Exponents


@dataclass(frozen=True, order=True, slots=True)
class AtSite:
    """One component of the vector at one site.

    Attributes:
        site: its number in the model.
        axis: 0, 1, 2 for x, y, z, or 3 for the length.
    """

    site: int
    axis: int


@dataclass(frozen=True, slots=True)
class OverSites:
    """sum_i w_i x_i^p y_i^q z_i^r l_i^t over the sites of a member, l the length.

    Attributes:
        first, count: of the sites.
        weights: w, one for each site; none if all are 1.
        exponents: p, q, r, t.
    """

    first: int
    count: int
    weights: tuple[float, ...]
    exponents: Exponents


@dataclass(frozen=True, slots=True)
class OverPairs:
    """sum_n w_n s_i^a s_j^b over the pairs (i, j) of sites that a term of a lattice joins.

    Attributes:
        term: which pairs, and a and b.
        factors: of the pairs, beside the weights of bonds.
        pairs: shape (pair, 2).
        weights: with the factors, shape (pair,).
    """

    term: Bond | DisplacedBond
    factors: tuple[float, ...]
    pairs: Ints = field(compare=False, repr=False)
    weights: Floats = field(compare=False, repr=False)


PhaseVariable: TypeAlias = AtSite | OverSites | OverPairs

PhaseMonomial: TypeAlias = tuple[PhaseVariable, ...]
"""A product of variables, in any fixed order of equal ones behind one another; () is 1."""


def place_of(variable: PhaseVariable) -> tuple[object, ...]:
    """A place among the factors of a monomial, the same in any process."""
    match variable:
        case AtSite():
            return (0, variable.site, variable.axis)
        case OverSites():
            return (1, variable.first, variable.exponents, variable.weights)
        case OverPairs():
            return (2, key_order(variable.term), variable.factors)
