"""Describes in a few lines how far a sweep is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from twoqs.errors import StoreError
from twoqs.look.open import read_variables
from twoqs.look.unphysical import unphysical_reasons
from twoqs.measure.drift import ALARMS, RELAXATION_TIME, WINDOW_FLAG, WINDOW_WORDS
from twoqs.measure.halves import has_halves
from twoqs.measure.members import has_modes, has_spins
from twoqs.measure.statuses import NEVER_AT_REST
from twoqs.model.kinds import ENSEMBLE
from twoqs.run.targets import misses, progress, shortened
from twoqs.simulation.validity import note
from twoqs.store import Store, merged_attributes
from twoqs.sweep import Point

SHOWN_POINTS = 10

FEW_POINTS = 500
"""Points whose values may be made from records: some milliseconds each, while a sweep runs."""


def status(path: Path) -> str:
    """Points and batches that are done and missing.

    Raises:
        StoreError: if there is no store.
    """
    store = Store(path)
    points = store.sweep.points
    open_points = [point for point in points if not store.finished(point)]
    done, total = store.counts()
    current = merged_attributes(path).get("digest") == store.digest()
    lines = [
        f"sweep    {store.sweep.name}",
        f"points   {len(points) - len(open_points)} of {len(points)} finished",
        f"batches  {done} of {total} done",
        f"merged   {'up to date' if current else 'not up to date'}",
    ]
    if store.sweep.target_se:
        lines.append(f"target   {progress(store)}")
    if any(point.auto for point in points):
        found = len(points) - sum(point.pending for point in points)
        lines.append(f"windows  {found} of {len(points)} known")
    if store.writer is not None:
        lines.append(f"writer   {store.writer}")
    for point in open_points[:SHOWN_POINTS]:
        have = store.ledger.count(point.point_id, point.batches)
        where = point.label or point.point_id
        lines.append(f"missing  {point.batches - have} of {point.batches} batches at {where}")
    if len(open_points) > SHOWN_POINTS:
        lines.append(f"missing  ... and at {len(open_points) - SHOWN_POINTS} more points")
    if current or len(points) <= FEW_POINTS:
        lines += _unphysical(path, points) + _early(path, points)
    lines += [f"missed   {line}" for line in shortened(misses(store))]
    return "\n".join(lines)


def _unphysical(path: Path, points: Sequence[Point]) -> list[str]:
    """Lines about the points with values that belong to no state of the spins or modes."""
    parts = []
    if any(_may_change_length(point) for point in points):
        parts.append("spins")  # else what is large need not be read
    if any(has_modes(point.model) for point in points):
        parts.append("modes")
    if not parts:
        return []
    try:
        data = read_variables(path, ())
    except StoreError:
        return []  # damaged: `verify` and `open` tell
    return [line for of in parts for line in _marked(unphysical_reasons(data, of), points)]


def _early(path: Path, points: Sequence[Point]) -> list[str]:
    """Lines about the points whose window begins too early."""
    if not any(has_halves(point.numerics) for point in points):
        return []
    try:
        data = read_variables(path, ())
    except StoreError:
        return []
    if WINDOW_FLAG not in data:
        return []  # of records that were made before there were halves
    late = np.flatnonzero(data[WINDOW_FLAG].isin([WINDOW_WORDS.index(w) for w in ALARMS]))
    times = data[RELAXATION_TIME].values.ravel()
    if len(late) == 0:
        return []
    text = f"{len(late)} of {len(points)} points average over windows that begin too early"
    if not all(points[i].numerics.method.keeps_length for i in late.tolist()):
        text += f" ({NEVER_AT_REST})"
    lines = [f"early    {text}: begin after three relaxation times or later"]
    for i in late[:SHOWN_POINTS]:
        known = f"relaxation time about {times[i]:.2g}" if np.isfinite(times[i]) else "very slow"
        lines.append(f"early    {points[i].label or points[i].point_id}: {known}")
    if len(late) > SHOWN_POINTS:
        lines.append(f"early    ... and at {len(late) - SHOWN_POINTS} more points")
    return lines


def _may_change_length(point: Point) -> bool:
    ensembles = bool(np.any(point.model.kinds == ENSEMBLE))
    return has_spins(point.model) and (ensembles or not point.numerics.method.keeps_length)


def _marked(flags: xr.DataArray, points: Sequence[Point]) -> list[str]:
    """Lines about the points that flags mark."""
    timed = "time" in flags.dims
    here = (flags.values != 0).reshape(len(points), flags.sizes.get("time", 1), -1).any(axis=2)
    wrong = here.any(axis=1)
    if not wrong.any():
        return []
    values = f" ({np.count_nonzero(here)} of {here.size} times)" if timed else ""
    lines = [
        f"invalid  {np.count_nonzero(wrong)} of {len(points)} points{values}: {note(flags.values)}"
    ]
    marked = np.flatnonzero(wrong)
    for i in marked[:SHOWN_POINTS]:
        since = f" from time {float(flags.time[here[i].argmax()]):g} on" if timed else ""
        lines.append(f"invalid  {points[i].label or points[i].point_id}{since}")
    if len(marked) > SHOWN_POINTS:
        lines.append(f"invalid  ... and at {len(marked) - SHOWN_POINTS} more points")
    return lines
