"""What must hold for the axes and sizes of a sweep beyond the types of their values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from twoqs.measure import OBSERVABLES, is_error, taken
from twoqs.model.limits import MOST_POINTS
from twoqs.sweep.axes import Axis, count_values, plain_axes
from twoqs.sweep.paths import (
    INITIAL,
    KNOWN,
    MEMBERS,
    PARAMETERS,
    SWEEPABLE,
    hint_at,
    is_entry,
    named,
    split,
)
from twoqs.sweep.problems import KeyPath, dotted, nearest, sentence
from twoqs.sweep.schema import CaseAxis, SweepSpec

FULL_SIZE = "paper"
"""The size that a sweep has without an overlay."""

OTHER_NAMES = frozenset(
    (
        *("complete", "step", "point_id", "model_error"),
        *("variable", "value", "standard_error", "reference", "scale", "z", "deviation", "method"),
        *("alone", "figure", "of_spin", "of_scheme", "of_representation"),
    )
)
"""Names that a merged dataset has beside those of results, and of columns of its tables."""

FOLDERS = ("digests", "figures", "logs", "predictions", "validation")
"""Folders that the workflow has beside the stores."""

_CASE_PATHS = (*SWEEPABLE, "trajectories")
_SETTABLE = frozenset(split(path) for path in _CASE_PATHS if "*" not in path)
_FREE = tuple(split(path) for path in SWEEPABLE if "*" in path)

FORMULA_HINT = " (what formulas hold is set by `parameters` in them: model.parameters.NAME)"

Found = tuple[KeyPath, str]


def check_targets(spec: SweepSpec) -> Iterator[Found]:
    """Names that are taken, and paths that an axis cannot set."""
    if spec.name in FOLDERS:
        wanted = f"not be one of {', '.join(FOLDERS)}, which are folders of the workflow"
        yield ("name",), sentence(("name",), wanted, spec.name)
    if FULL_SIZE in spec.sizes:
        at: KeyPath = ("sizes", FULL_SIZE)
        wanted = "have another name, which is that of the file without a size"
        yield at, sentence(at, wanted, FULL_SIZE)
    yield from _check_names(_names_of_axes(spec), OTHER_NAMES | taken(_has_modes(spec)))
    tree = spec.model_dump(include={"model", "numerics"}, exclude_none=True)
    names = _names_in(tree["model"])
    of_values, of_cases = named(SWEEPABLE, names), named(_CASE_PATHS, names)
    for at, _, axis in (one for n, given in spec.axes.items() for one in plain_axes(n, given)):
        if isinstance(axis, CaseAxis):
            for case, settings in axis.cases.items():
                for path in settings:
                    own = (*at, "cases", case)
                    yield from _check_path((*own, path), own, path, of_cases, tree)
            continue
        listed = isinstance(axis.sets, list)
        for i, path in enumerate(axis.sets if isinstance(axis.sets, list) else [axis.sets]):
            own = (*at, "sets", i) if listed else (*at, "sets")
            yield from _check_path(own, own, path, of_values, tree)


def _names_of_axes(spec: SweepSpec) -> list[KeyPath]:
    """Paths of all axes, and of those that move together."""
    found: list[KeyPath] = []
    for name, axis in spec.axes.items():
        found.append(("axes", name))
        found.extend(at for at, part, _ in plain_axes(name, axis) if len(at) > 2)
    return found


def _has_modes(spec: SweepSpec) -> bool:
    members = spec.model.members or {}
    return any(member.mode is not None for member in members.values())


def _check_names(paths: list[KeyPath], reserved: frozenset[str]) -> Iterator[Found]:
    results = {name.lower() for name in reserved if len(name) > 1 or name in OBSERVABLES}
    names = [str(path[-1]) for path in paths]
    for i, (at, name) in enumerate(zip(paths, names, strict=True)):
        if name in reserved or name.lower() in results or is_error(name):
            yield at, sentence(at, "have a name that is not one of the results", name)
        if name.lower() in (other.lower() for other in names[:i]):
            # Where file systems take upper for lower case, their arrays would be one folder.
            yield at, sentence(at, "differ from other axes by more than case", name)


def _check_path(
    at: KeyPath, shown: KeyPath, path: str, valid: tuple[str, ...], tree: dict[str, Any]
) -> Iterator[Found]:
    """A path that leads nowhere in a model and numerics."""
    if path in valid or is_entry(tree, split(path)):
        return
    of_formulas = path.startswith(("model.jumps", "model.hamiltonian", "model.events"))
    parameter = dotted((*PARAMETERS, split(path)[-1]))
    if of_formulas:
        hint = FORMULA_HINT
    elif parameter in valid:
        hint = f" (did you mean `{parameter}`?)"
    else:
        hint = hint_at(tree, path) or nearest(path, valid)
    yield at, sentence(shown, "be a path into the model or numerics", path, hint)


def check_axes(axes: tuple[Axis, ...]) -> Iterator[Found]:
    """Axes without values, with values given twice, or of different lengths that move together."""
    for axis in axes:
        at: KeyPath = ("axes", axis.name)
        if not axis.coordinates:
            yield at, sentence(at, "hold at least one value (the grid is empty)", [])
        twice = [value for value, count in Counter(axis.coordinates).items() if count > 1]
        if twice:
            shown = twice[0] if len(twice) == 1 else twice
            yield (*at, "values"), sentence((*at, "values"), "hold each value once", shown)
        if axis.parts:
            yield from _check_zip(axis)


def _check_zip(axis: Axis) -> Iterator[Found]:
    first = axis.parts[0]
    for part in axis.parts[1:]:
        at: KeyPath = ("axes", axis.name, "zip", part.name, "values")
        if len(part) != len(first):
            wanted = f"hold as many values as those of {first.name!r}, {len(first)}"
            yield at, sentence(at, wanted, len(part))
            return
    rows = Counter(zip(*(part.coordinates for part in axis.parts), strict=True))
    twice = next((row for row, count in rows.items() if count > 1), None)
    if twice is not None:
        yield (
            ("axes", axis.name),
            sentence(("axes", axis.name, "zip"), "hold the same values together once", list(twice)),
        )


def check_settings(axes: tuple[Axis, ...]) -> Iterator[Found]:
    """Paths that two axes set, or that one value sets twice: which of them would hold?"""
    paths = [sorted(path for path in axis.paths if _settable(path)) for axis in axes]
    for i, axis in enumerate(axes):
        at: KeyPath = ("axes", axis.name)
        for other, theirs in zip(axes[:i], paths[:i], strict=True):
            wanted = f"not set what the axis {other.name!r} sets too"
            for path in paths[i]:
                if any(_overlap(path, known) for known in theirs):
                    yield at, sentence(at, wanted, dotted(path))
        yield from _check_once(axis)


def _check_once(axis: Axis) -> Iterator[Found]:
    for coordinate, settings in zip(axis.coordinates, axis.settings, strict=True):
        case = isinstance(coordinate, str)
        sets = "zip" if axis.parts else "sets"
        at = ("axes", axis.name, *(("cases", coordinate) if case else (sets,)))
        known = sorted(path for path, _ in settings if _settable(path))
        for path, following in pairwise(known):
            if _overlap(path, following):
                yield at, sentence(at, "set each path once", dotted(following))
        if not case:  # all values set the same paths
            return


def _settable(path: KeyPath) -> bool:
    """Whether an axis may set it, if all names in it exist."""
    while str(path[-1]).isdecimal():  # entries of lists
        path = path[:-1]
    return path in _SETTABLE or any(
        len(path) == len(free) and all(a in (b, "*") for a, b in zip(free, path, strict=True))
        for free in _FREE
    )


def count_points(spec: SweepSpec) -> Iterator[Found]:
    """Grids that are too large, before their values are made."""
    counts = [count_values(axis) for axis in spec.axes.values()]
    if math.prod(max(1, count) for count in counts) > MOST_POINTS:
        wanted = f"span at most {MOST_POINTS} points"
        yield ("axes",), sentence(("axes",), wanted, math.prod(counts))


def _overlap(a: KeyPath, b: KeyPath) -> bool:
    n = min(len(a), len(b))
    return a[:n] == b[:n]


def _names_in(model: Any) -> dict[KeyPath, list[str]]:
    """Names of the parameters and members of a model, by the paths to mappings that have them."""
    given = model if isinstance(model, dict) else {}
    parameters, members = (
        list(map(str, found)) if isinstance(found := given.get(key), dict) else []
        for key in ("parameters", "members")
    )
    return {PARAMETERS: parameters, MEMBERS: members, INITIAL: members}


def check_overlay(size: str, overlay: dict[str, Any], data: dict[str, Any]) -> Iterator[Found]:
    """Paths of the size `size` that lead nowhere in the content `data` of a file."""
    axes = data.get("axes")
    names = list(axes) if isinstance(axes, dict) else []
    known = (
        dotted(path)
        for path in KNOWN
        if path[0] not in ("name", "axes", "sizes") or (path[0] == "axes" and len(path) > 2)
    )
    parts_of: dict[KeyPath, list[str]] = {
        ("axes", str(name), "zip"): list(map(str, inner))
        for name, axis in (axes.items() if isinstance(axes, dict) else ())
        if isinstance(axis, dict) and isinstance(inner := axis.get("zip"), dict)
    }
    model_names = _names_in(data.get("model"))
    concrete = named(known, {("axes",): list(map(str, names)), **parts_of, **model_names})
    for path in overlay:
        parts = split(path)
        case = parts[0] == "axes" and len(parts) > 3 and parts[1] in names and parts[2] == "cases"
        if path not in concrete and not case and not is_entry(data, parts):
            at = ("sizes", size, path)
            hint = hint_at(data, path) or nearest(path, concrete)
            yield at, sentence(at[:2], "set a path of this sweep", path, hint)
