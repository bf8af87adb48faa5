"""Workers of an own cluster that end in three ways, or are stopped past their time. Half a minute.

The tests have those that are killed, and a batch that always ends its worker.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from processes import Processes, check_whole, content, until


def test_batches_that_once_end_their_worker(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    """Each in another way, far enough apart that each has a worker of its own to end."""
    victims = [[content().points[number].point_id, 3] for number in range(3)]
    faults = [
        {"victim": victim, "how": how, "attempts": 1}
        for victim, how in zip(victims, ("segfault", "exit", "kill"), strict=True)
    ]
    driver = processes.driver("--workers", "2", faults=faults)
    assert driver.end() == 0, driver.text
    attempts = [list(attempt[:2]) for attempt in driver.attempts()]
    assert [attempts.count(victim) for victim in victims] == [2, 2, 2]
    check_whole(driver.store, reference)


def test_a_worker_that_is_stopped_past_its_time_and_continued(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    """Its batches go to the other one; when it is back, it is a stranger."""
    environment = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "2s"}
    driver = processes.driver("--workers", "2", environment=environment, seconds=0.2)
    driver.until_receipts(5)
    stopped = driver.workers()[0]
    os.kill(stopped, signal.SIGSTOP)
    before = len(driver.attempts())
    until(lambda: len(driver.attempts()) > before + 25, "batches on the other worker")
    with suppress(ProcessLookupError):  # its nanny may have put an end to it
        os.kill(stopped, signal.SIGCONT)
    assert driver.end() == 0, driver.text
    check_whole(driver.store, reference)
