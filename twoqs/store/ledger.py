"""The receipts in memory: a few bytes for each batch, however many there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from twoqs.store.journal import Receipt
from twoqs.store.packs import CHECKSUM_BYTES

_ENTRY = np.dtype(
    [
        *(("done", "?"), ("sha256", "V32"), ("seconds", "f8"), ("origin", "i4")),
        *(("pack", "u4"), ("offset", "u8"), ("rows", "u4"), ("length", "u4"), ("kept", "u4")),
    ]
)


class Place(NamedTuple):
    """Where a record is, and its size; see the fields of `Receipt`."""

    pack: int
    offset: int
    rows: int
    length: int
    kept: int

    @property
    def size(self) -> int:
        """Bytes in the pack."""
        return 8 * (self.rows * self.length + self.kept) + CHECKSUM_BYTES


class Ledger:
    """Which batches of which points are done, with the digests and places of their records.

    Attributes:
        end: the last pack with a record, and the byte behind the last record in it; (0, 0) if
            there is none.
    """

    def __init__(self) -> None:
        self.end = 0, 0
        self._points: dict[str, np.ndarray] = {}
        self._origins: dict[str, int] = {"": 0}

    def add(self, receipt: Receipt) -> None:
        """Note a batch as done; a later receipt of the same batch replaces the former."""
        entries = self._points.get(receipt.point)
        if entries is None:
            entries = self._points[receipt.point] = np.zeros(receipt.batch + 1, _ENTRY)
        elif receipt.batch >= len(entries):
            grown = np.zeros(max(receipt.batch + 1, 2 * len(entries)), _ENTRY)
            grown[: len(entries)] = entries
            entries = self._points[receipt.point] = grown
        digest = bytes.fromhex(receipt.sha256)
        origin = self._origins.setdefault(receipt.origin or "", len(self._origins))
        given = receipt.pack, receipt.offset, receipt.rows, receipt.length, receipt.kept
        place = Place(*(n or 0 for n in given))
        entries[receipt.batch] = (True, digest, receipt.seconds, origin, *place)
        if place.pack:
            self.end = max(self.end, (place.pack, place.offset + place.size))

    def revoke(self, point: str, batch: int) -> None:
        """Forget a batch that is to be computed anew, if it is known at all."""
        entries = self._points.get(point)
        if entries is not None and 0 <= batch < len(entries):
            entries["done"][batch] = False

    def digest(self, point: str, batch: int) -> bytes | None:
        """SHA-256 of the record of a batch, or None if it is not done."""
        entries = self._points.get(point)
        if entries is None or batch >= len(entries) or not entries["done"][batch]:
            return None
        return bytes(entries["sha256"][batch])

    def place(self, point: str, batch: int) -> Place | None:
        """Where the record of a batch is; None if its receipt, of an earlier version, does not say.

        The batch must have been done at some time.
        """
        entry = self._points[point][batch]
        place = Place(*(int(entry[name]) for name in Place._fields))
        return place if place.pack else None

    def length(self, point: str) -> int:
        """Numbers in a row of the records of a point; 0 if no receipt says."""
        entries = self._points.get(point)
        if entries is None:
            return 0
        return int(next(iter(entries["length"][entries["done"] & (entries["pack"] > 0)]), 0))

    def done(self, point: str, count: int) -> Iterator[int]:
        """Batches below `count` that are done."""
        yield from np.flatnonzero(self._flags(point, count)).tolist()

    def missing(self, point: str, count: int) -> Iterator[int]:
        """Batches below `count` that are not done."""
        yield from np.flatnonzero(~self._flags(point, count)).tolist()

    def count(self, point: str, count: int) -> int:
        """How many batches below `count` are done."""
        return int(np.count_nonzero(self._flags(point, count)))

    def total(self) -> int:
        """How many batches are done, of whatever points."""
        return sum(int(np.count_nonzero(entries["done"])) for entries in self._points.values())

    def span(self, point: str) -> int:
        """One more than the largest batch that is done; 0 if none is."""
        entries = self._points.get(point)
        return 0 if entries is None else int(np.flatnonzero(entries["done"]).max(initial=-1)) + 1

    def finished(self, point: str, count: int) -> bool:
        """Whether all batches below `count` are done."""
        return self.count(point, count) == count

    def seconds(self, point: str, count: int) -> float:
        """Wall time of the batches below `count` that are done."""
        entries = self._points.get(point)
        if entries is None:
            return 0.0
        return float(entries["seconds"][:count][entries["done"][:count]].sum())

    def times(self, point: str) -> np.ndarray:
        """Wall time of each batch that is done."""
        entries = self._points.get(point, np.zeros(0, _ENTRY))
        return np.asarray(entries["seconds"][entries["done"]])

    def origin(self, point: str, batch: int) -> str:
        """The origin in the receipt of a batch that is done; "" if it names none."""
        return list(self._origins)[self._points[point]["origin"][batch]]

    def origins(self, point: str, count: int) -> dict[str, int]:
        """How many batches below `count` are done, by the origin in their receipts, "" if none."""
        entries = self._points.get(point, np.zeros(0, _ENTRY))[:count]
        found = np.bincount(entries["origin"][entries["done"]], minlength=len(self._origins))
        return {name: int(n) for name, n in zip(self._origins, found, strict=True) if n}

    def _flags(self, point: str, count: int) -> np.ndarray:
        flags = np.zeros(count, dtype=bool)
        entries = self._points.get(point)
        if entries is not None:
            known = entries["done"][:count]
            flags[: len(known)] = known
        return flags
