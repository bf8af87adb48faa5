"""Dotted paths into a sweep: which there are, and how a value is set at one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from twoqs.model.terms import VECTOR_KEYWORDS
from twoqs.sweep.problems import KeyPath
from twoqs.sweep.schema import SweepSpec

COMPONENTS = {"x": 0, "y": 1, "z": 2}
PARAMETERS: KeyPath = ("model", "parameters")
MEMBERS: KeyPath = ("model", "members")
INITIAL: KeyPath = ("model", "initial")
NAMES_OF = (PARAMETERS, MEMBERS, INITIAL)
"""Mappings of a model whose keys are names of its members and parameters."""


def _walk(kind: type[BaseModel], prefix: KeyPath) -> Iterator[KeyPath]:
    """Paths of all keys of a mapping and of those below; `*` is a free name, or a position."""
    for name, info in kind.model_fields.items():
        path = (*prefix, name)
        yield path
        if prefix == ("model",) and name in VECTOR_KEYWORDS:
            yield from ((*path, axis) for axis in COMPONENTS)
        if path in NAMES_OF:
            yield (*path, "*")
        for below, inner in _mappings(info.annotation, ()):
            yield from _walk(inner, (*path, *below))


def _mappings(annotation: Any, below: KeyPath) -> Iterator[tuple[KeyPath, type[BaseModel]]]:
    """Mappings with keys of their own in a type, each with the path to it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield below, annotation
    inner = (*below, "*") if get_origin(annotation) in (dict, list) else below
    for part in get_args(annotation):
        yield from _mappings(part, inner)


KNOWN: tuple[KeyPath, ...] = tuple(dict.fromkeys(_walk(SweepSpec, ())))
"""Every path of the format."""

SWEEPABLE: tuple[str, ...] = tuple(
    ".".join(str(part) for part in path)
    for path in KNOWN
    if path[0] in ("model", "numerics") and len(path) > 1
)
"""What an axis may set; `*` stands for the name of a member or of a parameter. Paths into the items
of a list are among them, and no name leads there."""


def named(paths: Iterable[str], names: Mapping[KeyPath, Iterable[str]]) -> tuple[str, ...]:
    """Paths with all names in the place of `*`.

    Args:
        names: those in a mapping, by the path to it.
    """
    return tuple(one for path in paths for one in _named((), split(path), names))


def _named(done: KeyPath, rest: KeyPath, names: Mapping[KeyPath, Iterable[str]]) -> Iterator[str]:
    """A path whose first parts are done; of the items of a list there are no names."""
    if "*" not in rest:
        yield ".".join(map(str, (*done, *rest)))
        return
    place = rest.index("*")
    done = (*done, *rest[:place])
    for name in names.get(done, ()):
        yield from _named((*done, name), rest[place + 1 :], names)


def keys_at(path: KeyPath) -> list[str]:
    """The valid keys of the mapping at `path`; a word of the format is no free name."""
    found = [
        known
        for known in KNOWN
        if len(known) == len(path) + 1
        and known[-1] not in (*COMPONENTS, "*")
        and all(fnmatchcase(str(p), str(k)) for p, k in zip(path, known, strict=False))
    ]
    exact = [known for known in found if known[:-1] == path]
    return [str(known[-1]) for known in exact or found]


def with_value(tree: dict[str, Any], path: KeyPath, value: Any) -> dict[str, Any]:
    """A copy of `tree` with `value` at `path`; what is not on the path is shared, not copied.

    A component (x, y, z) of a vector replaces one entry of its list. Mappings that are missing on
    the way are made: the types of the format then tell whether they belong there.
    """
    key, rest = str(path[0]), path[1:]
    inner = tree.get(key)
    if len(rest) == 1 and key in VECTOR_KEYWORDS and rest[0] in COMPONENTS:
        vector = list(inner) if isinstance(inner, list) and len(inner) == 3 else [0.0, 0.0, 0.0]
        vector[COMPONENTS[str(rest[0])]] = value
        return {**tree, key: vector}
    if rest:
        value = with_value(inner if isinstance(inner, dict) else {}, rest, value)
    return {**tree, key: value}


def split(path: str) -> KeyPath:
    """The parts of a dotted path."""
    return tuple(path.split("."))
