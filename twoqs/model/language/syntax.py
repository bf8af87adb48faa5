"""From text to Python's syntax tree, without a bomb on the way."""

from __future__ import annotations

import ast
import re
import warnings
from typing import Any

from twoqs.errors import ArgumentError, require
from twoqs.model.limits import MOST_FORMULA

OTHER_SYNTAX = re.compile(r"[^A-Za-z0-9_.+\-*/()\[\],= \t\r\n]")
"""What no formula has; so there are no strings, no comments and no escapes."""

HINTS = {
    "^": "`**` for powers", "\u00b2": "`**2` for squares", "\u2212": "`-` for minus",
    "\u00b7": "`*` for products", "\u00d7": "`*` for products", "#": "no comments",
}  # fmt: skip


def parsed(text: Any, name: str) -> ast.expr:
    """The syntax tree of one expression; offsets are those in the text.

    Raises:
        ArgumentError: if it is none.
    """
    require(isinstance(text, str), name, "be a formula as text", text)
    require(len(text) <= MOST_FORMULA, name, f"have at most {MOST_FORMULA} characters", len(text))
    require(bool(text.strip()), name, "be a formula", text)
    strange = OTHER_SYNTAX.search(text)
    if strange:
        hint = HINTS.get(strange[0], "names, numbers, + - * / ** and brackets alone")
        raise position_of(strange.start(), name, f"use {hint}", strange[0])
    # Lines become one, and the space before it goes: Python would read an indented block.
    line = re.sub(r"\s", " ", text)
    start = len(line) - len(line.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of calls of numbers, and the like
            tree = ast.parse(line[start:], mode="eval")
    except SyntaxError as error:
        offset = start + max((error.offset or 1) - 1, 0)
        raise position_of(offset, name, _wanted(error.msg), excerpt(text, offset)) from None
    except (RecursionError, MemoryError, ValueError):
        raise ArgumentError.of(name, "have fewer terms and brackets", text) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.col_offset += start
            node.end_col_offset = (node.end_col_offset or 0) + start
    return tree.body


def position_of(offset: int, name: str, wanted: str, given: Any) -> ArgumentError:
    """An error about the text `name` at an offset, which people count from 1."""
    return ArgumentError.of(name, f"{wanted} at character {offset + 1}", given)


def excerpt(text: str, offset: int) -> str:
    """What stands at an offset."""
    return text[offset : offset + 20].strip() or text.strip()[-20:]


def _wanted(message: str) -> str:
    """Python's words for what is wrong with brackets; its others speak of statements."""
    brackets = ("never closed", "unmatched", "does not match")
    if any(words in message for words in brackets):
        return f"have matching brackets ({message})"
    return "be a formula of names, numbers, + - * / ** and brackets"
