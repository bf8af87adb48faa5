"""Batches that other stores hold and a sweep asks for: taken over in place of being computed.

What counts is the identity of a point, of its model and numerics: names of axes, the grid, and the
name of the sweep may be others. A batch is taken with its receipt, which tells what computed it and
how long that took, and counts as done once this store has both on disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import file_name
from twoqs.model.arrays import Floats
from twoqs.store import journal
from twoqs.store.compatibility import Difference, settings_differences, settings_tree
from twoqs.store.journal import Receipt
from twoqs.store.kept import keeps
from twoqs.store.packs import in_groups
from twoqs.store.store import RECEIPTS, Store
from twoqs.store.writer import BatchWriter
from twoqs.sweep import Point, Sweep
from twoqs.sweep.problems import counted

COMPARED = 10_000
"""Pairs of points that are compared, to tell which is nearest."""

_Key = tuple[str, int]

_Item = tuple[Point, int, Floats, Floats | None, Receipt]
"""Point, batch, record, what is kept beside, receipt."""


def stores_to_reuse(
    paths: Sequence[str | os.PathLike[str]], path: Path, sweep: Sweep
) -> list[Store]:
    """The stores to take batches from.

    Args:
        path: where the store of `sweep` is, or will be.

    Raises:
        ArgumentError: if one of them is no store, that of the sweep itself, or of another seed.
        StoreError: if it is damaged.
    """
    found = []
    for given in paths:
        source = Path(file_name("reuse", given))
        itself = path.exists() and source.exists() and source.samefile(path)
        require(not itself, "reuse", "name another store than that of the sweep", str(source))
        store = Store(source)
        if store.sweep.seed != sweep.seed:
            raise ArgumentError(
                f"The store {source} has seed {store.sweep.seed}, but the sweep has seed "
                f"{sweep.seed}: batches of other random numbers cannot be reused."
            )
        found.append(store)
    return found


class Reuse:
    """Takes batches over from other stores.

    Args:
        batches: the store that takes them.
        stores: the others, the first one first.

    Attributes:
        taken: by store, how many were taken.
        damaged: by store, which were not, as their records are damaged.
    """

    def __init__(self, batches: BatchWriter, stores: list[Store]) -> None:
        self.batches, self.stores = batches, stores
        self.taken = [0] * len(stores)
        self.damaged: list[set[_Key]] = [set() for _ in stores]

    def __call__(self) -> Iterator[str]:
        """Take all that is missing and that they have; yields what there is to tell of each.

        Raises:
            StoreError: if the disk refuses.
        """
        before = {point.point_id: point for point, _ in self.batches.missing()}
        again = bool(self.stores)
        while again:
            for number in range(len(self.stores)):
                self._take(number)
            # Windows and targets of standard errors ask for more, once these are there.
            again = self.batches.settle()
        for store, taken, damaged in zip(self.stores, self.taken, self.damaged, strict=True):
            if not taken and not damaged:
                why = _why_nothing(list(before.values()), store)
                yield f"No batch is taken over from {store.path}: {why}."
                continue
            told = f"{counted(taken, 'batch', 'es')} {_are(taken)} taken over from {store.path}"
            more = f"; {len(damaged)} of its records {_are(len(damaged))} damaged"
            yield f"{told}{more if damaged else ''}."

    def _take(self, number: int) -> None:
        store, batches = self.stores[number], self.batches
        windows = [(point, store.windows.window(point)) for point in batches.pending()]
        batches.windows.note([(point, window) for point, window in windows if window is not None])
        for group in in_groups(self._found(store, self.damaged[number]), _size_of):
            batches.adopt(group, store.origins)
            self.taken[number] += len(group)

    def _found(self, store: Store, damaged: set[_Key]) -> Iterator[_Item]:
        """Batches that are missing here and can be read there."""
        wanted = {
            (point.point_id, batch): point
            for point, batch in self.batches.missing()
            if batch is not None and store.ledger.digest(point.point_id, batch) is not None
        }
        receipts = {
            (one.point, one.batch): one
            for one in journal.receipts(store.path / RECEIPTS)
            if (one.point, one.batch) in wanted
        }
        for key, receipt in receipts.items():
            point, batch, digest = wanted[key], key[1], bytes.fromhex(receipt.sha256)
            record = store.records.read(point, batch, digest)
            kept = store.records.read_kept(point, batch, digest) if keeps(point, batch) else None
            if record is None or (kept is None and keeps(point, batch)):
                damaged.add(key)
            else:
                yield point, batch, record, kept, receipt


def _why_nothing(missing: list[Point], store: Store) -> str:
    """Why a store has nothing of what is missing."""
    if not missing:
        return "nothing is missing"
    if not store.ledger.total():
        return "nothing is done there"
    if not store.counts()[0]:
        return "its batches are of earlier versions, or of a sweep that it held before"
    if {point.point_id for point in missing} & store.sweep.requirements.keys():
        return "what is missing is not done there either"
    there = list(store.sweep.requirements.values())[:COMPARED]
    step = -(-len(missing) * len(there) // COMPARED)
    old, new, differences = _nearest(there, missing[::step])
    told = "; ".join(map(str, differences))
    where = f", {old.label}," if old.label else ""
    here = f" at {new.label}" if new.label else ""
    return f"its nearest point{where} differs from what is missing{here}: {told}"


def _size_of(item: _Item) -> int:
    return sum(one.nbytes for one in item[2:4] if one is not None)


def _nearest(there: list[Point], here: list[Point]) -> tuple[Point, Point, list[Difference]]:
    """The two points that have most in common, and what they have not."""
    others = [(old, settings_tree(old)) for old in there]
    pairs = (
        (old, new, settings_differences(before, after))
        for new, after in ((new, settings_tree(new)) for new in here)
        for old, before in others
    )
    return min(pairs, key=lambda pair: (len(pair[2]), sum(map(_size, pair[2]))))


def _size(difference: Difference) -> float:
    """How far two values are apart, from 0 to 1."""
    old, new = difference.old, difference.new
    numbers = all(isinstance(one, int | float) for one in (old, new))
    return abs(new - old) / (abs(old) + abs(new)) if numbers else 1.0


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
