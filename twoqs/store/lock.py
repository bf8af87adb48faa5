"""One writer at a time: an flock that dies with its process."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path

from twoqs.errors import StoreError
from twoqs.store.files import read_json


class StoreLock:
    """Held from creation to `release`, or to the end of the process, however it ends.

    Raises:
        StoreError: if another process holds it, naming that process.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise StoreError(
                f"The store {path.parent} is being written by {holder(path)}; "
                "wait for it to end, or stop it."
            ) from None
        me = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(me).encode(), 0)

    def release(self) -> None:
        """Let the next writer in."""
        os.close(self._descriptor)


def holder(path: Path) -> str:
    """Who wrote the lock file last, in words."""
    try:
        me = read_json(path)
        text = f"process {me['pid']} on {me['host']}, started {me['started']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
    return text if text.isprintable() else "another process"


def locked(path: Path) -> bool:
    """Whether some process holds the lock now."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
