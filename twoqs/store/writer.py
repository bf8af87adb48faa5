"""The one process that writes to a batch store."""

from __future__ import annotations

import os
from pathlib import Path

from twoqs.errors import StoreError
from twoqs.model.arrays import Floats
from twoqs.store import journal
from twoqs.store.description import check_sweep, note_sweep
from twoqs.store.files import refuse_links, sweep_partial
from twoqs.store.journal import Journal, Receipt, Revocation
from twoqs.store.lock import LOCK, StoreLock
from twoqs.store.origins import Origins
from twoqs.store.part import note_part
from twoqs.store.records import BATCHES, RECORDS
from twoqs.store.store import RECEIPTS, Store
from twoqs.sweep import Point, Sweep
from twoqs.sweep.part import SweepPart
from twoqs.sweep.work import Result

Item = tuple[Point, Floats, Floats | None, Receipt]
"""A batch to be kept: its record, what is kept beside, and its receipt but for the place."""


class BatchWriter(Store):
    """A batch store, open for writing by this process alone, until `close`.

    Args:
        path: the folder; made if absent.
        sweep: what it shall hold from now on.

    Raises:
        StoreError: if another process writes to it, or it cannot be written.
        OtherSweepError: if it belongs to a sweep that this one does not go on with.
    """

    def __init__(self, path: Path, sweep: Sweep) -> None:
        check_sweep(path, sweep)
        try:
            path.mkdir(parents=True, exist_ok=True)
            refuse_links(path, BATCHES, RECORDS)
            self._lock = StoreLock(path / LOCK)
            try:
                # Again, now that nobody else can write.
                check_sweep(path, sweep)
                note_sweep(path, sweep)
                sweep_partial(path)
                journal.repair(path / RECEIPTS)
                super().__init__(path, sweep)
                self.windows.repair()
                self.rounds.save()
                self.journal = Journal(path / RECEIPTS)
            except BaseException:
                self._lock.release()
                raise
        except OSError as error:
            raise cannot_write(path, error) from error

    def __enter__(self) -> BatchWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the journal and let the next writer in."""
        try:
            self.journal.close()
        finally:
            self._lock.release()

    def take(self, part: SweepPart | None) -> None:
        """Ask for a part of the sweep from now on, or for all of it; the store keeps that in mind.

        Raises:
            StoreError: if the disk refuses.
        """
        note_part(self.path, part)
        self.part, self._own = part, None

    def settle(self) -> bool:
        """Ask for what windows and targets of standard errors call for, now that more is done.

        Returns:
            Whether something is missing that was not asked for before.

        Raises:
            StoreError: if the disk refuses.
        """
        before = self.sweep.requirements
        self.rounds.sweep = self.windows.settled(self.rounds.sweep)
        self.sweep = self.rounds.settled()
        self._revoke([found for point in self.rounds.damaged for found in self._damaged(point)])
        try:
            self.rounds.save()
        except OSError as error:
            raise cannot_write(self.path, error) from error
        points = self.sweep.requirements.items()
        grown = any(
            key not in before or point.batches > before[key].batches for key, point in points
        )
        return grown or bool(self.rounds.damaged)

    def commit(self, done: list[tuple[Point, Result]]) -> None:
        """Keep records for good: first the data, then, once those are on disk, the receipts.

        Windows that were found are kept likewise.

        Raises:
            StoreError: if the disk refuses; nothing of this group counts as done then.
        """
        found = [(point, one.window) for point, one in done if one.window is not None]
        try:
            self.windows.note(found)
            self._keep([self._item(*one) for one in done if one[1].record is not None])
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def adopt(
        self, items: list[tuple[Point, int, Floats, Floats | None, Receipt]], origins: Origins
    ) -> None:
        """Keep records of another store for good, as those that are computed here.

        Args:
            items: points, batches, their records and what these keep beside, and their receipts,
                of which worker, seed, origin and time of computation are taken over.
            origins: those of that store.

        Raises:
            StoreError: if the disk refuses; nothing of this group counts as done then.
        """
        try:
            for origin in {receipt.origin or "" for *_, receipt in items}:
                self.origins.note(origins.made_by(origin))
            self._keep(
                [
                    (point, record, kept, receipt._replace(point=point.point_id, batch=batch))
                    for point, batch, record, kept, receipt in items
                ]
            )
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def _item(self, point: Point, result: Result) -> Item:
        """A batch that was computed, with what its receipt tells but for place and digest."""
        task, origin, seconds = result.task, self.origins.note(result.origin), result.seconds
        assert result.record is not None
        assert task.batch is not None
        told = round(seconds, 6), result.worker, task.seed, origin
        return point, result.record, result.kept, Receipt(point.point_id, task.batch, "", 0, *told)

    def _keep(self, items: list[Item]) -> None:
        """Write records, then their receipts, whose digests and places follow from the records."""
        written = self.records.write([item[:3] for item in items])
        receipts = [
            receipt._replace(**place._asdict())
            for (*_, receipt), place in zip(items, written, strict=True)
        ]
        self.journal.append(receipts)
        for receipt in receipts:
            self.ledger.add(receipt)

    def revoke(self, batches: list[tuple[str, int]]) -> None:
        """Have batches computed anew, by identity of the point and number: their receipts are void.

        Raises:
            StoreError: if the disk refuses.
        """
        try:
            self.journal.append(Revocation(*one) for one in batches)
        except OSError as error:
            raise cannot_write(self.path, error) from error
        for one in batches:
            self.ledger.revoke(*one)


def cannot_write(path: Path, error: OSError) -> StoreError:
    """What the disk refused, with the file if it is known: it may be another user's."""
    where = "" if error.filename is None else f" ({os.fsdecode(error.filename)})"
    return StoreError(f"Cannot write the store {path}: {error.strerror}{where}.")
