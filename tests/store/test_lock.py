"""The lock of a store, where the file system has an flock, where it has none, and on Windows."""

from __future__ import annotations

import errno
import fcntl
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sweeps import merged_bytes, sweep, write_spec

from twoqs.cli import main
from twoqs.errors import StoreError
from twoqs.execution.run import Workers, carry_out
from twoqs.store import BatchWriter, check_sweep
from twoqs.store import lock as lock_module
from twoqs.store.lock import HELD, StoreLock, holder, locked

SERIAL = Workers(0)

NO_FLOCK = """
import errno, fcntl
def flock(*arguments):
    raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = flock
"""


def held(store: Path) -> Path:
    return store / f"lock{HELD}"


def lacking(number: int) -> Any:
    """What stands in for flock on a file system without it; such errors name no file."""

    def flock(*arguments: Any) -> None:
        raise OSError(number, os.strerror(number))

    return flock


@pytest.fixture(params=["ENOLCK", "ENOSYS", "EOPNOTSUPP", "no module"])
def soft(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system, or a platform, without flock."""
    if request.param == "no module":
        monkeypatch.setattr("twoqs.store.lock.fcntl", None)
    else:
        monkeypatch.setattr(fcntl, "flock", lacking(getattr(errno, request.param)))


@pytest.mark.usefixtures("soft")
def test_without_flock_a_file_keeps_the_second_writer_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, store = sweep(trajectories=256), tmp_path / "s"
    me = f"process {os.getpid()} on {socket.gethostname()}, started "
    with BatchWriter(store, content):
        with pytest.raises(StoreError) as refused:
            BatchWriter(store, content)
        text = str(refused.value)
        assert text.startswith(f"The store {store} is being written by {me}")
        assert text.endswith(f"if that one is, delete the file {held(store)}.")
        assert main(["status", str(store)]) == 0
        assert f"writer   {me}" in capsys.readouterr().out
    assert not held(store).exists()
    assert main(["status", str(store)]) == 0
    assert "writer" not in capsys.readouterr().out
    assert carry_out(content, store, SERIAL, quiet=True).computed == 4
    assert main(["verify", str(store)]) == 0


def test_the_file_system_changes_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carry_out(sweep(trajectories=256), tmp_path / "a", SERIAL, quiet=True)
    assert not held(tmp_path / "a").exists(), "where there is an flock, there is no other lock"
    monkeypatch.setattr(fcntl, "flock", lacking(errno.ENOLCK))
    carry_out(sweep(trajectories=256), tmp_path / "b", SERIAL, quiet=True)
    assert merged_bytes(tmp_path / "a") == merged_bytes(tmp_path / "b")


@pytest.mark.parametrize("dying", ["without flock", "with flock"])
def test_what_a_killed_process_held_is_taken_over(
    dying: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    program = "import os, signal, pathlib\nfrom twoqs.store.lock import StoreLock\n" + (
        "lock = StoreLock(pathlib.Path('lock'))\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    emulated = NO_FLOCK if dying == "without flock" else ""
    ended = subprocess.run([sys.executable, "-c", emulated + program], cwd=tmp_path, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert path.with_name("lock.held").exists() == (dying == "without flock")
    if dying == "without flock":
        monkeypatch.setattr(fcntl, "flock", lacking(errno.ENOLCK))
    assert not locked(path), "readers know that it has ended"
    lock = StoreLock(path)
    assert f"process {os.getpid()} on" in holder(path)
    assert locked(path)
    lock.release()
    assert not locked(path)
    # A folder that holds nothing but what is left of a lock is an empty one.
    path.with_name("lock.held").touch()
    assert not check_sweep(tmp_path, sweep())


def test_a_process_of_another_host_is_not_thought_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its number says nothing here; the file to delete is named, and then the way is free."""
    monkeypatch.setattr(fcntl, "flock", lacking(errno.ENOLCK))
    content, store = sweep(trajectories=256), tmp_path / "s"
    carry_out(content, store, SERIAL, quiet=True)
    spec = write_spec(tmp_path / "s.yaml", content.spec)
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], check=True,
                           capture_output=True, text=True)  # fmt: skip
    them = {"pid": int(ended.stdout), "host": "elsewhere", "started": "2026-01-01T00:00:00+00:00"}
    (store / "lock").write_text(json.dumps(them), encoding="utf-8")
    held(store).write_text(f"{them['pid']}\n{them['host']}\n12\n", encoding="utf-8")
    assert main(["run", str(spec), "--store", str(store), "--workers", "0"]) == 1
    error = capsys.readouterr().err
    assert f"process {them['pid']} on elsewhere, started 2026-01-01" in error
    assert f"delete the file {held(store)}." in error
    assert error.count("\n") == 1
    assert main(["status", str(store)]) == 0
    assert f"writer   process {them['pid']} on elsewhere" in capsys.readouterr().out
    # A host that has an flock on the same files heeds the file as well.
    monkeypatch.undo()
    with pytest.raises(StoreError, match="elsewhere"):
        BatchWriter(store, content)
    held(store).unlink()
    assert carry_out(content, store, SERIAL, quiet=True).computed == 0


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.EAGAIN])
def test_readers_never_fail_for_a_lock(
    number: int, serial: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fcntl, "flock", lacking(number))
    assert main(["status", str(serial)]) == 0
    assert ("writer" in capsys.readouterr().out) == (number != errno.EIO)


def test_a_disk_that_fails_is_not_the_output(
    serial: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("twoqs.look.status.misses", lacking(errno.EIO))
    with pytest.raises(OSError, match="Input/output error"):
        main(["status", str(serial)])
    assert "output" not in capsys.readouterr().err


def test_receipts_that_cannot_be_read_are_one_line(
    serial: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Path, "is_file", lacking(errno.EACCES))
    assert main(["status", str(serial)]) == 1
    error = capsys.readouterr().err
    assert error == f"twoqs: Cannot read the receipts {serial}/receipts.jsonl: Permission denied.\n"


def test_the_module_needs_no_fcntl(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is not there on Windows."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    spec = importlib.util.spec_from_file_location("lock_without_fcntl", lock_module.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.fcntl is None
