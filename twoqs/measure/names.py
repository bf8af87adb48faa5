"""How results name the errors of a variable; here, and only here."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable

ERRORS = {"sampling": "standard error", "drift": "size of what the window has not relaxed"}
"""What an error is called, by its cause in a `Budget`."""

REPLICA = "replica"
"""Dimension over estimates with some trajectories left out."""

STARTS_DIM = "start"
"""Dimension over initial states of one and the same model."""

_ENDINGS = {"sampling": "_se", "drift": "_drift"}


def error_name(name: Hashable, cause: str = "sampling") -> str:
    """The variable that holds an error of another: `sz_se` of `sz` is its standard error."""
    return f"{name}{_ENDINGS[cause]}"


def errors_of(name: Hashable, known: Container[Hashable]) -> list[str]:
    """The variables among those known that hold errors of another, that of sampling first."""
    return [error for cause in ERRORS if (error := error_name(name, cause)) in known]


def is_error(name: Hashable) -> bool:
    """Whether a variable is an error of another."""
    return str(name).endswith(tuple(_ENDINGS.values()))


def without_errors(names: Iterable[Hashable]) -> list[str]:
    """Names of those variables that are no errors of others."""
    return [str(name) for name in names if not is_error(name)]
