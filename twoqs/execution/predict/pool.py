"""What is computed once and kept, by worker processes beside each other."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

import xarray as xr

from twoqs.errors import TwoqsError
from twoqs.execution.log import Log
from twoqs.execution.predict.cache import PredictionCache
from twoqs.execution.progress import Progress
from twoqs.model.arguments import integer
from twoqs.model.limits import MOST_WORKERS
from twoqs.system.machine import lend_files, one_thread_each, require_files
from twoqs.system.signals import interrupts_later

_Work = TypeVar("_Work")


def kept_or_computed(
    needed: Mapping[str, _Work],
    compute: Callable[[_Work], xr.Dataset],
    weight: Callable[[_Work], float],
    cache: PredictionCache | None,
    workers: int,
    quiet: bool,
    unit: tuple[str, str],
) -> dict[str, xr.Dataset]:
    """What is needed, by its keys: from the cache, or computed and put there as soon as it is.

    Args:
        compute: a function of a module, which worker processes can import.
        weight: how long it takes, by any measure.
        workers, quiet: as those of `twoqs.execution.predict.predictions`.
        unit: what is computed, one and many.

    Raises:
        ArgumentError, StoreError: as `predictions`.
    """
    workers = integer("workers", workers, 0, MOST_WORKERS)
    require_files(workers)
    known: dict[str, xr.Dataset] = {}
    for key in needed:
        found = None if cache is None else cache.get(key)
        if found is not None:
            known[key] = found
    missing = {key: work for key, work in needed.items() if key not in known}
    progress = Progress(len(missing), Log(quiet), unit)
    for key, found in _computed(missing, compute, weight, workers):
        if cache is not None:
            cache.put(key, found)
        known[key] = found
        progress.add(1)
    progress.close()
    return known


def _computed(
    missing: Mapping[str, _Work],
    compute: Callable[[_Work], xr.Dataset],
    weight: Callable[[_Work], float],
    workers: int,
) -> Iterator[tuple[str, xr.Dataset]]:
    # The longest first, so that none is left alone at the end.
    order = sorted(missing, key=lambda key: weight(missing[key]), reverse=True)
    if min(workers, len(order)) < 2:
        yield from ((key, compute(missing[key])) for key in order)
        return
    with _pool(min(workers, len(order))) as pool:
        with interrupts_later():
            futures = {pool.submit(compute, missing[key]): key for key in order}
        for future in as_completed(futures):
            yield futures[future], future.result()


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that end at once when the caller does, whatever they are at."""
    lend_files(workers)
    others = set(multiprocessing.active_children())
    # A forked process could inherit a lock that a thread of this one holds.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context)
    try:
        # Processes start when there is work for them.
        with one_thread_each(), pool:
            try:
                yield pool
            except BaseException:
                # The pool finds itself broken then, and is waited for: a thread of it that still
                # runs when Python ends can fail there.
                for process in set(multiprocessing.active_children()) - others:
                    process.terminate()
                raise
    except BrokenProcessPool as error:
        raise TwoqsError(
            "A process that computed has died, perhaps for want of memory. Those that "
            "were finished are kept; try again with fewer workers."
        ) from error
