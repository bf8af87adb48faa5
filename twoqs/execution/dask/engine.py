"""Runs batches as tasks of Dask, a bounded number of them at any time."""

from __future__ import annotations

import asyncio
import math
import queue
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import wait
from contextlib import suppress
from itertools import islice

from distributed import Client, Future, get_worker
from distributed.comm import CommClosedError

from twoqs.errors import ClusterError
from twoqs.execution.dask.same_code import CodeCheck, require_same_code
from twoqs.execution.dask.stop import RunStop, is_stopped
from twoqs.simulation.provenance import identity
from twoqs.sweep.work import MOST_IN_BUNDLE, Result, Task, bundles_of, execute
from twoqs.system.signals import Stopping, never

PER_THREAD = 8
"""Bundles in flight for each worker thread: enough to keep it busy, few enough for any number."""

POLL_SECONDS = 5.0
LOOK_SECONDS = 0.5
"""Times between looks at the cluster, and at whether an end is asked for, while batches run."""

NO_WORKERS_SECONDS = 60.0
"""Time without any worker after which a run ends instead of waiting for ever."""

GONE = "The scheduler is gone."


class DaskEngine:
    """Runs tasks through a client, in bounded windows of bundles.

    A bundle is one Dask task. It holds one batch of some seconds, and several shorter ones, so that
    what Dask costs for each task is small beside the work; towards the end bundles are smaller, so
    that all workers end together.

    Args:
        expected: workers that there will be at least, if there is work for them.
        patience: seconds without any worker after which a run ends; NO_WORKERS_SECONDS if left out.

    Attributes:
        client: as given.
    """

    def __init__(self, client: Client, expected: int = 1, patience: float | None = None) -> None:
        self.client, self._code_check = client, CodeCheck(client)
        self._expected = expected
        self._patience = NO_WORKERS_SECONDS if patience is None else patience
        self._threads, self._counted, self._empty_since = 0, -math.inf, math.inf
        self.count_threads()

    def run(
        self,
        tasks: Iterable[Task],
        alone: bool = False,
        stopping: Stopping = never,
        work: float = 0.0,
    ) -> Iterator[list[Result]]:
        """Results in groups, as they come; with `alone` never two tasks at a time.

        Once `stopping` says so, workers finish the tasks that they have begun. All others get no
        result, nor do those whose result a cluster loses.

        Raises:
            ClusterError: if the scheduler is lost, or all workers are and stay away.
        """
        shares = PER_THREAD * max(self._expected, self.count_threads())
        bundles = bundles_of(iter(tasks), 1 if alone else MOST_IN_BUNDLE, work, shares)
        active: dict[object, tuple[Future, list[Task]]] = {}
        ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        stop, wake = RunStop(self.client), stopping
        try:
            while True:
                if not stopping():
                    window = 1 if alone else PER_THREAD * max(self._expected, self.count_threads())
                    room = max(0, window - len(active))  # workers may have gone
                    for future, bundle in self._submit(list(islice(bundles, room)), stop.run):
                        active[future.key] = future, bundle
                        future.add_done_callback(ended.put)
                else:
                    wake = never
                    if not stop.tell(POLL_SECONDS):
                        return  # nobody is there who could finish anything
                if not active:
                    return
                done = self._wait(ended, wake)
                yield self._results([active.pop(f.key) for f in done if f.key in active])
        except CommClosedError as error:  # before the client knows
            raise ClusterError(GONE) from error
        finally:
            self.client.cancel([future for future, _ in active.values()])

    def _submit(self, bundles: list[list[Task]], run: str) -> Iterable[tuple[Future, list[Task]]]:
        if not bundles:
            return ()
        # New names each time: a batch that is tried again must not meet its old result.
        keys = [f"twoqs-{uuid.uuid4().hex}" for _ in bundles]
        expected = self._code_check.expected
        futures = self.client.map(
            _execute, bundles, key=keys, pure=False, expected=expected, run=run
        )
        return zip(futures, bundles, strict=True)

    def _wait(self, ended: queue.SimpleQueue[Future], stopping: Stopping) -> list[Future]:
        """Futures that have ended: at least one, unless `stopping`, and all others by now."""
        done: list[Future] = []
        while not done and not stopping():
            with suppress(queue.Empty):
                done.append(ended.get(timeout=LOOK_SECONDS))
            self._check_alive()
        while not ended.empty():
            done.append(ended.get())
        return done

    def _check_alive(self) -> None:
        if self.count_threads():
            self._empty_since = math.inf
            return
        self._empty_since = min(self._empty_since, time.monotonic())
        if time.monotonic() - self._empty_since > self._patience:
            raise ClusterError("All workers are gone, and none came back.")

    def count_threads(self) -> int:
        """Threads of all workers that are there now; asked for, and checked, once in a while."""
        if self.client.status != "running":
            raise ClusterError(GONE)
        now = time.monotonic()
        if now - self._counted >= POLL_SECONDS:
            threads = self.client.nthreads()
            self._code_check.check(threads)
            self._threads, self._counted = sum(threads.values()), now
        return self._threads

    def _results(self, done: list[tuple[Future, list[Task]]]) -> list[Result]:
        values = self._gather([future for future, _ in done])
        results: list[Result] = []
        for future, bundle in done:
            found = values.get(future.key)
            results += self._failed(future, bundle) if found is None else found
        return results

    def _gather(self, futures: list[Future]) -> dict[object, list[Result] | None]:
        """Results of futures by their names; None for those that failed.

        If a worker has died since it ended a task, another one does that again first.
        """
        named = {future.key: future for future in futures}
        asked = self.client.gather(named, errors="skip", asynchronous=True)
        loop = self.client.loop.asyncio_loop  # type: ignore[union-attr]
        gathering = asyncio.run_coroutine_threadsafe(asked, loop)
        try:
            while not wait([gathering], timeout=LOOK_SECONDS).done:
                self._check_alive()
            values: dict[object, list[Result] | None] = gathering.result()
            return values
        finally:
            gathering.cancel()

    def _failed(self, future: Future, bundle: list[Task]) -> list[Result]:
        """Results of tasks that were lost with their worker."""
        if future.status != "error":
            # The scheduler was away meanwhile, which is no fault of the tasks.
            return []
        error = future.exception()
        if isinstance(error, ClusterError):
            raise error
        # Where there is no twoqs, or a very different one, not even the question is understood.
        self._code_check.check(self.client.nthreads())
        return [Result(task, error=repr(error), fatal=True) for task in bundle]


def _execute(bundle: list[Task], expected: dict[str, str], run: str) -> list[Result]:
    worker = get_worker().address
    require_same_code(worker, identity(), expected)
    return [execute(task, worker) for task in bundle if not is_stopped(run)]
