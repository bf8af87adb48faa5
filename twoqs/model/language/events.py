"""What happens to spins at an instant: turns, and parameters that change their value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import is_sequence, number, numbers
from twoqs.model.kinds import MODE
from twoqs.model.language.components import ALL, AXES
from twoqs.model.language.members import Member, Site
from twoqs.model.language.names import checked_name
from twoqs.model.language.parameters import Expression, Parameter, polynomial
from twoqs.model.language.pulses import Pulse
from twoqs.model.limits import MOST_EVENTS

UNIT_ROUNDING = 1e-15
"""How far a vector that was divided by its length may be off it: it stays what it is."""

SAME_TIME = 1e-9
"""Relative difference of times that differ by rounding alone."""

Target: TypeAlias = tuple["Member", int]
"""A member, and the number of one of its sites or ALL."""


@dataclass(frozen=True, repr=False)
class TurnEvent:
    """See `turn`.

    Attributes:
        times: when, increasing; each a number or an expression of parameters.
        targets: the spins that it turns; none for all of the model.
        axis: unit vector.
        angle: in radians.
    """

    times: tuple[Expression, ...]
    targets: tuple[Target, ...]
    axis: tuple[float, float, float]
    angle: Expression

    @property
    def parameters(self) -> dict[str, Parameter]:
        """All that its times and its angle depend on, by name."""
        found: dict[str, Parameter] = {}
        for expression in (*self.times, self.angle):
            found.update(expression.parameters)
        return found

    @property
    def where(self) -> str:
        """The spins, as text: `a, s[3]`; `all spins`."""
        return ", ".join(map(_target_text, self.targets)) or "all spins"

    def __repr__(self) -> str:
        times = ", ".join(map(repr, self.times[:3])) + ", ..." * (len(self.times) > 3)
        along = [letter for letter, n in zip(AXES, self.axis, strict=True) if n == 1.0]
        axis = along[0] if along else f"({', '.join(f'{n:.6g}' for n in self.axis)})"
        return f"turn at {times}: {self.where} about {axis} by {self.angle!r}"


@dataclass(frozen=True)
class ChangeEvent:
    """See `change`."""

    time: Expression
    parameter: str
    value: Expression

    @property
    def parameters(self) -> dict[str, Parameter]:
        """All that its time and its value depend on, by name."""
        return {**self.time.parameters, **self.value.parameters}


Event: TypeAlias = TurnEvent | ChangeEvent


def turn(time: Any, members: Any, axis: Any, angle: Any) -> TurnEvent:
    """Turn spins at an instant: S -> R S for the rotation R about an axis by an angle.

    That is rho -> U rho U^+ with U = exp(-i angle n.S). Values that are measured at this very time
    are those after the turn. Turns at one time act in the order in which they are listed.

    Args:
        time: from 0 on, in the inverse unit of the rates; a number or an expression of parameters,
            or an increasing list of them for a turn that is repeated.
        members: a member, one site of a lattice, or a list of these; None for all spins.
        axis: "x", "y", "z", or a vector n of shape (3,) of any length.
        angle: in radians, right-handed; a number or an expression of parameters.

    Raises:
        ArgumentError: for anything else, a time before 0, or an axis of length 0.

    Examples:
        >>> s, half = twoqs.Spin(100, "s"), np.pi / 2
        >>> echo = twoqs.turn(1.0, s, axis="x", angle=np.pi)
        >>> model = twoqs.Model(hamiltonian=0.7 * s.z, initial=twoqs.coherent(half), events=[echo])
        >>> twoqs.theory.mean_field.trajectory(model, [0, 1, 2]).sx.values.round(1)
        array([100. ,  76.5, 100. ])
    """
    times = tuple(_steady(one, "time") for one in (time if is_sequence(time) else [time]))
    require(0 < len(times) <= MOST_EVENTS, "time", f"be 1 to {MOST_EVENTS} times", len(times))
    values = [_time(one) for one in times]
    rising = all(np.diff(values) > 0)
    require(rising, "time", "increase, where it is a list", values)
    listed = [] if members is None else list(members) if is_sequence(members) else [members]
    require(members is None or len(listed) > 0, "members", "hold at least one member", members)
    targets = tuple(_target(one) for one in listed)
    direction = _axis(axis)
    for member, _ in targets:
        allowed = member.kind != MODE or direction[:2] == (0.0, 0.0)
        wanted = "be z, a phase shift, for a mode (a displacement is a short drive by a pulse)"
        require(allowed, "axis", wanted, axis)
    whole = {member for member, site in targets if site == ALL}
    once = len(set(targets)) == len(targets) and not any(
        site != ALL and member in whole for member, site in targets
    )
    require(once, "members", "name each spin once", ", ".join(map(_target_text, targets)))
    return TurnEvent(times, targets, direction, _steady(angle, "angle"))


def change(time: Any, parameter: Any, value: Any) -> ChangeEvent:
    """Give a parameter another value from a time on.

    The parameter becomes a `piecewise` pulse. Where it is in the angle of a turn, turns from this
    time on are by the new angle. A run must reach the time.

    Args:
        time: from 0 on; a number or an expression of parameters.
        parameter: a `Parameter` with a number as its value, or its name.
        value: a number or an expression of parameters.

    Raises:
        ArgumentError: for anything else.

    Examples:
        >>> s, field = twoqs.Spin(100, "s"), twoqs.Parameter("field", 1.0)
        >>> off = twoqs.change(2, field, 0.0)
        >>> print(twoqs.Model(hamiltonian=field * s.z, events=[off]))
        s: S = 100, initially down
        field = piecewise(times=[0, 2], values=[1, 0])
        H = field*s.z
    """
    named = isinstance(parameter, Parameter)
    name = parameter.name if named else checked_name(parameter, "parameter")
    when = _steady(time, "time")
    _time(when)
    return ChangeEvent(when, name, _steady(value, "value"))


def checked_events(events: Any) -> tuple[Event, ...]:
    """Events as a tuple.

    Raises:
        ArgumentError: if there is anything else, or too much of it.
    """
    wanted = "be a list of `turn(...)` and `change(...)`"
    require(is_sequence(events), "events", wanted, events)
    for one in events:
        require(isinstance(one, TurnEvent | ChangeEvent), "events", wanted, one)
    count = sum(len(one.times) if isinstance(one, TurnEvent) else 1 for one in events)
    require(count <= MOST_EVENTS, "events", f"be at most {MOST_EVENTS}", count)
    return tuple(events)


def last_change(events: Iterable[Event]) -> float:
    """The latest time at which a parameter changes; 0 if none does."""
    changes = (one for one in events if isinstance(one, ChangeEvent))
    return max((one.time.value().real for one in changes), default=0.0)


def members_of_events(events: Iterable[Event]) -> Mapping[str, Member]:
    """The members that turns name, by name."""
    turns = (one for one in events if isinstance(one, TurnEvent))
    return {member.name or "": member for one in turns for member, _ in one.targets}


def _steady(value: Any, name: str) -> Expression:
    """A real number, or an expression of parameters that has one as its value."""
    expression = polynomial(number(name, value) if isinstance(value, int | float) else value)
    if expression is None:
        raise ArgumentError.of(name, "be a number or an expression of parameters", value)
    pulse = next((n for n, p in expression.parameters.items() if isinstance(p.value, Pulse)), None)
    require(pulse is None, name, f"have one value (`{pulse}` is a pulse)", expression)
    require(expression.value().imag == 0, name, "be real", value)
    return expression


def _time(expression: Expression) -> float:
    value = expression.value().real
    require(value >= 0, "time", "be from 0 on", value)
    return value


def _target(one: Any) -> Target:
    if isinstance(one, Site):
        return one.sites, one.index
    wanted = "be members, sites of one, or None for all spins"
    require(isinstance(one, Member), "members", wanted, one)
    return one, ALL


def _target_text(target: Target) -> str:
    member, site = target
    name = member.name or str(member)
    return name if site == ALL else f"{name}[{site}]"


def _axis(value: Any) -> tuple[float, float, float]:
    if isinstance(value, str):
        require(value in AXES, "axis", "be x, y, z, or three numbers", value)
        return tuple(float(value == letter) for letter in AXES)  # type: ignore[return-value]
    x, y, z = numbers("axis", value, 3)
    length = number("axis", float(np.hypot(np.hypot(x, y), z)))
    require(length > 0, "axis", "have a direction", value)
    if abs(length - 1) < UNIT_ROUNDING:
        return x, y, z
    return x / length, y / length, z / length
