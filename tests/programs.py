"""Programs on the PATH that are written in Python, wherever the interpreter lies."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


def write_program(path: Path, source: str, *options: str) -> None:
    """A program of this source; `options` are the interpreter's.

    Its first line is the shell's: the kernel takes no interpreter whose path has a space.
    """
    file = path.with_name(f"{path.name}.py")
    file.write_text(source, encoding="utf-8")
    words = shlex.join([sys.executable, *options, str(file)])
    path.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
