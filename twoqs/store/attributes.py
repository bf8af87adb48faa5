"""Attributes of a merged dataset: what it is, and how it came about."""

from __future__ import annotations

from typing import Any

from twoqs.simulation.canonical import canonical, in_order
from twoqs.simulation.provenance import provenance
from twoqs.store.merged import receipts_bytes
from twoqs.store.store import Store


def attributes(batches: Store, digest: str, how: str) -> dict[str, Any]:
    """Attributes of the dataset that is made of the records now.

    Args:
        digest: of the records.
        how: what makes the dataset, for `history`.
    """
    sweep = batches.sweep
    used = sweep.requirements.items()
    seconds = sum(batches.ledger.seconds(identity, point.batches) for identity, point in used)
    done, total = batches.counts()
    return {
        **provenance(sweep.name, how),
        "comment": sweep.spec["description"],
        "sweep": in_order(sweep.spec),
        "seed": sweep.seed,
        "points_done": sum(batches.finished(point) for point in sweep.points),
        "points_total": len(sweep.points),
        "batches_done": done,
        "batches_total": total,
        "receipts_bytes": receipts_bytes(batches.path),
        "digest": digest,
        "origins": canonical(batches.made_by()),
        "compute_seconds": round(seconds, 3),
    }
