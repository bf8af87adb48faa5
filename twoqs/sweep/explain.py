"""Turns refusals by the types of the format, and by the model, into sentences about the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from pydantic import ValidationError

from twoqs.model import Model
from twoqs.numerics import Numerics
from twoqs.sweep.paths import keys_at
from twoqs.sweep.problems import Path, dotted, nearest, sentence

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
}

_LENGTHS = {
    "too_short": "hold at least {min_length} values",
    "too_long": "hold at most {max_length} values",
}

_LATTICES = "be `single` or a mapping with one of chain, square, cubic, all_to_all, edges"
_OVERRIDES = {
    ("model", "lattice"): _LATTICES,
    ("model", "initial"): "be `down`, `up` or a mapping `coherent: {theta:, phi:}`",
    ("numerics", "times"): "be a list of times or a mapping `linspace: [start, stop, count]`",
}
"""Where the value has one of several forms, and is none of them."""


Keys = Callable[[Path], list[str]]


def explain(error: ValidationError, keys: Keys = keys_at) -> list[tuple[Path, str]]:
    """(path, sentence) of every error; the path says where to look for the line.

    Args:
        keys: gives the valid keys of the mapping at a path.
    """
    return [_explain(dict(item), keys) for item in error.errors(include_url=False)]


def _explain(item: dict[str, Any], keys: Keys) -> tuple[Path, str]:
    path: Path = tuple(p for p in item["loc"] if not str(p).startswith("<"))
    in_key = path[-1:] == ("[key]",)
    kind, given = item["type"], item["input"]
    if in_key:
        path = path[:-1]
        return path, sentence(path, f"have a name that matches {item['ctx']['pattern']}", given)
    if kind == "missing":
        return path, f"Argument `{dotted(path)}` must be given, but is missing."
    if kind == "extra_forbidden":
        valid = keys(path[:-1])
        hint = nearest(str(path[-1]), valid)
        return path, f"Argument `{dotted(path)}` must be left out: there is no such key{hint}."
    if path in _OVERRIDES and kind in ("literal_error", "model_type", "dict_type", "list_type"):
        return path, sentence(path, _OVERRIDES[path], given)
    if kind in _WORDS:
        return path, sentence(path, _WORDS[kind], given)
    if kind == "string_pattern_mismatch":
        return path, sentence(path, f"match {item['ctx']['pattern']}", given)
    if kind in _LENGTHS:
        return path, sentence(path, _LENGTHS[kind].format(**item["ctx"]), given)
    message = str(item["msg"])
    for start in ("Input should ", "List should ", "Value should "):
        message = message.removeprefix(start)
    return path, sentence(path, message.removeprefix("be a valid "), given)


def place(name: str) -> Path:
    """The path in a sweep file of an argument of `Model`, of a lattice, or of `Numerics`."""
    head = re.split(r"[.\[]", name)[0]
    if head in {field.name for field in fields(Numerics)}:
        return ("numerics", *name.split("."))
    if head in {field.name for field in fields(Model)}:
        return ("model", *name.split("."))
    if head in ("theta", "phi"):
        return ("model", "initial", "coherent", head)
    return ("model", "lattice", *name.split("."))


_ARGUMENT = re.compile(r"Argument `([^`]+)`")


def relocate(message: str) -> tuple[Path, str]:
    """The path that a message of an `ArgumentError` is about, and the message with that path."""
    match = _ARGUMENT.match(message)
    if match is None:
        return (), message
    path = place(match.group(1))
    return path, f"Argument `{dotted(path)}`{message[match.end() :]}"
