"""Events of a model: changes of parameters as pulses, and turns that are left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from twoqs.errors import require, within
from twoqs.model.compose import Operators
from twoqs.model.language.events import ChangeEvent, Event, TurnEvent
from twoqs.model.language.jumps import AnyJump, Jump, JumpMatrix
from twoqs.model.language.members import Member
from twoqs.model.language.names import meant
from twoqs.model.language.operators import Operator
from twoqs.model.language.parameters import Expression, Parameter
from twoqs.model.language.pulses import Pulse, piecewise


def with_changes(
    operators: Operators, events: Iterable[Event], members: Sequence[Member]
) -> tuple[Operators, tuple[TurnEvent, ...]]:
    """Operators whose parameters change as events say, and the turns.

    Raises:
        ArgumentError: for events of other members and parameters, and two values at one time.
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
    parameters = operators.parameters
    pulses = {name: _pulse(name, listed, parameters) for name, listed in changes.items()}
    for name in (name for turn in turns for name in turn.parameters):
        require(name not in pulses, "events", "change no parameter that a turn depends on", name)
    if not pulses:
        return operators, turns
    new = {name: Parameter(name, pulse) for name, pulse in pulses.items()}
    energy = operators.hamiltonian
    with within("events"):  # a rate that becomes negative
        jumps = tuple(_jump(one, new) for one in operators.jumps)
    return Operators(None if energy is None else _operator(energy, new), jumps), turns


def _pulse(name: str, changes: Sequence[ChangeEvent], parameters: Mapping[str, Parameter]) -> Pulse:
    """All values of a parameter one after the other."""
    wanted = f"change parameters of the model{meant(name, parameters)}"
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


def _operator(operator: Operator, new: Mapping[str, Parameter]) -> Operator:
    parameters = {name: new.get(name, one) for name, one in operator.parameters.items()}
    return Operator(operator.terms, operator.members, parameters)


def _expression(expression: Expression, new: Mapping[str, Parameter]) -> Expression:
    parameters = {name: new.get(name, one) for name, one in expression.parameters.items()}
    return Expression(expression.terms, parameters)


def _jump(one: AnyJump, new: Mapping[str, Parameter]) -> AnyJump:
    rate = _expression(one.rate, new)
    if isinstance(one, Jump):
        return Jump(_operator(one.operator, new), rate)
    return JumpMatrix(tuple(_operator(o, new) for o in one.operators), one.rates, rate)
