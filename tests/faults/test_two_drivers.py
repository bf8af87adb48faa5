"""One store has one writer: a second one is refused, and told who the first is."""

from __future__ import annotations

import os
import re
import signal

import pytest
from processes import Processes, check_whole
from sweeps import mtimes


@pytest.mark.parametrize("stopped", [False, True], ids=["running", "stopped"])
def test_a_second_driver_is_refused(
    stopped: bool, processes: Processes, reference: dict[str, bytes]
) -> None:
    first = processes.driver("--workers", "0", free=2)
    first.until_receipts(2)
    if stopped:
        os.kill(first.process.pid, signal.SIGSTOP)
        before = mtimes(first.store)
    second = processes.driver("--workers", "2")
    assert second.end() == 1
    pattern = rf"twoqs: The store .* is being written by process {first.process.pid} on \S+, .*\n"
    assert re.fullmatch(pattern, second.text)
    assert first.process.poll() is None
    if stopped:
        assert mtimes(first.store) == before
        os.kill(first.process.pid, signal.SIGCONT)
    first.let_go()
    assert first.end() == 0, first.text
    check_whole(first.store, reference)
