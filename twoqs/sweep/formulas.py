"""Models of members and formulas, from their text and as text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from twoqs.errors import ArgumentError, require, told_together, within
from twoqs.model.compose import Members
from twoqs.model.language.events import Event
from twoqs.model.language.jumps import AnyJump, collapse, jump, require_linear
from twoqs.model.language.lower import require_hermitian
from twoqs.model.language.members import Ensemble, Member, Mode, Sites, Spin
from twoqs.model.language.names import checked_name
from twoqs.model.language.operators import Operator, added
from twoqs.model.language.parameters import Parameter
from twoqs.model.language.text import read_number, read_operator, read_rate
from twoqs.model.lattice import Lattice
from twoqs.model.model import Model
from twoqs.model.terms import KEYWORDS
from twoqs.sweep.in_time import event_of, pulse_of, strength_of
from twoqs.sweep.light import light_of
from twoqs.sweep.states import initial_of


class Typed(NamedTuple):
    """What formulas say: members, H, jump operators and events."""

    members: Members
    hamiltonian: Operator | None
    jumps: tuple[AnyJump, ...]
    events: tuple[Event, ...]


def model_of(spec: dict[str, Any], lattice: Callable[[Any], Lattice]) -> Model:
    """The model of a mapping with members.

    Args:
        spec: as `twoqs.sweep.physics.ModelSpec` has it.
        lattice: makes a lattice of its text.

    Raises:
        ArgumentsError: for formulas that make no sense, and parameters that none of them uses.
    """
    typed = typed_of(spec, lattice)
    words = words_of(spec)
    return Model(
        initial=initial_of(spec.get("initial", "down")),
        **typed._asdict(),
        **words,
    )


def words_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of a mapping, as `Model` takes them.

    Raises:
        ArgumentError: for pulses that make no sense.
    """
    found = {}
    for name in KEYWORDS:
        if name in spec:
            with within(name):
                found[name] = strength_of(spec[name])
    return found


def typed_of(spec: dict[str, Any], lattice: Callable[[Any], Lattice]) -> Typed:
    """The members, H, jump operators and events of such a mapping, as they are typed.

    Args, Raises:
        See `model_of`.
    """
    values = spec.get("parameters") or {}
    with told_together() as told:
        members = {n: told(_member, n, text, lattice) for n, text in spec["members"].items()}
        parameters = {n: told(_parameter, n, value, members) for n, value in values.items()}
    text = spec.get("hamiltonian")
    with told_together() as told:
        energy = told(_hamiltonian, text, members, parameters)
        listed = enumerate(spec.get("jumps") or ())
        jumps = tuple(told(_jump, i, one, members, parameters) for i, one in listed)
        texts = enumerate(spec.get("events") or ())
        events = tuple(told(event_of, i, one, members, parameters) for i, one in texts)
    light = (spec.get("light") or {}).items()
    with told_together() as told:
        terms = [told(light_of, *one, members, parameters) for one in light]
    shared = [term for one in terms for term in one]
    if shared:
        energy = added([*([] if energy is None else [energy]), *(one for one, _ in shared)])
        jumps = (*jumps, *(one for _, one in shared))
    used = set() if energy is None else set(energy.parameters)
    for one in jumps:
        used.update(one.rate.parameters, *(operator.parameters for operator in one.operators))
    for event in events:
        used.update(event.parameters)
    with told_together() as told:
        for name in parameters:
            told(require, name in used, f"parameters.{name}", "be used in a formula", values[name])
    return Typed(tuple(members.values()), energy, jumps, events)


def parameters_of(spec: dict[str, Any]) -> dict[str, Parameter]:
    """The parameters of such a mapping, which `typed_of` has not refused."""
    values = spec.get("parameters") or {}
    return {name: _parameter(name, value, spec["members"]) for name, value in values.items()}


def _member(name: str, text: dict[str, Any], lattice: Callable[[Any], Lattice]) -> Member:
    checked_name(name, "members")
    if "ensemble" in text:
        return Ensemble(text["ensemble"], name)
    if text.get("lattice") is None:
        return Mode(name) if "mode" in text else Spin(text["spin"], name)
    with within(f"members.{name}.lattice"):
        sites = lattice(text["lattice"])
    return Sites(Mode() if "mode" in text else Spin(text["spin"]), sites, name)


def _parameter(name: str, value: Any, members: Collection[str]) -> Parameter:
    checked_name(name, "parameters")
    require(name not in members, "parameters", "have names that no member has", name)
    if not isinstance(value, dict):
        return Parameter(name, value)
    with within(f"parameters.{name}"):
        return Parameter(name, pulse_of(value))


def _hamiltonian(
    text: str | None, members: Mapping[str, Member], parameters: Mapping[str, Parameter]
) -> Operator | None:
    if text is None:
        return None
    operator = _operator(text, members, parameters, "hamiltonian")
    require_hermitian(operator, "hamiltonian")
    return operator


def _operator(
    text: str,
    members: Mapping[str, Member],
    parameters: Mapping[str, Parameter],
    name: str,
) -> Operator:
    """See `read_operator`; errors of its parts are about the formula."""
    try:
        return read_operator(text, members, parameters, name)
    except ArgumentError as error:
        told = str(error)
        if told.startswith(f"Argument `{name}`"):
            raise
        if told.startswith("Argument `operator`"):
            raise ArgumentError(told.replace("operator", name, 1)) from None
        with within(name):
            raise


def _jump(
    index: int,
    text: dict[str, Any],
    members: Mapping[str, Member],
    parameters: Mapping[str, Parameter],
) -> AnyJump:
    label = text.get("label")
    with within(f"jumps[{index}]"):
        if text.get("collapse") is not None:
            operator = _operator(text["collapse"], members, parameters, "collapse")
            require_linear(operator, "collapse")
            return collapse(operator, label=label)
        rate = read_rate(text.get("rate", 1.0), parameters)
        if text.get("operator") is not None:
            operator = _operator(text["operator"], members, parameters, "operator")
            return jump(operator, rate, label=label)
        operators = [
            _operator(one, members, parameters, f"operators[{i}]")
            for i, one in enumerate(text["operators"])
        ]
        rates = [[read_number(entry, "rates") for entry in row] for row in text["rates"]]
        return jump(operators, rate, rates=rates, label=label)
