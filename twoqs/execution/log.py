"""What a run says on standard error while it goes: lines for people, or JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, TextIO

LogState = Callable[[], dict[str, Any]]
"""Tells how far a run is, as an object that JSON can hold."""


class Log:
    """Lines on standard error: in a file with the time before each, or one JSON object each.

    Args:
        quiet: whether to say nothing.
        as_json: whether lines are objects with `time` (ISO 8601), `event`, `message`, and what else
            is known of an event.
    """

    def __init__(self, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet, self.as_json = quiet, as_json

    def say(self, text: str, event: str = "note", state: LogState = dict) -> None:
        """Write a line, unless all is to be quiet; what else is known is asked for by programs."""
        if not self.quiet:
            sys.stderr.write(self.line(text, event, state))
            sys.stderr.flush()

    def line(self, text: str, event: str = "note", state: LogState = dict) -> str:
        """A line as it is written."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        if self.as_json:
            return json.dumps({"time": now, "event": event, "message": text} | state()) + "\n"
        return f"{text}\n" if is_watched() else f"{now} {text}\n"


class JsonLines:
    """A stream on which lines of others become objects, too: warnings of libraries and such."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._begun = stream, ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write all lines that have ended."""
        *lines, self._begun = (self._begun + text).split("\n")
        log = Log(as_json=True)
        for line in filter(str.strip, lines):
            self._stream.write(f"{line}\n" if line[0] == "{" else log.line(line, "warning"))
        return len(text)


def is_watched() -> bool:
    """Whether standard error is where somebody looks on: a terminal, or a notebook."""
    return sys.stderr.isatty() or type(sys.stderr).__module__ == "ipykernel.iostream"
