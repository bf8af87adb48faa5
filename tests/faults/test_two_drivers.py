"""One store has one writer: a second one is refused, and told who the first is."""

from __future__ import annotations

import os
import re
import signal

from processes import Driver, Processes, check_whole
from sweeps import mtimes


def check_refused(second: Driver, first: Driver) -> None:
    """It ends with a line that names the first one, which is still there."""
    assert second.end() == 1
    pattern = rf"twoqs: The store .* is being written by process {first.process.pid} on \S+, .*\n"
    assert re.fullmatch(pattern, second.text)
    assert first.process.poll() is None


def test_a_second_driver_is_refused(processes: Processes, reference: dict[str, bytes]) -> None:
    """By one that runs, and by one that is stopped."""
    first = processes.driver("--workers", "0", free=2)
    first.until_receipts(2)
    check_refused(processes.driver("--workers", "2"), first)
    os.kill(first.process.pid, signal.SIGSTOP)
    before = mtimes(first.store)
    check_refused(processes.driver("--workers", "0"), first)
    assert mtimes(first.store) == before
    os.kill(first.process.pid, signal.SIGCONT)
    first.let_go()
    assert first.end() == 0, first.text
    check_whole(first.store, reference)
