"""Models in the language of operators as QuTiP's operators, straight from their terms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import qutip

from twoqs.errors import require
from twoqs.model.arguments import integer
from twoqs.model.language.components import (
    ALL,
    AXES,
    Bond,
    Component,
    DisplacedBond,
    Key,
    Linear,
    SiteProduct,
)
from twoqs.model.language.jumps import Jump, checked_jumps, real_value
from twoqs.model.language.lower import checked_model
from twoqs.model.language.members import Sites, Spin
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import product_of
from twoqs.model.language.values import along
from twoqs.model.limits import MOST_STATES


def operators_to_qutip(
    members: Sequence[Spin | Sites],
    hamiltonian: Operator | None = None,
    jumps: Iterable[Any] = (),
    values: Mapping[str, float] | None = None,
    limit: int = MOST_STATES,
) -> tuple[qutip.Qobj, list[qutip.Qobj]]:
    """The Hamiltonian and the collapse operators, for `qutip.mesolve` and the like.

    They act on the tensor product of the spins, members in order, the sites of each as its lattice
    numbers them; the basis of each spin starts at m = +S. The collapse operators are
    sqrt(2 rate) c, with the factor 2 of the dissipator here; those with the rate zero are left out.

    Args:
        members, hamiltonian, jumps, values: as `twoqs.model.language.lower` takes them.
        limit: largest dimension of the Hilbert space that is accepted.

    Raises:
        ArgumentError: if it is larger, and as `lower` says.
    """
    numbering = Numbering.of(members)
    listed = checked_jumps(jumps)
    given = checked_model(numbering, hamiltonian, listed, values)
    space = _Space(numbering, given, integer("limit", limit, 1))
    energy = space.zero if hamiltonian is None else space.operator(hamiltonian)
    channels = [channel for one in listed for channel in one.channels]
    return energy, [c for one in channels for c in space.collapse_operators(one)]


class _Space:
    """The operators of all spins, and what terms make of them."""

    def __init__(self, numbering: Numbering, values: Mapping[str, float], limit: int) -> None:
        # A lattice may have far more sites than could be listed as sizes.
        logarithm = sum(m.n_sites * math.log(2 * m.spin + 1) for m in numbering.members.values())
        parts = (f"{round(2 * m.spin) + 1}^{m.n_sites}" for m in numbering.members.values())
        wanted = f"have a Hilbert space of at most {limit} dimensions (it has {' '.join(parts)})"
        small = logarithm <= math.log(limit) + 1e-9
        require(small, "members", wanted, list(numbering.members.values()))
        self.numbering, self.values = numbering, values
        lengths = numbering.spins.tolist()
        sizes = [round(2 * spin) + 1 for spin in lengths]
        self.spins = [
            [qutip.expand_operator(qutip.jmat(spin, axis), sizes, i) for axis in AXES]
            for i, spin in enumerate(lengths)
        ]
        self.zero = 0.0 * self.spins[0][2]

    def operator(self, operator: Operator) -> qutip.Qobj:
        """The sum of all terms, sums over sites and bonds written out."""
        total = self.zero
        for (powers, key), value in operator.terms.items():
            factor = product_of(powers, self.values)
            for i, matrix in enumerate(self._matrices(key)):
                total = total + factor * (value[i] if isinstance(value, tuple) else value) * matrix
        return total

    def collapse_operators(self, jump: Jump) -> list[qutip.Qobj]:
        """sqrt(2 rate) c: one, or one for each site."""
        rate = real_value(jump.rate, "rate", {n: self.values[n] for n in jump.rate.parameters})
        if rate == 0:
            return []
        if not jump.local:
            return [math.sqrt(2 * rate) * self.operator(jump.operator)]
        (sites,) = jump.operator.members.values()
        found = [self.zero for _ in range(sites.n_sites)]
        for (powers, key), value in jump.operator.terms.items():
            factors = product_of(powers, self.values) * along(value, sites.n_sites)
            for i, matrix in enumerate(self._matrices(key)):
                found[i] = found[i] + factors[i] * matrix
        return [math.sqrt(2 * rate) * c for c in found if c != self.zero]

    def _matrices(self, key: Key) -> list[qutip.Qobj]:
        """The operators of a term: one for each of the values that it may have."""
        if isinstance(key, Linear):
            return self._places(key.component)
        if isinstance(key, SiteProduct):
            sites = self._sites(key.member)
            return [_mean(site[key.first], site[key.second]) for site in sites]
        if isinstance(key, Bond):
            edges, weights = self.numbering.edges_of(key.member)
            ends = zip(edges.tolist(), weights.tolist(), strict=True)
            return [w * self.spins[i][key.first] @ self.spins[j][key.second] for (i, j), w in ends]
        if isinstance(key, DisplacedBond):
            pairs = self.numbering.pairs_of(key).tolist()
            return [self.spins[i][key.first] @ self.spins[j][key.second] for i, j in pairs]
        return [_mean(self._total(key.first), self._total(key.second))]

    def _sites(self, member: str) -> list[list[qutip.Qobj]]:
        first = self.numbering.first[member]
        return self.spins[first : first + self.numbering.members[member].n_sites]

    def _places(self, component: Component) -> list[qutip.Qobj]:
        """S^a at each of the spins that a component sums over."""
        sites = self._sites(component.member)
        if component.site != ALL:
            sites = [sites[component.site]]
        return [site[component.axis] for site in sites]

    def _total(self, component: Component) -> qutip.Qobj:
        places = self._places(component)
        weights = component.weights or (1.0,) * len(places)
        return sum(w * place for w, place in zip(weights, places, strict=True))


def _mean(one: qutip.Qobj, other: qutip.Qobj) -> qutip.Qobj:
    """{U, V}/2."""
    return (one @ other + other @ one) / 2
