"""What a run would do and cost."""

from __future__ import annotations

import os
from pathlib import Path

from twoqs.accuracy import short_spins
from twoqs.arguments import file_name
from twoqs.errors import ArgumentError
from twoqs.progress import duration
from twoqs.store import Batches, check_sweep
from twoqs.sweep import Sweep
from twoqs.sweep.problems import counted
from twoqs.target import progress

RESULTS = Path("results")


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


def plan(sweep: Sweep, store: str | os.PathLike[str] | None = None) -> str:
    """What a run would do, in lines of text; nothing is started or written.

    Raises:
        OtherSweepError: if the store belongs to another sweep.
    """
    path = store_path(sweep, store)
    check_sweep(path, sweep)
    batches = Batches(path, sweep)
    ledger, sweep = batches.ledger, batches.sweep
    seconds, total, done, size, memory = 0.0, 0, 0, 0, 0
    for identity, point in sweep.requirements.items():
        have = ledger.count(identity, point.batches)
        done += have
        total += point.batches
        seconds += point.cost.seconds * (point.batches - have)
        size += point.cost.bytes * point.batches
        memory = max(memory, point.cost.bytes * point.batches)
    trajectories, note = sum(point.trajectories for point in sweep.points), rounded(sweep)
    axes = " x ".join(f"{axis.name}[{len(axis)}]" for axis in sweep.axes)
    lines = [
        f"sweep         {sweep.name}, into {path}",
        f"points        {len(sweep.points)}{' = ' if axes else ''}{axes}",
        f"trajectories  {trajectories}{'.' if note else ''}{note}",
        f"batches       {total}, of which {done} are done",
        *_unused(ledger.total() - done),
        f"work          about {duration(seconds)} of one core",
        f"records       {_bytes(size)} on disk; the largest point needs {_bytes(memory)} to merge",
    ]
    if sweep.target_se:
        more = f"; more may follow, up to {batches.rounds.most()} batches in all"
        lines.append(f"target        {progress(batches)}{more if done < total else ''}")
    return "\n".join(lines)


def _unused(count: int) -> list[str]:
    """A line about batches of other values, or beyond the trajectories asked for."""
    text = f"kept          {counted(count, 'more batch', 'es')} that this sweep does not ask for"
    return [text] if count else []


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


def inaccurate(sweep: Sweep) -> str:
    """A line about points whose spins are too short for the method, or nothing."""
    notes = [(point, short_spins(point.model, point.numerics)) for point in sweep.points]
    found = [(point, note) for point, note in notes if note is not None]
    if not found:
        return ""
    point, note = found[0]
    others = f" and likewise at {counted(len(found) - 1, 'other point')}" if found[1:] else ""
    return f"Warning: {note}" + (f" So at {point.label}{others}." if point.label else "")


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
