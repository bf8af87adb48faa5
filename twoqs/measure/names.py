"""How results name the standard error of a variable; here, and only here."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

_ENDING = "_se"


def error_name(name: Hashable) -> str:
    """The variable that holds the standard error of another: `sz_se` of `sz`."""
    return f"{name}{_ENDING}"


def is_error(name: Hashable) -> bool:
    """Whether a variable is the standard error of another."""
    return str(name).endswith(_ENDING)


def without_errors(names: Iterable[Hashable]) -> list[str]:
    """Names of those variables that are no standard errors."""
    return [str(name) for name in names if not is_error(name)]
