"""Faults inside real processes, from outside the package: nothing in it knows of them.

Dask loads this file into worker processes (`distributed.worker.preload`); run as a program, it is
the command line `twoqs`. What shall go wrong is in the variable FAULTS, as JSON:

    log       file that gets a line for each attempt: point, batch, process
    victim    [point, batch] that goes wrong, or null for all of them
    attempts  how often it does, from its first attempt on
    how       what happens then: a name in HOW
    faults    a list of mappings of these three, if more than one batch goes wrong
    seconds   time that each batch takes in addition
    free      attempts that go on at once (about, with several workers); the others wait until
              there is a file `open` beside the log
    handover  how a worker ends when it is first asked for a result
    settings  {"module.NAME": value} for modules of the package, in the driver
"""

from __future__ import annotations

import ctypes
import importlib
import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from twoqs.methods.numerics import point_id
from twoqs.simulation import batch as batches

FAULTS: dict[str, Any] = json.loads(os.environ.get("FAULTS", "{}"))


def _raise() -> None:
    raise FloatingPointError("poison")


def _eat() -> None:
    """Fill memory until somebody puts an end to it, but never the whole machine's."""
    eaten = []
    for _ in range(150):
        eaten.append(b"\1" * 10_000_000)
        time.sleep(0.01)
    time.sleep(30)


HOW = {
    "raise": _raise,
    "segfault": lambda: ctypes.string_at(0),
    "exit": lambda: os._exit(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    "memory": _eat,
}


def attempts(log: Path) -> list[tuple[str, int, int]]:
    """(point, batch, process) of each attempt so far."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [(point, int(batch), int(pid)) for point, batch, pid in map(str.split, lines)]


def _note(batch: tuple[str, int]) -> int:
    """Note an attempt; returns how many there were of this batch."""
    log = Path(FAULTS["log"])
    with log.open("ab", buffering=0) as file:
        file.write(f"{batch[0]} {batch[1]} {os.getpid()}\n".encode())
    return sum(attempt[:2] == batch for attempt in attempts(log))


def inject() -> None:
    """Let batches of this process go wrong as FAULTS says."""
    real = batches.run_batch
    log = Path(FAULTS["log"])

    def faulty(model: Any, numerics: Any, seed: int, batch: int) -> Any:
        me = point_id(model, numerics), batch
        number = _note(me)
        time.sleep(FAULTS.get("seconds", 0))
        held = len(attempts(log)) > FAULTS.get("free", math.inf)
        while held and not log.with_name("open").exists():
            time.sleep(0.01)
        for fault in FAULTS.get("faults", [FAULTS]):
            meant = fault.get("victim") in (None, list(me))
            if "how" in fault and meant and number <= fault.get("attempts", math.inf):
                HOW[fault["how"]]()
        return real(model, numerics, seed, batch)

    batches.run_batch = faulty


def dask_setup(worker: Any) -> None:
    """Called by Dask in each worker when it starts."""
    inject()
    if "handover" in FAULTS:
        worker.handlers["get_data"] = lambda *_, **__: HOW[FAULTS["handover"]]()


if __name__ == "__main__":
    inject()
    for name, value in FAULTS.get("settings", {}).items():
        module, _, constant = name.rpartition(".")
        setattr(importlib.import_module(f"twoqs.{module}"), constant, value)
    from twoqs.cli import main

    sys.exit(main())
