"""Receipts of finished batches: one line each, appended and synced after the data they speak of.

A later line may revoke the receipt of a batch, which is then to be computed anew.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from twoqs.errors import StoreError
from twoqs.kernels.compile.jit import LANES
from twoqs.model.limits import MOST_SEED, MOST_TRAJECTORIES
from twoqs.store.files import sync, write_atomic

MOST_LINE = 100_000
"""Bytes of a line that are looked at."""


class Receipt(NamedTuple):
    """A finished batch.

    Attributes:
        point: identity of the point.
        batch: number of the batch.
        sha256: hexadecimal digest of the record's little-endian bytes.
        rows: rows of the record.
        seconds: wall time of the computation.
        worker: where it ran.
        seed: root of its random streams; None in receipts of earlier versions.
        origin: identity of what computed it, see `twoqs.store.origins`; None if it is not known.
        pack: number of the pack with the record; None in receipts of earlier versions.
        offset: its first byte there.
        length: numbers in a row of it.
        kept: numbers that are kept behind it; None if none are.
    """

    point: str
    batch: int
    sha256: str
    rows: int
    seconds: float
    worker: str
    seed: int | None = None
    origin: str | None = None
    pack: int | None = None
    offset: int | None = None
    length: int | None = None
    kept: int | None = None


class Revocation(NamedTuple):
    """A line by which the receipts of a batch before it count no more.

    Attributes:
        revoked: identity of the point.
        batch: number of the batch.
    """

    revoked: str
    batch: int


_OPTIONAL = set(Receipt._field_defaults)


def encode(entry: Any) -> bytes:
    """The line of a named tuple, such as a receipt; `crc` guards all that stands before it.

    What is None is left out.
    """
    content = {key: value for key, value in entry._asdict().items() if value is not None}
    body = json.dumps(content)[:-1]
    return f'{body}, "crc": "{zlib.crc32(body.encode()):08x}"}}\n'.encode()


_WRITTEN = re.compile(
    rb'(\{"point": "([0-9a-f]+)", "batch": (\d{1,9}), "sha256": "([0-9a-f]{64})", '
    rb'"rows": (\d{1,9}), "seconds": (\d+\.\d+), "worker": "([\w:/.-]*)", "seed": (\d{1,18}), '
    rb'"origin": "([0-9a-f]{16})", "pack": ([1-9]\d{0,8}), "offset": (\d{1,18}), '
    rb'"length": (\d{1,9})), "crc": "([0-9a-f]{8})"\}\n'
)
"""Lines as nearly all are: there may be millions, and JSON takes four times as long."""


def decode(line: bytes) -> Receipt | Revocation | None:
    """The receipt or revocation of a line, or None if the line is damaged or torn."""
    found = _WRITTEN.fullmatch(line)
    if found is None or len(found[3]) > 7:
        return _decode_any(line)
    body, point, batch, sha256, rows, seconds, worker, seed, origin, *place, crc = found.groups()
    if b"%08x" % zlib.crc32(body) != crc:
        return None
    pack, offset, length = map(int, place)
    texts = worker.decode(), int(seed), origin.decode()
    return Receipt(
        point.decode(), int(batch), sha256.decode(), int(rows), float(seconds), *texts,
        pack=pack, offset=offset, length=length,
    )  # fmt: skip


def _decode_any(line: bytes) -> Receipt | Revocation | None:
    content = content_of(line)
    if content is not None and content.keys() == set(Revocation._fields):
        revocation = Revocation(**content)
        fitting = isinstance(revocation.revoked, str) and type(revocation.batch) is int
        return revocation if fitting else None
    if content is None or content.keys() | _OPTIONAL != set(Receipt._fields):
        return None
    receipt = Receipt(**content)
    return receipt if _sensible(receipt) else None


def _sensible(receipt: Receipt) -> bool:
    """Whether some batch may have this receipt; the checksum does not tell who wrote it."""
    fitting = all(
        isinstance(value, kind) and not isinstance(value, bool)
        for value, kind in zip(receipt[:6], (str, int, str, int, int | float, str), strict=True)
    )
    if not fitting or not 0 <= receipt.batch < MOST_TRAJECTORIES // LANES:
        return False
    seed, origin = receipt.seed, receipt.origin
    if seed is not None and (type(seed) is not int or not 0 <= seed <= MOST_SEED):
        return False
    if origin is not None and not (
        isinstance(origin, str) and re.fullmatch("[0-9a-f]{16}", origin)
    ):
        return False
    return _placed(receipt) and re.fullmatch("[0-9a-f]{64}", receipt.sha256) is not None


def _placed(receipt: Receipt) -> bool:
    """Whether a receipt names a place that may be, or none."""
    if receipt.pack is None:
        return (receipt.offset, receipt.length, receipt.kept) == (None, None, None)
    small = receipt.rows, receipt.pack, receipt.length, receipt.kept or 0
    bounds = [*((n, 2**32) for n in small), (receipt.offset, 2**62)]
    fitting = all(type(n) is int and 0 <= n < bound for n, bound in bounds)
    return fitting and receipt.pack > 0


def contents(path: Path) -> Iterator[dict[str, Any]]:
    """The fields of all good lines of a file, which need not be receipts."""
    for line in _lines(path):
        content = content_of(line)
        if content is not None:
            yield content


def content_of(line: bytes) -> dict[str, Any] | None:
    """The fields of a line, or None if it is damaged or torn."""
    body, separator, _ = line.partition(b', "crc": "')
    if not separator or line.strip() != body + b', "crc": "%08x"}' % zlib.crc32(body):
        return None
    try:
        content = json.loads(body + b"}")
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


class Journal:
    """A file of receipts, or of other named tuples.

    It is open for appending by the one process that holds the lock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.file = path.open("ab")
        sync(path.parent)

    def append(self, entries: Iterable[Any]) -> None:
        """Add receipts, or other named tuples; they are on disk when this returns."""
        self.file.write(b"".join(encode(entry) for entry in entries))
        self.file.flush()
        os.fsync(self.file.fileno())

    def close(self) -> None:
        """Close the file; what could not be written was reported by `append`."""
        try:
            self.file.close()
        except OSError as error:
            raise StoreError(f"Cannot write {self._path}: {error.strerror}.") from error


def receipts(path: Path) -> Iterator[Receipt]:
    """All good receipts in a journal, in the order they were written, revoked ones among them."""
    for entry in read_journal(path):
        if isinstance(entry, Receipt):
            yield entry


def read_journal(path: Path) -> Iterator[Receipt | Revocation]:
    """All good receipts and revocations in a journal, in the order they were written."""
    for line in _lines(path):
        entry = decode(line)
        if entry is not None:
            yield entry


def _lines(path: Path) -> Iterator[bytes]:
    """Lines of a journal; what is too long for one comes in pieces, none of which is good."""
    try:
        if not path.exists():
            return
        if not path.is_file():
            raise StoreError(f"Cannot read the receipts: {path} is no file.")
        with path.open("rb") as file:
            while line := file.readline(MOST_LINE):
                yield line
    except OSError as error:
        raise StoreError(f"Cannot read the receipts {path}: {error.strerror}.") from error


def repair(path: Path, read: Callable[[bytes], Any] = decode) -> int:
    """Drop damaged lines and a torn end, if there are any; returns how many.

    Only the holder of the lock may call it. What a dropped line spoke of is computed again.

    Args:
        read: what a line holds, or None if it is damaged.
    """
    dropped, torn = 0, False
    for line in _lines(path):
        dropped += read(line) is None
        torn = not line.endswith(b"\n")
    if dropped or torn:
        good = [line.rstrip(b"\n") + b"\n" for line in _lines(path) if read(line) is not None]
        write_atomic(path, b"".join(good))
    return dropped
