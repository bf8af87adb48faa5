"""Runs a sweep: finds what is missing, computes it, merges, and leaves a digest."""

from __future__ import annotations

import json
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from twoqs.errors import StoreError, TwoqsError, require
from twoqs.execution.dask.jobs import read_cluster
from twoqs.execution.plan import inaccurate, rounded, store_path
from twoqs.execution.progress import Progress
from twoqs.execution.schedule import Failure, Schedule
from twoqs.execution.targets import Miss, misses, progress
from twoqs.kernels.compile.cache import compilation_told
from twoqs.kernels.compile.sources import closure_digest
from twoqs.model.arguments import file_name, integer
from twoqs.model.limits import MOST_WORKERS
from twoqs.simulation.batch import compile_kernels
from twoqs.simulation.step_pairs import wants_pairs
from twoqs.store import (
    BatchWriter,
    Store,
    attributes,
    intact,
    merged_attributes,
    write_merged,
)
from twoqs.store.files import write_atomic
from twoqs.sweep import Point, Sweep
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

    Raises:
        ArgumentError: if they do not fit together.
    """

    count: int = 1
    scheduler: str | None = None
    tls: dict[str, str] = field(default_factory=dict)
    cluster: str | os.PathLike[str] | None = None
    client: Any = None

    def __post_init__(self) -> None:
        count = integer("workers", self.count, 0, MOST_WORKERS)
        object.__setattr__(self, "count", count)
        if self.cluster is not None:
            given = self.scheduler
            require(given is None, "scheduler", "be left out beside a cluster file", given)
            read_cluster(self.cluster)
        elif self.scheduler is None and self.client is None:
            require_files(self.count)
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


DRAINING = "\nFinishing the batches that run; Ctrl-C again ends at once, without them.\n"
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

    Raises:
        StoreError: if the store is in use, belongs to another sweep, or cannot be written.
        ClusterError: if the cluster cannot be reached, does not match, or is lost.
        TwoqsError: on Windows.
    """
    if sys.platform == "win32":
        raise TwoqsError("Sweeps are run on Linux and macOS only; on Windows, run them in WSL.")
    path = store_path(sweep, store)
    with BatchWriter(path, sweep) as batches:
        damaged = batches.revoke_damaged()
        for point, batch in damaged:
            _say(quiet, f"Batch {batch} of the point at {point.label} is damaged; computing anew.")
        for name in batches.restore_metadata():
            _say(quiet, f"The metadata {path / name} was gone or damaged; it is written anew.")
        if warning := inaccurate(batches.sweep):
            _say(quiet, warning)
        done, total = batches.counts()
        _say(quiet, f"{path}: {done} of {total} batches are done.{rounded(sweep)}")
        computed = 0
        failures: list[Failure] = []
        if done < total:
            computed, failures = compute(batches, workers, total - done, quiet, stopping)
        merged = _merge(batches, quiet)
        if not computed and not merged:
            _say(quiet, "Nothing to do.")
        missed = misses(batches)
        if not failures and not missed and digest is not None:
            write_digest(Path(file_name("digest", digest)), batches)
    return Outcome(computed, len(damaged), failures, merged, missed)


def compute(
    batches: BatchWriter,
    workers: Workers,
    missing: int,
    quiet: bool,
    told_to_stop: Stopping = never,
) -> tuple[int, list[Failure]]:
    """Do the missing batches; how many were done, and what failed."""
    with compilation_told(lambda line: _say(quiet, line)):
        _compile(batches)
    bar = Progress(missing, quiet)
    with engine_for(workers) as engine, draining("" if quiet else DRAINING) as interrupted:

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
            _say(quiet, f"{counted(schedule.computed, 'batch', 'es')} computed.")
        if stopping():
            raise KeyboardInterrupt
    return schedule.computed, failures


def _tell_round(batches: Store, bar: Progress) -> None:
    """Say what windows and targets of standard errors ask for beyond what is done."""
    done, total = batches.counts()
    windows = [point.pending for point in batches.sweep.points if point.auto]
    known = f"windows of {len(windows) - sum(windows)} of {counted(len(windows), 'point')} found"
    told = [known] if windows else []
    told += [targets] if (targets := progress(batches)) else []
    bar.say("; ".join([*told, counted(total - done, "more batch", "es")]) + ".")
    bar.more(total - done - bar.left)


def _compile(batches: Store) -> None:
    """Compile once here what all workers will load: one point of each scheme and kind."""
    kinds: dict[Any, Point] = {}
    for point in batches.sweep.requirements.values():
        numerics, lattice = point.numerics, point.model.lattice
        paired = wants_pairs(numerics, point.trajectories)
        kind = numerics.scheme, numerics.precision, numerics.observables, lattice.kind, paired
        if kind not in kinds and not batches.finished(point):
            kinds[kind] = point
    for point in kinds.values():
        compile_kernels(point.model, point.numerics, point.trajectories)


def engine_for(workers: Workers) -> AbstractContextManager[Engine]:
    """The engine of a run: this process, processes of its own, a cluster or a queueing system."""
    elsewhere = (workers.scheduler, workers.cluster, workers.client)
    if all(one is None for one in elsewhere) and workers.count == 0:
        return nullcontext(Serial())
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


def _merge(batches: BatchWriter, quiet: bool) -> bool:
    """Make the merged dataset unless it is whole and made of the same records by the same code.

    Of the code counts what makes the dataset, and not that of figures or commands.
    """
    digest = batches.digest()
    present = merged_attributes(batches.path)
    code = closure_digest("twoqs.store.merge", "twoqs.store.attributes")
    described = attributes(batches, digest, "merged by twoqs run") | {"merge_code": code}
    same = ("digest", "merge_code", "origins", "sweep")
    if all(present.get(key) == described[key] for key in same):
        if intact(batches.path):
            return False
        _say(quiet, f"{batches.merged} is damaged; it is made anew.")
    write_merged(batches, described)
    return True


def write_digest(path: Path, batches: Store) -> None:
    """Write the small file that stands for a finished sweep in a workflow.

    Raises:
        StoreError: if it cannot be written.
    """
    merged = merged_attributes(batches.path)
    _, total = batches.counts()
    content = {
        "sweep": batches.sweep.name,
        "store": os.path.relpath(batches.path, path.parent),
        "points": len(batches.sweep.points),
        "batches": total,
        "records_sha256": merged["digest"],
        "merged_sha256": merged["content_sha256"],
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, (json.dumps(content, indent=1) + "\n").encode())
    except OSError as error:
        raise StoreError(f"Cannot write the digest file {path}: {error.strerror}.") from error


def _say(quiet: bool, text: str) -> None:
    if not quiet:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
