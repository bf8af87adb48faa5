"""Receipts of finished batches: one line each, appended and synced after the data they speak of."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from twoqs.errors import StoreError
from twoqs.store.files import sync, write_atomic


class Receipt(NamedTuple):
    """A finished batch.

    Attributes:
        point: identity of the point.
        batch: number of the batch.
        sha256: hexadecimal digest of the record's little-endian bytes.
        rows: rows of the record.
        seconds: wall time of the computation.
        worker: where it ran.
    """

    point: str
    batch: int
    sha256: str
    rows: int
    seconds: float
    worker: str


def encode(receipt: Receipt) -> bytes:
    """The line of a receipt; `crc` guards all that stands before it."""
    body = json.dumps(receipt._asdict())[:-1]
    return f'{body}, "crc": "{zlib.crc32(body.encode()):08x}"}}\n'.encode()


def decode(line: bytes) -> Receipt | None:
    """The receipt of a line, or None if the line is damaged or torn."""
    body, separator, _ = line.partition(b', "crc": "')
    if not separator or line.strip() != body + b', "crc": "%08x"}' % zlib.crc32(body):
        return None
    content = json.loads(body + b"}")
    return Receipt(**content)


class Journal:
    """The file of receipts, open for appending by the one process that holds the lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("ab")
        sync(path.parent)

    def append(self, receipts: Iterable[Receipt]) -> None:
        """Add receipts; they are on disk when this returns."""
        self._file.write(b"".join(encode(receipt) for receipt in receipts))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; what could not be written was reported by `append`."""
        try:
            self._file.close()
        except OSError as error:
            raise StoreError(f"Cannot write {self._path}: {error.strerror}.") from error


def receipts(path: Path) -> Iterator[Receipt]:
    """All good receipts in a journal, in the order they were written."""
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                receipt = decode(line)
                if receipt is not None:
                    yield receipt


def repair(path: Path) -> int:
    """Drop damaged lines and a torn end, if there are any; returns how many.

    Only the holder of the lock may call it. What a dropped line spoke of is computed again.
    """
    if not path.exists():
        return 0
    dropped, torn = 0, False
    with path.open("rb") as file:
        for line in file:
            dropped += decode(line) is None
            torn = not line.endswith(b"\n")
    if dropped or torn:
        with path.open("rb") as file:
            good = [line.rstrip(b"\n") + b"\n" for line in file if decode(line) is not None]
        write_atomic(path, b"".join(good))
    return dropped
