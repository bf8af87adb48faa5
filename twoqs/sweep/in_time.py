"""The format of pulses and events in a sweep file, and what their text stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from twoqs.errors import ArgumentError, require, within
from twoqs.model.language.events import Event, change, turn
from twoqs.model.language.members import Member, Site, Sites
from twoqs.model.language.names import meant
from twoqs.model.language.parameters import Expression, Parameter
from twoqs.model.language.pulses import PULSES, Pulse
from twoqs.model.language.text import read_expression
from twoqs.model.limits import MOST_EVENTS
from twoqs.sweep.fields import (
    FORMULA_OR_NUMBER,
    Float,
    Formula,
    Nonnegative,
    NumberOrFormula,
    OneOf,
    Positive,
    Real,
    Strict,
    by_text,
)
from twoqs.sweep.ranges import Linspace, linspace
from twoqs.sweep.states import Name

_SITE = re.compile(r"([A-Za-z_]\w*)(?:\[(\d+)\])?")


class GaussSpec(Strict):
    center: Real
    width: Positive
    height: Real = 1.0
    offset: Real = 0.0


class RampSpec(Strict):
    start: Nonnegative
    stop: Nonnegative
    before: Real
    after: Real


class CosineSpec(Strict):
    amplitude: Real
    frequency: Real
    phase: Real = 0.0
    offset: Real = 0.0


class TableSpec(Strict):
    times: Annotated[list[Nonnegative], Field(min_length=1)]
    values: Annotated[list[Real], Field(min_length=1)]


class PulseSpec(OneOf):
    """What a parameter may be in time, as text."""

    gauss: GaussSpec | None = None
    ramp: RampSpec | None = None
    cosine: CosineSpec | None = None
    piecewise: TableSpec | None = None
    sampled: TableSpec | None = None


def _by_pulse(value: Any) -> str:
    return "<mapping>" if isinstance(value, dict | PulseSpec) else "<number>"


ParameterText = Annotated[
    Float | Annotated[PulseSpec, Tag("<mapping>")],
    Discriminator(_by_pulse),
]


def _by_strength(value: Any) -> str:
    return "<list>" if isinstance(value, list) else _by_pulse(value)


PulseText = Annotated[PulseSpec, Tag("<mapping>")]
Strength = Annotated[
    Float | Annotated[list[Real], Tag("<list>")] | PulseText, Discriminator(_by_strength)
]
PerAxis = Annotated[list[Strength], Field(min_length=3, max_length=3)]
Rate = Annotated[
    Annotated[Nonnegative, Tag("<number>")]
    | Annotated[list[Nonnegative], Tag("<list>")]
    | PulseText,
    Discriminator(_by_strength),
]


def _by_time(value: Any) -> str:
    if isinstance(value, dict | Linspace):
        return "<mapping>"
    return "<list>" if isinstance(value, list) else by_text(value)


def by_list(value: Any) -> str:
    """The tag of a list or a text."""
    return "<list>" if isinstance(value, list) else "<text>"


Times = Annotated[
    Annotated[float, Tag(FORMULA_OR_NUMBER)]
    | Annotated[Formula, Tag("<formula>")]
    | Annotated[list[NumberOrFormula], Field(min_length=1, max_length=MOST_EVENTS), Tag("<list>")]
    | Annotated[Linspace, Tag("<mapping>")],
    Discriminator(_by_time),
]
Direction = Annotated[
    Annotated[Literal["x", "y", "z"], Tag("<text>")]
    | Annotated[list[Real], Field(min_length=3, max_length=3), Tag("<list>")],
    Discriminator(by_list),
]


class TurnSpec(Strict):
    """`twoqs.turn`, as text; sites of a lattice are written `s[3]`."""

    time: Times
    members: Annotated[list[str], Field(min_length=1)] | None = None
    axis: Direction
    angle: NumberOrFormula


class ChangeSpec(Strict):
    """`twoqs.change`, as text."""

    time: NumberOrFormula
    parameter: Name
    value: NumberOrFormula


class EventSpec(OneOf):
    """An event, as text."""

    turn: TurnSpec | None = None
    change: ChangeSpec | None = None


def pulse_of(text: Mapping[str, Any]) -> Pulse:
    """The pulse that a mapping of its word to its numbers stands for.

    Raises:
        ArgumentError: for numbers that make no sense together.
    """
    ((kind, numbers),) = text.items()
    with within(kind):
        return PULSES[kind](**numbers)


def strength_of(text: Any) -> Any:
    """What `Model` takes as the strength of a keyword, or as a list of them."""
    if isinstance(text, list):
        return [strength_of(one) for one in text]
    return pulse_of(text) if isinstance(text, dict) else text


def event_of(
    index: int,
    text: Mapping[str, Any],
    members: Mapping[str, Member],
    parameters: Mapping[str, Parameter],
) -> Event:
    """The event that a mapping stands for.

    Raises:
        ArgumentError: for members and parameters that do not exist, and values that make no sense.
    """
    ((kind, spec),) = text.items()

    def read(name: str, given: Any) -> Expression:
        return read_expression(given, parameters, name)

    with within(f"events[{index}].{kind}"):
        if kind == "change":
            time, value = read("time", spec["time"]), read("value", spec["value"])
            return change(time, spec["parameter"], value)
        given = spec["time"]
        if isinstance(given, dict):
            given = linspace(*given["linspace"])
        listed = [read("time", one) for one in (given if isinstance(given, list) else [given])]
        named = spec.get("members")
        targets = None if named is None else [_target(one, members) for one in named]
        return turn(listed, targets, spec["axis"], read("angle", spec["angle"]))


def _target(text: str, members: Mapping[str, Member]) -> Member | Site:
    wanted = "be left out where the model has no `members` with names"
    require(bool(members), "members", wanted, text)
    found = _SITE.fullmatch(text)
    name = found[1] if found else text
    if name not in members:
        wanted = f"name members, or sites such as `s[3]`{meant(name, members)}"
        raise ArgumentError.of("members", wanted, text)
    member = members[name]
    if found is None or found[2] is None:
        return member
    require(isinstance(member, Sites), "members", f"have no [...] behind the spin `{name}`", text)
    assert isinstance(member, Sites)
    wanted = f"name a site from `{name}[0]` to `{name}[{member.n_sites - 1}]`"
    require(int(found[2]) < member.n_sites, "members", wanted, text)
    return member[int(found[2])]
