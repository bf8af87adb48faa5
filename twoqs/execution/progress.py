"""How far a run is: a bar in a terminal or notebook, a line now and then in a log, or silence."""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

from twoqs.execution.log import Log, LogState, is_watched

LOG_SECONDS = 30.0
"""Time between lines in a log."""


class Progress:
    """Counts what is finished on standard error.

    Args:
        total: how many there are to do.
        log: where lines go if there is no bar.
        unit: one of them, and many.
        state: what lines for programs say beside the text.
    """

    def __init__(
        self,
        total: int,
        log: Log,
        unit: tuple[str, str] = ("batch", "batches"),
        state: LogState = dict,
    ) -> None:
        self._total, self._done, self._log, self._many, self._state = total, 0, log, unit[1], state
        self._start = self._last = time.monotonic()
        shown = not log.quiet and not log.as_json
        self._bar = _bar(total=total, unit=unit[0], smoothing=0.1) if shown else None

    def add(self, count: int) -> None:
        """Note that more are finished."""
        self._done += count
        if self._bar is not None:
            self._bar.update(count)
            return
        now = time.monotonic()
        if now - self._last >= LOG_SECONDS:
            self._last = now
            rate = self._done / (now - self._start)
            left = self.left / rate if rate else float("inf")
            text = f"{self._done} of {self._total} {self._many}"
            text += f", {rate:.3g}/s, {duration(left)} left"
            self._log.say(text, "progress", self._state)

    @property
    def left(self) -> int:
        """How many are not finished."""
        return self._total - self._done

    def more(self, count: int) -> None:
        """Note that there is more to do than was known."""
        self._total += count
        if self._bar is not None:
            self._bar.total = self._total
            self._bar.refresh()

    def say(self, text: str, event: str) -> None:
        """A line of its own above the bar."""
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            self._log.say(text, event, self._state)

    def close(self) -> None:
        """Leave the terminal in order."""
        if self._bar is not None:
            self._bar.close()


def _bar(**settings: Any) -> Any:
    """A bar of tqdm where somebody sees it move, or None."""
    if not is_watched():
        return None
    with warnings.catch_warnings():
        # Without ipywidgets, it is drawn in characters, in a notebook, too.
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm

        return tqdm(**settings)


def duration(seconds: float) -> str:
    """A time span for people: `1 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.3g} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    if seconds == float("inf"):
        return "unknown time"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min"
