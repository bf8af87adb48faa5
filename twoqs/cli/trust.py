"""`twoqs trust`: what the method leaves out, at the points of a sweep."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from twoqs.cli.changes import changes_of
from twoqs.cli.commands import OK, check_file, check_folder
from twoqs.cli.options import add_at, add_set, as_count, as_path, new_command
from twoqs.errors import ArgumentError, require
from twoqs.system.machine import default_workers


def add_trust(group: argparse._SubParsersAction) -> None:
    """Make the command known."""
    command = new_command(group, "trust", "what the method is off by, from shorter spins")
    command.set_defaults(command=trust_command)
    command.add_argument(
        "source", metavar="SPEC|STORE", type=as_path, help="sweep file (YAML), or a sweep's store"
    )
    command.add_argument("--size", help="one of the file's sizes; full size if left out")
    add_set(command)
    add_at(command, "points at this value of an axis alone, the nearest one; repeatable")
    command.add_argument(
        "--trajectories", type=as_count, metavar="N", help="of each twin (default: 16384)"
    )
    command.add_argument("--longest", metavar="S", help="longest spin of a twin at most")
    command.add_argument("--cache", metavar="DIR", type=as_path, help="folder that keeps results")
    command.add_argument(
        "--map", metavar="PNG", type=as_path, help="picture of the largest errors over two axes"
    )
    command.add_argument(
        "--workers", type=as_count, default=default_workers(), metavar="N",
        help="worker processes; 0 computes in this process (default: one for each core at hand)",
    )  # fmt: skip
    command.add_argument("--quiet", action="store_true", help="no progress")


def trust_command(options: argparse.Namespace) -> int:
    from twoqs.execution.predict import PredictionCache
    from twoqs.execution.predict.truncation import TwinSettings, model_errors_at, over_axes
    from twoqs.look.choice import coordinates_of
    from twoqs.look.describe import points_at
    from twoqs.look.model_error import keep, lines_of
    from twoqs.look.open import open_one
    from twoqs.look.plot.model_error import draw_error_map, plane_of_map
    from twoqs.store import read_spec
    from twoqs.sweep import Sweep
    from twoqs.system.signals import ended_like_ctrl_c

    store = options.source if options.source.is_dir() else None
    if store is None:
        sweep = Sweep.from_file(options.source, options.size, changes_of(options))
    else:
        require(options.size is None, "size", "go with a sweep file only", options.size)
        require(not options.set, "set", "go with a sweep file only", " ".join(options.set))
        sweep = Sweep.from_dict(read_spec(store))
    at = coordinates_of(options.at)
    points = points_at(sweep, at)
    chosen = {"trajectories": options.trajectories, "longest": _length(options.longest)}
    twins = TwinSettings(**{name: value for name, value in chosen.items() if value is not None})
    _check(options)
    plane = plane_of_map(sweep, at) if options.map is not None else None
    cache = None if options.cache is None else PredictionCache(options.cache)
    with ended_like_ctrl_c():
        found = model_errors_at(points, twins, cache, options.workers, options.quiet)
    errors = over_axes(sweep, points, found)
    data = None
    if store is not None:
        keep(errors, sweep, store)
        data = open_one(store)
    print("\n".join(lines_of(points, found, data)))
    if plane is not None:
        draw_error_map(errors, sweep.name, plane, at, options.map)
        print(options.map)
    return OK


def _check(options: argparse.Namespace) -> None:
    """Refuse paths that cannot be written before minutes of work."""
    if options.cache is not None:
        check_folder("cache", options.cache)
    if options.map is not None:
        require(options.map.suffix == ".png", "map", "end in .png", str(options.map))
        check_file("map", Path(options.map))


def _length(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 1 <= value < math.inf:
        raise ArgumentError.of("longest", "be a length of a spin, from 1 on", text)
    return value
