"""What a run says on standard error while it goes: lines for people, or JSON for programs."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any


class Log:
    """Lines on standard error: in a file with the time before each, or one JSON object each.

    Args:
        quiet: whether to say nothing.
        as_json: whether lines are objects with `time` (ISO 8601), `event`, `message`, and what else
            is known of an event.
    """

    def __init__(self, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet, self.as_json = quiet, as_json

    def say(self, text: str, event: str = "note", **known: Any) -> None:
        """Write a line, unless all is to be quiet."""
        if not self.quiet:
            sys.stderr.write(self.line(text, event, **known))
            sys.stderr.flush()

    def line(self, text: str, event: str = "note", **known: Any) -> str:
        """A line as it is written."""
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        if self.as_json:
            content = {"time": now, "event": event, "message": text, **known}
            return json.dumps(content, ensure_ascii=False) + "\n"
        return f"{text}\n" if is_watched() else f"{now} {text}\n"


def is_watched() -> bool:
    """Whether standard error is where somebody looks on: a terminal, or a notebook."""
    return sys.stderr.isatty() or type(sys.stderr).__module__ == "ipykernel.iostream"
