"""Once a run is to end, workers finish the batch that they have begun, and begin no other."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from dask_processes import SECONDS, until
from distributed import Client, LocalCluster
from distributed.comm import CommClosedError
from sweeps import tasks

from twoqs.errors import ClusterError
from twoqs.execution.dask import engine
from twoqs.execution.dask.engine import PER_THREAD, DaskEngine
from twoqs.execution.dask.stop import is_stopped
from twoqs.sweep import work
from twoqs.sweep.work import MOST_IN_BUNDLE, Result, Task

WORKERS = 2
THREADS: dict[str, Any] = {"processes": False, "dashboard_address": "127.0.0.1:0"}
WINDOW = WORKERS * PER_THREAD
"""Bundles that are submitted at once."""


@dataclass
class Gate:
    """Stands before each batch: counts those that have begun, and holds them back until `open`."""

    open: threading.Event = field(default_factory=threading.Event)
    begun: list[int] = field(default_factory=list)
    runs: set[str] = field(default_factory=set)

    def is_stopped(self, run: str) -> bool:
        self.runs.add(run)
        return is_stopped(run)

    def execute(self, task: Task, worker: str) -> Result:
        self.begun.append(task.batch)
        assert self.open.wait(SECONDS)
        return Result(task, worker=worker, error="no work")

    def until_begun(self) -> None:
        """Wait until each worker has begun something."""
        until(lambda: len(self.begun) == WORKERS, "batches")

    def let_go_once_stopped(self) -> None:
        """Open it as soon as the workers have been told to begin nothing more."""
        until(lambda: self.runs and all(map(is_stopped, self.runs)), "the workers to be told")
        self.open.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """Batches of all workers wait here; so one in a bundle, unless a test wants more."""
    here = Gate()
    monkeypatch.setattr(engine, "execute", here.execute)
    monkeypatch.setattr(engine, "is_stopped", here.is_stopped)
    monkeypatch.setattr(work, "BUNDLE_SECONDS", 0.0)
    yield here
    here.open.set()


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Workers that are threads of this process, so that tests see what they do."""
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, **THREADS) as running:
        yield running


@dataclass
class Run:
    """A run of many batches in a thread of its own, which ends when it is `asked` to.

    It asks itself once it has submitted `after` batches, before the scheduler gets them.
    """

    client: Client
    after: float = math.inf
    asked: threading.Event = field(default_factory=threading.Event)
    results: list[Result] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._go)
        self.thread.start()

    def _go(self) -> None:
        runs = DaskEngine(self.client, expected=WORKERS)
        for group in runs.run(self._submitted(), stopping=self.asked.is_set):
            self.results += group

    def _submitted(self) -> Iterator[Task]:
        for task in tasks(1000):
            if task.batch == self.after - 1:
                self.asked.set()
            yield task

    def end(self) -> list[int]:
        """Batches that there is a result of, once it has ended."""
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()
        return sorted(result.task.batch for result in self.results)


@pytest.mark.parametrize("bundle", [1, MOST_IN_BUNDLE])
def test_what_has_begun_is_finished_and_nothing_else_begins(
    bundle: int, cluster: LocalCluster, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even the next batch of the same bundle."""
    if bundle > 1:
        for name in ("BUNDLE_SECONDS", "LEAST_BUNDLE_SECONDS"):
            monkeypatch.setattr(work, name, math.inf)
    with Client(cluster) as client:
        run = Run(client)
        gate.until_begun()
        run.asked.set()
        gate.let_go_once_stopped()
        assert run.end() == sorted(gate.begun)
    assert len(gate.begun) == WORKERS
    assert [batch % bundle for batch in gate.begun] == [0] * WORKERS


def test_at_the_moment_of_a_submission(cluster: LocalCluster, gate: Gate) -> None:
    """The scheduler does not know the newest tasks yet when workers are told of the end."""
    with Client(cluster) as client:
        run = Run(client, after=WINDOW)
        gate.let_go_once_stopped()
        assert run.end() == sorted(gate.begun)
    # Not even one for each worker if they are told before; never all that were submitted.
    assert len(gate.begun) <= WORKERS


def test_the_next_run_is_not_called_back(cluster: LocalCluster, gate: Gate) -> None:
    gate.open.set()
    with Client(cluster) as client:
        runs = DaskEngine(client, expected=WORKERS)
        assert list(runs.run(iter(tasks(4)), stopping=lambda: True)) == []
        assert len([r for group in runs.run(iter(tasks(4))) for r in group]) == 4


def test_without_workers_there_is_nothing_to_wait_for(gate: Gate) -> None:
    with LocalCluster(n_workers=0, **THREADS) as empty, Client(empty) as client:
        run = Run(client)
        until(lambda: bool(empty.scheduler.tasks), "a submission")
        run.asked.set()
        assert run.end() == []


def test_a_scheduler_that_goes_while_results_travel(
    cluster: LocalCluster, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks before the client knows that the scheduler is gone."""

    async def broken(*arguments: object, **options: object) -> None:
        raise CommClosedError("ConnectionResetError")

    gate.open.set()
    with Client(cluster) as client:
        runs = DaskEngine(client, expected=WORKERS)
        monkeypatch.setattr(client, "gather", broken)
        with pytest.raises(ClusterError, match=r"The scheduler is gone\."):
            list(runs.run(iter(tasks(4))))
