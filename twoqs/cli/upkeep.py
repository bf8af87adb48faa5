"""`twoqs redo` and `twoqs prune`: batches that are computed anew, and such as nobody asks for."""

from __future__ import annotations

import argparse
import math
import re
from contextlib import nullcontext
from typing import TYPE_CHECKING

from twoqs.cli.commands import OK
from twoqs.cli.options import add_at, as_path, new_command
from twoqs.errors import ArgumentError, require

if TYPE_CHECKING:
    from twoqs.sweep import Point

LISTED_POINTS = 20
"""Points whose batches are listed; of how many more there are, the number."""

ROUNDED = 1e-5
"""Relative error of a value as messages show it, in six digits."""


def add_upkeep(group: argparse._SubParsersAction) -> None:
    """Make the commands known."""
    redo = new_command(group, "redo", "have the next run compute some batches anew")
    redo.set_defaults(command=redo_command)
    add_at(redo, "points at this value of an axis; repeatable")
    text = "batches from number A on and below B, of each point; all if left out"
    redo.add_argument("--batches", metavar="A:B", help=text)
    text = "batches that were computed by code whose digest begins so (see `twoqs verify`)"
    redo.add_argument("--origin", metavar="CODE", help=text)
    prune = new_command(group, "prune", "remove batches that the sweep of a store does not ask for")
    prune.set_defaults(command=prune_command)
    for command in (redo, prune):
        command.add_argument("store", metavar="STORE", type=as_path, help="such as results/fig7")
        text = "tell what would be done, and change nothing"
        command.add_argument("--dry-run", action="store_true", help=text)


def redo_command(options: argparse.Namespace) -> int:
    from twoqs.look.choice import coordinates_of
    from twoqs.look.describe import points_at
    from twoqs.store import BatchWriter, Store
    from twoqs.store.description import read_sweep
    from twoqs.store.redo import chosen_batches
    from twoqs.sweep.problems import counted

    if not (options.at or options.batches or options.origin):
        raise ArgumentError("Choose what to compute anew, by --at, --batches or --origin.")
    at, numbers = coordinates_of(options.at), _numbers(options.batches or ":")
    sweep = read_sweep(options.store)
    dry = options.dry_run
    with nullcontext() if dry else BatchWriter(options.store, sweep) as writer:
        store = writer or Store(options.store)
        points = points_at(store.sweep, at)
        _require_exact(points[0], at)
        found = chosen_batches(store, points, numbers, options.origin)
        if writer is not None:
            writer.revoke([(point.point_id, batch) for point, own in found for batch in own])
    for point, own in found[:LISTED_POINTS]:
        print(f"{point.label or 'the point'}: {', '.join(_spans(own))}")
    if len(found) > LISTED_POINTS:
        print(f"and {counted(len(found) - LISTED_POINTS, 'other point')}")
    count = counted(sum(len(own) for _, own in found), "batch", "es")
    would = "would count" if dry else "count"
    print(f"{count} {would} as missing: the next run of the sweep computes them anew.")
    return OK


def prune_command(options: argparse.Namespace) -> int:
    from twoqs.store.prune import prune
    from twoqs.sweep.problems import counted

    batches, damaged, freed = prune(options.store, options.dry_run)
    would = "would be removed, and {} freed" if options.dry_run else "removed, {} freed"
    count = f"{counted(batches, 'batch', 'es')} that the sweep does not ask for"
    print(f"{count}: {would.format(f'{freed / 1e6:.3g} MB')}.")
    if damaged:
        print(f"{counted(damaged, 'batch', 'es')} damaged: the next run computes them anew.")
    return OK


def _numbers(text: str) -> slice:
    """Numbers of batches in the form A:B, either of which may be left out."""
    wanted = "have the form A:B, such as 8:16, with A below B"
    found = re.fullmatch(r"([0-9]{0,9}):([0-9]{0,9})", text, re.ASCII)
    first, last = (int(one) if one else None for one in found.groups()) if found else (0, 0)
    require(last is None or (first or 0) < last, "batches", wanted, text)
    return slice(first, last)


def _spans(batches: list[int]) -> list[str]:
    """Numbers in the form A:B."""
    cuts = [i for i in range(1, len(batches)) if batches[i] != batches[i - 1] + 1]
    ends = zip([0, *cuts], [*cuts, len(batches)], strict=True)
    return [f"{batches[a]}:{batches[b - 1] + 1}" for a, b in ends]


def _require_exact(point: Point, at: dict[str, str]) -> None:
    """Refuse a value that is only near one of an axis: what is revoked takes hours to compute."""
    for name, text in at.items():
        value = {**point.coordinates, **point.together}[name]
        if isinstance(value, int | float):
            same = math.isclose(float(text), value, rel_tol=ROUNDED, abs_tol=1e-12)
            require(same, "at", f"give a value of `{name}` (the nearest is {value:.6g})", text)
