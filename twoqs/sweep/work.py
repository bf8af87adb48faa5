"""One batch, or the search for a window, as a task: what travels to a worker, and comes back."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from twoqs.errors import ArgumentError, ClusterError
from twoqs.methods.numerics import point_id
from twoqs.model.arrays import Floats
from twoqs.simulation import batch as batches
from twoqs.simulation.batch import Cost
from twoqs.simulation.provenance import origin
from twoqs.simulation.window import relaxed_window, window_id
from twoqs.sweep import Point
from twoqs.sweep.settings import build
from twoqs.system.signals import Stopping, never


@dataclass(frozen=True)
class Task:
    """One batch of one point, or the search for its window.

    Attributes:
        point_id: identity of the point.
        settings: canonical texts of its model and numerics.
        seed: root of the random streams.
        batch: number of the batch; None if the window is to be found.
        seconds: expected work.
        bytes: size of the record.
    """

    point_id: str
    settings: tuple[str, str]
    seed: int
    batch: int | None
    seconds: float
    bytes: int

    @classmethod
    def of(cls, point: Point, seed: int, batch: int | None) -> Task:
        """The task of batch number `batch` of a point, or of its window."""
        cost = Cost(BUNDLE_SECONDS, 0) if batch is None else point.cost
        return cls(point.point_id, point.settings, seed, batch, *cost)


@dataclass(frozen=True)
class Result:
    """How a task ended: with a record, or with an error.

    Attributes:
        task: what was to be done.
        record: raw sums of shape (row, length), or None.
        seconds: wall time of the computation.
        worker: address of the worker.
        error: type and text of the exception, or None.
        fatal: whether the worker died of it, or of another task that it held.
        origin: code, libraries and CPU family that made the record.
        kept: single trajectories that are kept beside the record, or None.
        window: that was found, if it was to be.
        final: whether another attempt would end alike.
    """

    task: Task
    record: Floats | None = None
    seconds: float = 0.0
    worker: str = "driver"
    error: str | None = None
    fatal: bool = False
    origin: dict[str, str] = field(default_factory=dict)
    kept: Floats | None = None
    window: tuple[float, float] | None = None
    final: bool = False


BUNDLE_SECONDS = 2.0
"""Expected work in one bundle, if batches are shorter than that and there are many of them: what a
bundle costs, a task of Dask and a sync of the disk, is then a hundredth of it ..."""

LEAST_BUNDLE_SECONDS = 0.25
"""... and this where they would not do for all workers."""

SERIAL_SHARES = 16
"""Bundles that a run in this process makes at least of longer work: so often it keeps results."""

MOST_IN_BUNDLE = 512
"""Batches in a bundle at most ..."""

MOST_BUNDLE_BYTES = 32_000_000
"""... and bytes of their records, which a worker holds together."""


def bundles_of(
    tasks: Iterator[Task], most: int, work: float = 0.0, shares: int = 1
) -> Iterator[list[Task]]:
    """Tasks in their order, in bundles of LEAST_BUNDLE_SECONDS to BUNDLE_SECONDS of expected work.

    Args:
        most: tasks in a bundle at most.
        work: expected work of all of them, as far as it is known.
        shares: bundles that what is left of it makes at least, as long as they are not too short.
    """
    for first in tasks:
        wanted = min(BUNDLE_SECONDS, max(LEAST_BUNDLE_SECONDS, work / shares))
        bundle, seconds, size = [first], first.seconds, first.bytes
        while seconds < wanted and len(bundle) < most and size < MOST_BUNDLE_BYTES:
            task = next(tasks, None)
            if task is None:
                break
            bundle.append(task)
            seconds += task.seconds
            size += task.bytes
        work -= seconds
        yield bundle


class Engine(Protocol):
    """Runs tasks somewhere, and yields the results in any order."""

    def run(
        self,
        tasks: Iterable[Task],
        alone: bool = False,
        stopping: Stopping = never,
        work: float = 0.0,
    ) -> Iterator[list[Result]]:
        """Results in groups, as they come.

        Args:
            alone: whether never to hold two tasks at a time.
            stopping: once it says so, what runs is finished, and nothing else is begun.
            work: seconds that the tasks are expected to take, all together.
        """
        ...


def execute(task: Task, worker: str = "driver") -> Result:
    """Run a task; an exception becomes a result, so that it never takes a worker's time twice."""
    start = time.perf_counter()
    try:
        model, numerics = build(*task.settings)
        identify = window_id if task.batch is None else point_id
        if identify(model, numerics) != task.point_id:
            raise ClusterError("This worker gives the point another identity than the driver.")
        if task.batch is None:
            window = relaxed_window(model, numerics, task.seed)
            return Result(task, worker=worker, window=window)
        kept: list[Floats] = []
        keeping = {"kept": kept} if numerics.keep else {}
        record = batches.run_batch(model, numerics, task.seed, task.batch, **keeping)
    except Exception as error:
        final = task.batch is None and isinstance(error, ArgumentError)
        text = f"{type(error).__name__}: {error}"
        return Result(task, worker=worker, error=text, final=final)
    seconds, single = time.perf_counter() - start, kept[0] if kept else None
    return Result(task, record, seconds, worker, origin=origin(), kept=single)


class Serial:
    """Runs tasks one after the other in this process."""

    def run(
        self,
        tasks: Iterable[Task],
        alone: bool = False,
        stopping: Stopping = never,
        work: float = 0.0,
    ) -> Iterator[list[Result]]:
        """Results in the order of the tasks; those of short batches in groups."""
        for bundle in bundles_of(iter(tasks), MOST_IN_BUNDLE, work, SERIAL_SHARES):
            yield [execute(task) for task in bundle if not stopping()]
            if stopping():
                return
