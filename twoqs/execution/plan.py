"""What a run would do and cost."""

from __future__ import annotations

import os
import random
from itertools import islice
from pathlib import Path

from twoqs.errors import ArgumentError
from twoqs.execution.forecast import Clock, Forecast, rough
from twoqs.execution.targets import progress
from twoqs.flows.fastest import step_note
from twoqs.measure.accuracy import accuracy_notes
from twoqs.model.arguments import file_name, integer
from twoqs.model.limits import MOST_WORKERS
from twoqs.simulation.window import latest_end
from twoqs.store import Store, check_sweep
from twoqs.store.targets import targets
from twoqs.sweep import Sweep
from twoqs.sweep.problems import counted
from twoqs.system.machine import available_cores

RESULTS = Path("results")

MOST_NOTES = 4
"""Sentences about limits that are told; of how many more there are, the number."""

LOOKED_AT = 100
"""Points of a sweep that are checked for limits before a run."""


def store_path(sweep: Sweep, store: str | os.PathLike[str] | None = None) -> Path:
    """The folder of a sweep's store.

    Raises:
        ArgumentError: if it would be `results/<name>`, but that is a link to somewhere else.
    """
    if store is not None:
        return Path(file_name("store", store))
    path = RESULTS / sweep.name
    real = os.path.realpath(path)
    if real != os.path.join(os.path.realpath(RESULTS), sweep.name):
        raise ArgumentError(
            f"The folder {path} is a link to {real}, out of {RESULTS}; to use that one, "
            "give it as the store."
        )
    return path


def plan(
    sweep: Sweep,
    store: str | os.PathLike[str] | None = None,
    workers: int = 1,
    threads: bool = False,
) -> str:
    """What a run would do, in lines of text; nothing is started or written.

    Args:
        workers: worker processes, for the time that it will take; 0 computes in one process.
        threads: whether these are threads of one process.

    Raises:
        ArgumentError: if that is no such number.
        OtherSweepError: if the store belongs to another sweep.
    """
    workers = integer("workers", workers, 0, MOST_WORKERS)
    path = store_path(sweep, store)
    check_sweep(path, sweep)
    batches = Store(path, sweep)
    sweep, (done, total) = batches.sweep, batches.counts()
    sizes = [point.cost.bytes * point.batches for point in sweep.requirements.values()]
    clock = Clock(batches, workers, available_cores(), threads)
    run = clock.forecast({key: point.batches for key, point in sweep.requirements.items()})
    trajectories, note = sum(point.trajectories for point in sweep.points), rounded(sweep)
    axes = " x ".join(f"{axis.name}[{len(axis)}]" for axis in sweep.axes)
    lines = [
        f"sweep         {sweep.name}, into {path}",
        f"points        {len(sweep.points)}{' = ' if axes else ''}{axes}",
        f"trajectories  {trajectories}{'.' if note else ''}{note}",
        f"batches       {total}, of which {done} are done",
        *_unused(batches.ledger.total() - done),
        *_windows(sweep),
        *_steps(sweep),
        f"work          {_about(run.work)} of one core{_basis(clock.known if run.work else 0)}",
        f"time          {_about(run.seconds)} with {_with(workers, threads)}, within a factor of "
        f"two: {run}",
        f"records       {_bytes(sum(sizes))} on disk; the largest point needs {_bytes(max(sizes))} "
        "to merge",
    ]
    lines += _buffers(sweep)
    if sweep.target_se:
        lines += _target(batches, clock, run)
    elif sweep.target_step:
        lines.append(f"target        {progress(batches)}; a shorter step runs a point anew")
    return "\n".join(lines)


def _target(batches: Store, clock: Clock, run: Forecast) -> list[str]:
    """Lines about the targets: how far, what comes next, what will be enough, and the most."""
    (done, total), most = batches.counts(), batches.rounds.most()
    text = f"target        {progress(batches)}"
    if done == total:
        return [text]
    return [
        f"{text}; more may follow, up to {sum(most.values())} batches in all",
        f"next round    {_more(total - done, run)}",
        f"all rounds    {_all_rounds(batches, clock)}",
        f"at most       {_more(sum(most.values()) - done, clock.forecast(most))}",
    ]


def _all_rounds(batches: Store, clock: Clock) -> str:
    """What meets the targets, as far as the errors of finished rounds tell."""
    sweep, rounds = batches.sweep, batches.rounds
    if not rounds.judged:
        return "not known before the first one is done"
    points = sweep.requirements
    new = sum(
        bool(targets(sweep, point)) for key, point in points.items() if key not in rounds.judged
    )
    first = f", and the first round of {counted(new, 'other point')}" if new else ""
    expected = rounds.expected({key: point.batches for key, point in points.items()})
    more = sum(expected.values()) - batches.counts()[0]
    return f"about {_more(more, clock.forecast(expected))}, at the present spread{first}"


def _more(count: int, run: Forecast) -> str:
    return f"{counted(count, 'more batch', 'es')}, {_about(run.seconds)}"


def _about(seconds: float) -> str:
    text = rough(seconds)
    return text if text.startswith("under") else f"about {text}"


def _basis(known: int) -> str:
    return f", by the times of {counted(known, 'batch', 'es')} in the store" if known else ""


def _with(workers: int, threads: bool) -> str:
    if threads:
        return counted(workers, "thread")
    return counted(workers, "worker") if workers else "no workers"


def _unused(count: int) -> list[str]:
    """A line about batches of other values, or beyond the trajectories asked for."""
    text = f"kept          {counted(count, 'more batch', 'es')} that this sweep does not ask for"
    return [text] if count else []


def _buffers(sweep: Sweep) -> list[str]:
    """A line about the memory of what is kept until the end of a window, if there is such."""
    largest = {point.kind: point for point in sorted(sweep.points, key=lambda p: p.cost.bytes)}
    most = max(
        sum(one.buffer_bytes(point.model, point.numerics) for one in point.numerics.requests)
        for point in largest.values()
    )
    return [f"buffers       {_bytes(most)} in each worker, of what is measured"] if most else []


def _windows(sweep: Sweep) -> list[str]:
    """A line about windows that are not found yet, if there are such."""
    first = [point.numerics.average for point in sweep.points if point.pending]
    starts = [window[0] for window in first if window is not None]
    if not starts:
        return []
    return [
        f"windows       found by the run at {counted(len(starts), 'point')}: they end at "
        f"{2 * min(starts):.3g} or later, at most at {latest_end(max(starts)):.3g}; below they "
        "count as the earliest"
    ]


def _steps(sweep: Sweep) -> list[str]:
    """A line about the shortest step, if a pulse sets it in a short part of the run."""
    point = min(sweep.points, key=lambda point: point.facts.step)
    numerics, step = point.numerics, point.facts.step
    note = step_note(point.model, numerics.end, step, numerics.method.default_step)
    where = f" at {point.label}" if point.label else ""
    return [f"step          {step:.3g}{where}: {note}"] if note else []


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def inaccurate(sweep: Sweep) -> str:
    """Lines about points that the method is not made for, one a sentence, or nothing.

    Of large sweeps some points are looked at, drawn once and for all: each takes milliseconds.
    """
    found: dict[str, list[str]] = {}
    chosen = random.Random(0).sample(sweep.points, min(LOOKED_AT, len(sweep.points)))
    looked = f" (of {len(chosen)} looked at)" if len(chosen) < len(sweep.points) else ""
    for point in sorted(chosen, key=lambda one: one.index):
        for note in accuracy_notes(point.model, point.numerics):
            found.setdefault(note, []).append(point.label)
    lines = []
    for note, (first, *others) in islice(found.items(), MOST_NOTES):
        more = f" and likewise at {counted(len(others), 'other point')}" if others else ""
        lines.append(f"Warning: {note}" + (f" So at {first}{more}{looked}." if first else ""))
    if len(found) > MOST_NOTES:
        lines.append(f"Warning: likewise with other numbers: {len(found) - MOST_NOTES} sentences.")
    return "\n".join(lines)


def rounded(sweep: Sweep) -> str:
    """A sentence about trajectories that are run beyond those asked for, or nothing."""
    more = [point for point in sweep.points if point.trajectories != point.requested]
    if not more:
        return ""
    first = more[0]
    others = f" (and likewise at {counted(len(more) - 1, 'other point')})" if more[1:] else ""
    return (
        f" Whole batches make {first.trajectories} trajectories of the {first.requested} "
        f"asked for{others}."
    )
