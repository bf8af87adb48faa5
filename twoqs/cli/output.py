"""Output to terminals that do not know all letters."""

from __future__ import annotations

import codecs
import io
import sys
from contextlib import suppress

from twoqs.execution.log import Log

PLAIN = {"±": "+-", "ħ": "hbar", "²": "^2"}
"""Letters of ours in ASCII; those of users are written as their numbers (`\\xe9`)."""

_RULE = "twoqs-plain"


def write_any_text() -> None:
    """Have standard output and error write in other words what their encoding has not."""
    codecs.register_error(_RULE, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_RULE)


def say_error(text: str, as_json: bool = False, event: str = "error") -> None:
    """Write what went wrong to standard error: a line, or an object as those of a run's log."""
    with suppress(OSError):  # a closed terminal
        sys.stderr.write(Log(as_json=True).line(text, event) if as_json else f"twoqs: {text}\n")


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letter = error.object[error.start]
    if "\udc80" <= letter <= "\udcff":
        # A byte of a file's name that is no text goes out as it came in.
        return bytes([ord(letter) - 0xDC00]), error.start + 1
    written = PLAIN.get(letter) or letter.encode("ascii", "backslashreplace").decode()
    return written, error.start + 1
