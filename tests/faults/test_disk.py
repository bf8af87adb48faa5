"""Disks that are full, or take nothing: one line says so, and what was kept is whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from disks import Disk
from processes import TOTAL, Driver, Processes, check_resumed, count

from twoqs.store import Store


@pytest.fixture(autouse=True)
def on_that_disk(request: pytest.FixtureRequest, processes: Processes) -> None:
    """Tests that ask for a disk have their store there."""
    if "disk" in request.fixturenames:
        processes.store = request.getfixturevalue("disk").path


def check_refused(driver: Driver, reason: str) -> None:
    """The run has ended with one line that tells why, and left nothing that is not whole."""
    assert driver.end() == 1, driver.text
    last = driver.text.splitlines()[-1]
    assert last.startswith(f"twoqs: Cannot write {driver.store}") or last.startswith(
        f"twoqs: Cannot write the store {driver.store}"
    )
    assert re.search(rf"{reason}( \(\S+\))?\.$", last)  # perhaps with the name of the file
    assert "Traceback" not in driver.text


def done_and_good(store: Path) -> int:
    """Batches that are done, all of them undamaged."""
    now = Store(store)
    assert list(now.damaged()) == []
    return now.counts()[0]


@pytest.mark.parametrize(
    ("size", "least", "most"),
    [("16k", 0, 0), ("200k", 1, TOTAL - 1), ("780k", TOTAL, TOTAL)],
    ids=["first record", "some record", "merge"],
)
def test_a_full_disk(
    size: str, least: int, most: int, disk: Disk, processes: Processes,
    reference: dict[str, bytes],
) -> None:  # fmt: skip
    disk.set(f"size={size}")
    driver = processes.driver("--workers", "0")
    check_refused(driver, "No space left on device")
    done = done_and_good(driver.store)
    assert least <= done <= most
    disk.set("size=64m")
    check_resumed(driver.store, reference, TOTAL - done)


def test_a_disk_without_room_for_a_description(disk: Disk, processes: Processes) -> None:
    disk.set("size=4k")
    check_refused(processes.driver("--workers", "0"), "No space left on device")
    disk.set("size=64m")
    again = processes.driver("--workers", "0")
    assert again.end() == 0, again.text


@pytest.mark.parametrize(
    ("limit", "least", "most"),
    [(5000, 0, 0), (20_000, 1, TOTAL - 1)],
    ids=["first record", "some record"],
)
def test_files_may_not_grow(
    limit: int, least: int, most: int, processes: Processes, reference: dict[str, bytes]
) -> None:
    """A record is larger than the one limit, and a pack grows past the other amid one."""
    driver = processes.driver("--workers", "0", file_bytes=limit)
    check_refused(driver, "File too large")
    done = done_and_good(driver.store)
    assert least <= done <= most
    check_resumed(driver.store, reference, TOTAL - done)


def test_a_disk_that_becomes_read_only(
    disk: Disk, processes: Processes, reference: dict[str, bytes]
) -> None:
    disk.set("size=64m")
    driver = processes.driver("--workers", "0", free=20)
    driver.until_receipts(10)
    driver.kill_group()
    driver.end()
    disk.set("ro")
    done = done_and_good(driver.store)
    check_refused(processes.driver("--workers", "0"), "Read-only file system")
    assert done_and_good(driver.store) == done == count(driver.store)
    disk.set("rw")
    check_resumed(driver.store, reference, TOTAL - done)
