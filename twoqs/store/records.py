"""Records of batches: their bytes, digests and shapes.

A record is little-endian float64, row after row; behind it stands what its batch keeps. Receipts
tell where, and how long its rows are. Receipts of earlier versions do not: see `chunks`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from twoqs.errors import StoreError
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.moments import ROWS
from twoqs.measure.records import RecordLayout
from twoqs.model.arrays import Floats
from twoqs.simulation.kept import kept_shape
from twoqs.store.chunks import Chunks
from twoqs.store.kept import keeps, kept_bytes
from twoqs.store.ledger import Ledger
from twoqs.store.packs import Packs
from twoqs.sweep import Point

BATCHES, RECORDS = "batches.zarr", "records"


class Written(NamedTuple):
    """What a receipt tells of a record that is on disk: fields of `Receipt` of the same names."""

    sha256: str
    rows: int
    pack: int
    offset: int
    length: int
    kept: int | None


def raw_bytes(record: Floats) -> bytes:
    """The bytes of a record that digests are taken of."""
    return np.ascontiguousarray(record, dtype="<f8").tobytes()


def record_shape(point: Point) -> tuple[int, int]:
    """Shape (row, length) of a record of a point."""
    rows = point.per_batch // LANES * ROWS
    return rows, point.cost.bytes // (8 * rows)


def _fitted(point: Point, length: int, record: Floats) -> Floats:
    """A record of a point with the length of its other ones; as it is if it is none of its own."""
    variants = {one.length: one for one in RecordLayout.of(point.model, point.numerics).variants}
    return variants[length].fitted(record) if record.shape[1] in variants else record


class Records:
    """The records of a store.

    Args:
        path: folder of the store.
        ledger: its receipts, which tell where records are.
    """

    def __init__(self, path: Path, ledger: Ledger) -> None:
        self._path, self._ledger = path, ledger
        self._packs, self._chunks = Packs(path / RECORDS), Chunks(path / BATCHES)
        self._shapes: dict[str, tuple[int, int]] = {}

    def write(self, items: list[tuple[Point, Floats, Floats | None]]) -> list[Written]:
        """Write records of batches, and what these keep beside; all is on disk when this returns.

        Returns:
            What the receipt of each, which has to follow, tells of it.

        Raises:
            OSError: if the disk refuses.
            StoreError: if a record has another shape than its point's.
        """
        if not items:
            return []
        records = [self._like_others(point, record) for point, record, _ in items]
        beside = [kept for _, _, kept in items]
        contents = [
            raw_bytes(record) + (b"" if kept is None else raw_bytes(kept))
            for record, kept in zip(records, beside, strict=True)
        ]
        places = self._packs.append(contents, self._ledger.end)
        return [
            Written(
                hashlib.sha256(content).hexdigest(),
                *(len(record), *place, record.shape[1]),
                None if kept is None else kept.size,
            )
            for record, kept, content, place in zip(records, beside, contents, places, strict=True)
        ]

    def read(self, point: Point, batch: int, digest: bytes) -> Floats | None:
        """The record of a batch, or None if it is absent or not the one that was written."""
        found = self._read(point, batch, digest)
        return None if found is None else found[0]

    def read_kept(self, point: Point, batch: int, digest: bytes) -> Floats | None:
        """The trajectories that a batch keeps, or None if they are absent or not as written."""
        found = self._read(point, batch, digest)
        if found is None or not keeps(point, batch):
            return None
        return found[1].reshape(kept_shape(point.model, point.numerics))

    def _read(self, point: Point, batch: int, digest: bytes) -> tuple[Floats, Floats] | None:
        """A record and the values that are kept beside it, if both have this digest."""
        rows, length = shape = self._shape(point)
        size = 8 * rows * length
        place = self._ledger.place(point.point_id, batch)
        if place is None:
            content = self._chunks.read(point, batch, size)
        else:
            beside = kept_bytes(point) if keeps(point, batch) else 0
            fits = (place.rows, place.length, 8 * place.kept) == (rows, length, beside)
            content = self._packs.read(place.pack, place.offset, size + beside) if fits else None
        if content is None or hashlib.sha256(content).digest() != digest:
            return None
        values = np.frombuffer(content, "<f8")
        return values[: rows * length].reshape(shape), values[rows * length :]

    def _like_others(self, point: Point, record: Floats) -> Floats:
        """A record with the length of the point's, which may have begun with more or less."""
        shape = self._shape(point)
        if record.shape[1] != shape[1]:
            record = _fitted(point, shape[1], record)
        if record.shape != shape:
            raise StoreError(
                f"The records of the point at {point.label} in {self._path} have the shape "
                f"{shape}, but this version of twoqs makes {record.shape}; use another store."
            )
        return record

    def _shape(self, point: Point) -> tuple[int, int]:
        """Shape of the records of a point, as it has begun; worked out once for all its batches."""
        known = self._shapes.get(point.point_id)
        if known is None:
            rows, length = record_shape(point)
            known = self._shapes[point.point_id] = rows, self._begun(point, rows, length)
        return known

    def _begun(self, point: Point, rows: int, own: int) -> int:
        """Numbers in a row of the records that a point has; its own if it has none."""
        length = self._ledger.length(point.point_id)
        size = 8 * rows * length if length else self._chunks.size(point)
        if size in (None, 8 * rows * own):
            return own
        lengths = [one.length for one in RecordLayout.of(point.model, point.numerics).variants]
        return next((length for length in lengths if 8 * rows * length == size), own)
