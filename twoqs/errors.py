"""Errors that users see, in one grammar: what was given, and what is wanted."""

from __future__ import annotations

from typing import Any


class TwoqsError(Exception):
    """Base of every error that twoqs raises on purpose; its text is meant for the user."""


class ArgumentError(TwoqsError, ValueError):
    """An argument or a key of a sweep file has a value that cannot be used."""

    @classmethod
    def of(cls, name: str, wanted: str, given: Any) -> ArgumentError:
        """Error about the argument `name`, which must `wanted` but was `given`."""
        return cls(f"Argument `{name}` must {wanted}, but got {given!r}.")


class StoreError(TwoqsError):
    """A store on disk is missing, damaged, in use, or belongs to another sweep."""


class ClusterError(TwoqsError):
    """The Dask cluster cannot be reached, does not match, or lost its workers."""


def require(condition: bool, name: str, wanted: str, given: Any) -> None:
    """Raise an ArgumentError about `name` unless `condition` holds."""
    if not condition:
        raise ArgumentError.of(name, wanted, given)
