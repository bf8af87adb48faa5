"""The end of a run: the merged dataset, and the digest that stands for it in a workflow."""

from __future__ import annotations

import json
import os
from pathlib import Path

from twoqs.errors import StoreError
from twoqs.execution.log import Log
from twoqs.kernels.compile.sources import closure_digest
from twoqs.store import (
    BatchWriter,
    Store,
    attributes,
    intact,
    merged_attributes,
    write_merged,
)
from twoqs.store.files import write_atomic


def remerge(batches: BatchWriter, log: Log) -> bool:
    """Make the merged dataset unless it is whole and made of the same records by the same code.

    Of the code counts what makes the dataset, and not that of figures or commands.
    """
    digest = batches.digest()
    present = merged_attributes(batches.path)
    code = closure_digest("twoqs.store.merge", "twoqs.store.attributes")
    described = attributes(batches, digest, "merged by twoqs run") | {"merge_code": code}
    same = ("digest", "merge_code", "origins", "sweep")
    if all(present.get(key) == described[key] for key in same):
        if intact(batches.path):
            return False
        log.say(f"{batches.merged} is damaged; it is made anew.")
    write_merged(batches, described)
    return True


def write_digest(path: Path, batches: Store) -> None:
    """Write the small file that stands for a finished sweep in a workflow.

    Raises:
        StoreError: if it cannot be written.
    """
    merged = merged_attributes(batches.path)
    _, total = batches.counts()
    content = {
        "sweep": batches.sweep.name,
        "store": os.path.relpath(batches.path, path.parent),
        "points": len(batches.sweep.points),
        "batches": total,
        "records_sha256": merged["digest"],
        "merged_sha256": merged["content_sha256"],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, (json.dumps(content, indent=1) + "\n").encode())
    except OSError as error:
        raise StoreError(f"Cannot write the digest file {path}: {error.strerror}.") from error
