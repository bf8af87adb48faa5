"""A cluster that belongs to somebody else: its scheduler and workers go, stop, or do not fit."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from processes import ROOT, TOTAL, Driver, Processes, check_resumed, count

SOON = {"execution.dask.engine.NO_WORKERS_SECONDS": 2.0, "execution.dask.engine.POLL_SECONDS": 0.5}
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


def test_the_last_worker_dies_as_it_hands_results_over(processes: Processes) -> None:
    """They are done as far as the scheduler knows, and yet nobody has them."""
    _, address = processes.scheduler()
    processes.worker(address, "--no-nanny", handover="kill")
    driver = processes.driver("--scheduler", address, settings=SOON)
    assert driver.end() == 1
    check_said(driver, "twoqs: All workers are gone, and none came back.")


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
