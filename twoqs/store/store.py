"""The batch store: the truth about a sweep, from which everything else can be made again.

A folder with `sweep.json` (the sweep it belongs to), `records` (packs of them; stores of earlier
versions have `batches.zarr`, too), `receipts.jsonl` (what is done, and where it is),
`origins.jsonl` (by what), `lock` (who writes) and `merged.zarr` (made from the others); a sweep
with targets of its standard errors has `rounds.jsonl`, too, and one whose points find their
windows `windows.jsonl`. A batch counts as done when it has a receipt, that of the sweep's seed, and
its record has the digest that the receipt names; nothing else counts.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from twoqs.errors import StoreError
from twoqs.model.arrays import Floats
from twoqs.simulation.canonical import canonical
from twoqs.store import journal
from twoqs.store.description import read_sweep
from twoqs.store.journal import Receipt, Revocation
from twoqs.store.kept import keeps
from twoqs.store.ledger import Ledger
from twoqs.store.lock import writer_of
from twoqs.store.origins import ORIGINS, Origins
from twoqs.store.part import read_part
from twoqs.store.records import Records
from twoqs.store.rounds import Rounds
from twoqs.store.windows import WINDOWS, FoundWindows
from twoqs.sweep import Point, Sweep
from twoqs.sweep.part import Flags, OwnBatches
from twoqs.sweep.problems import counted

RECEIPTS, MERGED = "receipts.jsonl", "merged.zarr"


class Store:
    """A batch store, to read from: it may be written by another process meanwhile.

    Args:
        path: the folder.
        sweep: the sweep that it shall hold; if left out, the one that it was last opened with.
        trusting: whether to believe what is noted about standard errors.
        strict: whether to refuse batches of another seed; if not, they do not count.

    Attributes:
        path: the folder.
        sweep: the sweep; its points have the windows that are found by now. If it has targets of
            its standard errors, they ask for the batches that follow from what is done by now.
        asked: the sweep as it was read.
        part: the part of it that the last run was to compute; None for all of it.
        ledger: receipts of the time when it was opened.
        foreign: receipts of batches of another seed.
        origins: what computed the records.
        windows: those that were found.
        rounds: what the targets make of the records.

    Raises:
        StoreError: if there is no store, it is damaged, or it holds batches of another seed.
    """

    def __init__(
        self,
        path: Path,
        sweep: Sweep | None = None,
        trusting: bool = True,
        strict: bool = True,
    ) -> None:
        self.path = path
        self.sweep = self.asked = sweep if sweep is not None else read_sweep(path)
        self.ledger = Ledger()
        self.records = Records(path, self.ledger)
        self.foreign: list[Receipt] = []
        for entry in journal.read_journal(path / RECEIPTS):
            if isinstance(entry, Revocation):
                self.ledger.revoke(entry.revoked, entry.batch)
            elif entry.seed in (None, self.sweep.seed):
                self.ledger.add(entry)
            else:
                self.foreign.append(entry)
        if strict and self.foreign:
            raise StoreError(_foreign(path, self.sweep.seed, self.foreign))
        self.origins = Origins(path / ORIGINS)
        self.windows = FoundWindows(path / WINDOWS, self.sweep.seed)
        self.sweep = self.windows.settled(self.sweep)
        self.rounds = Rounds(path, self.sweep, self.ledger, self.rows, trusting)
        self.sweep = self.rounds.settled()
        self.part = read_part(path, self.asked)
        self._own: OwnBatches | None = None

    @property
    def merged(self) -> Path:
        """Where the merged dataset is, or will be."""
        return self.path / MERGED

    @property
    def writer(self) -> str | None:
        """Who writes to the store now, in words, or None."""
        return writer_of(self.path)

    def missing(self) -> Iterator[tuple[Point, int | None]]:
        """Batches of the part that are not done, point by point; those far from a target first.

        Before them come points without a window, which is found before their batches: with None.
        """
        yield from ((point, None) for point in self.pending() if self.own(point).any())
        worst = self.rounds.worst
        points = self.sweep.requirements.items()
        for identity, point in sorted(points, key=lambda item: -worst.get(item[0], math.inf)):
            if point.pending:
                continue
            mine = self.own(point)
            for batch in self.ledger.missing(identity, point.batches):
                if mine[batch]:
                    yield point, batch

    def own(self, point: Point) -> Flags:
        """Whether each batch of a point is in the part of the sweep."""
        if self.part is None:
            return np.ones(point.batches, bool)
        if self._own is None:
            self._own = self.part.of(self.asked)
        return self._own.of(point)

    def pending(self) -> list[Point]:
        """Points whose window is not found yet."""
        points = self.sweep.requirements.values()
        return [point for point in points if point.pending and not self.windows.knows(point)]

    def damaged(self) -> Iterator[tuple[Point, int]]:
        """Batches with a receipt whose record is not what the receipt says; reads every record."""
        for point in self.sweep.requirements.values():
            yield from self._damaged(point)

    def _damaged(self, point: Point) -> Iterator[tuple[Point, int]]:
        for batch in self.ledger.done(point.point_id, point.batches):
            digest = self.ledger.digest(point.point_id, batch)
            assert digest is not None
            if self.records.read(point, batch, digest) is None:
                yield point, batch

    def revoke_damaged(self) -> list[tuple[Point, int]]:
        """Find the damaged records among the done; they count as missing from now on."""
        damaged = list(self.damaged())
        self._revoke(damaged)
        return damaged

    def _revoke(self, damaged: list[tuple[Point, int]]) -> None:
        for point, batch in damaged:
            self.ledger.revoke(point.point_id, batch)

    def counts(self) -> tuple[int, int]:
        """Batches of the sweep that are done, and all of them."""
        points = self.sweep.requirements.items()
        done = sum(self.ledger.count(identity, point.batches) for identity, point in points)
        return done, sum(point.batches for _, point in points)

    def own_counts(self) -> tuple[int, int]:
        """Batches of the part that are done, and all of them."""
        if self.part is None:
            return self.counts()
        done = total = 0
        for identity, point in self.sweep.requirements.items():
            mine = self.own(point)
            total += int(np.count_nonzero(mine))
            done += int(np.count_nonzero(mine[list(self.ledger.done(identity, point.batches))]))
        return done, total

    def finished(self, point: Point) -> bool:
        """Whether all batches of a point are done."""
        return self.ledger.finished(point.point_id, point.batches)

    def made_by(self) -> list[dict[str, Any]]:
        """What computed the batches of the sweep that are done, with their number `batches`."""
        counts: Counter[str] = Counter()
        for identity, point in self.sweep.requirements.items():
            counts.update(self.ledger.origins(identity, point.batches))
        return self.origins.listed(counts)

    def rows(self, point: Point) -> Floats:
        """Rows of the batches of a point that are done, in the order of their index.

        Raises:
            StoreError: if a record has been damaged since the store was opened.
        """
        read = self.records.read
        done = self.ledger.done(point.point_id, point.batches)
        return np.concatenate([self._whole(point, i, read) for i in done])

    def _whole(
        self, point: Point, batch: int, read: Callable[[Point, int, bytes], Floats | None]
    ) -> Floats:
        digest = self.ledger.digest(point.point_id, batch)
        found = None if digest is None else read(point, batch, digest)
        if found is None:
            raise StoreError(
                f"Batch {batch} of the point at {point.label} in {self.path} is damaged; "
                "run the sweep again to compute it anew."
            )
        return found

    def kept(self, point: Point) -> Floats | None:
        """Single trajectories that a point keeps; None if it keeps none, or lacks one of them.

        Raises:
            StoreError: if they have been damaged since the store was opened.
        """
        found = []
        for batch in range(point.batches):
            if keeps(point, batch):
                if self.ledger.digest(point.point_id, batch) is None:
                    return None
                found.append(self._whole(point, batch, self.records.read_kept))
        return np.concatenate(found) if found else None

    def digest(self) -> str:
        """SHA-256 of the sweep and of the digests of all its records, in order."""
        total = hashlib.sha256(canonical(self.sweep.spec).encode())
        for point in self.sweep.points:
            total.update(f"{point.point_id} {point.batches}".encode())
            for batch in range(point.batches):
                total.update(self.ledger.digest(point.point_id, batch) or b"missing")
        return total.hexdigest()


def _foreign(path: Path, seed: int, receipts: list[Receipt]) -> str:
    first, others = receipts[0], len(receipts) - 1
    more = f", and so were {counted(others, 'other batch', 'es')}" if others else ""
    return (
        f"The store {path} holds results of another seed: batch {first.batch} of point "
        f"{first.point} was computed with seed {first.seed}{more}, but the sweep has seed {seed}. "
        f'Delete the lines with "seed": {first.seed} from {path / RECEIPTS} and run the sweep '
        "again to compute these batches, or use another store."
    )
