"""Workers of an own cluster that die; `verification` has more ways to do so."""

from __future__ import annotations

import os
import signal

from processes import Processes, check_resumed, check_whole, content

VICTIM = [content().points[1].point_id, 3]


def test_killed_workers_cost_nothing_but_time(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    """One, then all of them at once."""
    driver = processes.driver("--workers", "2", seconds=0.05, free=40)
    driver.until_receipts(3)
    os.kill(driver.workers()[0], signal.SIGKILL)
    driver.until_receipts(20)
    for pid in driver.workers():
        os.kill(pid, signal.SIGKILL)
    driver.let_go()
    assert driver.end() == 0, driver.text
    check_whole(driver.store, reference)


def test_a_batch_that_always_ends_its_worker_is_given_up_alone(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    driver = processes.driver("--workers", "2", victim=VICTIM, how="segfault")
    assert driver.end() == 1, driver.text
    assert driver.text.count("given up") == 1
    assert f"given up: batch 3 of point {VICTIM[0]} at omega=0.5, case=conserving: " in driver.text
    assert sum(list(attempt[:2]) == VICTIM for attempt in driver.attempts()) == 3
    check_resumed(driver.store, reference, missing=1)
