"""Ctrl-C once: what runs is finished and kept. Ctrl-C twice, or a request to end: at once."""

from __future__ import annotations

import signal
import time

from processes import TOTAL, Driver, Processes, alive, check_resumed, count, until
from sweeps import receipts

ANSWER = "Finishing the batches that run; Ctrl-C again ends at once"
ENDED = "twoqs: Interrupted; finished batches are kept."


def check_ended(driver: Driver) -> None:
    """It ended as told, in words, and left no worker."""
    workers = driver.workers()
    assert driver.end() == 130, driver.text
    assert driver.text.splitlines()[-1] == ENDED
    assert "Traceback" not in driver.text
    until(lambda: not any(map(alive, workers)), "the end of the workers")


def interrupted_once(workers: int, processes: Processes, reference: dict[str, bytes]) -> None:
    """What runs is finished, and nothing else is."""
    driver = processes.driver("--workers", str(workers), seconds=1)
    driver.until_receipts(1)
    begun = {attempt[:2] for attempt in driver.attempts()}
    driver.kill_group(signal.SIGINT)
    check_ended(driver)
    assert driver.text.count(ANSWER) == 1
    done = receipts(driver.store)
    assert begun <= set(done) == {attempt[:2] for attempt in driver.attempts()}
    assert len(done) < TOTAL
    check_resumed(driver.store, reference, TOTAL - len(done))


def test_once(processes: Processes, reference: dict[str, bytes]) -> None:
    """`verification` has a run without workers, and one whose workers start."""
    interrupted_once(2, processes, reference)


def nothing_new_is_begun(workers: int, processes: Processes, reference: dict[str, bytes]) -> None:
    """Many more have been submitted than run."""
    driver = processes.driver("--workers", str(workers), free=0)
    running = max(1, workers)
    until(lambda: len(driver.attempts()) == running, "batches")
    driver.kill_group(signal.SIGINT)
    until(lambda: ANSWER in driver.text, "an answer")
    if workers:
        # Nothing can be seen from here of workers that are told, which happens within a second.
        time.sleep(5)
    driver.let_go()
    check_ended(driver)
    assert len(driver.attempts()) == len(receipts(driver.store)) == running
    check_resumed(driver.store, reference, TOTAL - running)


def test_nothing_new_is_begun(processes: Processes, reference: dict[str, bytes]) -> None:
    """`verification` has workers that are told."""
    nothing_new_is_begun(0, processes, reference)


def interrupted_twice(workers: int, processes: Processes, reference: dict[str, bytes]) -> None:
    """Batches that would go on for an hour are left alone."""
    driver = processes.driver("--workers", str(workers), seconds=3600)
    until(driver.attempts, "a batch")
    driver.kill_group(signal.SIGINT)
    until(lambda: ANSWER in driver.text, "an answer")
    assert driver.process.poll() is None
    driver.kill_group(signal.SIGINT)
    check_ended(driver)
    assert count(driver.store) == 0
    check_resumed(driver.store, reference, TOTAL)


def test_twice(processes: Processes, reference: dict[str, bytes]) -> None:
    """`verification` has a run without workers."""
    interrupted_twice(1, processes, reference)


def test_a_request_to_end_is_met_at_once(processes: Processes, reference: dict[str, bytes]) -> None:
    """Batch systems send it, and kill a little later."""
    driver = processes.driver("--workers", "1", seconds=3600)
    until(driver.attempts, "a batch")
    driver.process.send_signal(signal.SIGTERM)
    check_ended(driver)
    assert ANSWER not in driver.text
    check_resumed(driver.store, reference, TOTAL)


def test_a_quiet_run_says_nothing_of_it(processes: Processes) -> None:
    driver = processes.driver("--workers", "0", "--quiet", seconds=0.5)
    until(driver.attempts, "a batch")
    driver.kill_group(signal.SIGINT)
    check_ended(driver)
    assert driver.text.splitlines() == [ENDED]
