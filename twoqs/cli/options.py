"""What the options of several commands have in common."""

from __future__ import annotations

import argparse
import os
import re
from contextlib import suppress
from pathlib import Path

from twoqs.errors import shown


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
