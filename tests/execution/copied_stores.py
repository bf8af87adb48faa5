"""Stores with some batches of another one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from twoqs.store import BatchWriter, Store, journal
from twoqs.store.store import RECEIPTS
from twoqs.sweep import Sweep

BATCHES = [(place, batch) for place in range(4) for batch in range(2)]
"""Of the small sweep: number of the point, and of the batch."""


def copied(
    source: Path, path: Path, batches: Iterable[tuple[int, int]], content: Sweep, shift: float = 0.0
) -> Path:
    """A store with some batches of another one, or with records that differ by `shift`."""
    store, wanted = Store(source), set()
    points = [point.point_id for point in store.sweep.points]
    wanted = {(points[place], batch) for place, batch in batches}
    with BatchWriter(path, content) as writer:
        known = {receipt[:2]: receipt for receipt in journal.receipts(source / RECEIPTS)}
        items = []
        for (identity, batch), receipt in known.items():
            point = store.sweep.requirements[identity]
            if (identity, batch) in wanted:
                record = store.records.read(point, batch, bytes.fromhex(receipt.sha256))
                assert record is not None
                items.append((point, batch, record + shift, None, receipt))
        writer.adopt(items, store.origins)
    return path
