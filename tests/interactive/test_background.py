"""`twoqs.start`: early values, waiting, stopping, going on."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from sweeps import receipts, sweep

import twoqs
from twoqs.errors import StoreError, TwoqsError
from twoqs.sweep import work
from twoqs.sweep.work import Result, Task


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Batches run one by one, each after a release."""
    pass_one = threading.Semaphore(0)
    run = work.execute

    def waiting(task: Task) -> Result:
        assert pass_one.acquire(timeout=60)
        return run(task)

    monkeypatch.setattr(work, "execute", waiting)
    monkeypatch.setattr(work, "MOST_IN_BUNDLE", 1)
    return pass_one


def until_done(running: twoqs.Running, batches: int) -> None:
    """Wait until so many batches are in the store."""
    for _ in range(6000):
        if running.progress[0] >= batches:
            return
        running._thread.join(0.01)
    pytest.fail(f"{running.progress} after a minute")


def test_early_values_are_those_of_the_batches_that_are_done(
    gate: threading.Semaphore, serial: Path, tmp_path: Path
) -> None:
    """One batch of the first point is what a run of half the trajectories gives."""
    running = twoqs.start(sweep(), workers=0, store=tmp_path / "store")
    assert running.progress == (0, 8)
    with pytest.raises(TimeoutError, match="not done after 0 s; it goes on"):
        running.wait(0)
    gate.release()
    until_done(running, 1)
    early = running.dataset()
    assert int(early.trajectories.sum()) == 256
    assert not bool(early.complete.any())
    first = early.isel(omega=0, case=0)
    point = sweep().points[0]
    half = twoqs.simulate(
        point.model, times=[0, 1, 2], scheme="pda", trajectories=256, seed=sweep().seed
    )
    np.testing.assert_array_equal(first.sz, half.sz)
    np.testing.assert_array_equal(first.sz_se, half.sz_se)
    assert np.isnan(early.sz.isel(omega=1)).all()
    assert "1 of 8 batches done" in repr(running)
    gate.release(7)
    done = running.wait(60)
    assert running.done
    xr.testing.assert_equal(done, twoqs.open(serial))
    xr.testing.assert_identical(running.dataset(), done)


def test_stopped_it_keeps_what_is_done_and_goes_on(
    gate: threading.Semaphore, serial: Path, tmp_path: Path
) -> None:
    running = twoqs.start(sweep(), workers=0, store=tmp_path / "store")
    gate.release(3)
    until_done(running, 3)
    gate.release()  # of the batch that runs when it is told to stop
    running.stop()
    done = len(receipts(tmp_path / "store"))
    assert done in (3, 4)
    with pytest.raises(TwoqsError, match=f"stopped when {done} of 8 batches were done"):
        running.wait()
    gate.release(8)
    xr.testing.assert_equal(
        twoqs.start(sweep(), workers=0, store=tmp_path / "store").wait(60), twoqs.open(serial)
    )


def test_what_goes_wrong_is_raised_by_wait(serial: Path) -> None:
    running = twoqs.start(sweep(seed=8), workers=0, store=serial)
    with pytest.raises(StoreError, match="belongs to another sweep: seed was 7"):
        running.wait(60)
