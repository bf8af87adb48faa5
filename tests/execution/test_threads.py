"""Little work is done by threads of the driver: the same bytes, and an end on request."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from sweeps import merged_bytes, sweep, tasks

from twoqs.execution.run import Workers, carry_out
from twoqs.execution.threads import Threads, is_little
from twoqs.sweep.work import Result, Task


def test_threads_change_no_byte(serial: Path, tmp_path: Path) -> None:
    outcome = carry_out(sweep(), tmp_path / "s", Workers(3, threads=True), quiet=True)
    assert (outcome.computed, outcome.failures) == (8, [])
    assert merged_bytes(tmp_path / "s") == merged_bytes(serial)


class Watched:
    """Tasks that wait until so many run at once, or for long; in place of `execute`."""

    def __init__(self, together: int) -> None:
        self.barrier = threading.Barrier(together)
        self.lock, self.now, self.most, self.begun = threading.Lock(), 0, 0, 0

    def __call__(self, task: Task) -> Result:
        with self.lock:
            self.now += 1
            self.begun += 1
            self.most = max(self.most, self.now)
        self.barrier.wait(timeout=60)
        with self.lock:
            self.now -= 1
        return Result(task)


@pytest.mark.parametrize(("alone", "together"), [(False, 2), (True, 1)])
def test_as_many_run_as_there_are_threads(
    alone: bool, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(together)
    monkeypatch.setattr("twoqs.execution.threads.execute", watched)
    monkeypatch.setattr("twoqs.execution.threads.MOST_IN_BUNDLE", 1)
    found = [result for group in Threads(2).run(tasks(6), alone) for result in group]
    assert sorted(result.task.batch for result in found) == list(range(6))
    assert watched.most == together


def test_what_runs_is_finished_when_an_end_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(2)
    monkeypatch.setattr("twoqs.execution.threads.execute", watched)
    monkeypatch.setattr("twoqs.execution.threads.MOST_IN_BUNDLE", 1)
    found = []
    for group in Threads(2).run(tasks(20), stopping=lambda: watched.begun >= 2):
        found += group
    assert len(found) == watched.begun == 2


LONG: dict[str, Any] = {"numerics__times": [0, 1e6], "trajectories": 64}
"""Batches of seconds, few of them."""

AUTO: dict[str, Any] = {"numerics": {"average": "auto"}}


@pytest.mark.parametrize(
    ("changes", "little"),
    [({}, True), ({"trajectories": 10**9}, False), (LONG, False), (AUTO, False)],
)
def test_what_is_little(changes: dict[str, Any], little: bool) -> None:
    assert is_little(sweep(**changes)) == little
