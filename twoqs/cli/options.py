"""What the options of several commands have in common."""

from __future__ import annotations

import argparse
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from twoqs.errors import shown
from twoqs.system.machine import available_cores, most_workers

if TYPE_CHECKING:
    from twoqs.execution.run import Workers
    from twoqs.sweep import Sweep


def new_command(group: argparse._SubParsersAction, name: str, text: str) -> argparse.ArgumentParser:
    """A new command, and what it does: in the list of all, and above its own options."""
    command = group.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    command.set_defaults(parser=command)
    return command


def add_set(command: argparse.ArgumentParser) -> None:
    """The option `--set`."""
    text = "what the file shall say there, such as trajectories=64; repeatable"
    command.add_argument("--set", metavar="PATH=VALUE", action="append", default=[], help=text)


def add_at(command: argparse.ArgumentParser, text: str) -> None:
    """The option `--at`."""
    command.add_argument("--at", action="append", default=[], metavar="DIM=VALUE", help=text)


def add_cores(command: argparse.ArgumentParser) -> None:
    """The options `--cores` and `--workers`, of a command that computes batches, or plans to."""
    command.add_argument(
        "--cores", type=as_count, default=available_cores(), metavar="N",
        help="cores to use: by worker processes, or, where there is less work than they need to "
        "start, by threads of this process (default: all at hand)",
    )  # fmt: skip
    command.add_argument(
        "--workers", type=as_count, metavar="N",
        help="worker processes in any case; 0 computes in this process alone",
    )  # fmt: skip


def chosen_workers(options: argparse.Namespace, sweep: Sweep) -> Workers:
    """Where these options want a sweep to be computed."""
    from twoqs.execution.run import Workers
    from twoqs.execution.threads import is_little
    from twoqs.model.arguments import integer
    from twoqs.model.limits import MOST_WORKERS

    count = options.workers
    names = {name: getattr(options, f"tls_{name}", None) for name in ("ca", "cert", "key")}
    tls = {name: path for name, path in names.items() if path is not None}
    elsewhere = (getattr(options, "scheduler", None), tls, getattr(options, "cluster", None))
    threads = False
    if count is None:
        cores = integer("cores", options.cores, 1, MOST_WORKERS)
        threads = not any(elsewhere) and is_little(sweep)
        count = cores if threads else min(cores, most_workers())
    return Workers(count, *elsewhere, threads=threads)


def as_file(text: str) -> str:
    """A path as text; `~` is also known where no shell has replaced it (`--store=~/s`)."""
    return os.path.expanduser(text)


def as_path(text: str) -> Path:
    """The same as a path."""
    return Path(as_file(text))


_COUNT = re.compile(r"[0-9][0-9_]*(\.[0-9]*)?([eE]\+?[0-9]+)?", re.ASCII)


def as_count(text: str) -> int:
    """An integer from 0 on, written as 10000, 10_000, 1e4 or 10000.0."""
    with suppress(ValueError):
        if _COUNT.fullmatch(text):
            from twoqs.model.arguments import whole  # NumPy takes longer than `--version` may

            digits = text.replace("_", "").isdigit()
            value = int(text) if digits else whole(float(text))
            if isinstance(value, int):
                return value
    raise argparse.ArgumentTypeError(f"must be an integer from 0 on, but got {shown(text)}")
