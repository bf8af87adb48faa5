"""Brings the missing batches of a store to an end: rounds, retries, quarantine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from twoqs.errors import ClusterError
from twoqs.store import BatchWriter
from twoqs.sweep import Point
from twoqs.sweep.work import Engine, Result, Task
from twoqs.system.signals import Stopping, never

ATTEMPTS = 3
"""Failures after which a batch is given up, so that one bad batch does not hold the others."""

BatchKey = tuple[str, int | None]


@dataclass
class Failure:
    """A batch, or the search for a window, that failed.

    Attributes:
        point: its point.
        batch: its number; None for the window.
        error: the last error.
        count: how often it failed.
        fatal: whether a worker died while it held the batch.
    """

    point: Point
    batch: int | None
    error: str
    count: int = 0
    fatal: bool = False

    def __str__(self) -> str:
        where = f" at {self.point.label}" if self.point.label else ""
        what = "window" if self.batch is None else f"batch {self.batch}"
        return f"{what} of point {self.point.point_id}{where}: {self.error}"


@dataclass
class Schedule:
    """Runs what is missing, round by round, until all is done or given up.

    What is missing is read from the receipts at the start of each round, so results that a cluster
    loses are simply asked for again.

    Attributes:
        store: where records go.
        engine: what computes them.
        progress: told the number of batches that were committed.
        stopping: whether to finish only what runs.
        computed: batches that were committed.
        found: windows that were.
    """

    store: BatchWriter
    engine: Engine
    progress: Callable[[int], None]
    stopping: Stopping = never
    computed: int = 0
    found: int = 0
    _failures: dict[BatchKey, Failure] = field(default_factory=dict)

    def run(self) -> list[Failure]:
        """Work until nothing is left to try, or an end is asked for.

        Returns:
            The batches that were given up, in order.

        Raises:
            ClusterError: if a whole round brings neither a record nor an error.
            StoreError: if records cannot be kept.
        """
        while True:
            before = self._progress()
            tried = self._round(fatal=False, alone=False)
            # Whoever died with others on its worker is tried alone: then the guilty one is known.
            tried += self._round(fatal=True, alone=True)
            if not tried or self.stopping():
                return sorted(self._failures.values(), key=lambda f: (f.point.index, f.batch or 0))
            if before == self._progress():
                raise ClusterError("The cluster lost every batch of a whole round; giving up.")

    def _progress(self) -> tuple[int, int, int]:
        failed = sum(failure.count for failure in self._failures.values())
        return self.computed, self.found, failed

    def _round(self, fatal: bool, alone: bool) -> int:
        self._tried = 0
        points = self.store.sweep.requirements
        work = sum(
            (point.batches - self.store.ledger.count(key, point.batches)) * point.cost.seconds
            for key, point in points.items()
        )
        for results in self.engine.run(self._tasks(fatal), alone, self.stopping, work):
            done = []
            for result in results:
                point = points[result.task.point_id]
                if result.error is None:
                    done.append((point, result))
                else:
                    self._note(point, result)
            if done:
                self.store.commit(done)
                windows = sum(result.window is not None for _, result in done)
                self.found += windows
                self.computed += len(done) - windows
                self.progress(len(done) - windows)
                for point, result in done:
                    self._failures.pop((point.point_id, result.task.batch), None)
        return self._tried

    def _tasks(self, fatal: bool) -> Iterator[Task]:
        seed = self.store.sweep.seed
        for point, batch in self.store.missing():
            failure = self._failures.get((point.point_id, batch))
            if failure is not None and failure.count >= ATTEMPTS:
                continue
            if fatal == (failure is not None and failure.fatal):
                self._tried += 1
                yield Task.of(point, seed, batch)

    def _note(self, point: Point, result: Result) -> None:
        key = point.point_id, result.task.batch
        error = result.error or ""
        failure = self._failures.setdefault(key, Failure(point, result.task.batch, error))
        failure.error, failure.fatal = error, result.fatal
        failure.count = ATTEMPTS if result.final else failure.count + 1
