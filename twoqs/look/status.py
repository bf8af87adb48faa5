"""Describes in a few lines how far a sweep is, and how many of its values are ok."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from twoqs.execution.targets import misses, shortened
from twoqs.look.state import sweep_state
from twoqs.measure.statuses import NEVER_AT_REST
from twoqs.store import Store
from twoqs.store.origins import origin_lines

SHOWN_POINTS = 10


def status(path: Path, as_json: bool = False) -> str:
    """Points and batches that are done and missing, and how many values have which status.

    Args:
        path: folder of the sweep.
        as_json: whether the same is wanted as one JSON object, with all points.

    Raises:
        StoreError: if there is no store.
    """
    store = Store(path)
    state = sweep_state(store)
    if as_json:
        return json.dumps(state, indent=2, ensure_ascii=False, allow_nan=False)
    missed = [f"missed   {line}" for line in shortened(misses(store))]
    return "\n".join([*_progress(state), *_values(state), *missed])


def _progress(state: Mapping[str, Any]) -> Iterator[str]:
    points, batches = state["points"], state["batches"]
    yield f"sweep    {state['sweep']}"
    yield f"points   {points['finished']} of {points['total']} finished"
    yield f"batches  {batches['done']} of {batches['total']} done"
    if (part := state["part"]) is not None:
        yield f"part     {part['done']} of {part['total']} batches of {part['of']} done"
    yield f"merged   {'up to date' if state['merged'] else 'not up to date'}"
    if (windows := state["windows"]) is not None:
        yield f"windows  {windows['known']} of {windows['total']} known"
    for key in ("target", "writer"):
        if state[key] is not None:
            yield f"{key:8} {state[key]}"
    yield from (f"origin   {line}" for line in origin_lines(state["origins"]))
    texts = [
        f"{one['batches']} of {one['of']} batches at {one['point']}" for one in state["missing"]
    ]
    yield from _first("missing", texts)


def _values(state: Mapping[str, Any]) -> Iterator[str]:
    """Lines about the values, if they could be looked at."""
    alike: dict[str, list[str]] = {}
    for name, counts in (state["values"] or {}).items():
        text = ", ".join(f"{count} {word}" for word, count in counts.items())
        alike.setdefault(text, []).append(name)
    yield from (f"values   {', '.join(names)}: {text}" for text, names in alike.items() if text)
    total = state["points"]["total"]
    for one in state["invalid"] or []:
        times = one["times"]
        values = f" ({times['invalid']} of {times['total']} times)" if times else ""
        yield f"invalid  {len(one['points'])} of {total} points{values}: {one['why']}"
        yield from _first("invalid", [f"{p['point']}{_since(p['since'])}" for p in one["points"]])
    if early := state["early"]:
        text = f"{len(early)} of {total} points average over windows that begin too early"
        if not all(one["keeps_length"] for one in early):
            text += f" ({NEVER_AT_REST})"
        yield f"early    {text}: begin after three relaxation times or later"
        slow = [f"{one['point']}: {_relaxation(one['relaxation_time'])}" for one in early]
        yield from _first("early", slow)


def _since(time: float | None) -> str:
    return "" if time is None else f" from time {time:g} on"


def _relaxation(time: float | None) -> str:
    return "very slow" if time is None else f"relaxation time about {time:.2g}"


def _first(key: str, texts: Sequence[str]) -> Iterator[str]:
    """A line for each of the first points, and one for the others."""
    yield from (f"{key:8} {text}" for text in texts[:SHOWN_POINTS])
    if len(texts) > SHOWN_POINTS:
        yield f"{key:8} ... and at {len(texts) - SHOWN_POINTS} more points"
