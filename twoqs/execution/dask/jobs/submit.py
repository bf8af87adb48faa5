"""Starts a scheduler here, and submits workers as jobs while there is work for them."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dask
from distributed import Client

from twoqs.errors import ClusterError
from twoqs.execution.dask.cluster import DASK_SETTINGS
from twoqs.execution.dask.engine import DaskEngine
from twoqs.execution.dask.jobs import renewal
from twoqs.execution.dask.jobs.certificates import certificates
from twoqs.execution.dask.jobs.duration import seconds
from twoqs.execution.dask.jobs.queueing import CLASSES, JobQueueCluster
from twoqs.execution.dask.jobs.renewal import line, renewing
from twoqs.execution.dask.jobs.schema import SPREAD, ClusterSpec
from twoqs.system.machine import ONE_THREAD
from twoqs.system.signals import interrupts_later


@contextmanager
def submitted(spec: ClusterSpec) -> Iterator[DaskEngine]:
    """Workers as jobs, which are cancelled when the block ends.

    Raises:
        ClusterError: if jobs cannot be submitted.
    """
    settings = DASK_SETTINGS | {
        # Jobs may wait in their queue for long; `patience` is for that.
        "distributed.scheduler.no-workers-timeout": None,
        # A killed job is no fault of its batches, and another worker just takes them.
        "distributed.scheduler.allowed-failures": 3,
        "distributed.deploy.lost-worker-timeout": f"{renewal.LOST_SECONDS} s",
    }
    with dask.config.set(settings):
        running = ExitStack()
        try:
            with interrupts_later():
                cluster = running.enter_context(opened(spec))
                client = running.enter_context(Client(cluster, set_as_default=False))
            _submit(cluster, spec)
            workers = spec.jobs.max * spec.cores
            yield DaskEngine(client, expected=workers, patience=seconds(spec.patience))
        finally:
            with interrupts_later():
                running.close()


@contextmanager
def opened(spec: ClusterSpec) -> Iterator[JobQueueCluster]:
    """A cluster without jobs yet: a scheduler in this process, until the block ends.

    Raises:
        ClusterError: if it cannot start.
    """
    if not spec.tls:
        sys.stderr.write(
            "Warning: without tls, whoever reaches the port of the scheduler or of a worker can "
            "run programs there.\n"
        )
    with ExitStack() as stack:
        try:
            security = stack.enter_context(certificates(_shared(spec))) if spec.tls else None
            kind = renewing(CLASSES[spec.type])
            cluster = stack.enter_context(kind(security=security, **_arguments(spec)))
        except (OSError, RuntimeError, TimeoutError, ValueError, ImportError) as error:
            raise ClusterError(f"The cluster does not start: {line(error)}.") from error
        yield cluster


def _shared(spec: ClusterSpec) -> Path:
    """The folder for certificates, as a path that holds wherever a job starts."""
    given = spec.shared_temp_directory or "."
    return Path(os.path.abspath(os.path.expandvars(os.path.expanduser(given))))


def _arguments(spec: ClusterSpec) -> dict[str, Any]:
    """Arguments of a class of dask-jobqueue; what is left out, it has in its configuration."""
    given = spec.model_dump(exclude=set(spec.KEPT), exclude_none=True)
    if spec.log_directory is not None:
        given["log_directory"] = os.path.expanduser(spec.log_directory)  # no shell reads it
    if spec.python is None and dask.config.get(f"jobqueue.{spec.type}.python", None) is None:
        given["python"] = shlex.quote(sys.executable)  # dask-jobqueue would not quote it
    one_thread = [f"export {name}=1" for name in ONE_THREAD]
    scheduler = spec.scheduler.model_dump(exclude_none=True)
    return given | {
        "name": "twoqs",
        "cores": spec.cores,
        "processes": spec.cores,
        "memory": spec.memory,
        "job_script_prologue": [*one_thread, *(spec.job_script_prologue or [])],
        "worker_extra_args": ["--dashboard-address", "127.0.0.1:0", *_lifetime(spec)],
        "scheduler_options": {"dashboard_address": "127.0.0.1:0", **scheduler},
        "silence_logs": logging.CRITICAL,
    }


def _lifetime(spec: ClusterSpec) -> list[str]:
    mean = spec.lifetime_seconds
    if mean is None:
        return []
    return ["--lifetime", f"{mean:.0f}s", "--lifetime-stagger", f"{SPREAD * mean:.0f}s"]


def _submit(cluster: JobQueueCluster, spec: ClusterSpec) -> None:
    """Submit the first jobs, whose errors end the run, and leave the others to the scheduler."""
    try:
        cluster.sync(_submit_first, cluster, max(1, spec.jobs.min))
    except (OSError, RuntimeError, ValueError) as error:
        raise ClusterError(f"Cannot submit a job: {line(error)}.") from error
    # Batches in flight are what the scheduler knows of; a job for each, up to the most.
    cluster.adapt(minimum_jobs=spec.jobs.min, maximum_jobs=spec.jobs.max, target_duration="1 ms")


async def _submit_first(cluster: JobQueueCluster, jobs: int) -> None:
    # Unlike `scale`, which leaves submission and its errors to a callback.
    for _ in range(jobs):
        cluster.worker_spec.update(cluster.new_worker_spec())
    await cluster
