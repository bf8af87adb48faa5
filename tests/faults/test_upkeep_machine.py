"""Reuse, redo and prune in any order with work, growth, damage and the ends of processes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
import test_store_machine
from hypothesis import settings
from hypothesis.stateful import initialize, invariant, rule
from packed import packs, record_bytes
from processes import SERIAL
from sweeps import sweep
from test_store_machine import SWEEPS, Key, Killed, dying_after, result

from twoqs.execution.run import carry_out
from twoqs.store import BatchWriter, Store, is_current, merged_attributes, verify
from twoqs.store.prune import prune
from twoqs.store.redo import chosen_batches
from twoqs.store.reuse import Reuse
from twoqs.sweep import Sweep

# A process that ends closes no file.
UNCLOSED = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
pytestmark = UNCLOSED

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
    damage_the_receipts = damage_the_origins = die_in_a_merge = die_in_a_commit = None
    run_to_the_end = None  # it takes seconds, and comes last

    def teardown(self) -> None:
        try:
            if hasattr(self, "store"):
                super().run_to_the_end()
        finally:
            super().teardown()

    @initialize(number=st.integers(0, len(SWEEPS) - 1))
    def begin(self, number: int) -> None:
        """Most of what follows needs a store with something in it."""
        super().begin(number)
        with self.open_writer() as writer:
            writer.commit([(point, result(point, batch)) for point, batch in writer.missing()])
        self.sound = keys(self.sweep)

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
        # Damaged ones beyond what is asked for may be among them.
        assert set(batches) & keys(self.sweep) <= self.sound
        assert {key for key in self.sound if key[0] == one.point_id and key[1] >= first} <= set(
            batches
        )
        self.done_or_not(lambda: writer.revoke(batches), calls, self.sound - set(batches))
        self.abandon(writer)

    @invariant()
    def what_is_sound_can_be_read_and_nothing_else(self) -> None:
        """Only that: the other machine compares the bits of all records, this one merges."""
        if hasattr(self, "store"):
            assert self.readable() == self.sound

    @rule(number=st.integers(0, len(SWEEPS) - 1), calls=AT_LAST)
    def prune(self, number: int, calls: int | None) -> None:
        """Of another sweep, as often as not."""
        self.change_the_sweep(number)
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
    test_store_machine.StoreMachine.TestCase.settings, max_examples=8
)
TestUpkeep = UpkeepMachine.TestCase


def killed_at_each_call(work: Callable[[Path], None], source: Path | None, folder: Path) -> Any:
    """Stores after work that ended at the first call of the disk, the second, and on to its end."""
    for calls in count():
        store = folder / str(calls)
        if source is not None:
            shutil.copytree(source, store)
        try:
            with dying_after(calls):
                work(store)
        except Killed:
            yield store
        else:
            assert calls > 10
            yield store
            return


def test_a_prune_that_is_killed(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each of its calls of the disk: all that is asked for is there, and nothing is torn."""
    monkeypatch.setattr("twoqs.store.packs.PACK_BYTES", 20_000)  # four records
    monkeypatch.setattr("twoqs.store.packs.TOGETHER_BYTES", 1)
    more = sweep(trajectories=768)
    fewer = sweep(axes__omega__values=[1.5])
    source = Path(shutil.copytree(undisturbed, tmp_path / "source"))
    for content in (more, fewer):
        carry_out(content, source, SERIAL, quiet=True)
    assert len(packs(source)) > 1
    left = set()
    for store in killed_at_each_call(prune, source, tmp_path):
        found = Store(store)
        assert found.counts() == (4, 4)
        assert list(found.damaged()) == []
        assert is_current(store, merged_attributes(store))
        left.add(found.ledger.total())
        assert prune(store).batches == found.ledger.total() - 4
        assert sum(map(len, packs(store).values())) == sum(map(len, record_bytes(store).values()))
    assert list(verify(store)) == []
    assert left == {4, 12}


def test_a_reuse_that_is_killed(undisturbed: Path, tmp_path: Path) -> None:
    content = sweep(axes={"drive": DRIVE})

    def take(store: Path) -> None:
        with BatchWriter(store, content) as writer:
            list(Reuse(writer, [Store(undisturbed)])())

    left = set()
    for store in killed_at_each_call(take, None, tmp_path):
        if store.exists():
            left.add(Store(store, content).counts()[0])
            assert list(Store(store, content).damaged()) == []
        take(store)
        assert Store(store).counts() == (2, 6)
        assert list(Store(store).damaged()) == []
    assert left == {0, 2}
