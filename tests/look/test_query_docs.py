"""The recipes of docs/query.md work, in their order, and print what the page says."""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from twoqs.cli import main

PAGE = Path(__file__).parents[2] / "docs" / "query.md"

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(text: str) -> Iterator[tuple[str, str, int]]:
    """(language, content, number of its first line) of each block of code."""
    for match in BLOCK.finditer(text):
        yield match[1], match[2], text.count("\n", 0, match.start(2)) + 1


def follow(text: str, name: str) -> list[str]:
    """Do what a page says in the working directory; returns the languages of its blocks."""
    space: dict[str, Any] = {}
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
        else:
            assert (language, content) == ("text", printed), f"line {line}"
    return seen


def test_the_page_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    text = PAGE.read_text(encoding="utf-8")
    seen = follow(text, PAGE.name)
    assert set(seen) == {"yaml", "sh", "python", "text"}
    assert text.count("```") == 2 * len(seen), "no block is passed over"


@pytest.mark.parametrize(
    ("block", "error"),
    [
        ("python\n1 / 0\n", ZeroDivisionError),
        ("python\nprint(1)\n```\n\n```text\n2\n", AssertionError),
        ("sh\ntwoqs show nowhere\n", AssertionError),
        ("sh\nls\n", AssertionError),
    ],
)
def test_a_page_that_is_not_true_is_seen(block: str, error: type[Exception]) -> None:
    """Negative control."""
    with pytest.raises(error):
        follow(f"# Page\n\n```{block}```\n", "page.md")
