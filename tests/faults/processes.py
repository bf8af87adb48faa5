"""Real drivers, schedulers and workers, which tests disturb with real signals."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import injected
import psutil
from dask_processes import SECONDS, until
from forked import Program, program
from packed import record_bytes
from sweeps import MERGED, RECEIPTS, merged_bytes, receipts, small, write_spec

from twoqs.execution.run import Workers, carry_out
from twoqs.store import verify
from twoqs.sweep import Sweep

ROOT = Path(__file__).parent.parent.parent
SERIAL = Workers(count=0)
SPEC = small(
    trajectories=15 * 256,
    axes__case__cases={"fine": {"numerics.step": 0.02}, "conserving": {}},
)
"""Four points of fifteen batches each, of one scheme: each process loads the kernels of one."""

TOTAL = 60

ATTEMPTS = "attempts"
"""File that notes them."""


def content() -> Sweep:
    """SPEC as a sweep."""
    return Sweep.from_dict(SPEC)


def stored_bytes(store: Path) -> dict[str, bytes]:
    """All files of the merged arrays, and all records."""
    merged = {f"{MERGED}/{name}": value for name, value in merged_bytes(store).items()}
    return merged | record_bytes(store)


def check_whole(store: Path, reference: dict[str, bytes]) -> None:
    """A store is finished, holds each batch once, and is to the bit what it must be."""
    assert stored_bytes(store) == reference
    done = receipts(store)
    assert len(done) == len(set(done)) == TOTAL
    assert list(verify(store)) == []


def check_resumed(store: Path, reference: dict[str, bytes], missing: int) -> None:
    """A run in this process computes what is missing, and then all is as it must be."""
    assert carry_out(content(), store, SERIAL, quiet=True).computed == missing
    check_whole(store, reference)


def count(store: Path) -> int:
    """Receipts in a store, which may be written just now."""
    path = store / RECEIPTS
    return path.read_bytes().count(b"\n") if path.exists() else 0


def alive(pid: int) -> bool:
    """Whether a process runs: one that nobody has waited for yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dataclass
class Driver:
    """A run of the command line in a session of its own."""

    process: subprocess.Popen[bytes] | Program
    store: Path
    output: Path
    log: Path

    def workers(self) -> list[int]:
        """Processes of its own Dask workers."""
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.process.pid).children()
            return [child.pid for child in children if "spawn_main" in " ".join(child.cmdline())]
        return []

    def attempts(self) -> list[tuple[str, int, int]]:
        """(point, batch, process) of each attempt at a batch."""
        return injected.attempts(self.log)

    def until_receipts(self, number: int) -> None:
        """Wait until so many batches are done; it must still run then."""
        until(lambda: count(self.store) >= number or self.process.poll() is not None, "receipts")
        assert self.process.poll() is None, self.text

    def let_go(self) -> None:
        """Let all batches go on, where only some were `free` to (see `injected`)."""
        self.log.with_name("open").touch()

    def kill_group(self, sign: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to it and all its workers."""
        os.killpg(self.process.pid, sign)

    def end(self) -> int:
        """Wait for its end; returns the exit code."""
        return self.process.wait(SECONDS)

    @property
    def text(self) -> str:
        """What it has said."""
        return self.output.read_text(encoding="utf-8")


@dataclass
class Processes:
    """Starts processes below a folder; `close` leaves none of them.

    Those that have neither workers of their own nor an own environment are forked from one that has
    loaded what they need: a start takes a second.

    Attributes:
        folder: for what they say, and what is attempted.
        store: where drivers keep what they have.
    """

    folder: Path
    store: Path
    groups: list[subprocess.Popen[bytes] | Program] = field(default_factory=list)

    def driver(
        self,
        *options: str,
        spec: dict[str, Any] = SPEC,
        environment: dict[str, str] | None = None,
        file_bytes: int | None = None,
        **faults: Any,
    ) -> Driver:
        """`twoqs run` on the store, with faults (see `injected`); one batch in a bundle.

        Args:
            file_bytes: how large a file may become.
        """
        file = write_spec(self.folder / "sweep.yaml", spec)
        settings = {"sweep.work.BUNDLE_SECONDS": 0.0} | faults.pop("settings", {})
        variables = self.faulty(**faults, settings=settings) | (environment or {})
        output = self.folder / f"driver-{len(self.groups)}.txt"
        arguments = [str(Path(injected.__file__)), "run", str(file)]
        arguments += ["--store", str(self.store), *options]
        limits = {} if file_bytes is None else {resource.RLIMIT_FSIZE: file_bytes}
        alone = options[:2] == ("--workers", "0") or options[0] == "--scheduler"
        if alone and environment is None:
            process = self.fork(arguments, output, variables, limits)
        else:
            assert not limits
            process = self.start([sys.executable, *arguments], output, variables)
        return Driver(process, self.store, output, self.folder / ATTEMPTS)

    def attempts(self) -> list[tuple[str, int, int]]:
        """(point, batch, process) of each attempt at a batch by any driver."""
        return injected.attempts(self.folder / ATTEMPTS)

    def faulty(self, **faults: Any) -> dict[str, str]:
        """Environment in which workers and drivers have these faults."""
        return {
            "FAULTS": json.dumps({"log": str(self.folder / ATTEMPTS), **faults}),
            "DASK_DISTRIBUTED__WORKER__PRELOAD": json.dumps([injected.__file__]),
        }

    def fork(
        self,
        arguments: list[str],
        output: Path,
        environment: dict[str, str],
        limits: dict[int, int] | None = None,
    ) -> Program:
        """The same as `start` without the time of loading; the interpreter is not named."""
        limits = {resource.RLIMIT_CORE: 0} | (limits or {})
        process = program(arguments, self.folder, output, os.environ | environment, limits)
        self.groups.append(process)
        return process

    def start(
        self, arguments: list[str], output: Path, environment: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own, which keeps no core of a crash."""
        with output.open("wb") as file:
            process = subprocess.Popen(
                ["prlimit", "--core=0", *arguments],
                cwd=self.folder,
                env=os.environ | environment,
                stdout=file,
                stderr=file,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.groups.append(process)
        return process

    def scheduler(self, **settings: str) -> tuple[subprocess.Popen[bytes] | Program, str]:
        """`dask scheduler` on a free port of 127.0.0.1, and its address."""
        output = self.folder / f"scheduler-{len(self.groups)}.txt"
        options = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"]
        process = self._dask(["distributed.cli.dask_scheduler", *options], output, {}, settings)
        pattern = re.compile(r"Scheduler at: +(tcp://127\.0\.0\.1:\d+)")
        found = until(lambda: pattern.search(output.read_text(encoding="utf-8")), "a scheduler")
        return process, found[1]

    def worker(
        self, address: str, *options: str, environment: dict[str, str] | None = None, **faults: Any
    ) -> subprocess.Popen[bytes] | Program:
        """`dask worker` with one thread, once it is ready."""
        output = self.folder / f"worker-{len(self.groups)}.txt"
        arguments = ["distributed.cli.dask_worker", address, "--nthreads", "1"]
        arguments += ["--host", "127.0.0.1", "--no-dashboard", *options]
        # A nanny starts the worker, which has to be like others.
        own = environment or ({} if "--no-nanny" in options else dict(os.environ))
        process = self._dask(arguments, output, self.faulty(**faults), own)
        until(lambda: "Registered to:" in output.read_text(encoding="utf-8"), "a worker")
        return process

    def _dask(
        self, arguments: list[str], output: Path, faults: dict[str, str], own: dict[str, str]
    ) -> subprocess.Popen[bytes] | Program:
        if own:
            return self.start([sys.executable, "-m", *arguments], output, faults | own)
        return self.fork(arguments, output, faults)

    def close(self) -> None:
        """Kill whatever still runs."""
        for process in self.groups:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(SECONDS)
