"""Runs a sweep: finds what is missing, computes it, merges, and leaves a digest."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from twoqs.errors import TwoqsError, require
from twoqs.execution.dask.jobs import read_cluster
from twoqs.execution.ending import remerge, write_digest
from twoqs.execution.log import Log
from twoqs.execution.plan import inaccurate, rounded, store_path
from twoqs.execution.progress import Progress
from twoqs.execution.schedule import Failure, Schedule
from twoqs.execution.targets import Miss, misses, progress
from twoqs.execution.threads import Threads
from twoqs.kernels.compile.cache import compilation_told
from twoqs.model.arguments import file_name, integer
from twoqs.model.limits import MOST_WORKERS
from twoqs.simulation.batch import compile_kernels
from twoqs.simulation.step_pairs import wants_pairs
from twoqs.store import (
    BatchWriter,
    Store,
)
from twoqs.store.reuse import Reuse, stores_to_reuse
from twoqs.sweep import Point, Sweep
from twoqs.sweep.part import SweepPart
from twoqs.sweep.problems import counted
from twoqs.sweep.work import Engine, Serial
from twoqs.system.machine import require_files
from twoqs.system.signals import Stopping, draining, never
from twoqs.system.tls import check_certificates


@dataclass(frozen=True)
class Workers:
    """Where batches are computed.

    Attributes:
        count: worker processes of an own cluster; 0 computes in this process.
        scheduler: address of a scheduler to use instead.
        tls: paths of certificates (`ca`, `cert`, `key`) for an address that begins with tls://.
        cluster: file that describes jobs of a queueing system to use instead.
        client: a Client or a cluster of Dask to use instead.
        threads: whether `count` are threads of this process, in place of worker processes.

    Raises:
        ArgumentError: if they do not fit together.
    """

    count: int = 1
    scheduler: str | None = None
    tls: dict[str, str] = field(default_factory=dict)
    cluster: str | os.PathLike[str] | None = None
    client: Any = None
    threads: bool = False

    def __post_init__(self) -> None:
        count = integer("workers", self.count, 0, MOST_WORKERS)
        object.__setattr__(self, "count", count)
        if self.cluster is not None:
            given = self.scheduler
            require(given is None, "scheduler", "be left out beside a cluster file", given)
            read_cluster(self.cluster)
        elif self.scheduler is None and self.client is None:
            require_files(0 if self.threads else self.count)
        secure = self.scheduler is not None and self.scheduler.startswith("tls://")
        if self.scheduler is not None:
            wanted = "be tcp://host:port or tls://host:port"
            require(_is_address(self.scheduler), "scheduler", wanted, self.scheduler)
        if not secure:
            wanted = "be left out for an address that is not tls://"
            require(not self.tls, "tls", wanted, self.tls)
            return
        check_certificates(self.tls)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("tcp", "tls") and bool(parts.hostname) and parts.port is not None
    except ValueError:
        return False


DRAINING = "Finishing the batches that run; Ctrl-C again ends at once, without them."
"""Answer to the first Ctrl-C."""


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes:
        computed: batches that were computed.
        damaged: batches among them whose former record was damaged.
        failures: batches that were given up.
        merged: whether the merged dataset was made anew.
        missed: points whose budget ended before their standard errors met the targets.
    """

    computed: int
    damaged: int
    failures: list[Failure]
    merged: bool
    missed: list[Miss]


def carry_out(
    sweep: Sweep,
    store: str | os.PathLike[str] | None = None,
    workers: Workers = Workers(),
    digest: str | os.PathLike[str] | None = None,
    quiet: bool = False,
    stopping: Stopping = never,
    reuse: Sequence[str | os.PathLike[str]] = (),
    part: SweepPart | None = None,
    as_json: bool = False,
) -> Outcome:
    """Compute what is missing of a sweep, and make its merged dataset.

    The first Ctrl-C while batches are computed lets those that run finish, and keeps them; the
    second ends at once. Both end with KeyboardInterrupt, and leave the merged dataset as it was.

    Args:
        store: folder of the store; `results/<name>` if left out.
        workers: where to compute.
        digest: file that is written last, when all is done (and all targets of standard errors are
            met), with digests of the results.
        quiet: whether to say nothing but errors.
        stopping: asked now and then; once it says so, all ends as after the first Ctrl-C.
        reuse: other stores, whose batches are taken over where they are missing.
        part: what to compute of the sweep, if not all that is missing.
        as_json: whether what is said is for programs (`twoqs.execution.log`).

    Raises:
        ArgumentError: if one of `reuse` is none, the sweep's own, or of another seed; for a digest
            of a part.
        StoreError: if the store is in use, belongs to another sweep, or cannot be written.
        ClusterError: if the cluster cannot be reached, does not match, or is lost.
        TwoqsError: on Windows.
    """
    if sys.platform == "win32":
        raise TwoqsError("Sweeps are run on Linux and macOS only; on Windows, run them in WSL.")
    wanted = "be left out for a part of a sweep: it stands for a finished one"
    require(part is None or digest is None, "digest", wanted, digest)
    path, log = store_path(sweep, store), Log(quiet, as_json)
    stores = stores_to_reuse(reuse, path, sweep)
    with BatchWriter(path, sweep) as batches:
        batches.take(part)
        damaged = batches.revoke_damaged()
        for point, batch in (one for one in damaged if batches.own(one[0])[one[1]]):
            log.say(f"Batch {batch} of the point at {point.label} is damaged; computing anew.")
        for line in Reuse(batches, stores)():
            log.say(line)
        if warning := inaccurate(batches.sweep):
            log.say(warning, "warning")
        done, total = batches.own_counts()
        what = "" if part is None else f" of {part.text(sweep)}"
        text = f"{path}: {done} of {total} batches{what} are done.{rounded(sweep)}"
        log.say(text, "start", partial(state_of, batches))
        computed = 0
        failures: list[Failure] = []
        if done < total:
            computed, failures = compute(batches, workers, total - done, log, stopping)
        merged = remerge(batches, log)
        if not computed and not merged:
            log.say("Nothing to do.")
        missed = misses(batches)
        if not failures and not missed and digest is not None:
            write_digest(Path(file_name("digest", digest)), batches)
    return Outcome(computed, len(damaged), failures, merged, missed)


def compute(
    batches: BatchWriter,
    workers: Workers,
    missing: int,
    log: Log,
    told_to_stop: Stopping = never,
) -> tuple[int, list[Failure]]:
    """Do the missing batches; how many were done, and what failed."""
    with compilation_told(lambda line: log.say(line, "compile")):
        _compile(batches)
    state = partial(state_of, batches)

    def drained() -> str:
        return "" if log.quiet else "\n" * (not log.as_json) + log.line(DRAINING, "stopping")

    bar = Progress(missing, log, state=state)
    with engine_for(workers) as engine, draining(drained) as interrupted:

        def stopping() -> bool:
            return interrupted() or told_to_stop()

        schedule = Schedule(batches, engine, bar.add, stopping)
        try:
            failures = schedule.run()
            while not stopping() and batches.settle():
                _tell_round(batches, bar)
                failures = schedule.run()
        finally:
            bar.close()
            log.say(f"{counted(schedule.computed, 'batch', 'es')} computed.", "computed", state)
        if stopping():
            raise KeyboardInterrupt
    return schedule.computed, failures


def state_of(batches: Store) -> dict[str, Any]:
    """How far a store is, with keys of `twoqs status --json`."""
    done, total = batches.counts()
    points = batches.sweep.points
    finished = sum(map(batches.finished, points))
    return {
        "points": {"finished": finished, "total": len(points)},
        "batches": {"done": done, "total": total},
    }


def _tell_round(batches: Store, bar: Progress) -> None:
    """Say what windows and targets of standard errors ask for beyond what is done."""
    done, total = batches.own_counts()
    windows = [point.pending for point in batches.sweep.points if point.auto]
    known = f"windows of {len(windows) - sum(windows)} of {counted(len(windows), 'point')} found"
    told = [known] if windows else []
    told += [targets] if (targets := progress(batches)) else []
    bar.say("; ".join([*told, counted(total - done, "more batch", "es")]) + ".", "round")
    bar.more(total - done - bar.left)


def _compile(batches: Store) -> None:
    """Compile once here what all workers will load: one point of each scheme and kind."""
    points = batches.sweep.requirements.values()
    wanted = (point for point in points if batches.own(point).any())
    lacking = {
        (point.kind, point.trajectories): point for point in wanted if not batches.finished(point)
    }
    kinds: dict[Any, Point] = {}
    for point in lacking.values():
        numerics, lattice = point.numerics, point.model.lattice
        paired = wants_pairs(numerics, point.trajectories)
        kind = numerics.scheme, numerics.precision, numerics.observables, lattice.kind, paired
        kinds[kind] = point
    for point in kinds.values():
        compile_kernels(point.model, point.numerics, point.trajectories)


def engine_for(workers: Workers) -> AbstractContextManager[Engine]:
    """The engine of a run: this process, some of its own, a cluster or a queueing system."""
    elsewhere = (workers.scheduler, workers.cluster, workers.client)
    if all(one is None for one in elsewhere) and (workers.threads or workers.count == 0):
        return nullcontext(Threads(workers.count) if workers.threads else Serial())
    # Imported here: it takes a second, and a run without a cluster needs none of it.
    if workers.cluster is not None:
        from twoqs.execution.dask.jobs.submit import submitted

        return submitted(read_cluster(workers.cluster))
    from twoqs.execution.dask import cluster

    if workers.client is not None:
        return cluster.lent(workers.client)
    if workers.scheduler is not None:
        return cluster.attached(workers.scheduler, workers.tls)
    return cluster.local(workers.count)
