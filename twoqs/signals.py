"""Ctrl-C: an orderly end first, then an end at once; and what it means where processes start."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from types import FrameType

Stopping = Callable[[], bool]
"""Says whether nothing new shall be begun."""


def never() -> bool:
    """Nobody asks for an end."""
    return False


@contextmanager
def draining(told: str) -> Iterator[Stopping]:
    """Take the first Ctrl-C in the block as a wish to end soon; the second ends it at once.

    Whoever handles Ctrl-C in another way, or ignores it, keeps doing so.

    Args:
        told: what to say on standard error to the first.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield never
        return
    asked: list[int] = []

    def meet(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        # Not through sys.stderr: it may be in the middle of a write just now.
        with suppress(OSError):
            os.write(2, told.encode())

    signal.signal(signal.SIGINT, meet)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def interrupts_later() -> Iterator[None]:
    """Hold requests to end back until the block is done, and keep Ctrl-C from processes it starts.

    Ctrl-C reaches every process of a terminal. Threads and processes inherit a blocked signal, so
    the workers, those that are started later too, leave it to the driver. There, another thread
    could still take it: the handler only notes it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # It unblocks signals when it starts, so it must not be the first worker that starts it.
    resource_tracker.ensure_running()
    noted: list[int] = []
    ends = (signal.SIGINT, signal.SIGTERM)
    handlers = {end: signal.signal(end, lambda number, _: noted.append(number)) for end in ends}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for end, handler in handlers.items():
            signal.signal(end, handler)
    for number in noted[:1]:
        signal.raise_signal(number)
