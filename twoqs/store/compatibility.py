"""Whether a sweep may go on with the store of an earlier one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from twoqs.sweep import Point

_FREE = (
    "description",
    "numerics.derived",
    "numerics.budget",
    "trajectories",
    "target_se",
    "target_step",
    "max_trajectories",
    "axes",
)
"""Keys that may change, or that are compared in their own way."""

_OBSERVABLES = "numerics.observables"

_REASON = (
    "a record holds the sums of the observables asked for and of no others, so that every batch "
    "would have to be computed anew"
)


class Difference(NamedTuple):
    """A value that two sweeps, or two points, do not have in common.

    Attributes:
        path: dotted path of it in a sweep file.
        old, new: what it was and is; None where it is left out.
    """

    path: str
    old: Any
    new: Any

    def __str__(self) -> str:
        reason = f" ({_REASON})" if self.path == _OBSERVABLES else ""
        return _changed(*self) + reason


def settings_tree(point: Point) -> dict[str, Any]:
    """Model and numerics of a point as a sweep file has them."""
    model, numerics = map(json.loads, point.settings)
    return {"model": model, "numerics": numerics}


def settings_differences(old: dict[str, Any], new: dict[str, Any]) -> list[Difference]:
    """What tells the settings of two points apart."""
    return list(_compare(old, new, "", set()))


def spec_differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What keeps the normalised sweep `new` out of the store of `old`, in words.

    More or fewer trajectories and other values along an axis are welcome: points keep their
    identity, and their batches. So are axes of a grid that move together now, or the other way
    round. Another model, other numerics, another seed, or other axes are not.
    """
    swept = _swept(old) | _swept(new)
    found = [str(one) for one in _compare(old, new, "", swept)]
    before, after = _alone(old), _alone(new)
    for name in sorted(set(before) | set(after)):
        (path, one), (other_path, other) = before.get(name, ("", None)), after.get(name, ("", None))
        found.extend(_compare_axis(other_path or path, one, other))
    return found


def _alone(spec: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any]]]:
    """By name, path and content of each axis that has values or cases of its own."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, axis in spec["axes"].items():
        parts = axis.get("zip", {})
        found |= {part: (f"axes.{name}.zip.{part}", own) for part, own in parts.items()}
        if not parts:
            found[name] = f"axes.{name}", axis
    return found


def _swept(spec: dict[str, Any]) -> set[str]:
    """Paths whose value comes from an axis, so that the one beside it says nothing."""
    paths: set[str] = set()
    for given in spec["axes"].values():
        for axis in (given, *given.get("zip", {}).values()):
            for case in axis.get("cases", {}).values():
                paths |= set(case)
            sets = axis.get("sets", [])
            paths |= {sets} if isinstance(sets, str) else set(sets)
    return paths


def _compare(old: Any, new: Any, path: str, swept: set[str]) -> Iterator[Difference]:
    if path in swept or path in _FREE:
        return
    vector = path.startswith("model.") and isinstance(old, list) and isinstance(new, list)
    if path != _OBSERVABLES and isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(set(old) | set(new)):
            inner = f"{path}.{key}" if path else key
            yield from _compare(old.get(key), new.get(key), inner, swept)
    elif vector and len(old) == len(new) == 3:
        for axis, a, b in zip("xyz", old, new, strict=True):
            yield from _compare(a, b, f"{path}.{axis}", swept)
    elif _asked(old) != _asked(new) if path == _OBSERVABLES else old != new:
        yield Difference(path, old, new)


def _compare_axis(
    path: str, old: dict[str, Any] | None, new: dict[str, Any] | None
) -> Iterator[str]:
    if old is None or new is None:
        yield f"{path} was added" if old is None else f"{path} was removed"
        return
    for key in ("sets", "factor"):
        if old.get(key) != new.get(key):
            yield _changed(f"{path}.{key}", old.get(key), new.get(key))
    before, after = old.get("cases", {}), new.get("cases", {})
    for name in sorted(set(before) & set(after)):
        a, b = _physics(before[name]), _physics(after[name])
        if a != b:
            reason = "" if a.get(_OBSERVABLES) == b.get(_OBSERVABLES) else f" ({_REASON})"
            yield _changed(f"{path}.cases.{name}", a, b) + reason


def _physics(case: dict[str, Any]) -> dict[str, Any]:
    return {path: value for path, value in case.items() if path != "trajectories"}


def _asked(observables: Any) -> Any:
    """Words in any order, or what stands for each name."""
    return dict.fromkeys(observables, True) if isinstance(observables, list) else observables


def _changed(path: str, old: Any, new: Any) -> str:
    return f"{path} was {_shown(old)} and is {_shown(new)}"


def _shown(value: Any) -> str:
    text = "left out" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
