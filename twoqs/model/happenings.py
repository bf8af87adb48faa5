"""Events of a model: changes of parameters as pulses, and turns that are left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from twoqs.errors import require, within
from twoqs.model.compose import Operators
from twoqs.model.kinds import MODE
from twoqs.model.language.events import SAME_TIME, ChangeEvent, Event, TurnEvent
from twoqs.model.language.jumps import AnyJump, Jump
from twoqs.model.language.members import Member
from twoqs.model.language.names import meant
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression, Parameter, merged
from twoqs.model.language.pulses import Pulse
from twoqs.model.language.shapes import piecewise


def with_changes(
    operators: Operators, events: Iterable[Event], members: Sequence[Member]
) -> tuple[Operators, tuple[TurnEvent, ...]]:
    """Operators whose parameters change as events say, and the turns, whose angles do.

    Raises:
        ArgumentError: for events of other members and parameters, two values at one time, and
            turns whose times would change.
    """
    turns = tuple(one for one in events if isinstance(one, TurnEvent))
    changes: dict[str, list[ChangeEvent]] = {}
    for one in events:
        if isinstance(one, ChangeEvent):
            changes.setdefault(one.parameter, []).append(one)
    own = {member.name or "": member for member in members}
    for member, _ in (target for turn in turns for target in turn.targets):
        known = own.get(member.name or "") == member
        wanted = f"be of members of the model{meant(member.name or '', own)}"
        require(known, "events", wanted, member)
    for turn in turns:
        some = bool(turn.targets) or any(member.kind != MODE for member in members)
        wanted = "name modes that they turn (about z) where there are no spins"
        require(some, "events", wanted, turn)
    parameters: Mapping[str, Parameter] = operators.parameters
    for one in turns:
        parameters = merged(parameters, one.parameters)
    pulses = {name: _pulse(name, listed, parameters) for name, listed in changes.items()}
    if not pulses:
        return operators, turns
    turns = tuple(part for turn in turns for part in _parts(turn, pulses))
    new = {name: Parameter(name, pulse) for name, pulse in pulses.items()}
    energy = operators.hamiltonian
    with within("events"):  # a rate that becomes negative
        jumps = tuple(_jump(one, new) for one in operators.jumps)
    return Operators(None if energy is None else _operator(energy, new), jumps), turns


def _pulse(name: str, changes: Sequence[ChangeEvent], parameters: Mapping[str, Parameter]) -> Pulse:
    """All values of a parameter one after the other."""
    wanted = f"change parameters of H, jump operators or turns{meant(name, parameters)}"
    require(name in parameters, "events", wanted, name)
    first = parameters[name].value
    require(not isinstance(first, Pulse), "events", f"leave `{name}` alone, a pulse", first)
    values = {0.0: first}
    for one in sorted(changes, key=lambda one: one.time.value().real):
        time = one.time.value().real
        wanted = f"give `{name}` one value at the time {time:g}"
        twice = time in values and time > 0.0
        require(not twice, "events", wanted, [values.get(time), one.value])
        values[time] = one.value.value().real
    return piecewise(tuple(values), tuple(values.values()))


def _parts(turn: TurnEvent, pulses: Mapping[str, Pulse]) -> Iterator[TurnEvent]:
    """A turn by the angles that it has at its times; a change at the time of a turn comes first."""
    for name in (name for time in turn.times for name in time.parameters):
        wanted = "change no parameter that the time of a turn depends on"
        require(name not in pulses, "events", wanted, name)
    moving = [name for name in turn.angle.parameters if name in pulses]
    if not moving:
        yield turn
        return

    def angle_at(time: Expression) -> Expression:
        now = np.array(time.value().real * (1 + SAME_TIME))
        return Expression.constant(turn.angle.value({n: float(pulses[n].at(now)) for n in moving}))

    for angle, times in groupby(turn.times, angle_at):
        require(angle.value().imag == 0, "events", "leave the angle of a turn real", angle)
        yield replace(turn, times=tuple(times), angle=angle)


def _operator(operator: Operator, new: Mapping[str, Parameter]) -> Operator:
    parameters = {name: new.get(name, one) for name, one in operator.parameters.items()}
    return Operator(operator.terms, operator.members, parameters)


def _expression(expression: Expression, new: Mapping[str, Parameter]) -> Expression:
    parameters = {name: new.get(name, one) for name, one in expression.parameters.items()}
    return Expression(expression.terms, parameters)


def _jump(one: AnyJump, new: Mapping[str, Parameter]) -> AnyJump:
    rate = _expression(one.rate, new)
    if isinstance(one, Jump):
        return replace(one, operator=_operator(one.operator, new), rate=rate)
    return replace(one, operators=tuple(_operator(o, new) for o in one.operators), rate=rate)
