"""Words for people: commands as they type them, and what they may have meant."""

from __future__ import annotations

import difflib
import os
import shlex
from collections.abc import Callable, Sequence


def command_line(command: str, *words: str | os.PathLike[str]) -> str:
    """`twoqs COMMAND WORDS`, quoted for a POSIX shell.

    Args:
        words: options as text; paths as `Path`, so that one such as `-x` or `~x` is taken for
            neither an option nor a home folder.
    """
    plain = (word if isinstance(word, str) else _literal(os.fspath(word)) for word in words)
    return shlex.join(["twoqs", command, *plain])


def _literal(path: str) -> str:
    return os.path.join(os.curdir, path) if path.startswith(("-", "~")) else path


LISTED = 16
"""Names that a hint lists, if none of them is like what was given."""


def hint(word: str, names: Sequence[str], few: Callable[[Sequence[str]], str]) -> str:
    """Which name was meant, in brackets; or all of a few; or nothing.

    Args:
        few: a clause with all the names.
    """
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f" (did you mean `{close[0]}`?)"
    return f" ({few(names)})" if 0 < len(names) <= LISTED else ""
