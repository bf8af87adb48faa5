"""The sweep that several sweeps are parts of: one product grid with the values of all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from twoqs.store.compatibility import spec_differences
from twoqs.store.description import OtherSweepError, read_spec
from twoqs.sweep import Sweep

_ONCE = ("target_se", "max_trajectories")
"""Keys of which a store may change, but two cannot both be kept."""


def united_sweep(paths: Sequence[Path]) -> Sweep:
    """The sweep of several stores: all values of their axes, and the most trajectories.

    Values of an axis come in the order of the store that has all of them; else sorted, if they are
    sorted in each; else as they come, store by store. So the sweeps of parts of a sweep make that
    sweep again. Name and description are those of the first.

    Raises:
        OtherSweepError: if they differ in more, naming what differs.
        StoreError: if one is no store.
        SpecError: if their grid has points that make no sense.
    """
    specs = [read_spec(path) for path in paths]
    for path, other in zip(paths[1:], specs[1:], strict=True):
        found = spec_differences(specs[0], other | {"name": specs[0]["name"]})
        found += [
            f"{key} was {specs[0].get(key)} and is {other.get(key)}"
            for key in _ONCE
            if specs[0].get(key) != other.get(key)
        ]
        if found:
            raise OtherSweepError(
                f"The stores {paths[0]} and {path} hold different sweeps, which may differ in "
                f"values of axes and in trajectories only. From the first to the other, "
                f"{'; '.join(found)}."
            )
    return Sweep.from_dict(united_spec(specs))


def united_spec(specs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The normalised content of the sweep that these are parts of."""
    return reduce(_joined, specs)


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    counts = one["trajectories"], other["trajectories"]
    axes = {
        name: _joined_axis(axis, other["axes"][name], counts) for name, axis in one["axes"].items()
    }
    derived = {**(other["numerics"].get("derived") or {}), **(one["numerics"].get("derived") or {})}
    numerics = one["numerics"] | ({"derived": derived} if derived else {})
    return one | {"trajectories": max(counts), "axes": axes, "numerics": numerics}


def _joined_axis(
    one: dict[str, Any], other: dict[str, Any], counts: tuple[int, int]
) -> dict[str, Any]:
    if "cases" in one:
        cases = {
            name: _joined_case([axis["cases"].get(name) for axis in (one, other)], counts)
            for (name,) in _joined_rows(*([(name,) for name in x["cases"]] for x in (one, other)))
        }
        return one | {"cases": cases}
    if "zip" in one:
        names = list(one["zip"])
        every = ([x["zip"][name]["values"] for name in names] for x in (one, other))
        rows = _joined_rows(*(list(zip(*columns, strict=True)) for columns in every))
        columns = dict(zip(names, zip(*rows, strict=True), strict=True))
        parts = {name: one["zip"][name] | {"values": [*columns[name]]} for name in names}
        return one | {"zip": parts}
    rows = _joined_rows(*([(value,) for value in x["values"]] for x in (one, other)))
    return one | {"values": [value for (value,) in rows]}


def _joined_rows(one: list[Any], other: list[Any]) -> list[Any]:
    """Values along an axis, as tuples, each once."""
    every = list(dict.fromkeys([*one, *other]))
    for rows in (one, other):
        if len(rows) == len(every):
            return rows
    if isinstance(every[0][0], str):  # names have no order of their own
        return every
    for falling in (False, True):
        if all(rows == sorted(rows, reverse=falling) for rows in (one, other)):
            return sorted(every, reverse=falling)
    return every


def _joined_case(cases: Sequence[dict[str, Any] | None], counts: Sequence[int]) -> dict[str, Any]:
    """The settings of a case, None in a sweep without it, with the most trajectories."""
    known = [case for case in cases if case is not None]
    if all("trajectories" not in case for case in known):
        return known[0]
    pairs = zip(cases, counts, strict=True)
    most = max(case.get("trajectories") or n for case, n in pairs if case is not None)
    return known[0] | {"trajectories": most}
