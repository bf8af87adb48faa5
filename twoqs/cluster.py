"""Runs tasks on Dask: on an own cluster of this machine, or on a scheduler that exists.

Only the driver writes to disk. Workers get tasks and send back records, so they need no file
system in common with it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import queue
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import wait
from contextlib import ExitStack, contextmanager, suppress
from itertools import islice
from urllib.parse import urlsplit

import dask
from distributed import Client, Future, LocalCluster, Security, get_worker
from distributed.utils import silence_logging_cmgr

from twoqs.errors import ClusterError, require
from twoqs.provenance import identity
from twoqs.signals import Stopping, interrupts_later, never
from twoqs.vetting import Vetting, refuse
from twoqs.work import MOST_IN_BUNDLE, Result, Task, bundles_of, execute

PER_THREAD = 4
"""Bundles in flight for each worker thread: enough to keep it busy, few enough for any number."""

CONNECT_SECONDS = 30
POLL_SECONDS = 5.0
LOOK_SECONDS = 0.5
"""Times between looks at the cluster, and at whether an end is asked for, while batches run."""

NO_WORKERS_SECONDS = 60.0
"""Time without any worker after which a run ends instead of waiting for ever."""

ONE_THREAD = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables of the environment that keep libraries to one thread."""

SETTINGS = {
    "distributed.admin.low-level-log-length": 0,
    # It samples the stack a hundred times a second, and nobody looks.
    "distributed.worker.profile.enabled": False,
}
"""Settings of Dask for clusters of this process."""


@contextmanager
def local(workers: int) -> Iterator[DaskEngine]:
    """An own cluster of `workers` processes with one thread each, reachable from this machine only.

    Raises:
        ClusterError: if it does not start.
    """
    require(workers > 0, "workers", "be a positive integer", workers)
    environment = dict(dask.config.get("distributed.nanny.pre-spawn-environ", {}))
    environment |= dict.fromkeys(ONE_THREAD, "1")
    # Dask's own setting gives memory back to the system at once: a tenth of the time of a batch.
    environment.pop("MALLOC_TRIM_THRESHOLD_", None)
    settings = SETTINGS | {
        "distributed.nanny.pre-spawn-environ": environment,
        "distributed.scheduler.no-workers-timeout": f"{NO_WORKERS_SECONDS} s",
        # A task whose worker dies comes back at once; whether to try again is decided here.
        "distributed.scheduler.allowed-failures": 0,
    }
    with dask.config.set(settings):
        running = ExitStack()
        try:
            with interrupts_later():
                running.enter_context(_main_left_alone())
                cluster = running.enter_context(_start(workers))
                client = running.enter_context(Client(cluster, set_as_default=False))
            yield DaskEngine(client)
        finally:
            with interrupts_later():
                running.close()


def _start(workers: int) -> LocalCluster:
    try:
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            # None would still serve HTTP, on a fixed port.
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        )
    except (OSError, RuntimeError, TimeoutError) as error:
        raise ClusterError(f"The local cluster does not start: {error}.") from error


@contextmanager
def _main_left_alone() -> Iterator[None]:
    """Keep worker processes, those started later too, from importing the main module.

    They need nothing of it. With it, a script without the guard `if __name__ == "__main__"` would
    run again in each worker, and each worker would load what the script loads.
    """
    main = sys.modules["__main__"]
    hidden = {name: vars(main)[name] for name in ("__spec__", "__file__") if name in vars(main)}
    for name in hidden:
        # How multiprocessing knows an interactive session, which it does not import.
        setattr(main, name, None)
    try:
        yield
    finally:
        for name, value in hidden.items():
            setattr(main, name, value)


@contextmanager
def attached(address: str, tls: dict[str, str]) -> Iterator[DaskEngine]:
    """A scheduler that exists already, at tcp://host:port or tls://host:port.

    Args:
        tls: paths of `ca`, `cert` and `key` for a tls:// address; `run.Workers` checks both.

    Raises:
        ClusterError: if it cannot be reached, has no workers, or a worker runs other code.
    """
    parts = urlsplit(address)
    if parts.scheme == "tcp" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        sys.stderr.write(
            f"Warning: {address} is not encrypted; whoever reaches that port can run programs "
            "there. Use tls:// or a tunnel.\n"
        )
    security = _security(parts.scheme, tls)
    # What goes wrong is said once, by us.
    with silence_logging_cmgr(logging.CRITICAL):
        try:
            client = Client(
                address,
                security=security,
                timeout=CONNECT_SECONDS,
                set_as_default=False,
            )
        except (OSError, TimeoutError, ValueError) as error:
            raise ClusterError(f"Cannot connect to the scheduler {address}: {error}.") from None
        with client:
            try:
                client.wait_for_workers(1, timeout=CONNECT_SECONDS)
            except TimeoutError:
                raise ClusterError(f"The scheduler {address} has no workers.") from None
            yield DaskEngine(client)


def _security(scheme: str, tls: dict[str, str]) -> Security | None:
    if scheme != "tls":
        return None
    return Security(
        tls_ca_file=tls["ca"],
        tls_client_cert=tls["cert"],
        tls_client_key=tls["key"],
        require_encryption=True,
    )


class DaskEngine:
    """Runs tasks through a client, in bounded windows of bundles.

    A bundle is one Dask task. It holds one batch of a second or more, and several shorter ones, so
    that what Dask costs for each task is small beside the work.

    Args:
        expected: workers that there will be at least, if there is work for them.
        patience: seconds without any worker after which a run ends; NO_WORKERS_SECONDS if left out.
    """

    def __init__(self, client: Client, expected: int = 1, patience: float | None = None) -> None:
        self._client, self._vetting = client, Vetting(client)
        self._expected = expected
        self._patience = NO_WORKERS_SECONDS if patience is None else patience
        self._threads, self._counted, self._empty_since = 0, -math.inf, math.inf
        self._count_threads()

    def run(
        self, tasks: Iterable[Task], alone: bool = False, stopping: Stopping = never
    ) -> Iterator[list[Result]]:
        """Results in groups, as they come; with `alone` never two tasks at a time.

        Once `stopping` says so, bundles that no worker has begun are taken back. Tasks whose result
        a cluster loses get none.

        Raises:
            ClusterError: if the scheduler is lost, or all workers are and stay away.
        """
        bundles = bundles_of(iter(tasks), 1 if alone else MOST_IN_BUNDLE)
        active: dict[object, tuple[Future, list[Task]]] = {}
        ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        wake = stopping
        try:
            while True:
                if not stopping():
                    window = 1 if alone else PER_THREAD * max(self._expected, self._count_threads())
                    for future, bundle in self._submit(list(islice(bundles, window - len(active)))):
                        active[future.key] = future, bundle
                        future.add_done_callback(ended.put)
                elif wake is not never:
                    wake = never
                    for key in self._take_back([future for future, _ in active.values()]):
                        del active[key]
                if not active:
                    return
                done = self._wait(ended, wake)
                yield self._results([active.pop(f.key) for f in done if f.key in active])
        finally:
            self._client.cancel([future for future, _ in active.values()])

    def _submit(self, bundles: list[list[Task]]) -> Iterable[tuple[Future, list[Task]]]:
        if not bundles:
            return ()
        # New names each time: a batch that is tried again must not meet its old result.
        keys = [f"twoqs-{uuid.uuid4().hex}" for _ in bundles]
        wanted = self._vetting.wanted
        futures = self._client.map(_execute, bundles, key=keys, pure=False, wanted=wanted)
        return zip(futures, bundles, strict=True)

    def _take_back(self, futures: list[Future]) -> set[object]:
        """Cancel what no worker has begun; returns the names of it."""
        try:
            ask = self._client.scheduler.call_stack
            stacks = self._client.sync(
                ask, keys=[future.key for future in futures], callback_timeout=POLL_SECONDS
            )
        except Exception:
            # Without an answer, all that was submitted is waited for.
            return set()
        begun = {key for stack in stacks.values() for key in stack}
        # What had ended by then is known here a moment later, and must not be thrown away.
        time.sleep(LOOK_SECONDS)
        waiting = [f for f in futures if f.key not in begun and f.status == "pending"]
        self._client.cancel(waiting)
        return {future.key for future in waiting}

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
        if self._count_threads():
            self._empty_since = math.inf
            return
        self._empty_since = min(self._empty_since, time.monotonic())
        if time.monotonic() - self._empty_since > self._patience:
            raise ClusterError("All workers are gone, and none came back.")

    def _count_threads(self) -> int:
        """Threads of all workers that are there now; asked for, and checked, once in a while."""
        if self._client.status != "running":
            raise ClusterError("The scheduler is gone.")
        now = time.monotonic()
        if now - self._counted >= POLL_SECONDS:
            threads = self._client.nthreads()
            self._vetting.check(threads)
            self._threads, self._counted = sum(threads.values()), now
        return self._threads

    def _results(self, done: list[tuple[Future, list[Task]]]) -> list[Result]:
        values = self._gather([future for future, _ in done])
        groups = (values.get(f.key) or self._failed(f, bundle) for f, bundle in done)
        return [result for group in groups for result in group]

    def _gather(self, futures: list[Future]) -> dict[object, list[Result] | None]:
        """What futures hold, by their names; None for those that failed.

        If a worker has died since it ended a task, another one does that again first.
        """
        named = {future.key: future for future in futures}
        asked = self._client.gather(named, errors="skip", asynchronous=True)
        loop = self._client.loop.asyncio_loop  # type: ignore[union-attr]
        gathering = asyncio.run_coroutine_threadsafe(asked, loop)
        try:
            while not wait([gathering], timeout=LOOK_SECONDS).done:
                self._check_alive()
            values: dict[object, list[Result] | None] = gathering.result()
            return values
        finally:
            gathering.cancel()

    def _failed(self, future: Future, bundle: list[Task]) -> list[Result]:
        """What became of tasks that were lost with their worker."""
        if future.status != "error":
            # The scheduler was away meanwhile, which is no fault of the tasks.
            return []
        error = future.exception()
        if isinstance(error, ClusterError):
            raise error
        # Where there is no twoqs, or a very different one, not even the question is understood.
        self._vetting.check(self._client.nthreads())
        return [Result(task, error=repr(error), fatal=True) for task in bundle]


def _execute(bundle: list[Task], wanted: dict[str, str]) -> list[Result]:
    worker = get_worker().address
    refuse(worker, identity(), wanted)
    return [execute(task, worker) for task in bundle]
