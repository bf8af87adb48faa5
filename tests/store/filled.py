"""What computes a store, wholly or in part."""

from __future__ import annotations

from pathlib import Path

from twoqs.store import BatchWriter, write_merged
from twoqs.sweep import Sweep
from twoqs.sweep.work import Task, execute


def fill(store: Path, content: Sweep, limit: int | None = None) -> list[tuple[str, int]]:
    """Compute what is missing, at most `limit` batches, and merge; returns what was computed."""
    with BatchWriter(store, content) as batches:
        batches.revoke_damaged()
        missing = list(batches.missing())[:limit]
        for point, batch in missing:
            batches.commit([(point, execute(Task.of(point, content.seed, batch)))])
        write_merged(batches, {"digest": batches.digest()})
    return [(point.point_id, batch) for point, batch in missing]
