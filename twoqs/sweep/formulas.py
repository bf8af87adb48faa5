"""Models of members and formulas, from their text and as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from twoqs.errors import require
from twoqs.model.language.jumps import AnyJump, collapse, jump
from twoqs.model.language.members import Sites, Spin
from twoqs.model.language.parameters import Parameter
from twoqs.model.language.text import read_number, read_operator, read_rate
from twoqs.model.lattice import Lattice
from twoqs.model.model import Model
from twoqs.sweep.states import initial_of

WORDS = ("field", "coupling", "twist", "decay", "gain", "dephasing")


def model_of(spec: dict[str, Any], lattice: Callable[[Any], Lattice]) -> Model:
    """The model of a mapping with members.

    Args:
        spec: as `twoqs.sweep.physics.ModelSpec` has it.
        lattice: makes a lattice of its text.

    Raises:
        ArgumentError: for formulas that make no sense, and parameters that none of them uses.
    """
    members = {name: _member(name, text, lattice) for name, text in spec["members"].items()}
    parameters = {name: Parameter(name, v) for name, v in (spec.get("parameters") or {}).items()}
    text, energy = spec.get("hamiltonian"), None
    if text is not None:
        energy = read_operator(text, members, parameters, "hamiltonian")
    jumps = tuple(_jump(one, members, parameters) for one in spec.get("jumps") or ())
    used = set() if energy is None else set(energy.parameters)
    for one in jumps:
        used.update(one.rate.parameters, *(operator.parameters for operator in one.operators))
    for name in parameters:
        require(name in used, f"parameters.{name}", "be used in a formula", parameters[name].value)
    words = {name: spec[name] for name in WORDS if name in spec}
    return Model(
        initial=initial_of(spec.get("initial", "down")),
        hamiltonian=energy,
        jumps=jumps,
        members=tuple(members.values()),
        **words,
    )


def _member(name: str, text: dict[str, Any], lattice: Callable[[Any], Lattice]) -> Spin | Sites:
    if text.get("lattice") is None:
        return Spin(text["spin"], name)
    return Sites(Spin(text["spin"]), lattice(text["lattice"]), name)


def _jump(
    text: dict[str, Any],
    members: Mapping[str, Spin | Sites],
    parameters: Mapping[str, Parameter],
) -> AnyJump:
    if text.get("collapse") is not None:
        return collapse(read_operator(text["collapse"], members, parameters, "collapse"))
    rate = read_rate(text.get("rate", 1.0), parameters)
    if text.get("operator") is not None:
        return jump(read_operator(text["operator"], members, parameters), rate)
    operators = [read_operator(one, members, parameters, "operators") for one in text["operators"]]
    rates = [[read_number(entry, "rates") for entry in row] for row in text["rates"]]
    return jump(operators, rate, rates=rates)
