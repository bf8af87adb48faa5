"""What must hold for the axes and sizes of a sweep beyond the types of their values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

from twoqs.quantities import CORRELATIONS, LENGTH_FIT, MOMENTS, OPTIMUM, SITES, SQUEEZING
from twoqs.sweep.axes import Axis
from twoqs.sweep.paths import KNOWN, SWEEPABLE, split
from twoqs.sweep.problems import Path, nearest, sentence
from twoqs.sweep.schema import CaseAxis, SweepSpec

MAX_POINTS = 1_000_000

RESERVED = frozenset(
    (
        *("time", "distance", "site", "trajectories", "complete", "step", "point_id"),
        *("diverged", "clipped_fraction", "xi_chi2_dof", "xi_p_value", "xi_status"),
        "squeezing_optimum_status",
        *("variable", "value", "standard_error", "reference", "z", "deviation", "method"),
        *(*MOMENTS, *SQUEEZING, *OPTIMUM, *CORRELATIONS, *SITES, *LENGTH_FIT),
    )
)
"""Names of dimensions and variables of a result, and of columns of its tables."""

_CASE_PATHS = (*SWEEPABLE, "trajectories")

Found = tuple[Path, str]


def check_targets(spec: SweepSpec) -> Iterator[Found]:
    """Axis names that are taken, and paths that an axis cannot set."""
    for name, axis in spec.axes.items():
        if name in RESERVED or name.endswith("_se"):
            wanted = "have a name that is not one of the results"
            yield ("axes", name), sentence(("axes", name), wanted, name)
        if isinstance(axis, CaseAxis):
            place: Path = ("axes", name, "cases")
            for case, settings in axis.cases.items():
                for path in settings:
                    yield from _check_path((*place, case, path), path, _CASE_PATHS)
            continue
        listed = isinstance(axis.sets, list)
        for i, path in enumerate(axis.sets if isinstance(axis.sets, list) else [axis.sets]):
            place = ("axes", name, "sets")
            yield from _check_path((*place, i) if listed else place, path, SWEEPABLE)


def _check_path(place: Path, path: str, valid: tuple[str, ...]) -> Iterator[Found]:
    if path not in valid:
        hint = nearest(path, valid)
        yield place, sentence(place[:4], "be a path into the model or numerics", path, hint)


def check_axes(axes: tuple[Axis, ...]) -> Iterator[Found]:
    """Axes without values or with values given twice, and paths that two axes set."""
    for axis in axes:
        place: Path = ("axes", axis.name)
        if not axis.coordinates:
            yield place, sentence(place, "hold at least one value (the grid is empty)", [])
        twice = [value for value, count in Counter(axis.coordinates).items() if count > 1]
        if twice:
            shown = twice[0] if len(twice) == 1 else twice
            yield (*place, "values"), sentence((*place, "values"), "hold each value once", shown)
    for i, axis in enumerate(axes):
        for other in axes[:i]:
            for path in sorted(axis.paths):
                if any(_overlap(path, theirs) for theirs in other.paths):
                    given = ".".join(str(part) for part in path)
                    wanted = f"not set what the axis {other.name!r} sets too"
                    yield ("axes", axis.name), sentence(("axes", axis.name), wanted, given)
    count = math.prod(len(axis) for axis in axes)
    if count > MAX_POINTS:
        yield ("axes",), sentence(("axes",), f"span at most {MAX_POINTS} points", count)


def _overlap(a: Path, b: Path) -> bool:
    n = min(len(a), len(b))
    return a[:n] == b[:n]


def check_overlay(size: str, overlay: dict[str, Any], axes: Any) -> Iterator[Found]:
    """Paths of the size `size` that lead nowhere."""
    names = list(axes) if isinstance(axes, dict) else []
    concrete = [
        ".".join(str(name if part == "*" else part) for part in path)
        for path in KNOWN
        for name in (names if "*" in path else [""])
        if path[0] not in ("name", "axes", "sizes") or (path[0] == "axes" and len(path) > 2)
    ]
    for path in overlay:
        parts = split(path)
        case = parts[0] == "axes" and len(parts) > 3 and parts[1] in names and parts[2] == "cases"
        if path not in concrete and not case:
            place = ("sizes", size, path)
            hint = nearest(path, concrete)
            yield place, sentence(place[:2], "set a path of this sweep", path, hint)
