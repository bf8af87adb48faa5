"""Dotted paths into a sweep: which there are, and how a value is set at one."""

from __future__ import annotations

import re
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
_POSITION = re.compile(r"0|[1-9]\d{0,8}")
NAMES_OF = (PARAMETERS, MEMBERS, INITIAL)
"""Mappings of a model whose keys are names of its members and parameters."""


def _walk(kind: type[BaseModel], prefix: KeyPath) -> Iterator[KeyPath]:
    """Paths of all keys of a mapping and of those below; `*` is a free name, or a position."""
    for name, info in kind.model_fields.items():
        path = (*prefix, name)
        yield path
        vector = prefix == ("model",) and name in VECTOR_KEYWORDS
        components = [(*path, axis) for axis in COMPONENTS] if vector else []
        yield from components
        if path in NAMES_OF:
            yield (*path, "*")
        for below, inner in _mappings(info.annotation, ()):
            for start in (*components, (*path, *below)):
                yield from _walk(inner, start)


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

    A component (x, y, z) of a vector, or a position, replaces one entry of a list. Mappings that
    are missing on the way are made: the types of the format then tell whether they belong there.
    """
    key, rest = str(path[0]), path[1:]
    inner = tree.get(key)
    if rest and key in VECTOR_KEYWORDS and rest[0] in COMPONENTS:
        vector = list(inner) if isinstance(inner, list) and len(inner) == 3 else [0.0, 0.0, 0.0]
        axis = COMPONENTS[str(rest[0])]
        vector[axis] = _with_value_below(vector[axis], rest[1:], value)
        return {**tree, key: vector}
    return {**tree, key: _with_value_below(inner, rest, value)}


def _with_value_below(inner: Any, path: KeyPath, value: Any) -> Any:
    """A copy of anything with `value` at `path`."""
    if not path:
        return value
    place = _place_in(inner, path[0])
    if place is not None:
        new = _with_value_below(inner[place], path[1:], value)
        return [*inner[:place], new, *inner[place + 1 :]]
    return with_value(inner if isinstance(inner, dict) else {}, path, value)


def _place_in(value: Any, part: str | int) -> int | None:
    """The position in a list that a part of a path names; each has one name."""
    text = str(part)
    if not isinstance(value, list) or not _POSITION.fullmatch(text):
        return None
    place = int(text)
    return place if place < len(value) else None


def found_at(tree: Any, path: KeyPath) -> Any:
    """What stands at a path, whose components and positions are entries of lists; None if nothing.

    There is no way into the mappings of a list, such as those of jump operators.
    """
    value, listed = tree, False
    for before, part in zip(("", *path), path, strict=False):
        vector = before in VECTOR_KEYWORDS and isinstance(value, list) and not listed
        if vector and part in COMPONENTS and len(value) == 3:
            value = value[COMPONENTS[str(part)]]
            continue
        place = None if vector and len(value) == 3 else _place_in(value, part)
        if place is not None:
            value, listed = value[place], True
        elif isinstance(value, dict) and not listed:
            value = value.get(part)
        else:
            return None
    return value


def is_entry(tree: Any, path: KeyPath) -> bool:
    """Whether a number stands at a path in a list of numbers of the model or of the numerics."""
    value = found_at(tree, path)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    inside = path[0] in ("model", "numerics") and len(path) > 1 and str(path[-1]).isdecimal()
    return inside and number and isinstance(found_at(tree, path[:-1]), list)


def hint_at(tree: Any, path: str) -> str:
    """How the entries of a list are called that a wrong path leads to, or nothing."""
    plain = re.sub(r"\[(\d+)\]", r".\1", path)
    if plain != path and is_entry(tree, split(plain)):
        return f" (did you mean `{plain}`?)"
    whole = plain.rpartition(".")[0]
    entries = found_at(tree, split(whole))
    if not isinstance(entries, list) or not is_entry(tree, split(f"{whole}.0")):
        return ""
    return f" (its entries are `{whole}.0` to `{whole}.{len(entries) - 1}`)"


def split(path: str) -> KeyPath:
    """The parts of a dotted path."""
    return tuple(path.split("."))
