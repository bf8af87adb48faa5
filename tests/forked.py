"""Processes that are forked from one that has imported the package: many of them a second.

Functions and programs; each has its own limits, folder, output and exit code all the same.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        *("twoqs.execution.predict", "twoqs.execution.run", "twoqs.execution.dask.cluster"),
        *("twoqs.look.validation", "snakemake.cli"),
    ]
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


# --- Programs -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Program:
    """A running program, with what of `subprocess.Popen` is in use."""

    process: BaseProcess
    arguments: list[str]

    @property
    def pid(self) -> int:
        """Number of the process."""
        assert self.process.pid is not None
        return self.process.pid

    def poll(self) -> int | None:
        """Its exit code, or the negative signal that ended it; None while it runs."""
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """The same once it has ended.

        Raises:
            TimeoutExpired: if it takes longer.
        """
        self.process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self.arguments, timeout or 0.0)
        return code

    def send_signal(self, sign: signal.Signals) -> None:
        """Send a signal to it alone."""
        if self.poll() is None:
            os.kill(self.pid, sign)


def program(
    arguments: list[str],
    folder: Path,
    output: Path,
    environment: dict[str, str],
    limits: dict[int, int],
) -> Program:
    """Start a program of Python in a session of its own.

    Args:
        arguments: its file, or the name of its module, and what it takes.
        output: file of all that it says.
        environment: all of its variables; those that libraries read when they are imported are the
            variables of this process.
        limits: of resources, by their numbers in `resource`.
    """
    given = (arguments, folder, output, environment, limits)
    process = CONTEXT.Process(target=_run, args=given)
    process.start()
    while process.exitcode is None and not output.exists():
        time.sleep(0.002)
    return Program(process, arguments)


def _run(
    arguments: list[str],
    folder: Path,
    output: Path,
    environment: dict[str, str],
    limits: dict[int, int],
) -> None:
    os.setsid()
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT, 0o666)
    for number in (1, 2):
        os.dup2(descriptor, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, most in limits.items():
        resource.setrlimit(number, (most, most))
    import dask

    dask.config.refresh()  # from these variables
    sys.argv = arguments
    if Path(arguments[0]).is_file():
        runpy.run_path(arguments[0], run_name="__main__")
    else:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
