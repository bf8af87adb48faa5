"""Twins: models with shorter spins and the same equations of the mean field.

A twin of the share f has spins f S and amplitudes of modes sqrt(f) alpha. With H = f H_0 of the
scaled variables, all fields dH/ds and all drives of modes over their amplitudes are those of the
model: a term of H is multiplied

    prod_c F_c / prod_c a_c,    a_c = f_i (a spin), f (n of a mode), sqrt(f) (its quadratures),

over its components c, where F_c is the geometric mean of the shares of their owners. Lengths are
multiples of 1/2, so that shares f_i of several spins differ a little. Jump operators drive spins
along the sphere by rates that grow with S: their spin components are divided by sqrt(f_i). Those
that are Hermitian turn every trajectory by random angles that no length is part of, and members of
ensembles decay one by one: both stay, as the amplitudes of modes do, whose losses are linear.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from twoqs.errors import ArgumentError
from twoqs.model.initial import ByMember, Initial, parts
from twoqs.model.kinds import ENSEMBLE, MODE
from twoqs.model.language.components import (
    NUMBER,
    Bond,
    Component,
    DisplacedBond,
    Key,
    Linear,
    Product,
    SiteProduct,
)
from twoqs.model.language.events import TurnEvent
from twoqs.model.language.jumps import AnyJump, Jump
from twoqs.model.language.members import Ensemble, Member, Mode, Sites, Spin
from twoqs.model.language.operators import Operator
from twoqs.model.language.values import multiplied
from twoqs.model.mode_states import ModeState
from twoqs.model.model import Model
from twoqs.model.samples import Samples
from twoqs.model.states import Dicke, Mixture, SpinState, Thermal

SHORTEST = 1.0
"""Length of a spin in a twin: that of a spin 1/2 is no measure of longer ones."""

FEWEST_MEMBERS = 4
"""Of an ensemble in a twin, for the same reason."""


class NoTwinError(ArgumentError):
    """A model has no twin of this share."""


def twin_of(model: Model, share: float) -> Model:
    """The model with spins and numbers of quanta of this share; the model itself for 1.

    Args:
        model: any.
        share: in (0, 1]; each spin has the nearest length that there is.

    Raises:
        NoTwinError: if a spin becomes too short, or the initial state has no shorter form.
    """
    if share == 1:
        return model
    members = {member.name or "": _shorter(member, share) for member in model.members}
    shares = {
        member.name or "": members[member.name or ""].spin / member.spin if member.spin else share
        for member in model.members
    }
    initial = _initial(model, members, shares)
    if not model.general:
        return replace(model, spin=next(iter(members.values())).spin, initial=initial)
    operators = model.operators.in_numbers()
    energy = operators.hamiltonian
    return Model(
        hamiltonian=None if energy is None else _scaled(energy, members, _in_energy(shares, model)),
        jumps=tuple(_jump(one, members, shares) for one in operators.jumps),
        members=tuple(members.values()),
        initial=initial,
        events=tuple(_turn(one, members) for one in model.turns),
    )


def _shorter(member: Member, share: float) -> Member:
    """The member with a spin of this share, to the nearest multiple of 1/2."""
    if isinstance(member, Mode) or member.kind == MODE:
        return member
    halves = max(round(2 * member.spin * share), 1)
    if isinstance(member, Ensemble):
        if halves < min(FEWEST_MEMBERS, member.size):
            raise NoTwinError(f"its ensemble {member.name or ''} would have {halves} members")
        return replace(member, size=halves)
    if halves / 2 < min(SHORTEST, member.spin):
        raise NoTwinError(f"its spin {member.name or ''} would be {halves / 2:g} long")
    if isinstance(member, Sites):
        return replace(member, member=Spin(halves / 2))
    return replace(member, spin=halves / 2)


Weight = Callable[[Key], float]
"""A factor of each term."""


def _components(key: Key) -> list[tuple[str, int]]:
    """(member, axis) of each component of a term."""
    if isinstance(key, Linear):
        found: list[Component] = [key.component]
    elif isinstance(key, Product):
        found = [key.first, key.second]
    elif isinstance(key, Bond | SiteProduct):
        return [(key.member, key.first), (key.member, key.second)]
    elif isinstance(key, DisplacedBond):
        return [(key.member, key.first), (key.other, key.second)]
    else:
        return []
    return [(component.member, component.axis) for component in found]


def _in_energy(shares: Mapping[str, float], model: Model) -> Weight:
    modes = {member.name or "" for member in model.members if member.kind == MODE}

    def weight(key: Key) -> float:
        owners = _components(key)
        if not owners:
            return 1.0
        size = math.prod(shares[name] for name, _ in owners) ** (1 / len(owners))
        for name, axis in owners:
            root = name in modes and axis != NUMBER
            size /= math.sqrt(shares[name]) if root else shares[name]
        return size

    return weight


def _scaled(operator: Operator, members: Mapping[str, Member], weight: Weight) -> Operator:
    terms = {
        (powers, key): multiplied(value, weight(key))
        for (powers, key), value in operator.terms.items()
    }
    return Operator(terms, {n: members[n] for n in operator.members}, operator.parameters)


def _jump(one: AnyJump, members: Mapping[str, Member], shares: Mapping[str, float]) -> AnyJump:
    # The channels of a matrix that is real are Hermitian if its operators are.
    random = all(channel.operator.is_hermitian for channel in one.channels)

    def weight(key: Key) -> float:
        ((name, _),) = _components(key)
        kind = members[name].kind
        alone = kind == ENSEMBLE and isinstance(key, Linear) and key.each
        return 1.0 if random or alone or kind == MODE else 1 / math.sqrt(shares[name])

    if isinstance(one, Jump):
        return replace(one, operator=_scaled(one.operator, members, weight))
    operators = tuple(_scaled(operator, members, weight) for operator in one.operators)
    return replace(one, operators=operators)


def _turn(one: TurnEvent, members: Mapping[str, Member]) -> TurnEvent:
    return replace(
        one, targets=tuple((members[member.name or ""], site) for member, site in one.targets)
    )


def _initial(model: Model, members: Mapping[str, Member], shares: Mapping[str, float]) -> Initial:
    """The same directions and temperatures, and amplitudes of modes of this share."""
    assert isinstance(model.initial, Initial)
    names = [member.name or "" for member in model.members]
    if isinstance(model.initial, ByMember):
        return ByMember(
            tuple(
                (name, _state(state, members[name], shares[name]))
                for name, state in model.initial.states
            )
        )
    ((state, _),) = parts(model.initial, model.members)
    found = {name: _state(state, members[name], shares[name]) for name in names}
    first = found[names[0]]
    assert isinstance(first, SpinState)
    if any(one != first for one in found.values()):
        raise NoTwinError("its spins share a state that shorter ones of several lengths have not")
    return first


def _state(state: Any, member: Member, share: float) -> Any:
    if isinstance(state, ModeState):
        return replace(state, alpha=math.sqrt(share) * state.alpha)
    if isinstance(state, Dicke):
        spin = member.spin
        height = max(min(spin - round(spin - share * state.m), spin), -spin)
        return replace(state, m=height)
    if isinstance(state, Thermal):
        return replace(state, beta=state.beta / share)
    if isinstance(state, Mixture):
        pairs = tuple((weight, _state(one, member, share)) for weight, one in state.states)
        return replace(state, states=pairs)
    if isinstance(state, Samples):
        raise NoTwinError("it starts from samples of another run, which shorter spins have not")
    return state  # of variances in units of S/2, as a squeezed one, or of angles alone
