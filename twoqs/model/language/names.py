"""Names of members and parameters: what they may be, and which one was meant."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Sequence
from typing import Any

from twoqs.errors import require
from twoqs.model.limits import MOST_NAME
from twoqs.text import hint

CONSTANTS = ("pi",)
NUMBER_FUNCTIONS = ("sqrt", "exp", "sin", "cos")
OPERATOR_FUNCTIONS = ("each", "total", "bonds")
FORMULA_WORDS = frozenset((*CONSTANTS, *NUMBER_FUNCTIONS, *OPERATOR_FUNCTIONS))
"""Words of expressions that no member or parameter may be called."""


def checked_name(value: Any, argument: str = "name") -> str:
    """A name that can stand in an expression.

    Args:
        argument: what messages call it.

    Raises:
        ArgumentError: if it is no identifier of Python, a keyword, or a word of expressions.
    """
    is_name = isinstance(value, str) and value.isascii() and value.isidentifier()
    is_name = is_name and not keyword.iskeyword(value)
    require(is_name, argument, "be a name such as `a` or `spin_1`", value)
    require(value not in FORMULA_WORDS, argument, "be none of the words of expressions", value)
    require(len(value) <= MOST_NAME, argument, f"have at most {MOST_NAME} characters", len(value))
    return str(value)


def meant(word: str, candidates: Iterable[str]) -> str:
    """A hint that names the candidate most like `word`, or all of a few, or nothing."""
    return hint(word[:MOST_NAME], sorted(candidates), _there_is)


def _there_is(names: Sequence[str]) -> str:
    listed = (f"`{name}`" if name else "one without a name" for name in names)
    return f"there is {', '.join(listed)}"
