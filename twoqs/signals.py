"""Ctrl-C, where processes are started."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


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
