"""Fifty runs that are killed, and fifty whose workers crash: no byte is lost or differs.

About six minutes on two cores.
"""

from __future__ import annotations

import random

import pytest
from processes import TOTAL, Processes, check_whole, content
from test_killed import KILLS, kill_five_times

CASES = 50


@pytest.mark.timeout(1800)
def test_fifty_kills(processes: Processes, reference: dict[str, bytes]) -> None:
    """SIGKILL of a driver and its workers at random moments."""
    for number in range(CASES // KILLS):
        processes.store = processes.folder / f"store-{number}"
        kill_five_times(number % 3, 100 + number, processes, reference)


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
