"""Dotted paths into a sweep: which there are, and how a value is set at one."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, get_args

from pydantic import BaseModel

from twoqs.sweep.problems import KeyPath
from twoqs.sweep.schema import SweepSpec

COMPONENTS = {"x": 0, "y": 1, "z": 2}
VECTORS = ("field", "coupling", "twist")


def _walk(kind: type[BaseModel], prefix: KeyPath) -> Iterator[KeyPath]:
    """Paths of all keys of a mapping and of those below; `*` stands for a free name."""
    for name, info in kind.model_fields.items():
        path = (*prefix, name)
        yield path
        if prefix == ("model",) and name in VECTORS:
            yield from ((*path, axis) for axis in COMPONENTS)
        named = getattr(info.annotation, "__origin__", None) is dict
        for inner in _mappings(info.annotation):
            yield from _walk(inner, (*path, "*") if named else path)


def _mappings(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _mappings(part)


KNOWN: tuple[KeyPath, ...] = tuple(dict.fromkeys(_walk(SweepSpec, ())))
"""Every path of the format."""

SWEEPABLE: tuple[str, ...] = tuple(
    ".".join(str(part) for part in path)
    for path in KNOWN
    if path[0] in ("model", "numerics") and len(path) > 1
)
"""Paths that an axis may set."""


def keys_at(path: KeyPath) -> list[str]:
    """The valid keys of the mapping at `path`."""
    return [
        str(known[-1])
        for known in KNOWN
        if len(known) == len(path) + 1
        and known[-1] not in COMPONENTS
        and all(fnmatchcase(str(p), str(k)) for p, k in zip(path, known, strict=False))
    ]


def with_value(tree: dict[str, Any], path: KeyPath, value: Any) -> dict[str, Any]:
    """A copy of `tree` with `value` at `path`; what is not on the path is shared, not copied.

    A component (x, y, z) of a vector replaces one entry of its list. Mappings that are missing on
    the way are made: the types of the format then tell whether they belong there.
    """
    key, rest = str(path[0]), path[1:]
    inner = tree.get(key)
    if len(rest) == 1 and key in VECTORS and rest[0] in COMPONENTS:
        vector = list(inner) if isinstance(inner, list) and len(inner) == 3 else [0.0, 0.0, 0.0]
        vector[COMPONENTS[str(rest[0])]] = value
        return {**tree, key: vector}
    if rest:
        value = with_value(inner if isinstance(inner, dict) else {}, rest, value)
    return {**tree, key: value}


def split(path: str) -> KeyPath:
    """The parts of a dotted path."""
    return tuple(path.split("."))
