"""The settings of one point as canonical text, and the model and numerics that it stands for.

Text is what travels to workers and what a store keeps: it is small (a lattice is named, not
listed), and the same text gives the same point everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import cast

from twoqs.errors import told_together
from twoqs.measure import taken
from twoqs.measure.derived import checked_derived
from twoqs.measure.members import has_modes
from twoqs.methods import default_for
from twoqs.methods.causes import budget_settings
from twoqs.methods.numerics import Numerics, resolve
from twoqs.methods.request import Request
from twoqs.model.compose import Operators
from twoqs.model.describe import Formulas
from twoqs.model.grids import chain, cubic, honeycomb, kagome, square, triangular
from twoqs.model.happenings import with_changes
from twoqs.model.initial import Initial
from twoqs.model.lattice import Lattice, all_to_all, from_edges, single
from twoqs.model.model import Model
from twoqs.model.power_law import from_positions, power_law
from twoqs.model.terms import KEYWORDS
from twoqs.model.values import present
from twoqs.observe import Names, checked_names, read
from twoqs.simulation.canonical import canonical
from twoqs.simulation.window import first_window, is_auto, require_any_window
from twoqs.sweep.formulas import model_of, parameters_of, typed_of, words_of
from twoqs.sweep.in_time import event_of
from twoqs.sweep.ranges import linspace
from twoqs.sweep.schema import PointSpec
from twoqs.sweep.states import initial_of

_LATTICES: dict[str, Callable[..., Lattice]] = {
    "chain": chain,
    "square": square,
    "cubic": cubic,
    "triangular": triangular,
    "honeycomb": honeycomb,
    "kagome": kagome,
    "all_to_all": all_to_all,
    "edges": from_edges,
    "positions": from_positions,
    "power_law": power_law,
}


def settings_text(spec: PointSpec) -> tuple[str, str]:
    """Canonical text of the model and of the numerics of a point.

    Raises:
        ArgumentError: if the scheme is left to a model that makes no sense.
    """
    model = canonical(spec.model.model_dump(exclude_none=True))
    numerics = spec.numerics.model_dump(exclude_none=True)
    if "scheme" not in numerics:
        numerics["scheme"] = default_for(build_model(model))
    return model, canonical(numerics)


def build(model: str, numerics: str) -> tuple[Model, Numerics]:
    """The model and the resolved numerics that two canonical texts stand for.

    Where the window is to be found, they have the first one that is tried.

    Raises:
        ArgumentError: for values that make no sense together.
    """
    built, (settings, auto) = build_model(model), _numerics(numerics)
    if auto:
        settings = replace(settings, average=first_window(built, settings))
    if settings.requests:
        settings = replace(settings, requests=_requests(built, model, settings.requests))
    resolved = resolve(built, settings)
    if auto:
        require_any_window(built, resolved)
    return built, resolved


def with_window(numerics: str, window: tuple[float, float]) -> str:
    """Canonical text of the numerics with a window that was found."""
    return canonical(json.loads(numerics) | {"average": list(window)})


def with_step(numerics: str, step: float) -> str:
    """Canonical text of the numerics with another step."""
    return canonical(json.loads(numerics) | {"step": step})


def _requests(built: Model, text: str, requests: tuple[Request, ...]) -> tuple[Request, ...]:
    """Requests in the words of the model that its text stands for."""
    checked_names(requests, taken(has_modes(built)))
    spec = json.loads(text)
    if "members" in spec:
        typed = typed_of(spec, lambda lattice: _lattice(canonical(lattice)))
        names = Names.typed(typed.members, parameters_of(spec), built)
    else:
        names = Names.of(built)
    with told_together() as told:
        return tuple(told(names.resolved, one) for one in requests)


@lru_cache(maxsize=64)
def build_model(text: str) -> Model:
    """The model that a canonical text stands for.

    Raises:
        ArgumentError: for values that make no sense together.
    """
    spec = json.loads(text)
    if "members" in spec:
        return model_of(spec, lambda lattice: _lattice(canonical(lattice)))
    return Model(
        spin=spec["spin"],
        lattice=_lattice(canonical(spec["lattice"])),
        initial=initial_of(spec["initial"]),
        events=tuple(event_of(i, one, {}, {}) for i, one in enumerate(spec.get("events", ()))),
        **words_of(spec),
    )


def as_typed(model: str) -> Formulas | None:
    """What a canonical text of a model says in formulas alone, with all names; None for keywords.

    A `Model` that keywords can say has lost the names of its member and its parameters.
    """
    spec = json.loads(model)
    words = any(present(spec[name]) for name in KEYWORDS if name in spec)
    if words or "members" not in spec:
        return None
    typed = typed_of(spec, lambda lattice: _lattice(canonical(lattice)))
    built = build_model(model)
    operators, turns = with_changes(
        Operators(typed.hamiltonian, typed.jumps), typed.events, typed.members
    )
    return Formulas(typed.members, operators, cast(Initial, built.initial), turns)


@lru_cache(maxsize=16)
def _lattice(text: str) -> Lattice:
    spec = json.loads(text)
    if spec == "single":
        return single()
    ((kind, arguments),) = spec.items()
    if "lattice" in arguments:
        arguments["lattice"] = _lattice(canonical(arguments["lattice"]))
    return _LATTICES[kind](**arguments)


@lru_cache(maxsize=64)
def _numerics(text: str) -> tuple[Numerics, bool]:
    """Settings, not yet resolved, and whether their window is to be found."""
    spec = json.loads(text)
    times = spec.get("times")
    if isinstance(times, dict):
        start, stop, count = times["linspace"]
        times = linspace(start, stop, int(count))
    average, auto = spec.get("average"), is_auto(spec.get("average"))
    words, requests = read(spec["observables"])
    settings = Numerics(
        scheme=spec["scheme"],
        representation=spec["representation"],
        step=spec.get("step"),
        times=None if times is None else tuple(float(time) for time in times),
        average=None if average is None or auto else (average[0], average[1]),
        samples=spec.get("samples"),
        # One order, so that the order in the file is no part of a point's identity.
        observables=tuple(sorted(set(words))),
        requests=requests,
        derived=checked_derived(spec.get("derived")),
        **budget_settings(spec.get("budget")),
        neglect=spec.get("neglect"),
        precision=spec.get("precision", "double"),
    )
    return settings, auto
