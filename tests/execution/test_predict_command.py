"""`twoqs predict`: interrupts, and paths that cannot be written.

`verification` has a process that dies.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import suppress

import psutil
import pytest
from dask_processes import until
from sweeps import command

from twoqs.cli import main

SLOW = {
    "name": "slow", "seed": 1, "trajectories": 64,
    "model": {"spin": 100, "field": [2, 0, 0], "decay": 1.0},
    "numerics": {"times": [0.1, 60.0]},
    "axes": {
        "case": {
            "cases": {
                "quick": {"model.spin": 200, "model.field.x": 0, "model.initial": "up"},
                **{f"S{spin}": {"model.spin": spin} for spin in (80, 90, 100)},
            },
        },
    },
}  # fmt: skip
"""One prediction at once, and then some of more than a minute: long spins come first."""


@pytest.fixture(name="predicting")
def new_prediction(tmp_path):
    """A process that predicts, once its workers go on to what takes long."""
    (tmp_path / "slow.yaml").write_text(json.dumps(SLOW))
    arguments = command(
        "predict", "slow.yaml", "--workers", 2, "--output", "out.nc", "--cache", "cache"
    )
    process = subprocess.Popen(
        arguments, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        try:
            until(lambda: list(tmp_path.glob("cache/*.nc")), "the quick prediction")
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def workers_of(process):
    """Processes of its session that multiprocessing has started to work."""
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError):
            if os.getsid(one.pid) == process.pid and "spawn_main" in " ".join(one.cmdline()):
                found.append(one.pid)
    return found


def test_an_interrupt_ends_all_processes_at_once(predicting, tmp_path):
    assert len(workers_of(predicting)) == 2
    os.killpg(predicting.pid, signal.SIGINT)
    _, errors = predicting.communicate(timeout=60)
    assert predicting.returncode == 130
    assert "Traceback" not in errors
    until(lambda: not workers_of(predicting), "the end of the workers")
    assert not (tmp_path / "out.nc").exists()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--output", "file/out.nc"], "output"),
        (["--output", "folder"], "output"),
        (["--output", "out.nc", "--cache", "file"], "cache"),
        (["--output", "out.nc", "--cache", "file/cache"], "cache"),
    ],
)
def test_paths_that_cannot_be_written_are_refused_at_once(
    tmp_path, monkeypatch, capsys, arguments, name
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("twoqs.execution.predict.grid.predict", None)
    (tmp_path / "slow.yaml").write_text(json.dumps(SLOW))
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    assert main(["predict", "slow.yaml", *arguments]) == 2
    assert f"Argument `{name}` must" in capsys.readouterr().err
