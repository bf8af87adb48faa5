"""One writer at a time: an flock that dies with its process or, where there is none, a file.

A file stays when its process is killed. It names the process, so that the next writer on the same
host takes it over by itself; whether a process runs on another host, only its user can tell.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from twoqs.errors import StoreError
from twoqs.store.files import read_json

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

HELD = ".held"
"""Ending of the file that stands for the lock where there is no flock."""

LOCK = "lock"
"""Name of the file in a store."""

_NO_FLOCK = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)
"""How file systems say that they have none."""

_BUSY = (errno.EAGAIN, errno.EACCES)
"""How flock says that another process has it; NFS has its own way."""


class _File(Protocol):
    """A lock of the library filelock, as far as it is needed."""

    def release(self) -> None: ...


class StoreLock:
    """Held from creation to `release`, or to the end of the process, however it ends.

    Where there is no flock, a file beside `path` is held in its place; what a killed process
    leaves of it is taken over if that process was one of this host.

    Raises:
        StoreError: if another process holds it, naming that process.
        OSError: if the disk refuses.
    """

    def __init__(self, path: Path) -> None:
        self._file: _File | None = None
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            flocked = _flock(self._descriptor, exclusive=True)
            if flocked is False:
                raise StoreError(_refusal(path))
            # Another host, that has no flock on the same files, may hold the other one.
            if flocked is None or _held(path).exists():
                self._file = _hold(path)
            _sign(self._descriptor)
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Let the next writer in."""
        try:
            if self._file is not None:
                self._file.release()
        finally:
            os.close(self._descriptor)


def _flock(descriptor: int, exclusive: bool) -> bool | None:
    """Whether this process has the flock of a file now; None where there is no such thing.

    Raises:
        OSError: if the disk refuses.
    """
    if fcntl is None:
        return None
    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NO_FLOCK:
            return None
        if error.errno in _BUSY:
            return False
        raise
    return True


def _held(path: Path) -> Path:
    return path.with_name(path.name + HELD)


def _hold(path: Path) -> _File:
    # Imported here: hardly anyone needs it.
    from filelock import SoftFileLock, Timeout

    file = SoftFileLock(_held(path), timeout=0, thread_local=False)
    try:
        file.acquire()
    except Timeout:
        raise StoreError(
            f"{_refusal(path)} This file system keeps the locks of processes that are gone: if "
            f"that one is, delete the file {_held(path)}."
        ) from None
    return file


def _refusal(path: Path) -> str:
    return (
        f"The store {path.parent} is being written by {holder(path)}; "
        "wait for it to end, or stop it."
    )


def _sign(descriptor: int) -> None:
    """Write into the lock file who holds it from now on."""
    me = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.write(descriptor, json.dumps(me).encode())


def _signature(path: Path) -> dict[str, Any]:
    """Who wrote the lock file last; empty if it does not say so."""
    try:
        me = read_json(path)
        return {key: me[key] for key in ("pid", "host", "started")}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def holder(path: Path) -> str:
    """Who wrote the lock file last, in words."""
    me = _signature(path)
    text = f"process {me['pid']} on {me['host']}, started {me['started']}" if me else ""
    return text if text and text.isprintable() else "another process"


def locked(path: Path) -> bool:
    """Whether some process holds the lock now; never fails, whatever the file system has."""
    try:
        # A pipe would be waited for.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return False
    try:
        if _flock(descriptor, exclusive=False) is False:
            return True
    except OSError:
        pass
    finally:
        os.close(descriptor)
    return _held(path).exists() and not _has_ended(_signature(path))


def writer_of(store: Path) -> str | None:
    """Who writes a store now, in words; None if nobody does."""
    return holder(store / LOCK) if locked(store / LOCK) else None


def refuse_writer(store: Path) -> None:
    """Refuse a store that some process writes now.

    Raises:
        StoreError: naming it.
    """
    if locked(store / LOCK):
        raise StoreError(_refusal(store / LOCK))


def _has_ended(me: dict[str, Any]) -> bool:
    """Whether a process of this host is known to run no more."""
    if sys.platform == "win32" or me.get("host") != socket.gethostname():
        return False
    try:
        os.kill(me["pid"], 0)
    except ProcessLookupError:
        return True
    except (OSError, TypeError, OverflowError):
        return False  # it is another user's, or no process at all
    return False
