"""Fifty runs that are killed, fifty whose workers crash, and a store through a thousand accidents.

No byte is lost or differs. About ten minutes on two cores.
"""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from hypothesis import settings
from processes import (
    TOTAL,
    Processes,
    check_resumed,
    check_whole,
    content,
    count,
    until,
)
from test_interrupted import (
    check_ended,
    interrupted_once,
    interrupted_twice,
    nothing_new_is_begun,
)
from test_killed import kill_again_and_again
from test_poison import poisoned_batch_is_given_up
from test_store_machine import StoreMachine
from test_upkeep_machine import UNCLOSED, UpkeepMachine

CASES = 50
KILLS = 5
"""Of one run."""


@pytest.mark.timeout(1800)
def test_fifty_kills(processes: Processes, reference: dict[str, bytes]) -> None:
    """SIGKILL of a driver and its workers at random moments."""
    for number in range(CASES // KILLS):
        processes.store = processes.folder / f"store-{number}"
        kill_again_and_again(KILLS, number % 3, 100 + number, processes, reference)


@pytest.mark.timeout(1800)
def test_fifty_crashes(processes: Processes, reference: dict[str, bytes]) -> None:
    """A batch, any one, that ends its worker once, by a segmentation fault or otherwise."""
    dice = random.Random(2)
    points = content().points
    root = processes.folder
    for number in range(CASES):
        victim = [dice.choice(points).point_id, dice.randrange(TOTAL // len(points))]
        processes.folder = root / str(number)
        processes.folder.mkdir()
        processes.store = processes.folder / "s"
        how = ("segfault", "segfault", "kill", "exit")[number % 4]
        driver = processes.driver("--workers", "2", victim=victim, how=how, attempts=1)
        assert driver.end() == 0, driver.text
        assert sum(list(attempt[:2]) == victim for attempt in driver.attempts()) == 2
        check_whole(driver.store, reference)


@pytest.mark.timeout(1800)
class TestStoreForLong(StoreMachine.TestCase):
    """The machine of the fast tests for longer."""

    settings = settings(StoreMachine.TestCase.settings, max_examples=150)


@pytest.mark.timeout(1800)
class TestUpkeepForLong(UpkeepMachine.TestCase):
    """That of reuse, redo and prune."""

    pytestmark = UNCLOSED
    settings = settings(UpkeepMachine.TestCase.settings, max_examples=150)


def test_nothing_new_is_begun_by_workers(processes: Processes, reference: dict[str, bytes]) -> None:
    nothing_new_is_begun(2, processes, reference)


def test_once_without_workers(processes: Processes, reference: dict[str, bytes]) -> None:
    interrupted_once(0, processes, reference)


def test_twice_without_workers(processes: Processes, reference: dict[str, bytes]) -> None:
    interrupted_twice(0, processes, reference)


def test_a_poisoned_batch_is_given_up_by_workers(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    poisoned_batch_is_given_up(2, processes, reference)


def test_a_stopped_and_a_killed_worker_hang_no_run(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    """One holds results that were not fetched, and the other is not there to compute them."""
    environment = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "500ms"}  # in effect 5 s
    driver = processes.driver("--workers", "2", environment=environment, seconds=0.02, free=20)
    driver.until_receipts(5)
    one, other = driver.workers()
    os.kill(one, signal.SIGSTOP)
    time.sleep(0.2)
    os.kill(other, signal.SIGKILL)
    driver.let_go()
    assert driver.end() == 0, driver.text
    check_whole(driver.store, reference)


def test_killed_while_it_starts(processes: Processes, reference: dict[str, bytes]) -> None:
    """Before the store is there, while it is made, and while workers start."""
    for seconds in (0.4, 0.9, 1.3, 1.8, 2.4):
        driver = processes.driver("--workers", "1", seconds=0.02)
        time.sleep(seconds)
        driver.kill_group()
        assert driver.end() == -signal.SIGKILL
    check_resumed(driver.store, reference, TOTAL - count(driver.store))


def test_once_while_workers_start(processes: Processes, reference: dict[str, bytes]) -> None:
    """There is nothing to finish yet."""
    driver = processes.driver("--workers", "1", seconds=3600)
    until(lambda: driver.workers() or driver.process.poll() is not None, "a worker")
    driver.kill_group(signal.SIGINT)
    check_ended(driver)
    check_resumed(driver.store, reference, TOTAL)
