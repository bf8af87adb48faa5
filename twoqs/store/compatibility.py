"""Whether a sweep may go on with the store of an earlier one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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


def spec_differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What keeps the normalised sweep `new` out of the store of `old`, in words.

    More or fewer trajectories and other values along an axis are welcome: points keep their
    identity, and their batches. Another model, other numerics, another seed, or other axes are not.
    """
    swept = _swept(old) | _swept(new)
    found = list(_compare(old, new, "", swept))
    for name in sorted(set(old["axes"]) | set(new["axes"])):
        found.extend(_compare_axis(f"axes.{name}", old["axes"].get(name), new["axes"].get(name)))
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


def _compare(old: Any, new: Any, path: str, swept: set[str]) -> Iterator[str]:
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
    elif path == _OBSERVABLES and _asked(old) != _asked(new):
        yield f"{_changed(path, old, new)} ({_REASON})"
    elif path != _OBSERVABLES and old != new:
        yield _changed(path, old, new)


def _compare_axis(
    path: str, old: dict[str, Any] | None, new: dict[str, Any] | None
) -> Iterator[str]:
    if old is None or new is None:
        yield f"{path} was added" if old is None else f"{path} was removed"
        return
    for key in ("sets", "factor"):
        if old.get(key) != new.get(key):
            yield _changed(f"{path}.{key}", old.get(key), new.get(key))
    parts = old.get("zip", {}), new.get("zip", {})
    for name in sorted(set(parts[0]) | set(parts[1])):
        own = f"{path}.zip.{name}"
        yield from _compare_axis(own, parts[0].get(name), parts[1].get(name))
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
