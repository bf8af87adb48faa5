"""Turns refusals by the types of the format, and by the model, into sentences about the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from pydantic import ValidationError

from twoqs.methods.numerics import Numerics
from twoqs.model.language.pulses import PULSES
from twoqs.model.model import Model
from twoqs.model.terms import KEYWORDS, VECTOR_KEYWORDS
from twoqs.sweep.fields import FORMULA_OR_NUMBER
from twoqs.sweep.paths import KNOWN, keys_at
from twoqs.sweep.physics import LatticeSpec
from twoqs.sweep.problems import MAX_SHOWN, KeyPath, counted, dotted, nearest, sentence
from twoqs.sweep.states import STATES

_WORDS = {
    "float_type": "be a number",
    "int_type": "be an integer",
    "int_from_float": "be an integer",
    "string_type": "be text",
    "bool_type": "be true or false",
    "list_type": "be a list",
    "dict_type": "be a mapping",
    "model_type": "be a mapping",
    "model_attributes_type": "be a mapping",
    "finite_number": "be finite",
    "invalid_key": "have text as keys",
    "string_unicode": "be text that can be written as UTF-8",
}

_PATTERN = "string_pattern_mismatch"

_LENGTHS = {
    "too_short": ("hold at least", "min_length", "value"),
    "too_long": ("hold at most", "max_length", "value"),
    "string_too_short": ("have at least", "min_length", "character"),
    "string_too_long": ("have at most", "max_length", "character"),
}
"""Words of lengths, and where pydantic has the number."""

_BOUNDS = {"less_than_equal": ("at most", "le"), "greater_than_equal": ("at least", "ge")}
"""Words of bounds, as `twoqs.model.arguments` has them, and where pydantic has the number."""

_LATTICES = f"be `single` or a mapping with one of {', '.join(LatticeSpec.model_fields)}"
_STATES = f"be `down`, `up`, `mixed`, `vacuum` or a mapping with one of {', '.join(STATES)}"
_PULSE = f"be a number or a pulse (a mapping with one of {', '.join(PULSES)})"
_LINSPACE = "a mapping `linspace: [start, stop, count]`"
_EVENT: KeyPath = ("model", "events", "*")
_FORMS: dict[KeyPath, str] = {
    ("model", "lattice"): _LATTICES,
    ("model", "members", "*", "lattice"): _LATTICES,
    ("model", "initial"): _STATES,
    ("model", "initial", "*"): _STATES,
    ("model", "parameters", "*"): _PULSE,
    **{("model", name, "*"): "be a number, a list or a pulse" for name in VECTOR_KEYWORDS},
    **{
        ("model", name): "be a number, a list or a pulse"
        for name in KEYWORDS
        if name not in VECTOR_KEYWORDS
    },
    (*_EVENT, "turn", "time"): f"be a number, a formula, a list of these or {_LINSPACE}",
    (*_EVENT, "turn", "members"): "be a list of members, or of sites such as `s[3]`",
    (*_EVENT, "change", "parameter"): "be the name of a parameter",
    ("model", "light", "*", "emitters"): "be a list of members",
    ("model", "light", "waveguide", "gamma"): (
        "be a number, a formula or a mapping with `left` and `right`"
    ),
    ("numerics", "observables"): "be a list of names, or a mapping of names and what they are",
    ("numerics", "observables", "*"): "be a formula, or a mapping such as `{total: true}`",
    ("numerics", "times"): f"be a list of times or {_LINSPACE}",
    ("axes", "*", "values"): "be a list of values or a mapping with linspace or logspace",
}
"""Forms of the values that have one of several, for the message where a value has none."""

_SHAPES: dict[KeyPath, str] = {
    **{("model", name): "be a list of three, [x, y, z]" for name in VECTOR_KEYWORDS},
    (*_EVENT, "turn", "axis"): "be x, y, z or a list of three numbers",
    ("model", "light", "dipoles", "direction"): "be a list of three numbers",
    ("numerics", "average"): "be a window [start, end], or `auto`",
}
"""Likewise of lists that have one length."""

_OF_FORM = frozenset(
    ("literal_error", "model_type", "dict_type", "list_type", "float_type", "string_type", _PATTERN)
)
_OF_SHAPE = _OF_FORM | {"too_short", "too_long"}

Keys = Callable[[KeyPath], list[str]]


def explain(error: ValidationError, keys: Keys = keys_at) -> Iterator[tuple[KeyPath, str]]:
    """(path, sentence) of every error; the path says where to look for the line.

    Args:
        keys: gives the valid keys of the mapping at a path.
    """
    for i, item in enumerate(error.errors(include_url=False)):
        # To look for the nearest key takes its time, and nobody reads so many.
        yield _explain(dict(item), keys if i < MAX_SHOWN else lambda path: [])


def _explain(item: dict[str, Any], keys: Keys) -> tuple[KeyPath, str]:
    kind, given, location = item["type"], item["input"], item["loc"]
    # The last part may be a key of the file, whatever it looks like.
    parents = (part for part in location[:-1] if not str(part).startswith("<"))
    path: KeyPath = (*parents, *location[-1:])
    if kind == "missing":
        return path, f"Argument `{dotted(path)}` must be given, but is missing."
    if kind == "extra_forbidden":
        return path, _left_out(path, keys(path[:-1]))
    if path and str(path[-1]).startswith("<"):
        path = path[:-1]
    if path[-1:] == ("[key]",):
        path = path[:-1]
        match = f"matches {item['ctx']['pattern']}" if kind == _PATTERN else "is text"
        return path, sentence(path, f"have a name that {match}", given)
    form = (kind in _OF_FORM and _form(_FORMS, path)) or (
        kind in _OF_SHAPE and _form(_SHAPES, path)
    )
    return path, sentence(path, form or _wanted(item), given)


def _form(forms: dict[KeyPath, str], path: KeyPath) -> str | None:
    """The form of the value at a path; the words of the format are no free names."""
    if path[:1] == ("axes",):
        path = ("axes", "*", *(path[4:] if path[2:3] == ("zip",) else path[2:]))
    if path in forms or path in KNOWN:
        return forms.get(path)
    alike = (
        text
        for known, text in forms.items()
        if len(known) == len(path) and all(a in (b, "*") for a, b in zip(known, path, strict=True))
    )
    return next(alike, None)


def _wanted(item: dict[str, Any]) -> str:
    """What a type of the format wants, in words that follow "must"."""
    kind = item["type"]
    if kind == "float_type" and item["loc"][-1] == FORMULA_OR_NUMBER:
        return "be a number or a formula"
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == _PATTERN:
        return f"match {item['ctx']['pattern']}"
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        bound = item["ctx"][key]
        whole = int(bound) if float(bound).is_integer() else bound
        return f"be {word} {whole}"
    if kind in _LENGTHS:
        words, key, what = _LENGTHS[kind]
        return f"{words} {counted(item['ctx'][key], what)}"
    message = str(item["msg"])
    for start in ("Input should ", "List should ", "Value should "):
        message = message.removeprefix(start)
    return message.removeprefix("be a valid ")


def _left_out(path: KeyPath, valid: list[str]) -> str:
    key = str(path[-1])
    if key in valid:
        why = "it does not go with the keys beside it"
    else:
        why = f"there is no such key{nearest(key, valid)}"
    return f"Argument `{dotted(path)}` must be left out: {why}."


def argument_path(name: str) -> KeyPath:
    """The path in a sweep file of an argument of `Model`, of a lattice, or of `Numerics`."""
    if name in _ARGUMENT_PATHS:
        return _ARGUMENT_PATHS[name]
    parts: KeyPath = tuple(
        int(part) if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", name)
    )
    if parts[0] in {field.name for field in fields(Numerics)}:
        return ("numerics", *parts)
    words = {"m": "dicke", "beta": "thermal", "variances": "squeezed", "states": "mixture"}
    if parts[0] == "initial" and parts[-1] in (*words, "theta", "phi"):
        return ("model", *parts[:-1], words.get(str(parts[-1]), "coherent"), parts[-1])
    if parts[0] in {*(field.name for field in fields(Model)), "parameters", "light"}:
        return ("model", *parts)
    return ("model", "lattice", *parts)


_ARGUMENT_PATHS: dict[str, KeyPath] = {
    "model": ("model",),
    "theta": ("model", "initial", "coherent", "theta"),
    "phi": ("model", "initial", "coherent", "phi"),
    "m": ("model", "initial", "dicke", "m"),
    "beta": ("model", "initial", "thermal", "beta"),
    "variances": ("model", "initial", "squeezed", "variances"),
    "states": ("model", "initial", "mixture", "states"),
    "edges": ("model", "lattice", "edges", "edges"),
    "n_sites": ("model", "lattice", "edges", "n_sites"),
    "points": ("model", "lattice", "positions", "points"),
}

_ARGUMENT = re.compile(r"Argument `([^`]+)`")


def relocate(message: str) -> tuple[KeyPath, str]:
    """The path that a message of an `ArgumentError` is about, and the message with that path."""
    match = _ARGUMENT.match(message)
    if match is None:
        return (), message
    path = argument_path(match.group(1))
    return path, f"Argument `{dotted(path)}`{message[match.end() :]}"
