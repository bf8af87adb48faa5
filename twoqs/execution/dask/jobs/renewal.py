"""Jobs that end, or cannot be submitted, make room for others: a gap of dask-jobqueue."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from distributed.core import Status

from twoqs.execution.dask.jobs.queueing import JobQueueCluster

LOST_SECONDS = 15.0
"""Time after which a job without a worker counts as ended, or is submitted again."""


def renewing(kind: type[JobQueueCluster]) -> type[JobQueueCluster]:
    """The same class, whose adaptive scaling replaces every job that has ended.

    The class itself does so for jobs of one worker only: it takes names of workers for names of
    jobs, and these differ by a number where a job has many. Nor does it try again to submit.
    """
    base: Any = vars(kind)["job_cls"]
    job = type(base.__name__, (_Job, base), {})
    return type(kind.__name__, (_Jobs, kind), {"job_cls": job})


class _Job:
    """A job with the status that its cluster asks for when that closes."""

    status: Status
    _cluster: Any

    async def start(self) -> None:
        try:
            await super().start()  # type: ignore[misc]
        except Exception as error:
            self.status = Status.failed
            asyncio.get_running_loop().call_later(LOST_SECONDS, self._retry, line(error))
            raise

    def _retry(self, reason: str) -> None:
        if self._cluster is None:
            # Others are still being submitted with it; then all of them are noted.
            asyncio.get_running_loop().call_later(LOST_SECONDS, self._retry, reason)
            return
        cluster = self._cluster()
        if cluster is not None and cluster.status == Status.running:
            sys.stderr.write(f"Warning: Cannot submit a job: {reason}; trying again.\n")
            cluster.drop(self)

    async def close(self) -> None:
        await super().close()  # type: ignore[misc]
        self.status = Status.closed


class _Jobs:
    """Drops jobs that are over; the scaling notes it, and submits as many."""

    workers: dict[str, _Job]
    scheduler_info: dict[str, Any]
    _futures: set[asyncio.Future[None]]

    def drop(self, job: _Job) -> None:
        """Forget a job, and cancel it should it still be there."""
        for name in [name for name, known in self.workers.items() if known is job]:
            del self.workers[name]
            self._futures.add(asyncio.ensure_future(job.close()))

    def _update_worker_status(self, op: str, msg: str) -> None:
        if op == "remove":
            # A worker has the name of its job, and a number: unless it is the only one.
            job = self.scheduler_info["workers"][msg]["name"].rpartition("-")[0]
            asyncio.get_running_loop().call_later(LOST_SECONDS, self._drop_if_over, job)
        super()._update_worker_status(op, msg)  # type: ignore[misc]

    def _drop_if_over(self, job: str) -> None:
        names = [worker["name"] for worker in self.scheduler_info["workers"].values()]
        if job in self.workers and not any(name.startswith(f"{job}-") for name in names):
            self.drop(self.workers[job])


def line(error: Exception) -> str:
    """The text of an error on one line."""
    return " ".join(str(error).split()).rstrip(".")
