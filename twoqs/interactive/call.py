"""Runs a sweep from Python, and returns its results."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xarray as xr

from twoqs.errors import ArgumentError, TwoqsError, require
from twoqs.execution.plan import inaccurate, store_path
from twoqs.execution.run import Outcome, Workers, carry_out
from twoqs.execution.targets import shortened
from twoqs.look.open import open as open_results
from twoqs.look.parts import part_of
from twoqs.measure.accuracy import AccuracyWarning
from twoqs.model.arguments import flag, is_sequence
from twoqs.sweep import Sweep
from twoqs.sweep.problems import counted

SHOWN_FAILURES = 3
"""Batches that were given up, of which an error tells why."""

Reused = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""A store to take batches from, or several."""


def run(
    sweep: Sweep | Mapping[str, Any] | str | os.PathLike[str],
    *,
    workers: Any = 1,
    store: str | os.PathLike[str] | None = None,
    size: str | None = None,
    target_se: Mapping[str, float] | None = None,
    target_step: Mapping[str, float] | None = None,
    max_trajectories: int | None = None,
    tls: Mapping[str, str] | None = None,
    progress: bool = True,
    reuse: Reused = (),
    part: tuple[int, int] | None = None,
    batches: tuple[int, int | None] | None = None,
    only: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Compute what is missing of a sweep, and open its results: `twoqs run` from Python.

    What is computed is kept in the store, batch by batch. Interrupted (Ctrl-C, or the stop of a
    notebook) it finishes the batches that run; the same call goes on from there, and when nothing
    is missing it only opens the results.

    Args:
        sweep: a `twoqs.Sweep`, the path of a sweep file, or a mapping with the content of one.
        workers: processes of this machine, 0 for this process alone; or where else to compute: a
            Client or a cluster of Dask, the address of a scheduler ("tcp://..." or "tls://..."),
            or the path of a file that describes jobs of a queueing system (docs/clusters.md).
        store: folder of the records and results; `results/<name of the sweep>` if left out.
        size: one of the sizes that the sweep has.
        target_se: standard errors that are wanted, by variable, in place of a fixed number of
            trajectories; in place of those of the sweep.
        target_step: biases of the step that are allowed, by variable: the step of a point is halved
            until it has none above; in place of those of the sweep.
        max_trajectories: most of a point on the way to `target_se`.
        tls: paths of the certificates `ca`, `cert` and `key` for an address "tls://...".
        progress: whether a bar (or lines, where it is written to a file) tells how far it is.
        reuse: another store, or several: batches of the same model, numerics and seed that they
            hold are taken over in place of being computed, whatever their axes are.
        part: (k, n), to compute the k-th of n parts of nearly equal work alone; `twoqs.merge` makes
            one store of those of all parts (docs/parts.md).
        batches: (first, end), to compute these batches of each point alone, `end` left out.
        only: to compute a part of the points alone: for axes a value, a list of values, or a slice
            with both ends included, as `data.twoqs.sel` takes them.

    Returns:
        Dataset over the axes of the sweep, as `twoqs.open` gives it; of a part with `early`.

    Raises:
        ArgumentError: for an argument that cannot be used; a `SpecError` with everything that is
            wrong with the sweep.
        StoreError: if the store is in use, belongs to another sweep, or cannot be written.
        ClusterError: if the cluster cannot be reached, does not match, or is lost.
        TwoqsError: if batches were given up, as they failed three times; all others are kept.

    Warns:
        AccuracyWarning: see `simulate`.
        UserWarning: if points end before they meet `target_se` or `target_step`.

    Examples:
        >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)
        >>> sweep = twoqs.Sweep(model, {"decay": [0.5, 1]}, times=[0, 1], trajectories=64)
        >>> ds = twoqs.run(sweep, workers=0, store="results/drive", progress=False)
        >>> dict(ds.sizes), bool(ds.complete.all())
        ({'decay': 2, 'time': 2}, True)
    """
    made = sweep_of(sweep, size, target_se, target_step, max_trajectories)
    where = workers_of(workers, tls)
    path = store_path(made, store)
    chosen = part_of(made, part, batches, only)
    quiet = not flag("progress", progress)
    if quiet and (note := inaccurate(made)):
        warnings.warn(note, AccuracyWarning, stacklevel=2)
    outcome = carry_out(made, path, where, quiet=quiet, reuse=stores_of(reuse), part=chosen)
    return results_of(path, outcome, 3, early=chosen is not None)


def stores_of(reuse: Reused) -> Sequence[str | os.PathLike[str]]:
    """The stores to take batches from, one or several.

    Raises:
        ArgumentError: for anything else.
    """
    if isinstance(reuse, str | os.PathLike):
        return [reuse]
    require(is_sequence(reuse), "reuse", "be the path of a store, or a list of them", reuse)
    return reuse


def sweep_of(
    sweep: Any,
    size: str | None = None,
    target_se: Mapping[str, float] | None = None,
    target_step: Mapping[str, float] | None = None,
    max_trajectories: int | None = None,
) -> Sweep:
    """The sweep that was given, however it was.

    Args, Raises:
        See `run`.
    """
    changes: dict[str, Any] = {}
    for name, given in (("target_se", target_se), ("target_step", target_step)):
        if given is not None:
            require(isinstance(given, Mapping), name, "be a mapping of variables to errors", given)
            changes[name] = dict(given)
    if max_trajectories is not None:
        changes["max_trajectories"] = max_trajectories
    if isinstance(sweep, str | os.PathLike):
        return Sweep.from_file(sweep, size, changes)
    if isinstance(sweep, Sweep):
        require(size is None, "size", "be left out where a Sweep is given, which has one", size)
        return Sweep.from_dict({**sweep.spec, **changes}) if changes else sweep
    wanted = "be a twoqs.Sweep, the path of a sweep file, or a mapping with the content of one"
    require(isinstance(sweep, Mapping), "sweep", wanted, sweep)
    return Sweep.from_dict({**sweep, **changes}, size)


def workers_of(workers: Any, tls: Mapping[str, str] | None = None) -> Workers:
    """Where to compute.

    Args, Raises:
        See `run`.
    """
    certificates = dict(tls or {})
    if isinstance(workers, Workers):
        return workers
    if isinstance(workers, str) and "://" in workers:
        return Workers(scheduler=workers, tls=certificates)
    require(not certificates, "tls", 'be left out but for an address "tls://..."', certificates)
    if isinstance(workers, str | os.PathLike):
        return Workers(cluster=workers)
    if hasattr(workers, "scheduler_info") or hasattr(workers, "scheduler_address"):
        return Workers(client=workers)
    try:
        return Workers(workers)
    except ArgumentError:
        wanted = (
            "be a number of processes, a Client or a cluster of Dask, the address of a scheduler, "
            "or the path of a file that describes a cluster"
        )
        if isinstance(workers, int | float):
            raise
        raise ArgumentError.of("workers", wanted, workers) from None


def results_of(path: Path, outcome: Outcome, stacklevel: int, early: bool = False) -> xr.Dataset:
    """The results of a run, unless batches were given up; with `early` of unfinished points, too.

    Raises:
        TwoqsError: in that case.
    """
    if outcome.failures:
        told = "; ".join(map(str, outcome.failures[:SHOWN_FAILURES]))
        more = len(outcome.failures) - SHOWN_FAILURES
        rest = f"; and {more} more" if more > 0 else ""
        raise TwoqsError(f"{counted(len(outcome.failures), 'batch', 'es')} given up: {told}{rest}.")
    if outcome.missed:
        lines = "; ".join(shortened(outcome.missed))
        warnings.warn(f"Targets of errors were missed: {lines}.", stacklevel=stacklevel)
    data = open_results(path, early=early)
    assert isinstance(data, xr.Dataset)
    return data
