"""Reuse, redo and prune in any order with work, growth, damage and the ends of processes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import hypothesis.strategies as st
import test_store_machine
from hypothesis import settings
from hypothesis.stateful import rule
from packed import packs
from sweeps import sweep
from test_store_machine import Key, Killed, dying_after, result

from twoqs.store import BatchWriter, Store
from twoqs.store.prune import prune
from twoqs.store.redo import chosen_batches
from twoqs.store.reuse import Reuse
from twoqs.sweep import Sweep

DRIVE = {"sets": "model.field.x", "values": [1.0, 1.5, 3.0], "units": "Gamma"}
OTHERS = [
    sweep(trajectories=512, axes={"drive": DRIVE}),
    sweep(trajectories=1024, axes={"drive": DRIVE}, numerics__scheme="pda"),
]
"""Sweeps of other axes, that have points with those of the machine in common."""

FOLDER = tempfile.TemporaryDirectory()

AT_LAST = st.none() | st.integers(0, 40)
"""After how many calls of the disk a process dies, if it does."""


def keys(content: Sweep) -> set[Key]:
    return {(point.point_id, b) for point in content.points for b in range(point.batches)}


@cache
def held(number: int) -> Path:
    """A store with all batches of one of OTHERS."""
    path, content = Path(FOLDER.name) / str(number), OTHERS[number]
    with BatchWriter(path, content) as writer:
        writer.commit([(point, result(point, batch)) for point, batch in writer.missing()])
    return path


class UpkeepMachine(test_store_machine.StoreMachine):
    """Of what is sound, nothing is lost but what a redo or a prune is for."""

    # Those of the other machine do. A journal that lost a revocation has the batch again.
    damage_the_receipts = damage_the_origins = die_in_a_merge = None

    def done_or_not(self, work: Callable[[], object], calls: int | None, after: set[Key]) -> None:
        """Work that may end amid it: then the store is as it was, or as it shall be."""
        before = set(self.sound)
        try:
            if calls is None:
                work()
            else:
                with dying_after(calls):
                    work()
        except Killed:
            self.sound = self.readable()
            assert self.sound in (before, after)
        else:
            self.sound = after

    @rule(number=st.integers(0, len(OTHERS) - 1), calls=AT_LAST)
    def reuse(self, number: int, calls: int | None) -> None:
        other, writer = Store(held(number)), self.open_writer()
        taken = keys(self.sweep) & keys(OTHERS[number])
        work = Reuse(writer, [other])
        self.done_or_not(lambda: list(work()), calls, self.sound | taken)
        self.abandon(writer)

    @rule(point=st.integers(0, 99), first=st.integers(0, 2), calls=AT_LAST)
    def redo(self, point: int, first: int, calls: int | None) -> None:
        writer = self.open_writer()
        one = self.sweep.points[point % len(self.sweep.points)]
        chosen = chosen_batches(writer, [one], slice(first, None))
        batches = [(one.point_id, batch) for _, own in chosen for batch in own]
        assert set(batches) <= self.sound
        self.done_or_not(lambda: writer.revoke(batches), calls, self.sound - set(batches))
        self.abandon(writer)

    @rule(calls=AT_LAST)
    def prune(self, calls: int | None) -> None:
        self.done_or_not(lambda: prune(self.store), calls, self.sound & keys(self.sweep))
        if calls is None:
            store = Store(self.store)
            places = [
                store.ledger.place(point.point_id, batch)
                for point in store.sweep.points
                for batch in store.ledger.done(point.point_id, point.batches)
            ]
            assert store.ledger.total() == len(places)
            assert sum(place.size for place in places) == sum(map(len, packs(self.store).values()))


UpkeepMachine.TestCase.settings = settings(
    test_store_machine.StoreMachine.TestCase.settings, max_examples=6
)
TestUpkeep = UpkeepMachine.TestCase
