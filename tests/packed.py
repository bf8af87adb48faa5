"""Records where receipts say they are: to be read as bytes, and to be damaged."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from twoqs.store.journal import Receipt
from twoqs.store.journal import receipts as journal_of
from twoqs.store.packs import CHECKSUM_BYTES
from twoqs.store.records import RECORDS
from twoqs.store.store import RECEIPTS


class Spot(NamedTuple):
    """The bytes of a record with what is kept behind it, and of their checksum."""

    path: Path
    start: int
    stop: int

    def read(self) -> bytes:
        return self.path.read_bytes()[self.start : self.stop]

    def write(self, content: bytes) -> None:
        """Put other bytes in their place: what follows moves if their number is another."""
        whole = self.path.read_bytes()
        self.path.write_bytes(whole[: self.start] + content + whole[self.stop :])

    def flip(self, position: int = 9) -> None:
        """Change one bit."""
        raw = bytearray(self.read())
        raw[position] ^= 1
        self.write(bytes(raw))


def spots(store: Path) -> dict[tuple[str, int], Spot]:
    """Where the records of a store are, by point and batch; of two receipts the later counts."""
    return {(one.point, one.batch): _spot(store, one) for one in journal_of(store / RECEIPTS)}


def _spot(store: Path, receipt: Receipt) -> Spot:
    assert receipt.offset is not None
    assert receipt.length is not None
    size = 8 * (receipt.rows * receipt.length + (receipt.kept or 0)) + CHECKSUM_BYTES
    path = store / RECORDS / f"{receipt.pack:06d}.bin"
    return Spot(path, receipt.offset, receipt.offset + size)


def record_bytes(store: Path) -> dict[str, bytes]:
    """The bytes of all records."""
    return {f"{point}/{batch}": spot.read() for (point, batch), spot in spots(store).items()}


def packs(store: Path) -> dict[str, bytes]:
    """The packs of a store."""
    return {path.name: path.read_bytes() for path in sorted((store / RECORDS).glob("*"))}


def only_appended(before: dict[str, bytes], after: dict[str, bytes]) -> bool:
    """Whether packs are as they were, but for what was added behind."""
    return all(after[name].startswith(content) for name, content in before.items())
