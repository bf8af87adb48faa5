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
    """

    point_id: str
    settings: tuple[str, str]
    seed: int
    batch: int | None
    seconds: float

    @classmethod
    def of(cls, point: Point, seed: int, batch: int | None) -> Task:
        """The task of batch number `batch` of a point, or of its window."""
        seconds = BUNDLE_SECONDS if batch is None else point.cost.seconds
        return cls(point.point_id, point.settings, seed, batch, seconds)


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


BUNDLE_SECONDS = 0.25
"""Expected work in one bundle at least, if batches are shorter than that ..."""

MOST_IN_BUNDLE = 64
"""... and there are not too many of them."""


def bundles_of(tasks: Iterator[Task], most: int) -> Iterator[list[Task]]:
    """Tasks in their order, in bundles of BUNDLE_SECONDS of expected work."""
    bundle: list[Task] = []
    seconds = 0.0
    for task in tasks:
        bundle.append(task)
        seconds += task.seconds
        if seconds >= BUNDLE_SECONDS or len(bundle) == most:
            yield bundle
            bundle, seconds = [], 0.0
    if bundle:
        yield bundle


class Engine(Protocol):
    """Runs tasks somewhere, and yields the results in any order."""

    def run(
        self, tasks: Iterable[Task], alone: bool = False, stopping: Stopping = never
    ) -> Iterator[list[Result]]:
        """Results in groups, as they come.

        Args:
            alone: whether never to hold two tasks at a time.
            stopping: once it says so, what runs is finished, and nothing else is begun.
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
        self, tasks: Iterable[Task], alone: bool = False, stopping: Stopping = never
    ) -> Iterator[list[Result]]:
        """Results in the order of the tasks; those of short batches in groups."""
        for bundle in bundles_of(iter(tasks), MOST_IN_BUNDLE):
            yield [execute(task) for task in bundle if not stopping()]
            if stopping():
                return
