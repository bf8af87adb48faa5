"""Functions as processes, forked from one that has imported the package: many of them a second.

Each has its own limits, folder, output and exit code all the same.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["twoqs.execution.predict", "twoqs.execution.run", "twoqs.look.validation", "snakemake.cli"]
)


class Ended(NamedTuple):
    """How a process ended, None if it did not, and what it said."""

    code: int | None
    output: str
    error: str


def forked(
    work: Callable[..., Any],
    arguments: Any,
    folder: Path,
    most_bytes: int = resource.RLIM_INFINITY,
    most_seconds: float = 120.0,
) -> Ended:
    """Call a function, whose result is the exit code, in this much address space and time."""
    with tempfile.TemporaryDirectory() as said:
        process = CONTEXT.Process(target=_call, args=(work, arguments, folder, said, most_bytes))
        process.start()
        process.join(most_seconds)
        code = process.exitcode
        process.kill()
        process.join()
        process.close()
        output, error = (Path(said, name).read_text(encoding="utf-8") for name in ("1", "2"))
        return Ended(code, output, error)


def _call(
    work: Callable[..., Any], arguments: Any, folder: Path, said: str, most_bytes: int
) -> None:
    for number in (1, 2):
        os.dup2(os.open(Path(said, str(number)), os.O_WRONLY | os.O_CREAT), number)
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
    sys.exit(work(arguments))


def planned(arguments: list[str]) -> int:
    """Snakemake in a process that has loaded it: it plans in half the time that a start takes."""
    from snakemake.cli import main

    main(["--dry-run", *arguments])
    return 0
