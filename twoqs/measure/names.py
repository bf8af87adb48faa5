"""How results name the errors of a variable; here, and only here."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

ERRORS = {"sampling": "standard error", "drift": "size of what the window has not relaxed"}
"""What an error is called, by its cause in a `Budget`."""

REPLICA = "replica"
"""Dimension over estimates with some trajectories left out."""

_ENDINGS = {"sampling": "_se", "drift": "_drift"}


def error_name(name: Hashable, cause: str = "sampling") -> str:
    """The variable that holds an error of another: `sz_se` of `sz` is its standard error."""
    return f"{name}{_ENDINGS[cause]}"


def is_error(name: Hashable) -> bool:
    """Whether a variable is an error of another."""
    return str(name).endswith(tuple(_ENDINGS.values()))


def without_errors(names: Iterable[Hashable]) -> list[str]:
    """Names of those variables that are no errors of others."""
    return [str(name) for name in names if not is_error(name)]
