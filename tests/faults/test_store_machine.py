"""A store through any order of work and accidents: what can be read is what has a receipt."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from processes import SERIAL
from sweeps import merged_bytes, sweep
from zarr.core.sync import _get_loop

from twoqs.execution.run import carry_out
from twoqs.store import BatchWriter, Store, verify, write_merged
from twoqs.store.origins import ORIGINS
from twoqs.store.records import RECORDS
from twoqs.store.store import RECEIPTS
from twoqs.sweep import Point, Sweep
from twoqs.sweep.work import Result, Task, execute

SWEEPS = [
    sweep(trajectories=256),
    sweep(trajectories=768),
    sweep(trajectories=512, axes__omega__values=[0.5, 1.0, 1.5]),
    sweep(trajectories=512, axes__omega__values=[1.5, 0.25]),
]
"""They go on with one another: more and fewer trajectories, and other values of an axis."""

Key = tuple[str, int]

CALLS = ("os.fsync", "os.replace", "os.open")
"""What a commit asks of the disk; before each of these, a writer may be killed."""


class Killed(BaseException):
    """The end of a process, as far as its files are concerned."""


RESULTS: dict[Key, Result] = {}


def result(point: Point, batch: int) -> Result:
    """What a worker sends back; computed once."""
    key = point.point_id, batch
    if key not in RESULTS:
        RESULTS[key] = execute(Task.of(point, SWEEPS[0].seed, batch))
    return RESULTS[key]


@cache
def expected(number: int) -> dict[str, bytes]:
    """Merged arrays of an undisturbed run of one of the sweeps."""
    with tempfile.TemporaryDirectory() as folder:
        carry_out(SWEEPS[number], Path(folder) / "s", SERIAL, quiet=True)
        return merged_bytes(Path(folder) / "s")


def dying_after(calls: int) -> Any:
    """Let this process die, as it were, when it next asks the disk for the `calls`-th time."""
    left = [calls]

    def wrap(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return real(*arguments, **options)

        return call

    return mock.patch.multiple(
        os,
        **{name.removeprefix("os."): wrap(getattr(os, name.removeprefix("os."))) for name in CALLS},
    )


def at_rest() -> None:
    """Wait for what Zarr still does on its own thread, which would have died with the process."""

    async def ended() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)

    asyncio.run_coroutine_threadsafe(ended(), _get_loop()).result()


class StoreMachine(RuleBasedStateMachine):
    """Remembers which batches must be readable: those with a receipt whose record is sound."""

    @initialize(number=st.integers(0, len(SWEEPS) - 1))
    def begin(self, number: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.store = self.folder / "s"
        self.sound: set[Key] = set()
        self.number = number
        self.open_writer().close()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @property
    def sweep(self) -> Sweep:
        return SWEEPS[self.number]

    def open_writer(self) -> BatchWriter:
        writer = BatchWriter(self.store, self.sweep)
        writer.revoke_damaged()
        return writer

    def check_missing(self, writer: BatchWriter) -> list[tuple[Point, int]]:
        """What is to be computed: exactly what is not sound."""
        missing = list(writer.missing())
        everything = {(p.point_id, b) for p in self.sweep.points for b in range(p.batches)}
        assert {(p.point_id, b) for p, b in missing} == everything - self.sound
        return missing

    @rule(seed=st.integers(0, 99), most=st.integers(1, 6))
    def compute(self, seed: int, most: int) -> None:
        """Some batches in any order, in one commit."""
        with self.open_writer() as writer:
            missing = self.check_missing(writer)
            some = random.Random(seed).sample(missing, min(most, len(missing)))
            writer.commit([(point, result(point, batch)) for point, batch in some])
        self.sound |= {(point.point_id, batch) for point, batch in some}

    @rule(seed=st.integers(0, 99), most=st.integers(1, 4), calls=st.integers(0, 30))
    def die_in_a_commit(self, seed: int, most: int, calls: int) -> None:
        """All that has a receipt stays, and of the new ones all or none do."""
        writer = self.open_writer()
        missing = self.check_missing(writer)
        some = random.Random(seed).sample(missing, min(most, len(missing)))
        done = [(point, result(point, batch)) for point, batch in some]
        try:
            with dying_after(calls):
                writer.commit(done)
        except Killed:
            pass
        self.abandon(writer)
        new = {(point.point_id, batch) for point, batch in some}
        now = self.readable()
        assert now - self.sound in (set(), new)
        self.sound |= now & new

    @rule(calls=st.integers(0, 60))
    def die_in_a_merge(self, calls: int) -> None:
        """The merged dataset is the old one, the new one, or none, but no mixture."""
        writer = self.open_writer()
        try:
            with dying_after(calls):
                write_merged(writer, {"digest": writer.digest()})
        except Killed:
            pass
        at_rest()
        self.abandon(writer)

    def abandon(self, writer: BatchWriter) -> None:
        """What the end of a process does: buffers are lost, and its lock is free."""
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, writer.journal.file.fileno())
        os.close(descriptor)
        writer.close()

    @rule(seed=st.integers(0, 99), how=st.sampled_from(["flip", "cut", "delete", "add"]))
    def damage_a_pack(self, seed: int, how: str) -> None:
        dice = random.Random(seed)
        found = sorted((self.store / RECORDS).glob("*.bin"))
        if not found:
            return
        path = dice.choice(found)
        raw = bytearray(path.read_bytes())
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        if how == "add":
            path.write_bytes(path.read_bytes() + b"x" * dice.randint(1, 10_000))
        elif how == "delete":
            path.unlink()
        else:
            path.write_bytes(raw[: -dice.randint(1, len(raw))] if how == "cut" else raw)
        # Which records that hits is not worked out here; it may hit none that counts.
        lost = self.sound - self.readable()
        assert how != "add" or not lost
        assert how != "flip" or len(lost) <= 1
        self.sound -= lost

    @rule(seed=st.integers(0, 99), how=st.sampled_from(["flip", "delete", "tear", "leftover"]))
    def damage_the_receipts(self, seed: int, how: str) -> None:
        dice = random.Random(seed)
        path = self.store / RECEIPTS
        lines = path.read_bytes().splitlines(keepends=True)
        if not lines:
            return
        number = dice.randrange(len(lines))
        if how == "flip":
            position = dice.randrange(len(lines[number]) - 1)
            line = bytearray(lines[number])
            line[position] ^= 4
            lines[number] = bytes(line)
        elif how == "delete":
            del lines[number]
        elif how == "tear":
            lines[-1] = lines[-1][: dice.randrange(len(lines[-1]) - 1)]
        else:
            path.with_name(path.name + ".partial").write_bytes(lines[number])
        path.write_bytes(b"".join(lines))
        # Receipts of one batch may be there twice: one of them is enough.
        self.sound &= self.readable()

    @rule(how=st.sampled_from(["delete", "tear"]))
    def damage_the_origins(self, how: str) -> None:
        """They say what computed the records, and decide nothing."""
        path = self.store / ORIGINS
        if path.exists():
            content = path.read_bytes()
            path.unlink() if how == "delete" else path.write_bytes(content[: len(content) // 2])

    @rule(number=st.integers(0, len(SWEEPS) - 1))
    def change_the_sweep(self, number: int) -> None:
        self.number = number
        with self.open_writer() as writer:
            self.check_missing(writer)

    @rule()
    def run_to_the_end(self) -> None:
        outcome = carry_out(self.sweep, self.store, SERIAL, quiet=True)
        everything = {(p.point_id, b) for p in self.sweep.points for b in range(p.batches)}
        assert outcome.computed == len(everything - self.sound)
        self.sound |= everything
        assert merged_bytes(self.store) == expected(self.number)
        assert list(verify(self.store)) == []

    def readable(self) -> set[Key]:
        """Batches of all sweeps that a reader takes for done, whose records it can read."""
        found = set()
        for content in SWEEPS:
            store = Store(self.store, content)
            bad = {(point.point_id, batch) for point, batch in store.damaged()}
            for point in content.points:
                keys = {
                    (point.point_id, b) for b in store.ledger.done(point.point_id, point.batches)
                }
                found |= keys - bad
        return found

    @invariant()
    def what_is_sound_can_be_read_and_nothing_else(self) -> None:
        if not hasattr(self, "store"):
            return
        assert self.readable() == self.sound
        for content in SWEEPS:
            store = Store(self.store, content)
            for point in content.points:
                for batch in range(point.batches):
                    if (point.point_id, batch) in self.sound:
                        digest = store.ledger.digest(point.point_id, batch)
                        assert digest is not None
                        record = store.records.read(point, batch, digest)
                        assert record is not None
                        assert record.tobytes() == result(point, batch).record.tobytes()


StoreMachine.TestCase.settings = settings(
    max_examples=8,  # `verification` has more
    stateful_step_count=20,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestStore = StoreMachine.TestCase
