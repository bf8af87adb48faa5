"""Errors that users see, in one grammar: what was given, and what is wanted."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

SHOWN_LENGTH = 60
"""Characters of a value that a message repeats at most."""


class TwoqsError(Exception):
    """Base of every error that twoqs raises on purpose; its text is meant for the user.

    Examples:
        >>> try:
        ...     twoqs.chain(2)
        ... except twoqs.TwoqsError as error:
        ...     print(error)
        Argument `n` must be an integer of at least 3 with periodic boundaries, but got 2.
    """


class ArgumentError(TwoqsError, ValueError):
    """An argument or a key of a sweep file has a value that cannot be used.

    Examples:
        >>> twoqs.Spin(0.3)
        Traceback (most recent call last):
            ...
        twoqs.errors.ArgumentError: Argument `spin` must be a positive multiple of 1/2, but got 0.3.
    """

    @classmethod
    def of(cls, name: str, wanted: str, given: Any) -> ArgumentError:
        """Error about the argument `name`, which must `wanted` but was `given`."""
        return cls(f"Argument `{name}` must {wanted}, but got {shown(given)}.")

    @property
    def all(self) -> Sequence[ArgumentError]:
        """The errors that it holds: itself."""
        return (self,)


class ArgumentsError(ArgumentError):
    """Several of them, a line each."""

    def __init__(self, errors: Sequence[ArgumentError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, errors)))

    @property
    def all(self) -> Sequence[ArgumentError]:
        """The errors that it holds."""
        return self.errors


class StoreError(TwoqsError):
    """A store on disk is missing, damaged, in use, or belongs to another sweep.

    Examples:
        >>> twoqs.open("results/nowhere")
        Traceback (most recent call last):
            ...
        twoqs.store.description.NoStoreError: There is no sweep in results/nowhere: ...
    """


class ClusterError(TwoqsError):
    """The Dask cluster cannot be reached, does not match, or lost its workers.

    Examples:
        >>> issubclass(twoqs.ClusterError, twoqs.TwoqsError)
        True
    """


def require(condition: bool, name: str, wanted: str, given: Any) -> None:
    """Raise an ArgumentError about `name` unless `condition` holds."""
    if not condition:
        raise ArgumentError.of(name, wanted, given)


_ABOUT = "Argument `"


@contextmanager
def within(whole: str) -> Iterator[None]:
    """Names arguments in errors as parts of a whole: `rate` becomes `jumps[0].rate`."""
    try:
        yield
    except ArgumentError as error:
        text = str(error)
        if not text.startswith(_ABOUT):
            raise
        raise ArgumentError(f"{_ABOUT}{whole}.{text.removeprefix(_ABOUT)}") from None


@contextmanager
def told_together() -> Iterator[Callable[..., Any]]:
    """Gives a function that calls others, and raises all errors that they raised at the end.

    It gives None for those that raised one.
    """
    errors: list[ArgumentError] = []

    def told(function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except ArgumentError as error:
            errors.extend(error.all)
            return None

    yield told
    if errors:
        raise errors[0] if len(errors) == 1 else ArgumentsError(errors)


class _Repr(reprlib.Repr):
    """Short, whatever the value: long lists are cut before they are written out."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = SHOWN_LENGTH
        self.maxlist = self.maxtuple = self.maxarray = self.maxset = SHOWN_LENGTH // 3
        self.maxdict = SHOWN_LENGTH // 6

    def repr_int(self, value: int, level: int) -> str:
        try:
            return super().repr_int(value, level)
        except ValueError:  # Python writes out no more than some thousand digits
            return f"an integer of {value.bit_length()} bits"


_SHORT = _Repr()


def shown(value: Any) -> str:
    """A value as messages repeat it: on one line, and not too long."""
    text = " ".join(_SHORT.repr(value).split())
    return text if len(text) <= SHOWN_LENGTH else text[: SHOWN_LENGTH - 3] + "..."
