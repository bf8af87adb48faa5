"""What is wrong with a sweep file: every error at once, each with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from twoqs.errors import ArgumentError

Path = tuple[str | int, ...]
"""Where a value sits in the file: keys and positions in lists, from the top."""

SHOWN_LENGTH = 60
"""Characters of an offending value that a message repeats."""


@dataclass(frozen=True)
class Problem:
    """One error of a sweep file: a whole sentence, and the line it is about, where known."""

    text: str
    line: int | None = None


class SpecError(ArgumentError):
    """A sweep file cannot be used; holds all its problems, in the order of the file.

    Attributes:
        source: name of the file.
        problems: what is wrong.
    """

    def __init__(self, source: str, problems: Iterable[Problem]) -> None:
        self.source = source
        self.problems = sorted(problems, key=lambda problem: problem.line or 0)
        lines = [
            f"{source}{f':{problem.line}' if problem.line else ''}: {problem.text}"
            for problem in self.problems
        ]
        if len(lines) > 1:
            lines.insert(0, f"The sweep {source} has {len(lines)} errors:")
        super().__init__("\n".join(lines))


def dotted(path: Path) -> str:
    """The path as users write it: `model.field.0`."""
    return ".".join(str(part) for part in path)


def sentence(path: Path, wanted: str, given: Any, hint: str = "") -> str:
    """An error sentence in the grammar of `twoqs.errors`."""
    shown = repr(given)
    if len(shown) > SHOWN_LENGTH:
        shown = shown[: SHOWN_LENGTH - 3] + "..."
    name = dotted(path) or "the sweep"
    return f"Argument `{name}` must {wanted}, but got {shown}{hint}."


def counted(count: int, word: str, ending: str = "s") -> str:
    """A number of things: `1 point`, `2 points`."""
    return f"{count} {word}{'' if count == 1 else ending}"


def nearest(word: str, candidates: Sequence[str]) -> str:
    """A hint that names the candidate most like `word`, or all of a few, or nothing."""
    close = difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    if close:
        return f" (did you mean `{close[0]}`?)"
    if 0 < len(candidates) <= 16:
        return f" (valid: {', '.join(candidates)})"
    return ""
