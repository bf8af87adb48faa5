"""Models in the language of operators as QuTiP's operators, straight from their terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
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
    Unit,
)
from twoqs.model.language.in_time import NO_PULSE, moving, values_in_time
from twoqs.model.language.jumps import Jump, checked_jumps
from twoqs.model.language.lower import checked_model
from twoqs.model.language.members import Member
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression
from twoqs.model.language.powers import Powers, without_pulses
from twoqs.model.language.pulses import Pulse
from twoqs.model.language.values import along
from twoqs.model.limits import MOST_STATES

QuTiP: TypeAlias = qutip.Qobj | qutip.QobjEvo


def operators_to_qutip(
    members: Sequence[Member],
    hamiltonian: Operator | None = None,
    jumps: Iterable[Any] = (),
    values: Mapping[str, float] | None = None,
    limit: int = MOST_STATES,
) -> tuple[QuTiP, list[QuTiP]]:
    """The Hamiltonian and the collapse operators, for `qutip.mesolve` and the like.

    They act on the tensor product of the spins, members in order, the sites of each as its lattice
    numbers them; the basis of each spin starts at m = +S. The collapse operators are
    sqrt(2 rate) c, with the factor 2 of the dissipator here; those with the rate zero are left out.

    Args:
        members, hamiltonian, jumps, values: as `twoqs.model.language.lower` takes them.
        limit: largest dimension of the Hilbert space that is accepted.

    What pulses multiply is a `qutip.QobjEvo`.

    Raises:
        ArgumentError: if it is larger, and as `lower` says.
    """
    numbering = Numbering.of(members)
    listed = checked_jumps(jumps)
    given = checked_model(numbering, hamiltonian, listed, values)
    space = _Space(numbering, given, integer("limit", limit, 1))
    energy = space.zero if hamiltonian is None else space.energy(hamiltonian)
    channels = [channel for one in listed for channel in one.channels]
    return energy, [c for one in channels for c in space.collapse_operators(one)]


class _Space:
    """The operators of all spins, and what terms make of them."""

    def __init__(
        self, numbering: Numbering, values: Mapping[str, float | Pulse], limit: int
    ) -> None:
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

    def energy(self, operator: Operator) -> QuTiP:
        """The sum of all terms, sums over sites and bonds written out."""
        parts: dict[Expression, qutip.Qobj] = {NO_PULSE: self.zero}
        for (powers, key), value in operator.terms.items():
            factor, pulses = self._split(operator, powers)
            for i, matrix in enumerate(self._matrices(key)):
                part = factor * (value[i] if isinstance(value, tuple) else value) * matrix
                parts[pulses] = parts.get(pulses, self.zero) + part
        steady = parts.pop(NO_PULSE)
        in_time = [[part, _function(key)] for key, part in parts.items()]
        return qutip.QobjEvo([steady, *in_time]) if in_time else steady

    def collapse_operators(self, jump: Jump) -> list[QuTiP]:
        """sqrt(2 rate) c: one, or one for each site."""
        numbers = {n: v for n, v in self.values.items() if not isinstance(v, Pulse)}
        rate, key = moving(jump.rate, numbers)
        if rate == 0:
            return []
        (sites, *others) = jump.operator.members.values()
        assert not (jump.local and others)
        found = [self.zero for _ in range(sites.n_sites if jump.local else 1)]
        common = NO_PULSE
        for (powers, term), value in jump.operator.terms.items():
            factor, common = self._split(jump.operator, powers)
            matrices = self._matrices(term)
            factors = factor * along(value, len(matrices))
            for i, matrix in enumerate(matrices):
                place = i if jump.local else 0
                found[place] = found[place] + factors[i] * matrix
        scaled = [math.sqrt(2 * rate) * c for c in found if c != self.zero]
        if key == NO_PULSE and common == NO_PULSE:
            return scaled
        root = _function(key, common)
        return [qutip.QobjEvo([[c, root]]) for c in scaled]

    def _split(self, operator: Operator, powers: Powers) -> tuple[float, Expression]:
        """A product of parameters as a number and what is left, the pulses."""
        factor, left = without_pulses(powers, self.values)
        return factor, Expression({left: 1.0 + 0.0j}, operator.parameters)

    def _matrices(self, key: Key) -> list[qutip.Qobj]:
        """The operators of a term: one for each of the values that it may have."""
        if isinstance(key, Unit):
            return [self.zero]  # what acts on nothing
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


def _function(key: Expression, of_operator: Expression | None = None) -> Callable[[float], float]:
    """Values of an expression in time; with an operator's own, the root of it times that."""

    def root(time: float) -> float:
        t = np.array(time)
        assert of_operator is not None
        return math.sqrt(values_in_time(key, t)) * float(values_in_time(of_operator, t))

    return root if of_operator is not None else lambda t: float(values_in_time(key, np.array(t)))


def _mean(one: qutip.Qobj, other: qutip.Qobj) -> qutip.Qobj:
    """{U, V}/2."""
    return (one @ other + other @ one) / 2
