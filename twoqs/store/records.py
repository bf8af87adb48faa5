"""Records of batches as a Zarr group: one array for each point, one chunk for each batch.

An array has the dimensions (batch, row, record), little-endian float64, fill value NaN, and the
codec crc32c, so a chunk is the record's bytes followed by four of checksum. Zarr makes and grows
the arrays, and any Zarr library reads them; chunks are written here because a receipt may only
follow data that is known to be on disk, which Zarr's own writes do not promise.
"""

from __future__ import annotations

import hashlib
import math
import os
from pathlib import Path

import google_crc32c
import numpy as np
import zarr
from zarr.codecs import Crc32cCodec

from twoqs.errors import StoreError
from twoqs.measure.records import RecordLayout
from twoqs.model.arrays import Floats
from twoqs.simulation.batch import rows_per_batch
from twoqs.store.files import read_json, read_regular, write_all_atomic
from twoqs.store.kept import (
    ARRAY_DIMENSIONS,
    ENDING,
    chunk_shape_of,
    keeps,
    kept_array,
    kept_bytes,
    kept_chunk,
)
from twoqs.sweep import Point

_CHECKSUM_BYTES = 4
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)


def raw_bytes(record: Floats) -> bytes:
    """The bytes of a record that digests are taken of."""
    return np.ascontiguousarray(record, dtype="<f8").tobytes()


def _checksum(raw: bytes) -> bytes:
    """Checksum that the codec crc32c appends."""
    return int(google_crc32c.value(raw)).to_bytes(_CHECKSUM_BYTES, "little")


def record_shape(point: Point) -> tuple[int, int]:
    """Shape (row, length) of a record of a point."""
    return _shapes(point)[0]


def _shapes(point: Point) -> list[tuple[int, int]]:
    """Shapes of records as made now, and of those that tell more or less of their errors."""
    rows = rows_per_batch(point.model, point.numerics)
    layout = RecordLayout.of(point.model, point.numerics)
    return [(rows, one.length) for one in layout.variants]


def _fitted(point: Point, length: int, record: Floats) -> Floats:
    """A record of a point with the length of its other ones; as it is if it is none of its own."""
    variants = {one.length: one for one in RecordLayout.of(point.model, point.numerics).variants}
    return variants[length].fitted(record) if record.shape[1] in variants else record


def _content(path: Path, size: int) -> bytes | None:
    """What a chunk holds before its checksum, or None if it is absent, damaged or of another size.

    Of a chunk whose checksum alone is wrong, too: other readers of the array would refuse it.
    """
    try:
        content = read_regular(path, size + _CHECKSUM_BYTES)
    except OSError:
        return None
    raw, checksum = content[:-_CHECKSUM_BYTES], content[-_CHECKSUM_BYTES:]
    return raw if len(raw) == size and checksum == _checksum(raw) else None


class Records:
    """The folder `batches.zarr`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._records: dict[str, tuple[int, int]] = {}

    def write(self, items: list[tuple[Point, int, Floats, Floats | None]]) -> list[str]:
        """Write records of batches, and what these keep beside; all is on disk when this returns.

        Returns:
            The digest of each record, with what is kept beside it.

        Raises:
            StoreError: if the disk refuses, or a record has another shape than those before it.
        """
        digests, chunks = [], {}
        for point, batch, whole, kept in items:
            # The array may have begun with more or less of what tells how right records are.
            length = self._record_shape(point)[1]
            record = whole if whole.shape[1] == length else _fitted(point, length, whole)
            self._prepare(point, batch, record.shape)
            raw = raw_bytes(record)
            chunks[self._chunk(point.point_id, batch)] = raw + _checksum(raw)
            digest = hashlib.sha256(raw)
            if kept is not None:
                raw = raw_bytes(kept)
                chunks[kept_chunk(self._path, point, batch)] = raw + _checksum(raw)
                digest.update(raw)
            digests.append(digest.hexdigest())
        write_all_atomic(chunks)
        return digests

    def read(self, point: Point, batch: int, digest: bytes) -> Floats | None:
        """The record of a batch, or None if it is absent or not the one that was written."""
        raw = self._raw(point, batch, digest)
        return (
            None
            if raw is None
            else np.frombuffer(raw[0], "<f8").reshape(*self._record_shape(point))
        )

    def read_kept(self, point: Point, batch: int, digest: bytes) -> Floats | None:
        """The trajectories that a batch keeps, or None if they are absent or not as written."""
        raw = self._raw(point, batch, digest)
        return None if raw is None else np.frombuffer(raw[1], "<f8").reshape(chunk_shape_of(point))

    def _raw(self, point: Point, batch: int, digest: bytes) -> tuple[bytes, bytes] | None:
        """The bytes of a record and of what is kept beside it, if they have this digest."""
        rows, length = self._record_shape(point)
        record = _content(self._chunk(point.point_id, batch), 8 * rows * length)
        kept: bytes | None = b""
        if keeps(point, batch):
            kept = _content(kept_chunk(self._path, point, batch), kept_bytes(point))
        if record is None or kept is None or hashlib.sha256(record + kept).digest() != digest:
            return None
        return record, kept

    def _chunk(self, point: str, batch: int) -> Path:
        return self._path / point / f"c.{batch}.0.0"

    def _prepare(self, point: Point, batch: int, shape: tuple[int, ...]) -> None:
        """Make the array of a point, or grow it, so that it has room for the batch."""
        known = self._shapes.get(point.point_id)
        if known is None:
            known = self._open(point)
        if known[1:] != shape or shape != self._record_shape(point):
            raise StoreError(
                f"The records of the point at {point.label} in {self._path} have the shape "
                f"{known[1:]}, but this version of twoqs makes {shape}; use another store."
            )
        if batch >= known[0]:
            array = zarr.open_array(self._path, path=point.point_id, mode="r+", zarr_format=3)
            known = (max(batch + 1, point.batches), *shape)
            array.resize(known)
        self._shapes[point.point_id] = known

    def _record_shape(self, point: Point) -> tuple[int, int]:
        """Shape of the records of a point, as it has begun; worked out once for all its batches."""
        known = self._records.get(point.point_id)
        if known is None:
            shapes = _shapes(point)
            size = self._chunk_bytes(point) if len(shapes) > 1 else None
            older = [shape for shape in shapes if 8 * math.prod(shape) + _CHECKSUM_BYTES == size]
            known = self._records[point.point_id] = older[0] if older else shapes[0]
        return known

    def _chunk_bytes(self, point: Point) -> int | None:
        """Size of a chunk of a point, if it has one."""
        try:
            with os.scandir(self._path / point.point_id) as entries:
                sizes = (one.stat().st_size for one in entries if one.name.startswith("c."))
                return next(sizes, None)
        except OSError:
            return None

    def _open(self, point: Point) -> tuple[int, ...]:
        known = self._shape(point.point_id)
        begun = known is not None and known[1:] in _shapes(point)
        if (
            known is None
            or self._kept_is_lost(point)
            or (begun and self._is_of_other(point, known))
        ):
            known = self._create(point, max(point.batches, known[0] if known else 0))
        return known

    def _is_of_other(self, point: Point, known: tuple[int, ...]) -> bool:
        """Whether an array was made for records that are older or newer than those it has."""
        return known[1:] in _shapes(point) and known[1:] != self._record_shape(point)

    def _kept_is_lost(self, point: Point) -> bool:
        """Whether a point keeps trajectories, and there is no metadata of their array."""
        return point.numerics.keep > 0 and self._shape(point.point_id + ENDING) != kept_array(point)

    def _shape(self, name: str) -> tuple[int, ...] | None:
        """Shape of an array, or None if its metadata is absent or damaged."""
        try:
            read_json(self._path / name / "zarr.json")  # Zarr would wait for a pipe
            return zarr.open_array(self._path, path=name, mode="r", zarr_format=3).shape
        except _UNREADABLE:
            return None

    def group_is_lost(self) -> bool:
        """Whether the metadata of the group is absent or damaged."""
        try:
            read_json(self._path / "zarr.json")
            zarr.open_group(self._path, mode="r", zarr_format=3)
        except _UNREADABLE:
            return True
        return False

    def is_lost(self, point: Point, count: int) -> bool:
        """Whether the metadata of a point's array is absent, damaged, or of too few batches."""
        known = self._shape(point.point_id)
        if known is None or known[0] < count or known[1:] != self._record_shape(point):
            return True
        return self._kept_is_lost(point)

    def restore(self, point: Point, count: int) -> None:
        """Write the metadata of the group, and of the array of a point with `count` batches.

        Raises:
            OSError: if the disk refuses.
        """
        if self.group_is_lost():
            self._group()
        if self.is_lost(point, count):
            self._create(point, max(count, point.batches))

    def _group(self) -> zarr.Group:
        if self.group_is_lost():
            (self._path / "zarr.json").unlink(missing_ok=True)
        return zarr.open_group(self._path, mode="a", zarr_format=3)

    def _create(self, point: Point, count: int) -> tuple[int, ...]:
        """Write the metadata of arrays, which follows from the point; chunks stay as they are."""
        shape = count, *self._record_shape(point)
        self._create_array(point, point.point_id, shape, ("batch", "row", "record"))
        if point.numerics.keep:
            self._create_array(point, point.point_id + ENDING, kept_array(point), ARRAY_DIMENSIONS)
        return shape

    def _create_array(
        self, point: Point, name: str, shape: tuple[int, ...], dims: tuple[str, ...]
    ) -> None:
        (self._path / name / "zarr.json").unlink(missing_ok=True)
        model, numerics = point.settings
        self._group().create_array(
            name,
            shape=shape,
            chunks=(1, *shape[1:]),
            dtype="<f8",
            fill_value=np.nan,
            filters=None,
            compressors=[Crc32cCodec()],
            chunk_key_encoding={"name": "default", "separator": "."},
            config={"write_empty_chunks": True},
            dimension_names=list(dims),
            attributes={"model": model, "numerics": numerics},
        )
