"""Options that choose a part of a sweep: `--part`, `--batches` and `--only`."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from twoqs.errors import ArgumentError

if TYPE_CHECKING:
    from twoqs.sweep import Sweep
    from twoqs.sweep.part import SweepPart


def add_part_options(command: argparse.ArgumentParser) -> None:
    """Make the options known."""
    text = "compute the K-th of N parts of nearly equal work alone, such as 3/10"
    command.add_argument("--part", metavar="K/N", help=text)
    text = "compute these batches of each point alone, such as 8:16 (8 to 15), 8: or :8"
    command.add_argument("--batches", metavar="FIRST:END", help=text)
    text = "compute points at these values of an axis alone: VALUE, LOW:HIGH or A,B; repeatable"
    command.add_argument("--only", metavar="AXIS=VALUE", action="append", default=[], help=text)


def chosen_part(options: argparse.Namespace, sweep: Sweep) -> SweepPart | None:
    """The part of a sweep that these options choose; None for all of it.

    Raises:
        ArgumentError: for an option that chooses nothing.
    """
    from twoqs.look.parts import labels_of, part_of

    share = _numbers(
        "part", options.part, r"(\d{1,9})/(\d{1,9})", "have the form K/N, such as 3/10"
    )
    form = "have the form FIRST:END, such as 8:16, 8: or :8"
    batches = _numbers("batches", options.batches, r"(?=.*\d)(\d{0,9}):(\d{0,9})", form)
    if batches is not None:
        batches = batches[0] or 0, batches[1]
    return part_of(sweep, share, batches, labels_of(sweep, options.only))


def _numbers(name: str, text: str | None, pattern: str, form: str) -> tuple[int | None, ...] | None:
    """The numbers in the text of an option, None for those that are left out."""
    if text is None:
        return None
    found = re.fullmatch(pattern, text, re.ASCII)
    if found is None:
        raise ArgumentError.of(name, form, text)
    return tuple(int(digits) if digits else None for digits in found.groups())
