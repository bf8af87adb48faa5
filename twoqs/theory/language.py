"""Models in the language of operators as QuTiP's operators, straight from their terms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import qutip

from twoqs.model.arguments import integer
from twoqs.model.kinds import MODE
from twoqs.model.language.components import (
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
from twoqs.theory.sites import with_processes
from twoqs.theory.space import Space

QuTiP: TypeAlias = qutip.Qobj | qutip.QobjEvo

NO_PHOTONS: Mapping[str, int] = {}
"""Of members without modes."""


def operators_to_qutip(
    members: Sequence[Member],
    hamiltonian: Operator | None = None,
    jumps: Iterable[Any] = (),
    values: Mapping[str, float] | None = None,
    limit: int = MOST_STATES,
    photons: Mapping[str, int] = NO_PHOTONS,
) -> tuple[QuTiP, list[QuTiP]]:
    """The Hamiltonian and the collapse operators, for `qutip.mesolve` and the like.

    They act on the tensor product of `twoqs.theory.space`. The collapse operators are
    sqrt(2 rate) c, with the factor 2 of the dissipator here; those with the rate zero are left out.

    Args:
        members, hamiltonian, jumps, values: as `twoqs.model.language.lower` takes them.
        limit: largest dimension of the Hilbert space that is accepted.
        photons: largest number of quanta in each mode, by the names of members.

    What pulses multiply is a `qutip.QobjEvo`.

    Raises:
        ArgumentError: if it is larger, and as `lower` says.
    """
    numbering = Numbering.of(members)
    listed = checked_jumps(jumps)
    given = checked_model(numbering, hamiltonian, listed, values)
    space = Space.of(numbering, with_processes(listed), photons, integer("limit", limit, 1))
    terms = TermMatrices(numbering, given, space)
    energy = space.zero if hamiltonian is None else terms.energy(hamiltonian)
    channels = [channel for one in listed for channel in one.channels]
    return energy, [c for one in channels for c in terms.collapse_operators(one)]


class TermMatrices:
    """What terms are as operators."""

    def __init__(
        self, numbering: Numbering, values: Mapping[str, float | Pulse], space: Space
    ) -> None:
        self.numbering, self.values, self.space = numbering, values, space

    def energy(self, operator: Operator) -> QuTiP:
        """The sum of all terms, sums over sites and bonds written out."""
        parts: dict[Expression, qutip.Qobj] = {NO_PULSE: self.space.zero}
        for (powers, key), value in operator.terms.items():
            factor, pulses = self._split(operator, powers)
            for i, matrix in enumerate(self.matrices(key)):
                part = factor * (value[i] if isinstance(value, tuple) else value) * matrix
                parts[pulses] = parts.get(pulses, self.space.zero) + part
        steady = parts.pop(NO_PULSE)
        in_time = [[part, _function(key)] for key, part in parts.items()]
        return qutip.QobjEvo([steady, *in_time]) if in_time else steady

    def collapse_operators(self, jump: Jump) -> list[QuTiP]:
        """sqrt(2 rate) c: one, or one for each site."""
        numbers = {n: v for n, v in self.values.items() if not isinstance(v, Pulse)}
        rate, key = moving(jump.rate, numbers)
        if rate == 0:
            return []
        found, common = self._operators(jump)
        scaled = [math.sqrt(2 * rate) * c for c in found if c != self.space.zero]
        if key == NO_PULSE and common == NO_PULSE:
            return scaled
        root = _function(key, common)
        return [qutip.QobjEvo([[c, root]]) for c in scaled]

    def _operators(self, jump: Jump) -> tuple[list[qutip.Qobj], Expression]:
        """c: one, or one for each site; and the pulses that multiply it."""
        (name, member), *others = jump.operator.members.items()
        assert not (jump.local and others)
        single = jump.local and name in self.space.ensembles
        found = [self.space.zero for _ in range(member.n_sites if jump.local else 1)]
        form, common = np.zeros(3, dtype=complex), NO_PULSE
        for (powers, term), value in jump.operator.terms.items():
            factor, common = self._split(jump.operator, powers)
            if single:
                assert isinstance(term, Linear)
                form[term.component.axis] += factor * along(value, 1)[0]
                continue
            matrices = self.matrices(term)
            factors = factor * along(value, len(matrices))
            for i, matrix in enumerate(matrices):
                place = i if jump.local else 0
                found[place] = found[place] + factors[i] * matrix
        if single:
            found = self.space.jumps(self.numbering.first[name], form)
        return found, common

    def _split(self, operator: Operator, powers: Powers) -> tuple[float, Expression]:
        """A product of parameters as a number and what is left, the pulses."""
        factor, left = without_pulses(powers, self.values)
        return factor, Expression({left: 1.0 + 0.0j}, operator.parameters)

    def matrices(self, key: Key) -> list[qutip.Qobj]:
        """The operators of a term: one for each of the values that it may have."""
        if isinstance(key, Unit):
            return [self.space.one]
        if isinstance(key, Linear):
            return self._places(key.component)
        spins = self.space.components
        if isinstance(key, SiteProduct):
            sites = self._sites(key.member)
            return [self.space.product(i, key.first, key.second) for i in sites]
        if isinstance(key, Bond):
            edges, weights = self.numbering.edges_of(key.member)
            ends = zip(edges.tolist(), weights.tolist(), strict=True)
            return [w * spins[i][key.first] @ spins[j][key.second] for (i, j), w in ends]
        if isinstance(key, DisplacedBond):
            pairs = self.numbering.pairs_of(key).tolist()
            return [spins[i][key.first] @ spins[j][key.second] for i, j in pairs]
        return [self._product(key.first, key.second)]

    def _sites(self, member: str) -> range:
        first = self.numbering.first[member]
        return range(first, first + self.numbering.members[member].n_sites)

    def _places(self, component: Component) -> list[qutip.Qobj]:
        """S^a at each of the spins that a component sums over."""
        sites = self.numbering.sites_of(component).tolist()
        return [self.space.components[site][component.axis] for site in sites]

    def _product(self, first: Component, second: Component) -> qutip.Qobj:
        """{U, V}/2 of two sums over sites."""
        u, v = self.total(first), self.total(second)
        found = (u @ v + v @ u) / 2
        if self.numbering.members[first.member].kind == MODE and first.member == second.member:
            weights = [self.weights(component) for component in (first, second)]
            for site in set(weights[0]) & set(weights[1]):  # up to the last level
                a, b = (self.space.components[site][c.axis] for c in (first, second))
                exact = self.space.product(site, first.axis, second.axis)
                found += weights[0][site] * weights[1][site] * (exact - (a @ b + b @ a) / 2)
        return found

    def weights(self, component: Component) -> dict[int, float]:
        """The weight of each site in a sum."""
        sites = self.numbering.sites_of(component).tolist()
        return dict(zip(sites, component.weights or (1.0,) * len(sites), strict=True))

    def total(self, component: Component) -> qutip.Qobj:
        """The sum that a component is."""
        weights = self.weights(component).values()
        return sum(w * place for w, place in zip(weights, self._places(component), strict=True))


def _function(key: Expression, of_operator: Expression | None = None) -> Callable[[float], float]:
    """Values of an expression in time; with an operator's own, the root of it times that."""

    def root(time: float) -> float:
        t = np.array(time)
        assert of_operator is not None
        return math.sqrt(values_in_time(key, t)) * float(values_in_time(of_operator, t))

    return root if of_operator is not None else lambda t: float(values_in_time(key, np.array(t)))
