"""What operators are made of: spin components, and products of two of them, as keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

AXES = "xyz"

ALL = -1
"""The place of a sum over all sites."""

CYCLIC = {(0, 1): (2, 1), (1, 2): (0, 1), (2, 0): (1, 1),
          (1, 0): (2, -1), (2, 1): (0, -1), (0, 2): (1, -1)}  # fmt: skip
"""[S^a, S^b] = i sign S^c: (c, sign) for each (a, b)."""

NUMBER = 2
"""The component of a mode that is n = a^+a; the others are x = (a + a^+)/2, y = (a^+ - a)/(2i)."""


@dataclass(frozen=True, order=True, slots=True)
class Component:
    """S^a of one spin, or of all spins of a lattice together; of a mode x, y or n.

    Attributes:
        member: the name, "" for a member without one.
        site: its number, 0 for a single spin, or ALL for the sum over all sites.
        axis: 0, 1, 2 for x, y, z.
        weights: factors of the sites in a sum over all of them, of which the largest in size is 1;
            empty if all are.
    """

    member: str
    site: int
    axis: int
    weights: tuple[float, ...] = ()

    def along(self, axis: int) -> Component:
        """The same spins, another axis."""
        return replace(self, axis=axis)


@dataclass(frozen=True, slots=True)
class Linear:
    """One component, without weights (they are the values of the term).

    `each` marks what as a jump operator acts at every site on its own; as a part of a Hamiltonian
    it is the same as the sum.
    """

    component: Component
    each: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """The number 1, which commutators of modes leave."""


@dataclass(frozen=True, slots=True)
class Product:
    """{U, V}/2 of two components, first <= second; simply their product if they commute."""

    first: Component
    second: Component


@dataclass(frozen=True, slots=True)
class SiteProduct:
    """sum_i {S_i^a, S_i^b}/2 over the sites of a member, first <= second."""

    member: str
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Bond:
    """sum_<ij> w_ij S_i^a S_j^b over the bonds of a member, as `lattice.edges` has (i, j)."""

    member: str
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class DisplacedBond:
    """sum_r S_{m,r}^a S_{n,r+d}^b over the cells r of a lattice; m and n have one site in each.

    Attributes:
        member, other: m and n; m <= n by name.
        first, second: a and b.
        displacement: d, in cells along each axis; of one member that of d and -d which is larger.
    """

    member: str
    other: str
    first: int
    second: int
    displacement: tuple[int, ...]


Key: TypeAlias = Unit | Linear | Product | SiteProduct | Bond | DisplacedBond


def product(one: Component, other: Component) -> Product:
    """The symmetrised product, however the factors are ordered."""
    return Product(*sorted((one, other)))


def members_of(key: Key) -> set[str]:
    """The names of the members that a key acts on."""
    if isinstance(key, Unit):
        return set()
    if isinstance(key, Linear):
        return {key.component.member}
    if isinstance(key, Product):
        return {key.first.member, key.second.member}
    if isinstance(key, DisplacedBond):
        return {key.member, key.other}
    return {key.member}


def key_order(key: Key) -> tuple[object, ...]:
    """A key's place in formulas: linear terms first, members by name, axes x, y, z."""
    if isinstance(key, Unit):
        return (-1,)
    if isinstance(key, Linear):
        return (0, key.component.member, key.component.site, key.each, key.component.axis)
    if isinstance(key, Product):
        return (1, key.first, key.second)
    if isinstance(key, DisplacedBond):
        return (4, key.member, key.other, key.displacement, key.first, key.second)
    return (2 if isinstance(key, Bond) else 3, key.member, key.first, key.second)
