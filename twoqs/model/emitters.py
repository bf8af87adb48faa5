"""Light that spins share, as terms of a model: their exchange, and their decay together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import require
from twoqs.model.kinds import MODE
from twoqs.model.language.components import Component, product
from twoqs.model.language.jumps import JumpMatrix
from twoqs.model.language.members import Member, Site, Sites
from twoqs.model.language.operators import Operator, TermKey, together
from twoqs.model.language.sums import bonds
from twoqs.model.language.values import Coefficient


class Light(NamedTuple):
    """What light does between emitters, made by `waveguide` and `dipoles`.

    Attributes:
        rates: G, the matrix of `jump`, shape (site, site).
        exchange: Omega, H = sum_ij Omega_ij S^+_i S^-_j over all i and j that differ, Hermitian.
    """

    rates: NDArray[Any]
    exchange: NDArray[Any]

    def hamiltonian(self, *emitters: Member | Site) -> Operator:
        """The exchange of the emitters, in the order of the matrices; all sites of lattices.

        Raises:
            ArgumentError: if they are not as many as the matrices have rows.
        """
        every = self._each(emitters)
        real, imaginary = 2 * self.exchange.real, -2 * self.exchange.imag
        first, *others = emitters
        if isinstance(first, Sites) and first.lattice.kind == "all_to_all" and not others:
            return _of_bonds(first, real, imaginary)  # which are these pairs, in order
        terms: dict[TermKey, Coefficient] = {}
        places = [(one.name or "", site) for one, site in every]
        for i, (member, site) in enumerate(places):
            for j, (other, place) in enumerate(places[i + 1 :], i + 1):
                # Omega S^+_i S^-_j + h.c. by components
                for a, b, factors in ((0, 0, real), (1, 1, real), (1, 0, imaginary),
                                      (0, 1, -imaginary)):  # fmt: skip
                    key = product(Component(member, site, a), Component(other, place, b))
                    terms[(), key] = complex(factors[i, j])
        members: Mapping[str, Member] = {}
        for one, _ in every:
            members = together(members, {one.name or "": one})
        return Operator(terms, members, {})

    def jump(
        self, *emitters: Member | Site, rate: Any = 1.0, label: str | None = None
    ) -> JumpMatrix:
        """The decay of the emitters together, likewise.

        Args:
            rate: multiplies the matrix; a number or an expression of parameters.
            label: as that of `jump`; of all channels, which are the eigenvectors of the matrix.

        Raises:
            ArgumentError: as `hamiltonian`.
        """
        lower = [
            (one[site] if isinstance(one, Sites) else one).minus  # type: ignore[union-attr]
            for one, site in self._each(emitters)
        ]
        return JumpMatrix(tuple(lower), self.rates.tolist(), rate, label)

    def _each(self, emitters: tuple[Any, ...]) -> list[tuple[Member, int]]:
        """The member and the site of each emitter."""
        found: list[tuple[Member, int]] = []
        for one in emitters:
            known = isinstance(one, Member | Site) and one.kind != MODE
            require(known, "emitters", "be spins, ensembles, `Sites` or sites of them", one)
            if isinstance(one, Sites):
                found += [(one, site) for site in range(one.n_sites)]
            else:
                found.append((one.sites, one.index) if isinstance(one, Site) else (one, 0))
        count = len(self.rates)
        wanted = f"be as many spins as there are positions, {count}"
        require(len(found) == count, "emitters", wanted, len(found))
        different = len({(one.name, site) for one, site in found}) == count
        require(different, "emitters", "be different spins", [one.name for one, _ in found])
        return found


def _of_bonds(sites: Sites, real: NDArray[Any], imaginary: NDArray[Any]) -> Operator:
    """Rates and exchange of pairs as sums over bonds, each of which is one term."""
    upper = np.triu_indices(sites.n_sites, 1)
    even, odd = real[upper].tolist(), imaginary[upper].tolist()
    if not even:
        return Operator({}, {}, {})
    total = bonds(sites.x, sites.x, even) + bonds(sites.y, sites.y, even)
    if any(odd):
        turned = bonds(sites.y, sites.x, odd, directed=True)
        total = total + turned - bonds(sites.x, sites.y, odd, directed=True)
    return total
