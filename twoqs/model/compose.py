"""Members, operators and keywords of a model brought together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import require
from twoqs.model.arguments import is_sequence
from twoqs.model.kinds import SPIN
from twoqs.model.language.components import ALL, Bond, Key, Linear, Product
from twoqs.model.language.events import Event, TurnEvent, members_of_events
from twoqs.model.language.in_time import pulses_of
from twoqs.model.language.jumps import AnyJump, checked_jumps, own_label
from twoqs.model.language.lower import checked_model
from twoqs.model.language.members import KINDS_OF_MEMBERS, Member, Sites, Spin
from twoqs.model.language.names import meant
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.operators import Operator, added, together
from twoqs.model.language.parameters import Parameter, merged
from twoqs.model.language.substitute import in_numbers, jump_in_numbers, renamed
from twoqs.model.language.write import FULL, coefficient_text, formula, unnamed
from twoqs.model.lattice import Lattice, from_edges, single

Members = tuple[Member, ...]


class Operators(NamedTuple):
    """The Hamiltonian (None for none) and the jump operators of a model."""

    hamiltonian: Operator | None
    jumps: tuple[AnyJump, ...]

    @property
    def none(self) -> bool:
        """Whether nothing acts."""
        return self.hamiltonian is None and not self.jumps

    @property
    def all(self) -> list[Operator]:
        """Every operator."""
        jumps = [operator for one in self.jumps for operator in one.operators]
        return jumps if self.hamiltonian is None else [self.hamiltonian, *jumps]

    @property
    def parameters(self) -> dict[str, Parameter]:
        """All parameters of operators and rates, by name."""
        found: Mapping[str, Parameter] = {}
        rates = (one.rate.parameters for one in self.jumps)
        for parameters in (*(operator.parameters for operator in self.all), *rates):
            found = merged(found, parameters)
        return dict(found)

    def in_numbers(self, taken: Collection[str] | None = None) -> Operators:
        """These operators with the values of parameters in their place, but for pulses.

        Args:
            taken: names that no pulse may have, if they are to be called `pulse1`, ... instead of
                what they were called.
        """
        names = None if taken is None else renamed(self.parameters, taken)
        energy = None if self.hamiltonian is None else in_numbers(self.hamiltonian, names)
        return Operators(energy, tuple(jump_in_numbers(one, names) for one in self.jumps))

    def joined(self, other: Operators) -> Operators:
        """The sum of both Hamiltonians, and all jump operators."""
        given = [o for o in (self.hamiltonian, other.hamiltonian) if o is not None]
        return Operators(added(given) if given else None, (*self.jumps, *other.jumps))

    @property
    def same_everywhere(self) -> bool:
        """Whether nothing in them tells one site of a lattice from another one."""
        return all(
            not isinstance(value, tuple) and _everywhere(key, operator.members)
            for operator in self.all
            for (_, key), value in operator.terms.items()
        )

    def checked(self, members: Members) -> Operators:
        """These operators, after a look at the whole.

        Raises:
            ArgumentError: for operators of other members, or an H that is not Hermitian.
        """
        checked_model(Numbering.of(members), self.hamiltonian, self.jumps, None)
        energy = self.hamiltonian
        return self._replace(hamiltonian=energy if energy is not None and energy.terms else None)


def _everywhere(key: Key, members: Mapping[str, Member]) -> bool:
    """Whether a term is a sum over all sites or bonds, or of a single spin."""
    if isinstance(key, Bond) and key.first != key.second:
        sites = members[key.member]
        assert isinstance(sites, Sites)
        # Of other lattices, bonds have no direction that would be the same at all sites.
        return sites.lattice.kind in ("chain", "square", "cubic", "triangular")
    components = {Linear: ("component",), Product: ("first", "second")}.get(type(key), ())
    return all(
        not one.weights and (one.site == ALL or members[one.member].n_sites == 1)
        for one in (getattr(key, name) for name in components)
    )


def alike(members: Members, operators: Operators, turns: Iterable[TurnEvent]) -> bool:
    """Whether operators, events and lattices make the sites of each member equivalent."""
    lattices = [member.lattice for member in members if isinstance(member, Sites)]
    of_all = all(site == ALL or m.n_sites == 1 for turn in turns for m, site in turn.targets)
    return all(lattice.uniform for lattice in lattices) and operators.same_everywhere and of_all


def operators_given(hamiltonian: Any, jumps: Any) -> Operators:
    """What a user passes as Hamiltonian and jump operators.

    Raises:
        ArgumentError: for anything else than an operator, and a list of jumps.
    """
    known = hamiltonian is None or isinstance(hamiltonian, Operator)
    require(known, "hamiltonian", "be an operator, such as `0.3*a.x`", hamiltonian)
    require(is_sequence(jumps), "jumps", "be a list of `jump(...)` or `collapse(...)`", jumps)
    energy = None if hamiltonian is None else hamiltonian.without_numbers
    return Operators(energy, checked_jumps(jumps))


def members_given(members: Any, operators: Operators, events: Iterable[Event] = ()) -> Members:
    """The members in order: as listed, or else by their names in operators and events.

    Raises:
        ArgumentError: for anything else, or members that have one name.
    """
    wanted = f"be a list of {KINDS_OF_MEMBERS}"
    require(is_sequence(members), "members", wanted, members)
    if len(members) > 0:
        return tuple(Numbering.of(members).members.values())
    found: Mapping[str, Member] = {}
    for operator in operators.all:
        found = together(found, operator.members)
    turned = members_of_events(events)
    for name in turned if found else ():
        wanted = (
            f"be of the members that operators have (or list all in `members`){meant(name, found)}"
        )
        require(name in found, "events", wanted, turned[name])
    found = together(found, turned)
    return tuple(found[name] for name in sorted(found))


def member_for(spin: float, lattice: Lattice) -> Member:
    """The member of a model that is given by a length and a lattice."""
    return Spin(spin) if lattice.kind == "single" else Sites(Spin(spin), lattice)


def of_sites(members: Members, attribute: str) -> NDArray[Any]:
    """An attribute of members at every site, shape (site,); to read only."""
    values = np.concatenate([np.full(m.n_sites, getattr(m, attribute)) for m in members])
    values.setflags(write=False)
    return values


def of_words(members: Members) -> bool:
    """Whether keywords can be of these members: one spin, or a lattice of them."""
    return len(members) == 1 and not beyond_words(members)


def beyond_words(members: Members) -> str:
    """Why keywords cannot be of these members; nothing if they can."""
    if len(members) > 1:
        return "where there are several members"
    return "" if members[0].kind == SPIN else "for ensembles and modes"


def lattice_of(members: Members) -> Lattice:
    """The lattice of the only member; that of several has no bonds."""
    if len(members) == 1 and isinstance(members[0], Sites):
        return members[0].lattice
    if len(members) == 1:
        return single()
    return from_edges([], n_sites=sum(member.n_sites for member in members))


def content(
    members: Sequence[Member], operators: Operators, turns: Sequence[TurnEvent]
) -> tuple[Any, ...]:
    """All that a model of members and operators is, as numbers and text; parameters as values."""
    plain = operators.in_numbers([name_of(member) for member in members])
    spins = [(name_of(m), *_content(m)) for m in members]
    energy = None if plain.hamiltonian is None else formula(plain.hamiltonian)
    jumps = [
        (rate_of(one), [formula(o) for o in one.operators], getattr(one, "rates", None), *_own(one))
        for one in plain.jumps
    ]
    moving = [(name, repr(pulse)) for name, pulse in sorted(pulses_of(plain.parameters).items())]
    instants = [_instant(turn) for turn in turns]
    return (spins, energy, jumps, *[part for part in (moving, instants) if part])


def _own(one: AnyJump) -> tuple[str, ...]:
    """The label of a jump if it has one of its own."""
    label = own_label(one)
    return () if label is None else (label,)


def _content(member: Member) -> tuple[Any, ...]:
    """The length of a spin, or the kind of anything else, and the lattice."""
    lattice = member.lattice.digest if isinstance(member, Sites) else None
    kinds = () if member.kind == SPIN else (member.kind,)
    return (member.spin, lattice, *kinds)


def _instant(turn: TurnEvent) -> tuple[Any, ...]:
    targets = [(name_of(member), site) for member, site in turn.targets]
    times = [time.value().real for time in turn.times]
    return times, targets, turn.axis, turn.angle.value().real


def name_of(member: Member) -> str:
    """The name that formulas have for a member."""
    return member.name or unnamed(member)


def rate_of(one: AnyJump) -> float | str:
    """The value of the rate of a jump; a formula if that has pulses."""
    if pulses_of(one.rate.parameters):
        return coefficient_text(one.rate, FULL)
    return one.rate.value().real
