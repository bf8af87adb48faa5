"""A cluster that belongs to somebody else: its scheduler and workers go, stop, or do not fit."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from processes import (
    ROOT,
    TOTAL,
    Driver,
    Processes,
    check_resumed,
    check_whole,
    content,
    count,
)

VICTIM = [content().points[2].point_id, 7]

SOON = {"run.dask.engine.NO_WORKERS_SECONDS": 2.0, "run.dask.engine.POLL_SECONDS": 0.5}
"""A minute is too long for a test."""


def check_said(driver: Driver, error: str) -> None:
    """One line says what happened, after how far it was, and how far it came."""
    assert driver.text.splitlines()[2:] == [error]


def check_unfinished(processes: Processes, reference: dict[str, bytes]) -> None:
    """What was done is kept, and the rest can be computed without the cluster."""
    store = processes.folder / "s"
    assert 0 < count(store) < TOTAL
    check_resumed(store, reference, TOTAL - count(store))


def test_the_scheduler_is_killed(processes: Processes, reference: dict[str, bytes]) -> None:
    scheduler, address = processes.scheduler()
    processes.worker(address, "--no-nanny", seconds=0.05, free=20)
    driver = processes.driver("--scheduler", address)
    driver.until_receipts(5)
    os.killpg(scheduler.pid, signal.SIGKILL)
    assert driver.end() == 1
    check_said(driver, "twoqs: The scheduler is gone.")
    check_unfinished(processes, reference)


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


def test_the_last_worker_dies_as_it_hands_results_over(processes: Processes) -> None:
    """They are done as far as the scheduler knows, and yet nobody has them."""
    _, address = processes.scheduler()
    processes.worker(address, "--no-nanny", handover="kill")
    driver = processes.driver("--scheduler", address, settings=SOON)
    assert driver.end() == 1
    check_said(driver, "twoqs: All workers are gone, and none came back.")


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


def test_a_worker_with_another_version_is_refused_before_anything_is_submitted(
    processes: Processes, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "twoqs", other / "twoqs", ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "twoqs" / "errors.py").open("a", encoding="utf-8") as file:
        file.write("# one more line\n")
    _, address = processes.scheduler()
    processes.worker(address, "--no-nanny")
    processes.worker(address, "--no-nanny", environment={"PYTHONPATH": str(other)})
    driver = processes.driver("--scheduler", address)
    assert driver.end() == 1
    assert "does not run the same twoqs as this driver" in driver.text.splitlines()[-1]
    assert driver.attempts() == []
    assert count(driver.store) == 0
