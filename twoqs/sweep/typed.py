"""Models that were made in Python as a sweep file has them, with the names of their parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from twoqs.errors import require
from twoqs.methods import Method
from twoqs.model.arguments import is_sequence
from twoqs.model.compose import Members, Operators, members_given, name_of, operators_given
from twoqs.model.language.events import ChangeEvent, Event, TurnEvent
from twoqs.model.language.parameters import Parameter, merged, polynomial
from twoqs.model.language.pulses import Pulse
from twoqs.model.language.write import formula
from twoqs.model.model import Model
from twoqs.model.samples import Samples
from twoqs.model.terms import KEYWORDS, VECTOR_KEYWORDS
from twoqs.model.values import collapsed, present
from twoqs.simulation.asked import asked_of
from twoqs.simulation.canonical import (
    initial_text,
    jump_spec,
    lattice_text,
    member_text,
    number_spec,
    turn_text,
)

ONE_NUMBER = ("spin", *(name for name in KEYWORDS if name not in VECTOR_KEYWORDS))
"""Keywords of a model that are one number."""


class ModelContent(NamedTuple):
    """What a sweep file says of a model.

    Attributes:
        content: under the key `model`.
        paths: of the keys that a parameter sets, by its name.
    """

    content: dict[str, Any]
    paths: dict[str, list[str]]


def model_content(model: Model) -> ModelContent:
    """What a sweep file says of a model that was made in Python.

    Raises:
        ArgumentError: for what files do not have: samples of another result, and keywords that are
            expressions of parameters.
    """
    given = model.given
    operators, events = operators_given(given["hamiltonian"], given["jumps"]), given["events"]
    wanted = "be a state (`samples` of a result are for `simulate`)"
    require(not isinstance(model.initial, Samples), "initial", wanted, "samples")
    paths: dict[str, list[str]] = {}
    content: dict[str, Any] = {"initial": initial_text(model)}
    for name in KEYWORDS:
        value = _keyword(name, given[name], paths)
        if present(value):
            content[name] = value
    if operators.none and not given["members"]:
        content |= {"spin": model.spin, "lattice": lattice_text(model.lattice)}
    else:
        members = members_given(given["members"], operators, events)
        content |= _formulas(members, operators, _parameters(operators, events), paths)
    if events:
        content["events"] = [_event(one) for one in events]
    return ModelContent(content, paths)


def _parameters(operators: Operators, events: Iterable[Event]) -> Mapping[str, Parameter]:
    found: Mapping[str, Parameter] = operators.parameters
    for event in events:
        found = merged(found, event.parameters)
    return found


def _formulas(
    members: Members,
    operators: Operators,
    parameters: Mapping[str, Parameter],
    paths: dict[str, list[str]],
) -> dict[str, Any]:
    spec: dict[str, Any] = {"members": {name_of(one): member_text(one) for one in members}}
    if parameters:
        spec["parameters"] = {name: _value(one.value) for name, one in parameters.items()}
        paths |= {name: [f"model.parameters.{name}"] for name in parameters}
    if operators.hamiltonian is not None:
        spec["hamiltonian"] = formula(operators.hamiltonian)
    if operators.jumps:
        spec["jumps"] = [jump_spec(one) for one in operators.jumps]
    return spec


def _value(value: float | Pulse) -> Any:
    return {value.kind: asdict(value)} if isinstance(value, Pulse) else value


def _keyword(name: str, value: Any, paths: dict[str, list[str]]) -> Any:
    """A keyword as numbers, lists and pulses; where parameters are in it goes into `paths`."""
    if name not in VECTOR_KEYWORDS:
        return _strength(f"model.{name}", value, paths)
    parts = zip("xyz", value, strict=True)
    return [_strength(f"model.{name}.{axis}", part, paths) for axis, part in parts]


def _strength(path: str, value: Any, paths: dict[str, list[str]]) -> Any:
    if isinstance(value, Pulse):
        return _value(value)
    if is_sequence(value):
        return collapsed(tuple(map(float, value)))
    expression = polynomial(value)
    if expression is None or not expression.parameters:
        return float(value if expression is None else expression.value().real)
    (parameter,) = list(expression.parameters.values())[:1]
    wanted = "be one parameter where it is none of numbers (operators have expressions of them)"
    require(expression == polynomial(parameter), path, wanted, value)
    paths.setdefault(parameter.name, []).append(path)
    return _value(parameter.value)


def _event(one: Event) -> dict[str, Any]:
    if isinstance(one, TurnEvent):
        return {"turn": turn_text(one)}
    assert isinstance(one, ChangeEvent)
    time, value = number_spec(one.time), number_spec(one.value)
    return {"change": {"time": time, "parameter": one.parameter, "value": value}}


OF_SWEEPS = (
    "name", "description", "seed", "trajectories", "target_se", "target_step",
    "max_trajectories", "starts", "sizes",
)  # fmt: skip
"""Keys of a sweep file beside its model, its numerics and its axes."""


def sweep_content(model: Model, axes: Mapping[str, Any], settings: Mapping[str, Any]) -> Any:
    """What a sweep file would say of a sweep that was made in Python.

    Args:
        axes: values by the name of a parameter or a keyword of one number (`spin`, `decay`), or
            what a file has (`{"sets": "model.field.x", "values": [0, 1]}`), by any name.
        settings: keys of a file, those of `numerics` among them.

    Raises:
        ArgumentError: naming the argument.
    """
    require(isinstance(model, Model), "model", "be a twoqs.Model", model)
    require(isinstance(axes, Mapping), "axes", "be a mapping of names to values", axes)
    content, paths = model_content(model)
    top = {key: value for key, value in settings.items() if key in OF_SWEEPS}
    numerics = {k: v for k, v in settings.items() if k not in OF_SWEEPS and v is not None}
    numerics |= _method(numerics.pop("method", None), numerics)
    if "observables" in numerics or "keep" in numerics:
        numerics["observables"] = _observables(
            numerics.get("observables", ()), model, numerics.pop("keep", 0)
        )
    made = {name: _axis(name, value, paths, content) for name, value in axes.items()}
    return {**top, "model": content, "numerics": numerics, "axes": made}


def _axis(name: str, value: Any, paths: Mapping[str, list[str]], content: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return value
    known = {**{one: [f"model.{one}"] for one in ONE_NUMBER}, **paths}
    wanted = (
        f"be called by a parameter or a keyword of one number ({', '.join(known)}); others are "
        '`{"sets": "model.field.x", "values": ...}`'
    )
    require(name in known, "axes", wanted, name)
    wanted = "be a list of numbers, or a mapping as files have it"
    require(is_sequence(value), f"axes.{name}", wanted, value)
    targets, entries = known[name], None if name in paths else content.get(name)
    wanted = (
        f'be a mapping with "sets", as `{name}` is a list of numbers: "model.{name}.0" for the '
        f'first of them, "model.{name}" for one number in place of all'
    )
    require(not is_sequence(entries), f"axes.{name}", wanted, value)
    return {"sets": targets[0] if len(targets) == 1 else targets, "values": value}


def _method(method: Any, numerics: Mapping[str, Any]) -> dict[str, Any]:
    """A method as files have it."""
    if method is None:
        return {}
    require(isinstance(method, Method), "method", "be one such as twoqs.Conserving()", method)
    given = {"scheme": method.name, "representation": method.ordering, "step": method.step}
    found = {key: value for key, value in given.items() if value is not None}
    wanted = "be left out where scheme, representation or step is given"
    require(not found.keys() & numerics.keys(), "method", wanted, method)
    return found


def _observables(value: Any, model: Model, keep: int) -> dict[str, Any]:
    """What is measured, as files have it."""
    words, own, requests = asked_of(value, model, keep)
    wanted = "be formulas and mappings in a sweep (functions of one's own are for `simulate`)"
    require(not own, "observables", wanted, [one.name for one in own])
    return dict.fromkeys(words, True) | {one.name: one.spec for one in requests}
