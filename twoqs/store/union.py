"""The batches of several stores in one: which are taken from where, and their copying."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import StoreError
from twoqs.model.arrays import Floats
from twoqs.store import journal
from twoqs.store.journal import Receipt
from twoqs.store.kept import keeps
from twoqs.store.store import RECEIPTS, Store
from twoqs.store.writer import BatchWriter
from twoqs.sweep import Point, Sweep
from twoqs.sweep.problems import counted
from twoqs.sweep.work import Result, Task

ON_CONFLICT = "refuse", "first", "last"
"""What to do about a batch that two stores hold with other numbers: keep that of the store which is
named first, or last, or none of them."""

GROUP_BYTES = 16_000_000
"""Records that are copied, and brought to the disk, together."""

SHOWN_CONFLICTS = 3
"""Batches that differ, of which an error tells."""


Adopted = tuple[Point, int, Floats, Floats | None, Receipt]
"""A batch of a store: point, number, record, what is kept beside it, and its receipt."""


@dataclass
class Taken:
    """What a union takes of a store.

    Attributes:
        batches: of this store.
        equal: batches that are taken of another store, and equal to the bit.
        differing: batches of which that of another store is kept.
        damaged: batches whose record is damaged, and in no other store.
        unknown: batches of points that are not in the united sweep.
    """

    batches: int = 0
    equal: int = 0
    differing: int = 0
    damaged: int = 0
    unknown: int = 0

    def __str__(self) -> str:
        more = {
            "equal to those of another store": self.equal,
            "in conflict with those that are kept": self.differing,
            "damaged, to be computed anew": self.damaged,
            "of points that its sweep does not ask for, left out": self.unknown,
        }
        told = [f"{count} {what}" for what, count in more.items() if count]
        return "; ".join([f"{counted(self.batches, 'batch', 'es')} taken", *told])


class Union:
    """The batches of several stores.

    Args:
        stores: in the order of their rank, all of parts of one sweep.
        sweep: the united one, as it was read.
        on_conflict: one of ON_CONFLICT.
        own: number of the store that is to get the batches of the others, if it is one of them.

    Attributes:
        taken: what comes from each store.
        windows: those that were found, by identity of their point.
        counts: batches of the united sweep that these stores have, and all of them.

    Raises:
        StoreError: if a batch or a window differs between two stores, unless one is to be kept.
    """

    def __init__(
        self, stores: Sequence[Store], sweep: Sweep, on_conflict: str, own: int | None = None
    ) -> None:
        self._stores, self._rank, self._own = stores, -1 if on_conflict == "last" else 0, own
        self._conflicts: list[str] = []
        self.taken = [Taken() for _ in stores]
        self.windows = dict(self._windows(sweep))
        self._points = sweep.with_points(
            point.with_window(self.windows[point.point_id])
            if point.point_id in self.windows
            else point
            for point in sweep.points
        ).requirements
        self._sources = {key: self._sources_of(point) for key, point in self._points.items()}
        for store, taken in zip(stores, self.taken, strict=True):
            ledger = store.ledger
            known = sum(ledger.count(key, ledger.span(key)) for key in self._points)
            taken.unknown = ledger.total() - known
        found = [(point.batches, self._sources[key]) for key, point in self._points.items()]
        done = sum(int(np.count_nonzero(sources[:count] >= 0)) for count, sources in found)
        self.counts = done, sum(count for count, _ in found)
        if self._conflicts and on_conflict == "refuse":
            raise StoreError(_refusal(self._conflicts))

    def _windows(self, sweep: Sweep) -> Iterator[tuple[str, tuple[float, float]]]:
        for key, point in sweep.requirements.items():
            found = [(store, store.windows.window(point)) for store in self._stores]
            known = [(store, window) for store, window in found if window is not None]
            if len({window for _, window in known}) > 1:
                self._note(f"the window of the point at {point.label}", [s for s, _ in known])
            if known:
                yield key, known[self._rank][1]

    def _sources_of(self, point: Point) -> NDArray[np.int64]:
        """The number of the store that each batch of a point is taken from; -1 for none."""
        key = point.point_id
        found = np.full(max(store.ledger.span(key) for store in self._stores), -1)
        for batch in range(len(found)):
            digests = [store.ledger.digest(key, batch) for store in self._stores]
            holders = [number for number, digest in enumerate(digests) if digest is not None]
            if len({digests[number] for number in holders}) > 1:
                whole = [n for n in holders if self._read(self._stores[n], point, batch)]
                holders = self._agreed(point, batch, whole, digests) if whole else holders[:1]
            if holders:
                found[batch] = self._own if self._own in holders else holders[0]
                self.taken[found[batch]].batches += 1
            for number in holders:
                self.taken[number].equal += number != found[batch]
        return found

    def _agreed(
        self, point: Point, batch: int, whole: list[int], digests: list[bytes | None]
    ) -> list[int]:
        """Of the stores with an undamaged record of a batch, those with the one that is kept."""
        kept = [number for number in whole if digests[number] == digests[whole[self._rank]]]
        others = [number for number in whole if number not in kept]
        if others:
            where = [self._stores[number] for number in whole]
            self._note(f"batch {batch} of the point at {point.label}", where)
        for number in others:
            self.taken[number].differing += 1
        return kept

    def _note(self, what: str, stores: Sequence[Store]) -> None:
        self._conflicts.append(f"{what} in {' and '.join(str(store.path) for store in stores)}")

    @staticmethod
    def _read(store: Store, point: Point, batch: int) -> tuple[Floats, Floats | None] | None:
        """A record of a store and what is kept beside it; None if it is damaged, or not there."""
        digest = store.ledger.digest(point.point_id, batch)
        if digest is None:
            return None
        record, kept = store.records.read(point, batch, digest), None
        if record is not None and keeps(point, batch):
            kept = store.records.read_kept(point, batch, digest)
        return None if record is None else (record, kept)

    def write_windows(self, into: BatchWriter) -> None:
        """Have a store know the windows of its points, for it to be opened again.

        Raises:
            StoreError: if the disk refuses.
        """
        points, seed = into.asked.requirements, into.asked.seed
        into.commit(
            [
                (points[key], Result(Task.of(points[key], seed, None), window=window))
                for key, window in self.windows.items()
                if into.windows.window(points[key]) != window
            ]
        )

    def write(self, into: BatchWriter) -> None:
        """Copy all that is taken, group by group, into a store, which may be one of these.

        Raises:
            StoreError: if the disk refuses; what was copied by then counts as done.
        """
        for number, store in enumerate(self._stores):
            if number == self._own:
                continue
            group: list[Adopted] = []
            size = 0
            for item in self._items(number, store):
                group.append(item)
                size += item[2].nbytes
                if size > GROUP_BYTES:
                    into.adopt(group, store.origins)
                    group, size = [], 0
            into.adopt(group, store.origins)
        into.settle()

    def _items(self, number: int, store: Store) -> Iterator[Adopted]:
        """What is taken of a store, in the order in which it was computed."""
        for receipt in journal.receipts(store.path / RECEIPTS):
            point, batch = self._points.get(receipt.point), receipt.batch
            digest = store.ledger.digest(receipt.point, batch)
            # Of several receipts of a batch the last one counts.
            if point is None or digest is None or digest.hex() != receipt.sha256:
                continue
            sources = self._sources[receipt.point]
            if sources[batch] != number:
                continue
            sources[batch] = -1
            found = self._read(store, point, batch) or self._equal(point, batch, digest)
            if found is None:
                self.taken[number].batches -= 1
                self.taken[number].damaged += 1
            else:
                yield point, batch, *found, receipt

    def _equal(
        self, point: Point, batch: int, digest: bytes
    ) -> tuple[Floats, Floats | None] | None:
        """A batch in any store that has it undamaged, with this digest."""
        for store in self._stores:
            same = store.ledger.digest(point.point_id, batch) == digest
            if same and (found := self._read(store, point, batch)):
                return found
        return None


def _refusal(conflicts: list[str]) -> str:
    more = len(conflicts) - SHOWN_CONFLICTS
    return (
        f"The stores hold different numbers for {'; '.join(conflicts[:SHOWN_CONFLICTS])}"
        f"{f'; and {more} more' if more > 0 else ''}. `twoqs diff` tells what differs; choose "
        "'first' or 'last' on a conflict, to keep those of the store that is named so."
    )
