"""Attributes of a merged dataset: what it is, and how it came about."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from typing import Any

from twoqs.provenance import code_digest, cpu_model, git_commit, versions
from twoqs.store.batches import Batches
from twoqs.store.merged import receipts_bytes
from twoqs.sweep.settings import canonical, in_order

METHOD = "truncated Wigner simulation of open quantum spins"
PAPER = "J. Huber, P. Kirton, P. Rabl, SciPost Physics 10, 045 (2021)"


def attributes(batches: Batches, digest: str, how: str) -> dict[str, Any]:
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
        "Conventions": "CF-1.11",
        "title": sweep.name,
        "comment": sweep.spec["description"],
        "source": f"twoqs {versions()['twoqs']}: {METHOD}",
        "references": PAPER,
        "history": f"{datetime.now(UTC).isoformat(timespec='seconds')} {how}",
        "sweep": in_order(sweep.spec),
        "seed": sweep.seed,
        "points_done": sum(batches.finished(point) for point in sweep.points),
        "points_total": len(sweep.points),
        "batches_done": done,
        "batches_total": total,
        "receipts_bytes": receipts_bytes(batches.path),
        "digest": digest,
        "code": code_digest(),
        "commit": git_commit() or "unknown",
        "versions": canonical(versions()),
        "platform": platform.platform(),
        "cpu": cpu_model(),
        "origins": canonical(batches.made_by()),
        "compute_seconds": round(seconds, 3),
    }
