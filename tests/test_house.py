"""Sizes that keep the code readable: files, functions, and what they take."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import twoqs

ROOT = Path(twoqs.__file__).parent
MOST_LINES, MOST_CODE, MOST_ARGUMENTS = 300, 50, 9

MANY = {
    "run": "what users may choose, each by its name",
    "simulate": "what users may choose, each by its name",
    "squeezing": "S and the nine moments of a spin",
}
"""Functions with more arguments, and why."""


def faults(path: Path) -> list[str]:
    """What of a file is too large; docstrings do not count as lines of a function."""
    text = path.read_text(encoding="utf-8")
    found = []
    if text.count("\n") > MOST_LINES:
        found.append(f"{text.count(chr(10))} lines")
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or "kernels" in path.parts:
            continue
        assert node.end_lineno is not None
        lines = node.end_lineno - node.lineno + 1
        if ast.get_docstring(node) is not None:
            doc = node.body[0]
            assert doc.end_lineno is not None
            lines -= doc.end_lineno - doc.lineno + 1
        given = node.args
        count = len([*given.posonlyargs, *given.args, *given.kwonlyargs])
        if lines > MOST_CODE:
            found.append(f"{node.name} has {lines} lines")
        if count > MOST_ARGUMENTS and node.name not in MANY:
            found.append(f"{node.name} takes {count} arguments")
    return found


@pytest.mark.parametrize(
    "path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_nothing_is_too_large(path: Path) -> None:
    assert faults(path) == []


def test_the_rule_can_fail(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    names = ", ".join("abcdefghij")
    path.write_text(f"def f({names}):\n" + "    a = 1\n" * 60 + "# more\n" * 250)
    assert faults(path) == ["311 lines", "f has 61 lines", "f takes 10 arguments"]
