"""Workers of a cluster that belongs to somebody else come back or not: stopped, or killed.

The tests have the same of an own cluster. A minute.
"""

from __future__ import annotations

import os
import signal

from processes import Processes, check_resumed, check_whole, content, until
from test_attached_cluster import SOON, check_said, check_unfinished

VICTIM = [content().points[2].point_id, 7]


def test_a_worker_stopped_past_its_time_and_continued(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    # In effect the time of ten heartbeats, which are 5 s.
    _, address = processes.scheduler(DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="500ms")
    (scheduler,) = processes.folder.glob("scheduler-*.txt")
    stopped = processes.worker(address, "--no-nanny", seconds=0.02, free=20)
    processes.worker(address, "--no-nanny", seconds=0.02, free=20)
    driver = processes.driver("--scheduler", address)
    driver.until_receipts(5)
    os.killpg(stopped.pid, signal.SIGSTOP)
    until(lambda: "failed to heartbeat" in scheduler.read_text(encoding="utf-8"), "its time")
    os.killpg(stopped.pid, signal.SIGCONT)
    driver.let_go()
    assert driver.end() == 0, driver.text
    check_whole(driver.store, reference)


def test_a_batch_that_once_eats_the_memory_of_its_worker(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    """The nanny kills the worker and starts another; the scheduler allows for one death."""
    _, address = processes.scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    fault = {"victim": VICTIM, "how": "memory", "attempts": 1}
    processes.worker(address, "--memory-limit", "700MB", **fault)
    driver = processes.driver("--scheduler", address)
    assert driver.end() == 0, driver.text
    assert sum(list(attempt[:2]) == VICTIM for attempt in driver.attempts()) == 2
    check_whole(driver.store, reference)


def test_a_new_worker_goes_on_when_all_were_gone(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    _, address = processes.scheduler()
    first = processes.worker(address, "--no-nanny", seconds=0.05, free=20)
    driver = processes.driver("--scheduler", address)
    driver.until_receipts(5)
    os.killpg(first.pid, signal.SIGKILL)
    driver.let_go()
    processes.worker(address, "--no-nanny", seconds=0.01)
    assert driver.end() == 0, driver.text
    check_whole(driver.store, reference)


def test_a_batch_that_eats_the_memory_of_its_worker(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    """The nanny kills the worker and starts another; the batch is given up, and no other."""
    _, address = processes.scheduler(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    processes.worker(address, "--memory-limit", "700MB", victim=VICTIM, how="memory")
    driver = processes.driver("--scheduler", address)
    assert driver.end() == 1, driver.text
    assert sum(list(attempt[:2]) == VICTIM for attempt in driver.attempts()) == 3
    assert f"given up: batch 7 of point {VICTIM[0]}" in driver.text
    check_resumed(driver.store, reference, missing=1)


def test_all_workers_are_gone(processes: Processes, reference: dict[str, bytes]) -> None:
    _, address = processes.scheduler()
    workers = [processes.worker(address, "--no-nanny", seconds=0.05, free=20) for _ in range(2)]
    driver = processes.driver("--scheduler", address, settings=SOON)
    driver.until_receipts(5)
    for worker in workers:
        os.killpg(worker.pid, signal.SIGKILL)
    assert driver.end() == 1
    check_said(driver, "twoqs: All workers are gone, and none came back.")
    check_unfinished(processes, reference)
