"""How far a sweep is and what is wrong with its values, as one object that JSON can hold."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import StoreError
from twoqs.execution.targets import misses, progress
from twoqs.look.open import read_variables
from twoqs.look.trusted import judged, status_counts
from twoqs.look.unphysical import unphysical_reasons
from twoqs.measure.drift import ALARMS, RELAXATION_TIME, WINDOW_FLAG, WINDOW_WORDS
from twoqs.measure.members import has_modes, has_spins
from twoqs.measure.statuses import MISSING
from twoqs.model.kinds import ENSEMBLE
from twoqs.simulation.quanta import QUANTA
from twoqs.simulation.validity import MEANS, VARIANCES, note
from twoqs.store import Store, merged_attributes
from twoqs.sweep import Point

FEW_POINTS = 500
"""Points whose values may be made from records: some milliseconds each, while a sweep runs."""


def sweep_state(store: Store) -> dict[str, Any]:
    """What `twoqs status` tells of a store, with the keys of its `--json` (docs/query.md)."""
    points = store.sweep.points
    missing = [point for point in points if not store.finished(point)]
    done, total = store.counts()
    current = merged_attributes(store.path).get("digest") == store.digest()
    data = _values(store.path) if current or len(points) <= FEW_POINTS else None
    return {
        "sweep": store.sweep.name,
        "points": {"finished": len(points) - len(missing), "total": len(points)},
        "batches": {"done": done, "total": total},
        "part": _part(store),
        "merged": current,
        "target": progress(store) or None,
        "windows": _windows(points),
        "writer": None if store.writer is None else str(store.writer),
        "origins": store.made_by(),
        "missing": [
            {
                "point": _name(point),
                "batches": point.batches - store.ledger.count(point.point_id, point.batches),
                "of": point.batches,
            }
            for point in missing
        ],
        "values": None if data is None else _counts(data),
        "invalid": None if data is None else _invalid(data, points),
        "early": None if data is None else _early(data, points),
        "missed": [
            {
                "point": _name(miss.point),
                "times_target": miss.ratio if math.isfinite(miss.ratio) else None,
                "trajectories": miss.point.trajectories,
            }
            for miss in misses(store)
        ],
    }


def _windows(points: Sequence[Point]) -> dict[str, int] | None:
    """How many points know the window that they find for themselves; None if none does that."""
    if not any(point.auto for point in points):
        return None
    return {"known": sum(not point.pending for point in points), "total": len(points)}


def _part(store: Store) -> dict[str, Any] | None:
    """The part of the sweep that the last run was to compute; None for all of it."""
    if store.part is None:
        return None
    done, total = store.own_counts()
    return {"of": store.part.text(store.asked), "done": done, "total": total}


def _name(point: Point) -> str:
    return point.label or point.point_id


def _values(path: Path) -> xr.Dataset | None:
    """Means, variances and what tells of them; None if they are damaged: `verify` tells."""
    try:
        return read_variables(path, ())
    except StoreError:
        return None


def _counts(data: xr.Dataset) -> dict[str, dict[str, int]]:
    """Of means and variances, how many values have which status."""
    names = [name for name in judged(data) if name in (*MEANS, *VARIANCES, QUANTA)]
    counts = {name: status_counts(data, name) for name in names}
    return {
        name: {word: count for word, count in own.items() if word != MISSING}
        for name, own in counts.items()
    }


def _invalid(data: xr.Dataset, points: Sequence[Point]) -> list[dict[str, Any]]:
    """The points with values that belong to no state of the spins or modes."""
    kinds = {point.kind: point for point in points}.values()
    parts = {
        "spins": any(_may_change_length(point) for point in kinds),
        "modes": any(has_modes(point.model) for point in kinds),
    }
    found = []
    for of in (part for part, possible in parts.items() if possible):
        flags = unphysical_reasons(data, of)
        timed = "time" in flags.dims
        here = (flags.values != 0).reshape(len(points), flags.sizes.get("time", 1), -1).any(axis=2)
        if not here.any():
            continue
        since = flags.time.values[here.argmax(axis=1)].tolist() if timed else [None] * len(points)
        found.append(
            {
                "of": of,
                "why": note(flags.values),
                "times": {"invalid": int(here.sum()), "total": here.size} if timed else None,
                "points": [
                    {"point": _name(points[i]), "since": since[i]}
                    for i in np.flatnonzero(here.any(axis=1)).tolist()
                ],
            }
        )
    return found


def _may_change_length(point: Point) -> bool:
    ensembles = bool(np.any(point.model.kinds == ENSEMBLE))
    return has_spins(point.model) and (ensembles or not point.numerics.method.keeps_length)


def _early(data: xr.Dataset, points: Sequence[Point]) -> list[dict[str, Any]]:
    """The points whose window begins too early; none of records from before there were halves."""
    if WINDOW_FLAG not in data:
        return []
    late = np.flatnonzero(data[WINDOW_FLAG].isin([WINDOW_WORDS.index(word) for word in ALARMS]))
    times = data[RELAXATION_TIME].values.ravel().tolist()
    kinds = {points[i].kind: points[i] for i in late.tolist()}
    keeps = {kind: point.numerics.method.keeps_length for kind, point in kinds.items()}
    return [
        {
            "point": _name(points[i]),
            "relaxation_time": times[i] if math.isfinite(times[i]) else None,
            "keeps_length": keeps[points[i].kind],
        }
        for i in late.tolist()
    ]
