"""The one process that writes to a batch store."""

from __future__ import annotations

import os
from pathlib import Path

from twoqs.errors import StoreError
from twoqs.model.arrays import Floats
from twoqs.store import journal
from twoqs.store.description import check_sweep, note_sweep
from twoqs.store.files import refuse_links, sweep_partial
from twoqs.store.journal import Journal, Receipt
from twoqs.store.lock import LOCK, StoreLock
from twoqs.store.origins import Origins
from twoqs.store.part import note_part
from twoqs.store.store import BATCHES, RECEIPTS, Store
from twoqs.sweep import Point, Sweep
from twoqs.sweep.part import SweepPart
from twoqs.sweep.work import Result

Adopted = tuple[Point, int, Floats, Floats | None, Receipt]
"""A batch of another store: point, number, record, what is kept beside it, and its receipt."""


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
            refuse_links(path, BATCHES)
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
            raise _cannot_write(path, error) from error

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
            raise _cannot_write(self.path, error) from error
        points = self.sweep.requirements.items()
        grown = any(
            key not in before or point.batches > before[key].batches for key, point in points
        )
        return grown or bool(self.rounds.damaged)

    def restore_metadata(self) -> list[str]:
        """Write metadata of records that is gone or damaged anew; returns the names of the files.

        Raises:
            StoreError: if the disk refuses.
        """
        lost = list(self._lost())
        try:
            for point, span, _ in lost:
                self.records.restore(point, span)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        return [name for _, _, name in lost]

    def adopt(self, items: list[Adopted], origins: Origins) -> None:
        """Keep records of another store for good, as those that are computed here.

        Args:
            items: of whose receipts worker, seed, origin and time are taken over.
            origins: those of that store.

        Raises:
            StoreError: if the disk refuses; nothing of this group counts as done then.
        """
        try:
            for origin in {receipt.origin or "" for *_, receipt in items}:
                self.origins.note(origins.made_by(origin))
            digests = self.records.write([item[:4] for item in items])
            receipts = [
                receipt._replace(sha256=digest)
                for (*_, receipt), digest in zip(items, digests, strict=True)
            ]
            self.journal.append(receipts)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        for receipt in receipts:
            self.ledger.add(receipt)

    def commit(self, done: list[tuple[Point, Result]]) -> None:
        """Keep records for good: first the data, then, once those are on disk, the receipts.

        Windows that were found are kept likewise.

        Raises:
            StoreError: if the disk refuses; nothing of this group counts as done then.
        """
        found = [(point, one.window) for point, one in done if one.window is not None]
        batches = [
            (point, result, result.task.batch, result.record)
            for point, result in done
            if result.record is not None and result.task.batch is not None
        ]
        try:
            self.windows.note(found)
            digests = self.records.write(
                [(point, batch, record, one.kept) for point, one, batch, record in batches]
            )
            receipts = [
                Receipt(
                    point.point_id,
                    batch,
                    digest,
                    len(record),
                    round(result.seconds, 6),
                    result.worker,
                    result.task.seed,
                    self.origins.note(result.origin),
                )
                for (point, result, batch, record), digest in zip(batches, digests, strict=True)
            ]
            self.journal.append(receipts)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        for receipt in receipts:
            self.ledger.add(receipt)


def _cannot_write(path: Path, error: OSError) -> StoreError:
    """What the disk refused, with the file if it is known: it may be another user's."""
    where = "" if error.filename is None else f" ({os.fsdecode(error.filename)})"
    return StoreError(f"Cannot write the store {path}: {error.strerror}{where}.")
