"""Models and numerics as text from which they can be made again, as sweep files have them."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from twoqs.methods.causes import PAIRED_BY_DEFAULT
from twoqs.methods.numerics import Numerics
from twoqs.model.compose import name_of
from twoqs.model.initial import ByMember
from twoqs.model.kinds import MODE
from twoqs.model.known import require_known
from twoqs.model.language.components import ALL
from twoqs.model.language.events import TurnEvent
from twoqs.model.language.in_time import pulses_of
from twoqs.model.language.jumps import AnyJump, Jump
from twoqs.model.language.members import Ensemble, Member, Sites
from twoqs.model.language.parameters import Expression
from twoqs.model.language.write import FULL, coefficient_text, formula
from twoqs.model.lattice import Lattice
from twoqs.model.mode_states import ModeState
from twoqs.model.model import Model
from twoqs.model.power_law import PowerLaw
from twoqs.model.samples import Samples
from twoqs.model.states import Dicke, InitialState, Mixed, Mixture, Squeezed, Thermal
from twoqs.model.terms import KEYWORDS, VOCABULARY

_SIDES = {
    "chain": ("n",),
    "square": ("nx", "ny"),
    "cubic": ("nx", "ny", "nz"),
    "triangular": ("nx", "ny"),
    "honeycomb": ("nx", "ny"),
    "kagome": ("nx", "ny"),
    "all_to_all": ("n",),
}
"""Names of the sides of a lattice, by the constructor that made it."""


_WORDS = {InitialState: "coherent", Dicke: "dicke", Thermal: "thermal", Squeezed: "squeezed"}
"""States by their words in files, which have the same fields."""


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces; equal values give equal text.

    Members alone stay in their order, which is that of results.
    """
    return json.dumps(_sorted(value), separators=(",", ":"), allow_nan=False)


def _sorted(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_sorted(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    found = {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value.get("members"), dict):
        found["members"] = {key: _sorted(inner) for key, inner in value["members"].items()}
    return found


def in_order(value: Any) -> str:
    """JSON without spaces, with keys in their own order, which is that of axes and of cases."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def model_text(model: Model) -> str:
    """Canonical text of a model; `twoqs.sweep.settings.build` makes the same model of it.

    Raises:
        ArgumentError: if the model has a term that sweep files do not have.
    """
    if model.general:
        return canonical(_general(model))
    require_known(model, VOCABULARY, "the text of a model")
    spec = {name: getattr(model, name) for name in ("spin", *KEYWORDS)}
    return canonical(
        spec | {"lattice": lattice_text(model.lattice), "initial": initial_text(model)}
    )


def numerics_text(numerics: Numerics) -> str:
    """Canonical text of resolved settings; nothing is said of those that are left out."""
    other = ("requests", "derived", "budget", "paired_every")
    given = {f.name: getattr(numerics, f.name) for f in fields(numerics) if f.name not in other}
    if numerics.derived:
        given["derived"] = dict(numerics.derived)
    if numerics.paired_every != PAIRED_BY_DEFAULT:
        given["budget"] = numerics.budget
    if numerics.requests:
        words = dict.fromkeys(numerics.observables, True)
        given["observables"] = words | {one.name: one.spec for one in numerics.requests}
    return canonical({name: value for name, value in given.items() if value is not None})


def lattice_text(lattice: Lattice) -> Any:
    """A lattice as files have it."""
    if lattice.kind == "single":
        return "single"
    if isinstance(lattice, PowerLaw):
        law = {"lattice": lattice_text(lattice.base), "alpha": lattice.alpha}
        return {"power_law": law if lattice.cutoff is None else law | {"cutoff": lattice.cutoff}}
    if lattice.kind in _SIDES and bool(np.all(lattice.weights == 1.0)):
        sides: dict[str, Any] = dict(
            zip(_SIDES[lattice.kind], lattice.cells or lattice.shape, strict=True)
        )
        if lattice.kind != "all_to_all":
            sides["periodic"] = lattice.periodic
        return {lattice.kind: sides}
    bonds = zip(lattice.edges.tolist(), lattice.weights.tolist(), strict=True)
    return {"edges": {"edges": [[*pair, w] for pair, w in bonds], "n_sites": lattice.n_sites}}


def _general(model: Model) -> dict[str, Any]:
    """Members and formulas, with the values of parameters in their place."""
    operators = model.operators.in_numbers([name_of(member) for member in model.members])
    spec: dict[str, Any] = {"members": {name_of(m): member_text(m) for m in model.members}}
    pulses = pulses_of(operators.parameters)
    if pulses:
        spec["parameters"] = {name: {one.kind: asdict(one)} for name, one in pulses.items()}
    if operators.hamiltonian is not None:
        spec["hamiltonian"] = formula(operators.hamiltonian)
    if operators.jumps:
        spec["jumps"] = [jump_spec(one) for one in operators.jumps]
    if model.turns:
        spec["events"] = [{"turn": _turn_in_numbers(one)} for one in model.turns]
    return spec | {"initial": initial_text(model)}


def member_text(member: Member) -> dict[str, Any]:
    """A member as files have it, but for its name."""
    if isinstance(member, Ensemble):
        return {"ensemble": member.size}
    if member.kind == MODE:
        return {"mode": {}} | (
            {"lattice": lattice_text(member.lattice)} if isinstance(member, Sites) else {}
        )
    if isinstance(member, Sites):
        return {"spin": member.spin, "lattice": lattice_text(member.lattice)}
    return {"spin": member.spin}


def jump_spec(one: AnyJump) -> dict[str, Any]:
    """A jump as files have it, with the names of parameters that it has."""
    rate, texts = number_spec(one.rate), [formula(operator) for operator in one.operators]
    label = {} if one.label is None else {"label": one.label}
    if isinstance(one, Jump):
        return {"operator": texts[0], "rate": rate} | label
    rates = [[FULL.number(entry) for entry in row] for row in one.rates]
    return {"operators": texts, "rates": rates, "rate": rate} | label


def number_spec(expression: Expression) -> float | str:
    """A real number, or a formula of its parameters."""
    if expression.parameters:
        return coefficient_text(expression, FULL)
    return expression.value().real


def _turn_in_numbers(one: TurnEvent) -> dict[str, Any]:
    times, angle = [time.value().real for time in one.times], one.angle.value().real
    return turn_text(one) | {"time": times, "angle": angle}


def turn_text(one: TurnEvent) -> dict[str, Any]:
    """A turn as files have it, with the names of parameters that it has."""
    times, angle = [number_spec(time) for time in one.times], number_spec(one.angle)
    spec: dict[str, Any] = {"time": times, "axis": list(one.axis), "angle": angle}
    names = [
        name_of(member) if site == ALL else f"{name_of(member)}[{site}]"
        for member, site in one.targets
    ]
    return spec | {"members": names} if names else spec


def _gaussian(state: ModeState) -> dict[str, Any]:
    alpha = [state.alpha.real, state.alpha.imag]
    return {"alpha": alpha, "n": state.n, "r": state.r, "angle": state.angle}


def initial_text(model: Model) -> Any:
    """The initial state of a model as files have it."""
    state = model.initial
    if isinstance(state, ByMember):
        return {name: state_text(one) for name, one in state.states}
    return state_text(state)


def state_text(state: Any) -> Any:
    match state:
        case InitialState(theta=0.0 | math.pi, phi=0.0):
            return "up" if state.theta == 0.0 else "down"
        case Mixed():
            return "mixed"
        case Samples():
            return {"samples": state.digest}
        case ModeState():
            return "vacuum" if state == ModeState() else {"gaussian": _gaussian(state)}
        case Mixture():
            pairs = [{"weight": weight, "state": state_text(one)} for weight, one in state.states]
            return {"mixture": {"states": pairs, "each": state.each}}
        case _:
            return {_WORDS[type(state)]: asdict(state)}
