"""The Hilbert space of a model: the tensor product of those of its sites."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
import qutip

from twoqs.errors import require
from twoqs.model.arrays import Complexes, Ints
from twoqs.model.language.members import Member
from twoqs.model.language.numbering import Numbering
from twoqs.model.model import Model
from twoqs.theory.factors import EnsembleFactor, Factor, factor_of
from twoqs.theory.sites import with_processes


@dataclass(frozen=True, eq=False)
class Space:
    """The tensor product of all sites, members in order, sites as their lattice numbers them.

    Attributes:
        factors: of each site; the first are the first factors.
        ensembles: names of those whose members have processes of their own.
    """

    factors: tuple[Factor, ...]
    ensembles: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        numbering: Numbering,
        processes: frozenset[str],
        photons: Mapping[str, int],
        limit: int,
    ) -> Space:
        """The space of some members.

        Args:
            processes: ensembles whose members have processes of their own.
            photons: largest number of quanta in each mode, by the names of members.
            limit: largest dimension that is accepted.

        Raises:
            ArgumentError: if it is larger.
        """
        members = numbering.members.values()
        kinds = _kinds(members, processes, photons)
        sizes = " x ".join(
            f"{factor.size}^{m.n_sites}" if m.n_sites > 1 else f"{factor.size}"
            for factor, m in zip(kinds, members, strict=True)
        )
        wanted = (
            f"have a Hilbert space of at most {limit} dimensions (it has {sizes}; smaller twins of "
            "it are what `twoqs.trust` compares with)"
        )
        small = _logarithm(kinds, members) <= math.log(limit) + 1e-9
        require(small, "members", wanted, list(members))
        sites = (f for f, m in zip(kinds, members, strict=True) for _ in range(m.n_sites))
        return cls(tuple(sites), processes)

    @property
    def sizes(self) -> list[int]:
        """Dimension of each factor."""
        return [factor.size for factor in self.factors]

    @cached_property
    def components(self) -> list[tuple[qutip.Qobj, ...]]:
        """S^x, S^y, S^z of each site; x, y and n of modes."""
        return [
            tuple(self.at(site, component) for component in factor.components)
            for site, factor in enumerate(self.factors)
        ]

    @cached_property
    def zero(self) -> qutip.Qobj:
        """0."""
        return 0.0 * self.components[0][2]

    @property
    def one(self) -> qutip.Qobj:
        """1."""
        return qutip.qeye(self.sizes, dtype="CSR")

    def at(self, site: int, operator: qutip.Qobj) -> qutip.Qobj:
        """An operator of one site."""
        return qutip.expand_operator(operator, self.sizes, site)

    def product(self, site: int, first: int, second: int) -> qutip.Qobj:
        """{U, V}/2 of two components of one site."""
        return self.at(site, self.factors[site].product(first, second))

    def jumps(self, site: int, form: Complexes) -> list[qutip.Qobj]:
        """Collapse operators with the effect of f.s_k of every member of an ensemble."""
        factor = self.factors[site]
        assert isinstance(factor, EnsembleFactor)
        return [self.at(site, operator) for operator in factor.jumps(form)]

    @property
    def labels(self) -> Ints:
        """Numbers of the states: between those of other numbers rho is zero."""

        def joined(one: Ints, other: Ints) -> Ints:
            return np.asarray(np.add.outer(one * (other.max() + 1), other).ravel())

        return reduce(joined, (factor.labels for factor in self.factors))


def log_dimension(model: Model, photons: Mapping[str, int]) -> float:
    """Logarithm of the dimension of the Hilbert space: large chains have no number for it."""
    processes = with_processes(model.operators.jumps)
    return _logarithm(_kinds(model.members, processes, photons), model.members)


def _kinds(
    members: Collection[Member], processes: frozenset[str], photons: Mapping[str, int]
) -> list[Factor]:
    """The factor of each site, for every member."""
    names = [member.name or "" for member in members]
    return [
        factor_of(member, name in processes, photons.get(name, 0))
        for name, member in zip(names, members, strict=True)
    ]


def _logarithm(kinds: Collection[Factor], members: Collection[Member]) -> float:
    # A lattice may have far more sites than could be listed as sizes.
    pairs = zip(kinds, members, strict=True)
    return sum(member.n_sites * math.log(factor.size) for factor, member in pairs)
