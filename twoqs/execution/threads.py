"""Little work is done by threads of the driver: worker processes take longer to start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice

from twoqs.sweep import Sweep
from twoqs.sweep.work import MOST_IN_BUNDLE, SERIAL_SHARES, Result, Task, bundles_of, execute
from twoqs.system.signals import Stopping, never

LITTLE_SECONDS = 100.0
"""Work of one core up to which a sweep is done by threads. Worker processes take 4 s to start; what
batches do beside kernels, which threads cannot do at the same time, is 1 to 20 % of the work."""

SHORT_SECONDS = 1.0
"""Work of its longest batch: the end of what runs is waited for when a run is interrupted."""


def is_little(sweep: Sweep) -> bool:
    """Whether threads will do for a sweep; the search for windows is no work of known length."""
    costs = [(point.cost.seconds, point.batches) for point in sweep.requirements.values()]
    work, longest = sum(one * count for one, count in costs), max(costs)[0]
    searched = any(point.auto for point in sweep.points)
    return work <= LITTLE_SECONDS and longest <= SHORT_SECONDS and not searched


class Threads:
    """Runs tasks by threads of this process; kernels leave the interpreter to others.

    Args:
        count: of threads.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def run(
        self,
        tasks: Iterable[Task],
        alone: bool = False,
        stopping: Stopping = never,
        work: float = 0.0,
    ) -> Iterator[list[Result]]:
        """Results in groups, as they come."""
        count = 1 if alone else self._count
        most = 1 if alone else MOST_IN_BUNDLE
        bundles = bundles_of(iter(tasks), most, work, SERIAL_SHARES * count)
        running: set[Future[list[Result]]] = set()
        pool = ThreadPoolExecutor(count)

        def done_by(bundle: list[Task]) -> list[Result]:
            return [execute(task) for task in bundle if not stopping()]

        try:
            while True:
                # One more for each waits, so that none is idle while results are written.
                room = 0 if stopping() else 2 * count - len(running)
                running |= {pool.submit(done_by, bundle) for bundle in islice(bundles, room)}
                if not running:
                    return
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield [result for future in done for result in future.result()]
        finally:
            pool.shutdown(cancel_futures=True)
