"""A model with shorter spins and the same rescaled parameters: its equations of the mean field stay.

With f_i the new length of member i over its length and f that of the largest, a product of
components in H keeps its weight by the factor f prod_i 1/f_i, in which a ladder operator of a mode
counts 1/sqrt(f). In a jump operator a spin component has sqrt(f)/f_i; what is Hermitian, what acts
on modes, and what acts on every member of an ensemble stays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twoqs.errors import ArgumentError
from twoqs.model.kinds import ENSEMBLE, MODE, SPIN
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
from twoqs.model.language.jumps import AnyJump, Jump
from twoqs.model.language.members import Member
from twoqs.model.language.operators import Operator
from twoqs.model.language.values import multiplied
from twoqs.model.lattice import from_edges, single
from twoqs.model.mode_states import ModeState
from twoqs.model.model import Model
from twoqs.model.states import InitialState, Mixed, SpinState

SHORTEST = 1.0
"""Length of spins below which the method is another one."""

FEWEST_MEMBERS = 4
"""Members of an ensemble in a twin at least."""


def twin_of(model: Model, spin: float) -> Model | None:
    """The model with a largest spin of this length; None if another spin would be too short.

    Raises:
        ArgumentError: if its initial state or its events have no shorter form.
    """
    if not model.general:
        return replace(model, spin=spin)
    if model.events:
        raise ArgumentError.of("model", "have no events, whose angles say what lengths are", "some")
    whole = spin / model.spin
    members = {str(m.name): _shorter(m, whole) for m in model.members}
    if any(one is None for one in members.values()):
        return None
    factors = {name: _length(members[name]) / _length(m) if m.kind != MODE else whole
               for m in model.members for name in [str(m.name)]}  # fmt: skip
    kinds = {str(m.name): m.kind for m in model.members}
    operators = model.operators.in_numbers()
    energy = operators.hamiltonian
    if energy is not None:
        energy = _scaled(energy, members, lambda key: whole * _weight(key, factors, kinds))
    jumps = tuple(_scaled_jump(one, members, factors, kinds, whole) for one in operators.jumps)
    return Model(
        hamiltonian=energy,
        jumps=jumps,
        members=tuple(one for one in members.values() if one is not None),
        initial=_initial(model, whole),
    )


def pair_of(model: Model) -> Model:
    """Two sites of a uniform lattice, tied as strongly as one is to all its neighbours."""
    bonds = 2 * len(model.lattice.edges) / model.n_sites * float(model.lattice.weights.mean())
    return replace(model, lattice=from_edges([(0, 1)], weights=[bonds]))


def site_of(model: Model) -> Model:
    """One site of a lattice without couplings."""
    return replace(model, lattice=single())


def _length(member: Any) -> float:
    return float(member.spin)


def _shorter(member: Member, factor: float) -> Any:
    """The member with a shorter spin, to the nearest multiple of 1/2; None if that is too short."""
    if member.kind == MODE:
        return member
    length = round(2 * member.spin * factor) / 2
    if member.kind == ENSEMBLE:
        return replace(member, size=int(2 * length)) if 2 * length >= FEWEST_MEMBERS else None
    return replace(member, spin=length) if length >= SHORTEST else None


def _factors_of(key: Key) -> list[tuple[str, int]]:
    """(member, axis) of each component of a term."""
    if isinstance(key, Linear):
        parts: list[Component] = [key.component]
    elif isinstance(key, Product):
        parts = [key.first, key.second]
    elif isinstance(key, Bond | SiteProduct):
        return [(key.member, key.first), (key.member, key.second)]
    elif isinstance(key, DisplacedBond):
        return [(key.member, key.first), (key.other, key.second)]
    else:
        parts = []
    return [(part.member, part.axis) for part in parts]


def _weight(key: Key, factors: Mapping[str, float], kinds: Mapping[str, int]) -> float:
    """prod_i 1/f_i over the components of a term."""
    found = 1.0
    for name, axis in _factors_of(key):
        mode = kinds[name] == MODE
        found /= math.sqrt(factors[name]) if mode and axis != NUMBER else factors[name]
    return found


def _scaled(operator: Operator, members: Mapping[str, Any], factor: Any) -> Operator:
    terms = {
        (powers, key): multiplied(value, factor(key))
        for (powers, key), value in operator.terms.items()
    }
    return Operator(terms, {n: members[n] for n in operator.members}, operator.parameters)


def _scaled_jump(
    jump: AnyJump,
    members: Mapping[str, Any],
    factors: Mapping[str, float],
    kinds: Mapping[str, int],
    whole: float,
) -> AnyJump:
    def factor(key: Key) -> float:
        ((name, _),) = _factors_of(key)
        of_members = kinds[name] == ENSEMBLE and isinstance(key, Linear) and key.each
        return 1.0 if kinds[name] == MODE or of_members else math.sqrt(whole) / factors[name]

    if isinstance(jump, Jump):
        if jump.operator.is_hermitian:
            operator = _scaled(jump.operator, members, lambda key: 1.0)
        else:
            operator = _scaled(jump.operator, members, factor)
        return replace(jump, operator=operator)
    operators = tuple(_scaled(one, members, factor) for one in jump.operators)
    return replace(jump, operators=operators)


def _initial(model: Model, factor: float) -> Any:
    """The same directions, and amplitudes of modes that grow as the root of the length."""
    initial: Any = model.initial
    states = dict(initial.states) if hasattr(initial, "states") and not isinstance(
        initial, SpinState) else None  # fmt: skip
    if states is None:
        return _state(initial, factor)
    return {name: _state(state, factor) for name, state in states.items()}


def _state(state: Any, factor: float) -> Any:
    if isinstance(state, InitialState | Mixed):
        return state
    if isinstance(state, ModeState):
        return replace(state, alpha=math.sqrt(factor) * state.alpha)
    wanted = "be coherent, mixed or of a mode, so that shorter spins have one like it"
    raise ArgumentError.of("initial", wanted, state)


__all__ = ["SPIN", "pair_of", "site_of", "twin_of"]
