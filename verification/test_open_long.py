"""A sweep whose run was killed is opened. A few seconds."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from sweeps import receipts, write_spec
from test_open import SERIAL, assert_part_of, long_sweep, start

import twoqs
from twoqs.execution.run import carry_out
from twoqs.sweep import Sweep


def test_a_sweep_whose_run_was_killed_can_be_read(tmp_path: Path) -> None:
    spec, store = write_spec(tmp_path / "long.yaml", long_sweep()), tmp_path / "s"
    process = start(spec, store)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with pytest.warns(UserWarning, match="is not finished"):
        data = twoqs.open(store)
    done = [point for point, _ in receipts(store)]
    for identity, complete in zip(
        data.point_id.values.flat, data.complete.values.flat, strict=True
    ):
        assert complete == (done.count(str(identity)) == 2)
    assert 0 < int(data.complete.sum()) < 24
    carry_out(Sweep.from_file(spec), store, SERIAL, quiet=True)
    assert_part_of(data, twoqs.open(store))
