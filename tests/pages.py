"""Pages of documentation that are run: their blocks of code, one after the other."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import twoqs
from twoqs.cli import main

ROOT = Path(twoqs.__file__).parents[1]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CUT = "..."
"""A line of a quote, whatever its indent, in the place of lines that are left out."""


def page(name: str) -> str:
    """The text of a page of `docs/`."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def blocks(text: str) -> Iterator[tuple[str, str, int]]:
    """(language, content, number of its first line) of each block of code."""
    for match in BLOCK.finditer(text):
        yield match[1], match[2], text.count("\n", 0, match.start(2)) + 1


def table(text: str, title: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head; code without backticks."""
    below = re.split(rf"^#+ {re.escape(title)}\n", text, flags=re.MULTILINE)[1]
    (lines, *_) = re.findall(r"(?:^\|.*\|\n)+", below, re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines.splitlines()]
    return [[re.sub(r"^`(.*)`$", r"\1", cell) for cell in row] for row in rows[2:]]


def follow(text: str, name: str, space: dict[str, Any] | None = None) -> list[str]:
    """Do what a page says in the working directory; returns the languages of its blocks.

    `python` is run, `text` is what it has printed, `sh` are commands of twoqs, `yaml` becomes the
    file that its first line names, `py` is a quote of the file that its first line names.

    Args:
        space: names of the page's Python, filled in.
    """
    space = {} if space is None else space
    printed, seen = "", []
    for language, content, line in blocks(text):
        seen.append(language)
        if language == "yaml":
            (file,) = re.findall(r"^# (\S+\.yaml)$", content, re.MULTILINE)
            Path(file).write_text(content, encoding="utf-8")
        elif language == "sh":
            for words in map(shlex.split, content.splitlines()):
                assert words[0] == "twoqs"
                assert main(words[1:]) == 0, words
        elif language == "python":
            # Empty lines in front, so that an error names the line of the page.
            code = compile("\n" * (line - 1) + content, name, "exec")
            with redirect_stdout(io.StringIO()) as output:
                exec(code, space)
            printed = output.getvalue()
        elif language == "py":
            assert lost(content) == [], f"line {line}"
        else:
            assert (language, content) == ("text", printed), f"line {line}: {printed}"
    assert text.count("```") == 2 * len(seen), "no block is passed over"
    return seen


def lost(quote: str) -> list[str]:
    """The pieces of a quote that its file does not have, each behind the one before.

    A piece is a number of lines that follow one another; `...` stands for those between two.
    """
    head, _, body = quote.partition("\n")
    source = "\n" + (ROOT / head.removeprefix("# ")).read_text(encoding="utf-8")
    missing, end = [], 0
    for piece in re.split(rf"^ *{re.escape(CUT)}\n", body, flags=re.MULTILINE):
        found = source.find("\n" + piece, end)
        if found < 0:
            missing.append(piece)
        else:
            end = found + len(piece)  # at the end of the last line, which begins the next one
    return missing
