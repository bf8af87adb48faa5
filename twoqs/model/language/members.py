"""The members of a model: single spins, and lattices of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from twoqs.errors import require
from twoqs.model.arguments import integer, number
from twoqs.model.language.components import ALL
from twoqs.model.language.names import checked_name
from twoqs.model.language.operators import Operator
from twoqs.model.lattice import Lattice
from twoqs.model.limits import MOST_SPIN


class _Components(ABC):
    """S^x, S^y, S^z and S^+ = S^x + i S^y, S^- = S^x - i S^y as operators."""

    @abstractmethod
    def _component(self, axis: int, value: complex = 1.0) -> Operator:
        """S^a, times a number."""

    @property
    def x(self) -> Operator:
        """S^x."""
        return self._component(0)

    @property
    def y(self) -> Operator:
        """S^y."""
        return self._component(1)

    @property
    def z(self) -> Operator:
        """S^z."""
        return self._component(2)

    @property
    def plus(self) -> Operator:
        """S^+ = S^x + i S^y, which raises S^z."""
        return self._component(0) + self._component(1, 1j)

    @property
    def minus(self) -> Operator:
        """S^- = S^x - i S^y, which lowers S^z."""
        return self._component(0) + self._component(1, -1j)


@dataclass(frozen=True)
class Spin(_Components):
    """One collective spin of length S; `x y z plus minus` are its operators.

    Attributes:
        spin: S, a multiple of 1/2.
        name: what operators, files and results call it. It may be left out where a model has no
            other member.

    Raises:
        ArgumentError: for any other length or name.
    """

    spin: float
    name: str | None = None

    n_sites: ClassVar[int] = 1
    """Number of spins, as that of a lattice."""

    def __post_init__(self) -> None:
        spin = number("spin", self.spin)
        half = spin > 0 and (2 * spin).is_integer()
        require(half, "spin", "be a positive multiple of 1/2", self.spin)
        require(spin <= MOST_SPIN, "spin", f"be at most {MOST_SPIN}", self.spin)
        object.__setattr__(self, "spin", spin)
        if self.name is not None:
            object.__setattr__(self, "name", checked_name(self.name))

    def _component(self, axis: int, value: complex = 1.0) -> Operator:
        return Operator.component(self, 0, axis, value)


@dataclass(frozen=True)
class Sites(_Components):
    """A lattice of equal spins; `x y z plus minus` are sums over all sites, `s[i].x` is of one.

    Attributes:
        member: the spin at each site; only the lattice has a name.
        lattice: the sites, and the bonds between them.
        name: as that of a `Spin`.

    Raises:
        ArgumentError: for anything else.
    """

    member: Spin
    lattice: Lattice
    name: str | None = None

    def __post_init__(self) -> None:
        require(isinstance(self.member, Spin), "member", "be a Spin", self.member)
        wanted = "have no name of its own (name the sites: `Sites(Spin(5), chain(9), name=...)`)"
        require(self.member.name is None, "member", wanted, self.member)
        require(isinstance(self.lattice, Lattice), "lattice", "be a Lattice", self.lattice)
        if self.name is not None:
            object.__setattr__(self, "name", checked_name(self.name))

    @property
    def spin(self) -> float:
        """S of the spin at each site."""
        return self.member.spin

    @cached_property
    def n_sites(self) -> int:
        """Number of spins."""
        return self.lattice.n_sites

    def __len__(self) -> int:
        return self.n_sites

    def __getitem__(self, site: Any) -> Site:
        count = self.n_sites
        wanted = f"be one site from {-count} to {count - 1}"
        require(not isinstance(site, slice | tuple), "site", wanted, site)
        index = integer("site", site, -count, count - 1, f" (there are {count} sites)")
        return Site(self, index % count)

    def __iter__(self) -> Iterator[Site]:
        return (Site(self, site) for site in range(self.n_sites))

    def _component(self, axis: int, value: complex = 1.0) -> Operator:
        return Operator.component(self, ALL, axis, value)


@dataclass(frozen=True)
class Site(_Components):
    """One site of a lattice of spins, made by `s[i]`.

    Attributes:
        sites: the lattice of spins.
        index: number of the site, from 0.
    """

    sites: Sites
    index: int

    def _component(self, axis: int, value: complex = 1.0) -> Operator:
        return Operator.component(self.sites, self.index, axis, value)

    def __repr__(self) -> str:
        return f"{self.sites.name or 'sites'}[{self.index}]"
