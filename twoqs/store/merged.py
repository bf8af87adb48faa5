"""The merged dataset on disk: whether it is there, is what was written, and is up to date."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

from twoqs.simulation.canonical import in_order
from twoqs.store.description import read_spec
from twoqs.store.files import read_json, write_atomic
from twoqs.store.metadata import read_root
from twoqs.store.store import MERGED, RECEIPTS, Store
from twoqs.store.windows import WINDOWS

NEVER = -1
"""Length that no journal has."""

READ_BYTES = 1_000_000
"""Bytes of a file that are held at a time."""


def merged_attributes(store: Path) -> dict[str, Any]:
    """Attributes of the merged dataset of a store; empty if there is none that can be read."""
    try:
        return dict(read_root(store / MERGED)["attributes"])
    except (OSError, ValueError):
        return {}


def is_current(store: Path, attributes: dict[str, Any]) -> bool:
    """Whether a merged dataset with these attributes holds all that the store has receipts for.

    If no receipt was added since it was made, that is known without reading them. One that was made
    before such things were noted does not count as current.

    Raises:
        StoreError: if there is no store.
    """
    noted = attributes.get("receipts_bytes")
    if noted is None or attributes.get("sweep") != in_order(read_spec(store)):
        return False
    if noted == receipts_bytes(store):
        return True
    return bool(attributes.get("digest") == Store(store).digest())


def receipts_bytes(store: Path) -> int:
    """Length of the journals of receipts and of windows."""
    paths = (store / name for name in (RECEIPTS, WINDOWS))
    return sum(path.stat().st_size for path in paths if path.exists())


def expect_journals(store: Path, size: int) -> None:
    """Have the merged dataset take journals of another length for those that it was made from.

    Journals that are about to be shortened could grow to the length that is noted by chance; a
    dataset that is out of date shall not count as current then.

    Args:
        size: what they will have; NEVER, if they will not be those that it was made from.

    Raises:
        OSError: if the disk refuses.
    """
    attributes = merged_attributes(store)
    if attributes:
        content = read_json(store / MERGED / "zarr.json")
        known = is_current(store, attributes)
        content["attributes"]["receipts_bytes"] = size if known else NEVER
        write_atomic(store / MERGED / "zarr.json", json.dumps(content).encode())


def intact(store: Path) -> bool:
    """Whether the merged dataset of a store is there, and is what was written; reads all of it."""
    path = store / MERGED
    try:
        root = read_root(path)
        same = _metadata(path) == root["consolidated_metadata"]["metadata"]
        return bool(same and tree_digest(path) == root["attributes"]["content_sha256"])
    except (OSError, ValueError):
        return False


def lacks_chunks(store: Path) -> bool:
    """Whether files of the merged dataset are gone, which Zarr would read as values that are NaN.

    Looks at names alone: what the chunks hold is guarded by their checksums.
    """
    path = store / MERGED
    return any(
        sum(1 for file in (path / name).rglob("*") if file.is_file()) - 1 < _chunks(metadata)
        for name, metadata in _metadata(path).items()
    )


def _metadata(path: Path) -> dict[str, Any]:
    return {file.parent.name: read_json(file) for file in path.glob("*/zarr.json")}


def _chunks(metadata: dict[str, Any]) -> int:
    """How many chunks an array has."""
    chunks = metadata["chunk_grid"]["configuration"]["chunk_shape"]
    return math.prod(-(-n // c) for n, c in zip(metadata["shape"], chunks, strict=True))


def tree_digest(path: Path) -> str:
    """SHA-256 of all arrays below a folder, metadata included; the root's own is left out."""
    digest = hashlib.sha256()
    files = (file for file in path.rglob("*") if file.is_file() and file.parent != path)
    for file in sorted(files, key=lambda file: file.relative_to(path).as_posix()):
        digest.update(f"{file.relative_to(path).as_posix()} {file.stat().st_size}\n".encode())
        with file.open("rb") as content:
            while block := content.read(READ_BYTES):
                digest.update(block)
    return digest.hexdigest()
