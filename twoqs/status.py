"""Describes in a few lines how far a sweep is."""

from __future__ import annotations

from pathlib import Path

from twoqs.store import Batches, merged_attributes
from twoqs.target import misses, progress, shortened

SHOWN_POINTS = 10


def status(path: Path) -> str:
    """Points and batches that are done and missing.

    Raises:
        StoreError: if there is no store.
    """
    store = Batches(path)
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
    if store.writer is not None:
        lines.append(f"writer   {store.writer}")
    for point in open_points[:SHOWN_POINTS]:
        have = store.ledger.count(point.point_id, point.batches)
        where = point.label or point.point_id
        lines.append(f"missing  {point.batches - have} of {point.batches} batches at {where}")
    if len(open_points) > SHOWN_POINTS:
        lines.append(f"missing  ... and at {len(open_points) - SHOWN_POINTS} more points")
    lines += [f"missed   {line}" for line in shortened(misses(store))]
    return "\n".join(lines)
