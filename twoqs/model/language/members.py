"""The members of a model: spins, ensembles, modes, and lattices."""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, TypeAlias, cast

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import integer, number
from twoqs.model.kinds import ENSEMBLE, MODE, SPIN
from twoqs.model.language.components import ALL
from twoqs.model.language.names import checked_name
from twoqs.model.language.operators import Operator
from twoqs.model.lattice import Lattice
from twoqs.model.limits import MOST_SPIN

LETTERS = {
    SPIN: {"x": ((0, 1),), "y": ((1, 1),), "z": ((2, 1),), "plus": ((0, 1), (1, 1j)),
           "minus": ((0, 1), (1, -1j))},
    MODE: {"a": ((0, 1), (1, -1j)), "adag": ((0, 1), (1, 1j)), "n": ((2, 1),), "re": ((0, 1),),
           "im": ((1, -1),)},
}  # fmt: skip
"""What the operators of a member are in its three components; those of an ensemble are a spin's."""
LETTERS[ENSEMBLE] = LETTERS[SPIN]


class _Member(ABC):
    """What has operators, by the letters of its kind."""

    kind: ClassVar[int]

    def _component(self, axis: int, value: complex) -> Operator:
        """A component, times a number."""
        return Operator.component(cast("Member", self), 0, axis, value)

    def _operator(self, letter: str) -> Operator:
        known = LETTERS[self.kind]
        if letter not in known:
            raise ArgumentError.of(repr(self), f"be asked for {', '.join(known)}", letter)
        first, *others = known[letter]
        operator = self._component(*first)
        return operator + self._component(*others[0]) if others else operator


class _SpinOperators(_Member):
    """S^x, S^y, S^z and S^+ = S^x + i S^y, S^- = S^x - i S^y as operators."""

    @property
    def x(self) -> Operator:
        """S^x."""
        return self._operator("x")

    @property
    def y(self) -> Operator:
        """S^y."""
        return self._operator("y")

    @property
    def z(self) -> Operator:
        """S^z."""
        return self._operator("z")

    @property
    def plus(self) -> Operator:
        """S^+ = S^x + i S^y, which raises S^z."""
        return self._operator("plus")

    @property
    def minus(self) -> Operator:
        """S^- = S^x - i S^y, which lowers S^z."""
        return self._operator("minus")


class _ModeOperators(_Member):
    """a and a^+ with [a, a^+] = 1, n = a^+a, and a = re + i im as operators."""

    @property
    def a(self) -> Operator:
        """The annihilation operator a."""
        return self._operator("a")

    @property
    def adag(self) -> Operator:
        """The creation operator a^+."""
        return self._operator("adag")

    @property
    def n(self) -> Operator:
        """The number of quanta, a^+a."""
        return self._operator("n")

    @property
    def re(self) -> Operator:
        """(a + a^+)/2."""
        return self._operator("re")

    @property
    def im(self) -> Operator:
        """(a - a^+)/(2i)."""
        return self._operator("im")


@dataclass(frozen=True)
class Spin(_SpinOperators):
    """One collective spin of length S; `x y z plus minus` are its operators.

    Attributes:
        spin: S, a multiple of 1/2.
        name: what operators, files and results call it. It may be left out where a model has no
            other member.

    Raises:
        ArgumentError: for any other length or name.

    Examples:
        >>> s = twoqs.Spin(5, "s")
        >>> s.x * s.y - s.y * s.x
        1j*s.z
    """

    spin: float
    name: str | None = None

    kind: ClassVar[int] = SPIN
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


@dataclass(frozen=True)
class Ensemble(_SpinOperators):
    """N two-level members, spins 1/2 that are alike; `x y z plus minus` are sums over them.

    Beside what is collective, each member may have processes of its own: `each(e.minus)` as a jump
    operator is the decay of every single member. The cost does not depend on N.

    Attributes:
        size: N.
        name: as that of a `Spin`.

    Raises:
        ArgumentError: for any other number or name.

    Examples:
        >>> atoms = twoqs.Ensemble(200, "atoms")
        >>> atoms.spin
        100.0
        >>> twoqs.jump(twoqs.each(atoms.minus), rate=0.5)
        jump(each(atoms.minus), rate=0.5)
    """

    size: int
    name: str | None = None

    kind: ClassVar[int] = ENSEMBLE
    n_sites: ClassVar[int] = 1

    def __post_init__(self) -> None:
        size = integer("size", self.size, 1, 2 * MOST_SPIN)
        object.__setattr__(self, "size", size)
        if self.name is not None:
            object.__setattr__(self, "name", checked_name(self.name))

    @property
    def spin(self) -> float:
        """N/2, the length of the collective spin that the members can make."""
        return self.size / 2


@dataclass(frozen=True)
class Mode(_ModeOperators):
    """A boson mode: a cavity, a phonon; `a adag n re im` are its operators.

    Attributes:
        name: as that of a `Spin`.

    Raises:
        ArgumentError: for anything that is no name.

    Examples:
        >>> c = twoqs.Mode("c")
        >>> c.a * c.adag - c.adag * c.a
        1
    """

    name: str | None = None

    kind: ClassVar[int] = MODE
    n_sites: ClassVar[int] = 1
    spin: ClassVar[float] = 0.0
    """It has none."""

    def __post_init__(self) -> None:
        if self.name is not None:
            object.__setattr__(self, "name", checked_name(self.name))


@dataclass(frozen=True)
class Sites(_SpinOperators, _ModeOperators):
    """A lattice of equal spins or modes; `x` (or `a`) is a sum over all sites, `s[i].x` is of one.

    Attributes:
        member: the `Spin` or `Mode` at each site; only the lattice has a name.
        lattice: the sites, and the bonds between them.
        name: as that of a `Spin`.

    Raises:
        ArgumentError: for anything else.

    Examples:
        >>> s = twoqs.Sites(twoqs.Spin(5), twoqs.chain(4), "s")
        >>> len(s), s[3].x + 2 * s[0].z
        (4, 2*s[0].z + s[3].x)
    """

    member: Spin | Mode
    lattice: Lattice
    name: str | None = None

    def __post_init__(self) -> None:
        wanted = "be a Spin or a Mode (make an Ensemble a member of its own)"
        require(isinstance(self.member, Spin | Mode), "member", wanted, self.member)
        wanted = "have no name of its own (name the sites: `Sites(Spin(5), chain(9), name=...)`)"
        require(self.member.name is None, "member", wanted, self.member)
        require(isinstance(self.lattice, Lattice), "lattice", "be a Lattice", self.lattice)
        if self.name is not None:
            object.__setattr__(self, "name", checked_name(self.name))

    @property
    def kind(self) -> int:  # type: ignore[override]  # of a class attribute
        """The kind of what is at each site."""
        return self.member.kind

    @property
    def spin(self) -> float:
        """S of the spin at each site; 0 for modes."""
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

    def _component(self, axis: int, value: complex) -> Operator:
        return Operator.component(self, ALL, axis, value)


@dataclass(frozen=True)
class Site(_SpinOperators, _ModeOperators):
    """One site of a lattice of spins, made by `s[i]`.

    Attributes:
        sites: the lattice of spins.
        index: number of the site, from 0.
    """

    sites: Sites
    index: int

    @property
    def kind(self) -> int:  # type: ignore[override]  # of a class attribute
        """The kind of the member."""
        return self.sites.kind

    def _component(self, axis: int, value: complex) -> Operator:
        return Operator.component(self.sites, self.index, axis, value)

    def __repr__(self) -> str:
        return f"{self.sites.name or 'sites'}[{self.index}]"


Member: TypeAlias = Spin | Ensemble | Mode | Sites
"""What a model is made of."""

KINDS_OF_MEMBERS = "`Spin`, `Ensemble`, `Mode` and `Sites`"
"""In messages."""
