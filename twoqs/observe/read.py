"""Requests from what files and users say: a mapping by names, or a list of words and mappings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, replace
from typing import Any

from twoqs.errors import ArgumentError, require, told_together, within
from twoqs.methods.numerics import OPTIONAL_OBSERVABLES
from twoqs.methods.request import Request, frozen
from twoqs.model.arguments import is_sequence
from twoqs.model.language.names import checked_name, meant
from twoqs.model.language.operators import Operator
from twoqs.observe.coherence import G1, G2, Quanta
from twoqs.observe.correlations import Correlations
from twoqs.observe.dynamic_structure import DynamicStructure
from twoqs.observe.emission import Coincidence, Flux
from twoqs.observe.expectation import Expectation
from twoqs.observe.field import MeanOutput
from twoqs.observe.fluctuation_dissipation import FluctuationDissipation
from twoqs.observe.histogram import Histogram
from twoqs.observe.homodyne import Homodyne
from twoqs.observe.measured import Measured
from twoqs.observe.pairs import Pairs
from twoqs.observe.power import PowerSpectrum
from twoqs.observe.response import Response
from twoqs.observe.spectrum import EmissionSpectrum
from twoqs.observe.sphere import Sphere
from twoqs.observe.structure import StructureFactor
from twoqs.observe.total import Total
from twoqs.observe.trajectories import SingleTrajectories
from twoqs.observe.two_times import TwoTimes
from twoqs.observe.wigner import Wigner

_KINDS: tuple[type[Request], ...] = (
    Expectation, Total, Pairs, StructureFactor, Correlations, TwoTimes, PowerSpectrum,
    DynamicStructure, Response, FluctuationDissipation, Flux, Coincidence, MeanOutput,
    EmissionSpectrum, Homodyne, G1, G2, Quanta, Histogram, Sphere, Wigner, SingleTrajectories,
    Measured,
)  # fmt: skip
"""The kinds of requests."""

REQUESTS = {kind.kind: kind for kind in _KINDS}
"""Kinds of requests, by the words of files."""


def read(observables: Any) -> tuple[tuple[str, ...], tuple[Request, ...]]:
    """The words (`correlation`, `sites`) and the requests that a list or a mapping has.

    Raises:
        ArgumentError: naming the observable.
    """
    words: list[str] = []
    requests: list[Request] = []
    with told_together() as told:
        for name, given in _named(observables):
            if name in OPTIONAL_OBSERVABLES and given is True:
                words.append(name)
                continue
            requests.append(told(_named_request, name, given))
    return tuple(words), tuple(requests)


def _named_request(name: str, given: Any) -> Request:
    with within("observables"):
        checked_name(name, "name")
    return request_of(name, given)


def request_of(name: str, given: Any) -> Request:
    """A request by its name: a formula, a mapping `{kind: ...}`, or one without a name.

    Raises:
        ArgumentError: naming the observable.
    """
    where = f"observables.{name}"
    if isinstance(given, Request):
        return replace(given, name=name)
    if isinstance(given, str | Operator):
        given = {Expectation.kind: given}
    wanted = f"be a formula, or a mapping with one of {', '.join(REQUESTS)}"
    require(isinstance(given, Mapping), where, wanted, given)
    found = [key for key in given if key in REQUESTS]
    if len(found) != 1:
        unknown = next((key for key in given if key not in REQUESTS), None)
        hint = "" if unknown is None or found else meant(str(unknown), REQUESTS)
        raise ArgumentError.of(where, wanted + hint, dict(given))
    kind = REQUESTS[found[0]]
    main, options = kind.main_and_options()
    known = {option.name for option in options}
    values = {main.name: frozen(given[found[0]])}
    for key, value in given.items():
        if key == found[0]:
            continue
        require(key in known, where, f"have no `{key}` in it{meant(str(key), known)}", dict(given))
        values[key] = frozen(value)
    for option in options:
        needed = option.default is MISSING
        require(option.name in values or not needed, where, f"have `{option.name}`", dict(given))
    with within(where):
        return kind(name, **values)


def _named(observables: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(observables, Mapping):
        return observables.items()
    wanted = "be a mapping, or a list, of names and what they stand for"
    listed = is_sequence(observables) or isinstance(observables, set | frozenset)
    require(listed, "observables", wanted, observables)
    found: list[tuple[str, Any]] = []
    for one in observables:
        if isinstance(one, Mapping):
            found.extend(one.items())
        elif isinstance(one, Request):
            found.append((one.name, one))
        else:
            known = ", ".join(OPTIONAL_OBSERVABLES)
            named = isinstance(one, str) and one in OPTIONAL_OBSERVABLES
            wanted = f"name only {known}, or be mappings `name: ...`"
            require(named, "observables", wanted, one)
            found.append((one, True))
    return found
