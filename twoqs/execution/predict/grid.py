"""Predictions for all points of a sweep, as one dataset over its axes."""

from __future__ import annotations

import hashlib
import math
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import TwoqsError
from twoqs.execution.predict.cache import PredictionCache, subject
from twoqs.execution.progress import Progress
from twoqs.methods.numerics import Numerics
from twoqs.model.arguments import integer
from twoqs.model.limits import MOST_WORKERS
from twoqs.model.model import Model
from twoqs.sweep import Sweep
from twoqs.system.machine import lend_files, require_files
from twoqs.system.signals import interrupts_later
from twoqs.theory.point import THEORY_METHODS, method_for, predict

Settings = tuple[Model, Numerics]


def predictions(
    sweep: Sweep,
    cache: PredictionCache | None = None,
    workers: int = 0,
    quiet: bool = True,
) -> xr.Dataset:
    """What theory says about each point.

    Points that differ in scheme, representation or trajectories only share one prediction. Each is
    kept in the cache as soon as it is there, so that an interrupted call loses no more than
    the ones under way.

    Args:
        cache: where predictions are looked up and kept.
        workers: processes for those that are not there; with fewer than 2 this one computes. A
            script that asks for more needs the guard `if __name__ == "__main__"`.
        quiet: whether to keep progress for itself.

    Returns:
        Dataset over the axes of the sweep and `time` or `distance`, with the variables of a result
        as far as they are predicted, NaN elsewhere, and `method`: a flag with the method of each
        point.

    Raises:
        ArgumentError: if `workers` is no such number, or the limit of open files forbids it.
        StoreError: if the disk refuses what is to be kept.
    """
    workers = integer("workers", workers, 0, MOST_WORKERS)
    require_files(workers)
    needed = {
        PredictionCache.key(point.model, point.numerics): (point.model, point.numerics)
        for point in sweep.points
        if method_for(point.model, point.numerics) is not None
    }
    known: dict[str, xr.Dataset] = {}
    for key in needed:
        found = None if cache is None else cache.get(key)
        if found is not None:
            known[key] = found
    missing = {key: settings for key, settings in needed.items() if key not in known}
    progress = Progress(len(missing), quiet, ("prediction", "predictions"))
    for key, found in _compute(missing, workers):
        if cache is not None:
            cache.put(key, found)
        known[key] = found
        progress.add(1)
    progress.close()
    return _together(sweep, known)


def _compute(missing: dict[str, Settings], workers: int) -> Iterator[tuple[str, xr.Dataset]]:
    # The longest first, so that none is left alone at the end.
    order = sorted(missing, key=lambda key: _weight(*missing[key]), reverse=True)
    if min(workers, len(order)) < 2:
        yield from ((key, _predict(missing[key])) for key in order)
        return
    with _pool(min(workers, len(order))) as pool:
        with interrupts_later():
            futures = {pool.submit(_predict, missing[key]): key for key in order}
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
        with pool:
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
            "A process that computed a prediction has died, perhaps for want of memory. Those that "
            "were finished are kept; try again with fewer workers."
        ) from error


def _predict(settings: Settings) -> xr.Dataset:
    found = predict(*settings)
    assert found is not None
    return found


def _weight(model: Model, numerics: Numerics) -> float:
    """Logarithm of the work, roughly: large chains have no number for it."""
    return 3 * model.n_sites * math.log(2 * model.spin + 1) + math.log1p(numerics.end)


def _together(sweep: Sweep, known: dict[str, xr.Dataset]) -> xr.Dataset:
    variables: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    # Numbers are floats: the file format has no integers beyond 32 bits.
    coordinates: dict[str, Any] = {
        axis.name: [v if isinstance(v, str) else float(v) for v in axis.coordinates]
        for axis in sweep.axes
    }
    parts = ((axis.name, part) for axis in sweep.axes for part in axis.parts)
    coordinates |= {part.name: (dim, np.array(part.coordinates, float)) for dim, part in parts}
    methods = np.full(sweep.shape, -1, np.int32)
    for point in sweep.points:
        found = known.get(PredictionCache.key(point.model, point.numerics))
        if found is None:
            continue
        methods[point.index] = THEORY_METHODS.index(found.attrs["method"])
        for name, variable in found.data_vars.items():
            dims = tuple(str(dim) for dim in variable.dims)
            if name not in variables:
                empty = np.full((*sweep.shape, *variable.shape), np.nan)
                variables[str(name)] = (*sweep.dims, *dims), empty
            for dim in dims:
                own = coordinates.setdefault(dim, found[dim].values)
                if not np.array_equal(own, found[dim].values):
                    raise TwoqsError(
                        f"The prediction at {point.label} has other values of `{dim}` than those "
                        "before it, so that they do not fit into one dataset."
                    )
            variables[str(name)][1][point.index] = variable.values
    flag = {
        "flag_values": np.arange(len(THEORY_METHODS)),
        "flag_meanings": ", ".join(THEORY_METHODS),
    }
    result = xr.Dataset(variables, coordinates, {"points_sha256": points_digest(sweep)})
    return result.assign(method=(sweep.dims, methods, flag))


def points_digest(sweep: Sweep) -> str:
    """Digest of what is predicted at which coordinates, whatever the order of the points."""
    lines = sorted(
        f"{sorted(point.coordinates.items())} {subject(point.model, point.numerics)}"
        for point in sweep.points
    )
    return hashlib.sha256("\n".join([*sorted(sweep.dims), *lines]).encode()).hexdigest()


def are_for(predicted: xr.Dataset, sweep: Sweep) -> bool:
    """Whether predictions are those for the points of this sweep."""
    return bool(predicted.attrs.get("points_sha256") == points_digest(sweep))
