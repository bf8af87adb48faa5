"""The spins of a model in order: members as listed, sites as their lattice numbers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from twoqs.errors import require
from twoqs.model.arrays import Floats, Ints
from twoqs.model.language.components import ALL, Bond, Component, DisplacedBond
from twoqs.model.language.members import KINDS_OF_MEMBERS, Member, Site, Sites
from twoqs.model.language.names import meant
from twoqs.model.language.operators import Operator


@dataclass(frozen=True)
class Numbering:
    """Members with the numbers of their spins.

    Attributes:
        members: by name ("" for the only one, if it has none), in order.
        first: number of the first spin of each.
        count: of all spins.
    """

    members: dict[str, Member]
    first: dict[str, int]
    count: int

    @classmethod
    def of(cls, members: Sequence[Any]) -> Numbering:
        """Numbers for members in this order.

        Raises:
            ArgumentError: if there are none, two have one name, or one of several has none.
        """
        require(len(members) > 0, "members", f"hold at least one of {KINDS_OF_MEMBERS}", members)
        found: dict[str, Member] = {}
        first: dict[str, int] = {}
        count = 0
        for member in members:
            wanted = f"hold {KINDS_OF_MEMBERS}" + " (not one site)" * isinstance(member, Site)
            require(isinstance(member, Member), "members", wanted, member)
            name = member.name or ""
            has = bool(name) or len(members) == 1
            require(has, "members", "have names where there are several", member)
            require(name not in found, "members", "have different names", name)
            found[name], first[name] = member, count
            count += member.n_sites
        return cls(found, first, count)

    @property
    def spins(self) -> Floats:
        """S of each spin, N/2 of each ensemble, 0 for modes, shape (site,)."""
        lengths = [np.full(member.n_sites, member.spin) for member in self.members.values()]
        return np.concatenate(lengths)

    @property
    def kinds(self) -> Ints:
        """The kind of each site, shape (site,)."""
        return np.concatenate([np.full(m.n_sites, m.kind) for m in self.members.values()])

    def require_own(self, operator: Operator, argument: str) -> None:
        """Refuse an operator of other members.

        Raises:
            ArgumentError: naming the argument and the member.
        """
        for name, member in operator.members.items():
            wanted = f"be of members of the model{meant(name, self.members)}"
            require(name in self.members, argument, wanted, name or member)
            own = self.members[name]
            require(member == own, argument, f"be of the model's own {own}", member)

    def sites_of(self, component: Component) -> Ints:
        """The numbers of the spins that a component sums over."""
        first = self.first[component.member]
        if component.site != ALL:
            return np.array([first + component.site])
        return np.arange(first, first + self.members[component.member].n_sites)

    def edges_of(self, member: str) -> tuple[Ints, Floats]:
        """The bonds of a lattice as pairs of spins, shape (bond, 2), and their weights."""
        sites = self.members[member]
        assert isinstance(sites, Sites)
        return sites.lattice.edges + self.first[member], sites.lattice.weights

    def joined_by(self, key: Bond | DisplacedBond) -> tuple[Ints, Floats]:
        """The pairs of spins that a sum over bonds has, shape (bond, 2), and their weights."""
        if isinstance(key, Bond):
            return self.edges_of(key.member)
        pairs = self.pairs_of(key)
        return pairs, np.ones(len(pairs))

    def pairs_of(self, bond: DisplacedBond) -> Ints:
        """The pairs of spins that a displacement joins, shape (bond, 2)."""
        sites = self.members[bond.member]
        assert isinstance(sites, Sites)
        ends = np.array([self.first[bond.member], self.first[bond.other]])
        return sites.lattice.grid.displaced(bond.displacement) + ends
