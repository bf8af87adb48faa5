"""The initial state of a model: one for all spins, or one for each member."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from twoqs.errors import require
from twoqs.model.arrays import Floats
from twoqs.model.kinds import MODE, SPIN
from twoqs.model.language.members import Ensemble, Member
from twoqs.model.language.names import meant
from twoqs.model.limits import MOST_VARIANCE
from twoqs.model.mode_states import ModeState, mode_state
from twoqs.model.samples import Samples
from twoqs.model.states import (
    AnyState,
    Dicke,
    InitialState,
    Mixture,
    PureState,
    SpinState,
    Squeezed,
    one_state,
)
from twoqs.model.values import collapsed, per_site


@dataclass(frozen=True)
class ByMember:
    """The state of the spins of each member, in the order of members."""

    states: tuple[tuple[str, AnyState], ...]


Initial: TypeAlias = SpinState | ByMember


def initial_state(value: Any, members: Sequence[Member]) -> Initial:
    """The state of all spins.

    Args:
        value: "down", "up", `coherent(...)` or another state for all spins, or a mapping with one
            of these for the name of each member (for a mode "vacuum" or `gaussian(...)`). Members
            that it leaves out are down, and modes in their vacuum.

    Returns:
        The same for all values that mean the same; coherent states are one, with their angles.

    Raises:
        ArgumentError: for anything else, members that do not exist, and states that the spins
            cannot have.
    """
    if isinstance(value, ByMember):
        value = dict(value.states)
    names = [member.name or "" for member in members]
    modes = [member for member in members if member.kind == MODE]
    if modes and not isinstance(value, Mapping | Samples):
        value = _beside_modes(value, members, len(modes))
    if not isinstance(value, Mapping):
        alike = one_state("initial", value)
        joint = isinstance(alike, InitialState | Samples)
        joint = joint or (isinstance(alike, Mixture) and not alike.each)
        if joint or len(members) == 1:
            return _fitting("initial", alike, members)
        value = dict.fromkeys(names, alike)
    for name in value:
        wanted = f"name members of the model{meant(str(name), names)}"
        require(name in names, "initial", wanted, name)
    states: list[AnyState] = []
    for name, member in zip(names, members, strict=True):
        argument = f"initial.{name}"
        if member.kind == MODE:
            states.append(mode_state(argument, value.get(name, "vacuum")))
            continue
        given = one_state(argument, value.get(name, "down"))
        wanted = "be no samples, which are of all members together"
        require(not isinstance(given, Samples), argument, wanted, given)
        states.append(_fitting(argument, given, [member]))
    return _joined(names, states, members)


def _beside_modes(value: Any, members: Sequence[Member], modes: int) -> dict[str, Any]:
    """A state of all spins, where modes are in their vacuum."""
    if modes == len(members):
        wanted = 'be a mapping with "vacuum" or gaussian(...) for the names of modes'
        plain = isinstance(value, str) and value in ("down", "vacuum")
        if isinstance(value, ModeState) and modes == 1:
            return {members[0].name or "": value}
        require(plain, "initial", wanted, value)
        return {}
    state = one_state("initial", value)
    joint = isinstance(state, Mixture) and not state.each and len(members) - modes > 1
    wanted = "be a mapping with a state for each member, or `each=True`, beside modes"
    require(not joint, "initial", wanted, value)
    return {member.name or "": state for member in members if member.kind != MODE}


def _joined(names: Sequence[str], states: Sequence[AnyState], members: Sequence[Member]) -> Initial:
    """One state if all are coherent, or independent and equal; not where there are modes."""
    if any(isinstance(state, ModeState) for state in states):
        return ByMember(tuple(zip(names, states, strict=True)))
    if all(isinstance(state, InitialState) for state in states):
        theta, phi = (
            tuple(
                angle
                for state, member in zip(states, members, strict=True)
                for angle in per_site(getattr(state, name), member.n_sites).tolist()
            )
            for name in ("theta", "phi")
        )
        return InitialState(collapsed(theta), collapsed(phi))
    first = states[0]
    independent = len(states) == 1 or not isinstance(first, Mixture)
    if independent and all(state == first for state in states):
        assert not isinstance(first, ModeState)
        return first
    return ByMember(tuple(zip(names, states, strict=True)))


def _fitting(name: str, state: SpinState, members: Sequence[Member]) -> SpinState:
    """The state of these spins together, in its simplest form.

    Raises:
        ArgumentError: if they cannot have it.
    """
    sites = sum(member.n_sites for member in members)
    if isinstance(state, Mixture):
        states = tuple((weight, _pure(name, one, members)) for weight, one in state.states)
        if len(states) == 1:
            return states[0][1]
        return replace(state, states=states, each=state.each and sites > 1)
    if isinstance(state, Samples):
        lengths = np.concatenate([_lengths(member) for member in members])
        state.require_fitting(name, lengths, tuple(map(_kind, members)))
        return state
    return _pure(name, state, members)


def _kind(member: Member) -> tuple[str, str]:
    """Name of a member, and what it is, as `Samples` have it."""
    if isinstance(member, Ensemble):
        return member.name or "", f"ensemble of {member.size}"
    return member.name or "", "mode" if member.kind == MODE else "spin"


def _lengths(member: Member) -> Floats:
    """Lengths of the vectors at the sites of a member; NaN where they may be any."""
    length = math.sqrt(member.spin * (member.spin + 1)) if member.kind == SPIN else math.nan
    return np.full(member.n_sites, length)


def _pure(name: str, state: PureState, members: Sequence[Member]) -> PureState:
    if isinstance(state, InitialState):
        sites = sum(member.n_sites for member in members)
        for part in ("theta", "phi"):
            given = getattr(state, part)
            fits = not isinstance(given, tuple) or len(given) == sites
            require(fits, f"{name}.{part}", f"be one number or hold {sites} numbers", given)
        return InitialState(collapsed(state.theta), collapsed(state.phi))
    if isinstance(state, Squeezed) and state.variances == (1.0, 1.0):
        return InitialState(state.theta, state.phi)
    for spin in (member.spin for member in members):
        if isinstance(state, Dicke):
            has = abs(state.m) <= spin and (spin - state.m).is_integer()
            wanted = f"be one of -S, -S+1, ..., S for the spin S = {spin:g}"
            require(has, f"{name}.m", wanted, state.m)
        if isinstance(state, Squeezed):
            most = MOST_VARIANCE * (spin + 1)
            wanted = f"be at most {most:.3g} for S = {spin:g} (larger ones go round the sphere)"
            fits = max(state.variances) <= most
            require(fits, f"{name}.variances", wanted, state.variances)
    return state


def parts(
    initial: Initial, members: Sequence[Member]
) -> Iterator[tuple[AnyState, Sequence[Member]]]:
    """States that are independent of one another, with the members whose spins have them."""
    if isinstance(initial, ByMember):
        for (_, state), member in zip(initial.states, members, strict=True):
            yield state, [member]
    else:
        yield initial, members


def same_at_all_sites(initial: Initial, members: Sequence[Member]) -> bool:
    """Whether nothing in the state tells one site of a member from another one of it."""
    return all(_same(state, own) for state, own in parts(initial, members))


def _same(state: AnyState, members: Sequence[Member]) -> bool:
    if isinstance(state, Mixture):
        return all(_same(one, members) for _, one in state.states)
    if isinstance(state, Samples):
        return state.sites == 1
    if not isinstance(state, InitialState):
        return True
    sizes = [member.n_sites for member in members]
    return all(
        bool(np.all(own == own[0]))
        for angle in (state.theta, state.phi)
        for own in np.split(per_site(angle, sum(sizes)), np.cumsum(sizes)[:-1])
    )
