"""What is wrong with a sweep file: every error at once, each with its line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from twoqs.errors import SHOWN_LENGTH, ArgumentError, shown
from twoqs.text import hint

KeyPath = tuple[str | int, ...]
"""Path to a value in a file: keys and positions in lists, from the top."""

MAX_SHOWN = 100
"""Problems that an error tells one by one; more of them are counted."""


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
            for problem in self.problems[:MAX_SHOWN]
        ]
        total = len(self.problems)
        if total > 1:
            lines.insert(0, f"{source} has {total} errors:")
        if total > MAX_SHOWN:
            lines.append(f"{source}: {total - MAX_SHOWN} more errors are not shown.")
        super().__init__("\n".join(lines))


def dotted(path: KeyPath) -> str:
    """The path as users write it: `model.field.0`."""
    return ".".join(_printable(str(part)) for part in path)


def _printable(key: str) -> str:
    """A key on one line, and not too long: a file may call it anything."""
    text = key if key.isprintable() else ascii(key)[1:-1]
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 3] + "..."


def sentence(path: KeyPath, wanted: str, given: Any, hint: str = "") -> str:
    """An error sentence in the grammar of `twoqs.errors`."""
    name = dotted(path) or "the sweep"
    return f"Argument `{name}` must {wanted}, but got {shown(given)}{hint}."


def counted(count: int, word: str, ending: str = "s") -> str:
    """A number of things: `1 point`, `2 points`."""
    return f"{count} {word}{'' if count == 1 else ending}"


def nearest(word: str, candidates: Sequence[str]) -> str:
    """A hint that names the candidate most like `word`, or all of a few, or nothing."""
    names = [_printable(name) for name in candidates]
    return hint(word, names, lambda few: f"valid: {', '.join(few)}")
