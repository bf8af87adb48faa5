"""Commands as a user types them into a shell."""

from __future__ import annotations

import os
import shlex


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
