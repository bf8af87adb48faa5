"""`dask scheduler` and `dask worker` as processes of their own, on this machine only."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import trustme

SECONDS = 90
"""Hard limit for everything that is waited for."""


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for something to be true; returns it."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"waited {SECONDS} s in vain for {what}")


@dataclass
class DaskProcesses:
    """Starts processes whose output goes to files of a folder.

    Attributes:
        folder: where they write, and work unless told otherwise.
        options: command line options of all of them.
        started: the processes, in order.
    """

    folder: Path
    options: tuple[str, ...] = ()
    started: list[psutil.Popen] = field(default_factory=list)

    def scheduler(self, *options: str) -> str:
        """Start a scheduler on a free port; returns its address."""
        output = self._start("scheduler", "--port", "0", *options)
        pattern = re.compile(r"Scheduler at: +(t\S+://127\.0\.0\.1:\d+)")
        found: str = until(lambda: pattern.search(output.read_text()), "a scheduler")[1]
        return found

    def worker(self, address: str, *options: str, **how: Any) -> Path:
        """Start a worker with one thread; returns its output once it has joined."""
        output = self._start("worker", address, "--nthreads", "1", *options, **how)
        until(lambda: "Registered to:" in output.read_text(), "a worker")
        return output

    def _start(
        self, *arguments: str, cwd: Path | None = None, environment: dict[str, str] | None = None
    ) -> Path:
        output = self.folder / f"{len(self.started)}.txt"
        here = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
        with output.open("wb") as file:
            process = psutil.Popen(
                [sys.executable, "-m", "dask", *arguments, *here, *self.options],
                cwd=self.folder if cwd is None else cwd,
                env=os.environ | (environment or {}),
                stdout=file,
                stderr=file,
            )
        self.started.append(process)
        return output

    @property
    def pids(self) -> list[int]:
        """All processes, with those that they have started."""
        return [process.pid for top in self.started for process in family(top.pid)]

    def close(self) -> None:
        """Kill whatever still runs."""
        for top in self.started:
            if top.poll() is None:
                for process in family(top.pid):
                    process.kill()
            top.wait(SECONDS)


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it has started."""
    top = psutil.Process(pid)
    return [*top.children(recursive=True), top]


def listening(pid: int) -> list[str]:
    """Addresses at which a process waits for connections."""
    connections = psutil.Process(pid).net_connections(kind="tcp")
    return [one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN]


@contextmanager
def dask_processes(folder: Path, *options: str) -> Iterator[DaskProcesses]:
    """None of them is left at the end."""
    started = DaskProcesses(folder, options)
    try:
        yield started
    finally:
        started.close()


def certificates(folder: Path) -> dict[str, str]:
    """Files of a new authority, and of a certificate of it for this machine, with its key."""
    folder.mkdir(exist_ok=True)
    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1")
    paths = {name: str(folder / f"{name}.pem") for name in ("ca", "cert", "key")}
    authority.cert_pem.write_to_path(paths["ca"])
    own.cert_chain_pems[0].write_to_path(paths["cert"])
    own.private_key_pem.write_to_path(paths["key"])
    return paths
