"""Removes what the sweep of a store does not ask for: records, their receipts, what was revoked.

Records that stay are copied into new packs, but for those of packs that hold nothing else. Then a
journal that names their new places replaces the old one at once, and then the old files go. Killed
before or after, the store has all that its sweep asks for, beside files that no receipt names and
that the next time removes. Records of earlier versions come into packs this way, too.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from twoqs.store import journal
from twoqs.store.description import read_sweep
from twoqs.store.files import atomically
from twoqs.store.journal import Receipt, encode
from twoqs.store.ledger import Ledger
from twoqs.store.merged import NEVER, expect_journals, receipts_bytes
from twoqs.store.packs import CHECKSUM_BYTES, Packs, in_groups
from twoqs.store.records import BATCHES, RECORDS, raw_bytes
from twoqs.store.store import RECEIPTS, Store
from twoqs.store.writer import BatchWriter, cannot_write
from twoqs.sweep import Point


class Pruned(NamedTuple):
    """What was removed.

    Attributes:
        batches: batches that the sweep does not ask for.
        damaged: batches that it asks for, but whose record is damaged: they are missing now.
        freed: bytes of records.
    """

    batches: int
    damaged: int
    freed: int


def prune(path: Path, dry_run: bool = False) -> Pruned:
    """Remove from a store what its sweep does not ask for.

    The disk needs room for the records that are copied.

    Args:
        path: folder of the store.
        dry_run: whether to find out only what would be removed.

    Raises:
        StoreError: if there is no store, it is damaged or in use, or the disk refuses.
    """
    if dry_run:
        pruning = _Pruning(Store(path))
        for _ in pruning.staying():
            pass
        return pruning.found()
    with BatchWriter(path, read_sweep(path)) as store:
        pruning = _Pruning(store)
        try:
            pruning.carry_out()
        except OSError as error:
            raise cannot_write(path, error) from error
        return pruning.found()


class _Staying(NamedTuple):
    """A receipt that stays, and the bytes of its record if they are to be copied."""

    receipt: Receipt
    content: bytes | None


class _Pruning:
    """What stays of a store: all of it is known once `staying` has come to its end."""

    def __init__(self, store: Store) -> None:
        self.store, self.packs = store, Packs(store.path / RECORDS)
        self.points = store.sweep.requirements
        used: Counter[int] = Counter()
        for key, point in self.points.items():
            for batch in store.ledger.done(key, point.batches):
                place = store.ledger.place(key, batch)
                used.update({} if place is None else {place.pack: place.size})
        self.sizes = self.packs.sizes()
        self.whole = {pack for pack, size in self.sizes.items() if 0 < size == used[pack]}
        self.before = sum(self.sizes.values()) + _bytes_below(store.path / BATCHES)
        self.damaged = self.copied = 0

    def found(self) -> Pruned:
        """What was, or would be, removed."""
        after = sum(self.sizes[pack] for pack in self.whole) + self.copied
        unused = self.store.ledger.total() - self.store.counts()[0]
        return Pruned(unused, self.damaged, self.before - after)

    def carry_out(self) -> None:
        """Write what stays, put it in the place of what there was, and delete that."""
        folder, end = self.store.path, (0, 0)
        with atomically(folder / RECEIPTS) as partial:
            with partial.open("wb") as file:
                for group in in_groups(self.staying(), lambda one: len(one.content or b"")):
                    receipts, end = self._copied(group, end)
                    file.write(b"".join(map(encode, receipts)))
            others = receipts_bytes(folder) - (folder / RECEIPTS).stat().st_size
            size = partial.stat().st_size + others
            expect_journals(folder, NEVER if self.damaged else size)
        self.packs.remove(self.sizes.keys() - self.whole)
        if (folder / BATCHES).exists():
            shutil.rmtree(folder / BATCHES)

    def _copied(
        self, group: list[_Staying], end: tuple[int, int]
    ) -> tuple[list[Receipt], tuple[int, int]]:
        """The receipts of a group with their new places, and where the last pack ends now."""
        contents = [one.content for one in group if one.content is not None]
        places = self.packs.append(contents, end) if contents else []
        if places:
            end = places[-1][0], places[-1][1] + len(contents[-1]) + CHECKSUM_BYTES
        following = iter(places)
        receipts = []
        for receipt, content in group:
            if content is not None:
                pack, offset = next(following)
                receipt = receipt._replace(pack=pack, offset=offset)
            receipts.append(receipt)
        return receipts, end

    def staying(self) -> Iterator[_Staying]:
        """Receipts that stay, in their order, and records that are not in a pack that stays."""
        store, seen = self.store, Ledger()
        for receipt in journal.receipts(store.path / RECEIPTS):
            point = self.points.get(receipt.point)
            if point is None or receipt.batch >= point.batches or not self._counts(receipt):
                continue
            if seen.digest(receipt.point, receipt.batch) is not None:
                continue  # a line that is there twice
            seen.add(receipt)
            if receipt.pack in self.whole:
                yield _Staying(receipt, None)
            elif (copy := self._read(point, receipt)) is None:
                self.damaged += 1
            else:
                self.copied += len(copy.content or b"") + CHECKSUM_BYTES
                yield copy

    def _counts(self, receipt: Receipt) -> bool:
        """Whether a receipt is the one of its batch that counts."""
        digest = self.store.ledger.digest(receipt.point, receipt.batch)
        if digest is None or digest.hex() != receipt.sha256:
            return False
        place = self.store.ledger.place(receipt.point, receipt.batch)
        return (receipt.pack, receipt.offset) == ((None, None) if place is None else place[:2])

    def _read(self, point: Point, receipt: Receipt) -> _Staying | None:
        """A record that is to be copied, with its shape in the receipt; None if it is damaged."""
        records, digest = self.store.records, bytes.fromhex(receipt.sha256)
        record = records.read(point, receipt.batch, digest)
        if record is None:
            return None
        kept = records.read_kept(point, receipt.batch, digest)
        shape = {"rows": len(record), "length": record.shape[1]}
        if kept is None:
            return _Staying(receipt._replace(**shape), raw_bytes(record))
        content = raw_bytes(record) + raw_bytes(kept)
        return _Staying(receipt._replace(**shape, kept=kept.size), content)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
