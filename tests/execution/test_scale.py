"""What many points cost: counts of files, of models that are built and of syncs, not times."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweeps import sweep

from twoqs.execution.plan import plan
from twoqs.execution.run import Workers, carry_out
from twoqs.look.status import status
from twoqs.sweep import Sweep, loader, point, points

SERIAL = Workers(0)
SIZES = (8, 32)


def grid(count: int) -> Sweep:
    """A sweep of so many points, of one batch each."""
    values = np.linspace(0.25, 2.0, count // 2).tolist()
    return sweep(trajectories=256, axes__omega__values=values)


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[int, Path]:
    """Finished stores of sweeps that are large enough to be kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(loader, "LARGE_GRID", 1)
    for count in SIZES:
        carry_out(grid(count), tmp_path / str(count), SERIAL, quiet=True)
    return {count: tmp_path / str(count) for count in SIZES}


def test_files_do_not_grow_in_number(stores: dict[int, Path]) -> None:
    few, many = (sum(path.is_file() for path in stores[n].rglob("*")) for n in SIZES)
    assert few == many
    assert [path.name for path in (stores[32] / "records").iterdir()] == ["000001.bin"]


def test_a_look_at_a_store_builds_no_model_of_each_point(
    stores: dict[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To build one takes a millisecond: a minute and a half for 10^5 points."""
    monkeypatch.setattr("twoqs.execution.plan.LOOKED_AT", 1)
    monkeypatch.setattr("twoqs.look.state.FEW_POINTS", 0)
    real, built = point.build, []

    def build(*settings: str) -> Any:
        built.append(settings)
        return real(*settings)

    for module in (point, points):
        monkeypatch.setattr(module, "built", build)
    looks = {
        "plan": lambda n: plan(grid(n), stores[n], 0),
        "run": lambda n: carry_out(grid(n), stores[n], SERIAL, quiet=True),
        "status": lambda n: status(stores[n]),
    }
    for name, look in looks.items():
        counts = []
        for n in SIZES:
            built.clear()
            look(n)
            counts.append(len(set(built)))
        assert counts[0] == counts[1] <= 6, name  # some of each case; `inaccurate` looks at one


def test_commits_are_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync waits for the disk: batches of milliseconds share one."""
    synced, real = [], os.fsync

    def note(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    carry_out(grid(32), tmp_path / "s", SERIAL, quiet=True)
    assert sum(name.endswith("receipts.jsonl") for name in synced) <= 4
