"""A run that is killed, in whatever moment, goes on where it was."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from processes import TOTAL, Processes, alive, check_resumed, count, until
from sweeps import receipts

from twoqs.store import Store


def run_and_kill(workers: int, processes: Processes, dice: random.Random) -> None:
    """Kill a driver with its workers some time after some more receipts: often amid a commit.

    Only a few batches more go on, so that something is left however late the kill may come.
    """
    more = dice.randint(1, 6)
    free = len(processes.attempts()) + more + 4
    driver = processes.driver("--workers", str(workers), seconds=0.02, free=free)
    driver.until_receipts(count(driver.store) + more)
    time.sleep(dice.uniform(0, 0.05))
    driver.kill_group()
    assert driver.end() == -signal.SIGKILL


def check_readable(store: Path, before: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """What had a receipt still has one, and a record that matches it; returns what has one now."""
    now = Store(store)
    assert list(now.damaged()) == []
    done = {
        (p.point_id, batch) for p in now.sweep.points for batch in now.ledger.done(p.point_id, 99)
    }
    assert done >= before
    return done


def kill_again_and_again(
    kills: int, workers: int, seed: int, processes: Processes, reference: dict[str, bytes]
) -> None:
    """Kill a run so often; what has a receipt stays, and the rest is computed to the bit."""
    dice = random.Random(seed)
    known: set[tuple[str, int]] = set()
    for _ in range(kills):
        run_and_kill(workers, processes, dice)
        known = check_readable(processes.store, known)
    assert kills <= len(known) < TOTAL
    check_resumed(processes.store, reference, TOTAL - len(known))


def test_killed_again_and_again(processes: Processes, reference: dict[str, bytes]) -> None:
    """`verification` has fifty kills, of runs with workers and of runs that start, too."""
    kill_again_and_again(5, 0, 0, processes, reference)


def test_a_killed_driver_leaves_no_workers_and_no_lock(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    driver = processes.driver("--workers", "2", free=20)
    driver.until_receipts(5)
    workers = driver.workers()
    assert len(workers) == 2
    os.kill(driver.process.pid, signal.SIGKILL)
    assert driver.end() == -signal.SIGKILL
    check_resumed(driver.store, reference, TOTAL - len(set(receipts(driver.store))))
    until(lambda: not any(map(alive, workers)), "the end of the workers")
