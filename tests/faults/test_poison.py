"""A batch that fails is tried again; one that always fails holds no other, and is named."""

from __future__ import annotations

import numpy as np
from processes import TOTAL, Processes, check_whole, content

from twoqs.look.open import open as open_sweep

VICTIM = [content().points[1].point_id, 3]
NAMED = f"given up: batch 3 of point {VICTIM[0]} at omega=0.5, case=conserving: "


def poisoned_batch_is_given_up(
    workers: int, processes: Processes, reference: dict[str, bytes]
) -> None:
    """And a rerun tries it alone."""
    digest = processes.folder / "digest.json"
    options = ("--workers", str(workers), "--digest", str(digest))
    driver = processes.driver(*options, victim=VICTIM, how="raise")
    assert driver.end() == 1
    assert driver.text.splitlines()[-1] == f"twoqs: {NAMED}FloatingPointError: poison"
    assert f"{TOTAL - 1} batches computed." in driver.text
    attempts = [list(attempt[:2]) for attempt in driver.attempts()]
    assert attempts.count(VICTIM) == 3
    assert len(attempts) == TOTAL + 2
    assert not digest.exists()
    data = open_sweep(driver.store, partial=True)
    complete = 15 * 256
    assert data.trajectories.values.tolist() == [[complete, 0], [complete, complete]]
    assert np.isnan(data.sz.sel(omega=0.5, case="conserving")).all()
    again = processes.driver("--workers", "0", "--digest", str(digest))
    assert again.end() == 0, again.text
    assert [list(attempt[:2]) for attempt in again.attempts()[len(attempts) :]] == [VICTIM]
    assert digest.exists()
    check_whole(again.store, reference)


def test_a_poisoned_batch_is_given_up(processes: Processes, reference: dict[str, bytes]) -> None:
    """`verification` has workers."""
    poisoned_batch_is_given_up(0, processes, reference)


def test_batches_that_fail_at_first_are_tried_again(
    processes: Processes, reference: dict[str, bytes]
) -> None:
    once, twice = VICTIM, [content().points[2].point_id, 8]
    faults = [
        {"victim": once, "how": "raise", "attempts": 1},
        {"victim": twice, "how": "raise", "attempts": 2},
    ]
    driver = processes.driver("--workers", "1", faults=faults)
    assert driver.end() == 0, driver.text
    assert "given up" not in driver.text
    attempts = [list(attempt[:2]) for attempt in driver.attempts()]
    assert (attempts.count(once), attempts.count(twice)) == (2, 3)
    assert len(attempts) == TOTAL + 3
    check_whole(driver.store, reference)
