"""Requests to end: Ctrl-C, orderly first and then at once; others; and where processes start."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from types import FrameType

HANG_UP = getattr(signal, "SIGHUP", None)
"""Signal that comes when a terminal is closed; Windows has none such."""

ENDS = [signal.SIGINT, signal.SIGTERM, *([] if HANG_UP is None else [HANG_UP])]
"""All signals that ask for an end."""

Stopping = Callable[[], bool]
"""Says whether nothing new shall be begun."""


def never() -> bool:
    """Nobody asks for an end."""
    return False


@contextmanager
def draining(told: Callable[[], str]) -> Iterator[Stopping]:
    """Take the first Ctrl-C in the block as a wish to end soon; the second ends it at once.

    Whoever handles Ctrl-C in another way, or ignores it, keeps doing so.

    Args:
        told: what to say on standard error to the first, by then.
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
            os.write(2, told().encode())

    signal.signal(signal.SIGINT, meet)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Meet other requests to end like Ctrl-C: processes are closed, and files left in order.

    A closed terminal counts as one, unless the process ignores it (`nohup`).
    """
    former = {end: signal.getsignal(end) for end in ENDS[1:]}
    for end, handler in former.items():
        if handler is not signal.SIG_IGN:
            signal.signal(end, _interrupt)
    try:
        yield
    finally:
        for end, handler in former.items():
            # After the first one a closed terminal is ignored for good.
            if signal.getsignal(end) is _interrupt:
                signal.signal(end, handler)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if number == HANG_UP:
        # The kernel tells it to the process, and the shell once more: it must not stop the end.
        signal.signal(number, signal.SIG_IGN)
        for output in (1, 2):
            _unless_gone(output)
    raise KeyboardInterrupt


def _unless_gone(output: int) -> None:
    """Write on into nowhere if it is a closed terminal, as errors would get into the way."""
    try:
        os.write(output, b"")
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)


@contextmanager
def interrupts_later() -> Iterator[None]:
    """Hold requests to end back until the block is done, and keep Ctrl-C from processes it starts.

    Ctrl-C reaches every process of a terminal, and so does its being closed. Threads and processes
    inherit a blocked signal, so the workers, those that are started later too, leave it to the
    driver. There, another thread could still take it: the handler only notes it.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    # It unblocks signals when it starts, so it must not be the first worker that starts it.
    resource_tracker.ensure_running()
    noted: list[int] = []
    met = [end for end in ENDS if signal.getsignal(end) is not signal.SIG_IGN]
    handlers = {end: signal.signal(end, lambda number, _: noted.append(number)) for end in met}
    # A terminal tells all of its processes; SIGTERM is for one of them.
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, set(ENDS) - {signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for end, handler in handlers.items():
            signal.signal(end, handler)
    for number in noted[:1]:
        signal.raise_signal(number)
