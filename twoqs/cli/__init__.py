"""The command line: start, plan, run, refine; predict, validate, report; look at stores."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any, TextIO, cast

from twoqs.cli.commands import FAILED
from twoqs.cli.output import say_error, write_any_text
from twoqs.cli.parser import parser_of_all
from twoqs.errors import ArgumentError, TwoqsError

BAD_INPUT, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 for success, 1 for a run or check that failed, 2 for bad input, 130 if interrupted.
    """
    write_any_text()
    _draw_without_windows()
    options, unknown = parser_of_all().parse_known_args(arguments)
    if unknown:
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")

    def fail(text: str, code: int) -> int:
        say_error(text, getattr(options, "log_json", False))
        return code

    if not _somewhere():
        return fail("The working directory is gone; change to another folder.", BAD_INPUT)
    try:
        with redirect_stdout(cast(TextIO, _Output(sys.stdout))):
            code = int(options.command(options))
            sys.stdout.flush()
        return code
    except _OutputError as error:
        _drop_output()
        return fail(str(error), FAILED)
    except ArgumentError as error:
        return fail(str(error), BAD_INPUT)
    except TwoqsError as error:
        return fail(str(error), FAILED)
    except KeyboardInterrupt:
        return fail(f"Interrupted{getattr(options, 'kept', '')}.", INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); nothing is left to say.
        _drop_output()
        return FAILED


class _OutputError(TwoqsError):
    """Standard output cannot be written."""


class _Output:
    """A stream whose errors say that they are its own: most errors of the system name no file."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._errors():
            return self._stream.write(text)

    def flush(self) -> None:
        with self._errors():
            self._stream.flush()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _OutputError(f"Cannot write the output ({error.strerror}).") from error


def _drop_output() -> None:
    """Let nothing fail once more that is still to be written when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _draw_without_windows() -> None:
    """Let matplotlib, which QuTiP imports too, look at neither `MPLBACKEND` nor the home folder.

    Figures have canvases of their own: a backend that does not exist would end its import. Where
    it can keep its list of fonts nowhere, it says so in several lines.
    """
    os.environ.pop("MPLBACKEND", None)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def _somewhere() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True
