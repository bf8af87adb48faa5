"""One process at a time: it compiles a kernel, and those that need it, too, wait for that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

LONGEST_WAIT = 300.0
"""Seconds after which a process goes on by itself: five times what the slowest kernel takes."""


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """In the block no other process is in one for this file, if files can be locked.

    One that ends, however it does, is out of it.

    Raises:
        KeyboardInterrupt: while it waits, too.
    """
    # Imported here: who finds all kernels compiled has no use for it.
    from filelock import FileLock, Timeout

    with ExitStack() as held:
        # To compile once more costs time, and no more.
        with suppress(OSError, NotImplementedError, Timeout):
            held.enter_context(FileLock(path, timeout=LONGEST_WAIT, fallback_to_soft=False))
        yield
