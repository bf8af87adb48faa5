"""Records of stores of earlier versions, in `batches.zarr`: to be read, and never written.

A Zarr array for each point and a file for each batch; another array for what is kept beside. A file
holds little-endian float64 and four bytes of crc32c.
"""

from __future__ import annotations

import os
from pathlib import Path

from twoqs.store.files import read_regular
from twoqs.store.kept import keeps, kept_bytes
from twoqs.store.packs import CHECKSUM_BYTES, without_checksum
from twoqs.sweep import Point


class Chunks:
    """The folder of the arrays, which need not be there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, point: Point, batch: int, size: int) -> bytes | None:
        """A record of `size` bytes with what is kept beside, or None if it is absent or damaged."""
        record = _content(self._path / point.point_id / f"c.{batch}.0.0", size)
        if record is None or not keeps(point, batch):
            return record
        beside = self._path / f"{point.point_id}.trajectories" / f"c.{batch}.0.0.0.0"
        kept = _content(beside, kept_bytes(point))
        return None if kept is None else record + kept

    def size(self, point: Point) -> int | None:
        """Bytes of a record of a point, if it has one."""
        try:
            with os.scandir(self._path / point.point_id) as entries:
                sizes = (one.stat().st_size for one in entries if one.name.startswith("c."))
                return next((size - CHECKSUM_BYTES for size in sizes), None)
        except OSError:
            return None


def _content(path: Path, size: int) -> bytes | None:
    """What a file holds before its checksum; None if it is absent, damaged or of another size."""
    try:
        content = read_regular(path, size + CHECKSUM_BYTES)
    except OSError:
        return None
    return without_checksum(content) if len(content) == size + CHECKSUM_BYTES else None
