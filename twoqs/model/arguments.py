"""Turns what users pass (Python or NumPy numbers, sequences, arrays) into plain values."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from twoqs.errors import require

_NO_NUMBERS = (bool, np.bool_, np.timedelta64)
"""What Python or NumPy count among the integers, but nobody means as a number."""


def number(name: str, value: Any) -> float:
    """A finite float.

    Raises:
        ArgumentError: for anything that is not one number, for booleans, NaN and infinity.
    """
    given, value = value, _scalar(value)
    real = isinstance(value, int | float | np.integer | np.floating)
    require(real and not isinstance(value, _NO_NUMBERS), name, "be a number", given)
    try:
        result = float(value) + 0.0  # + 0.0 turns -0.0 into 0.0, which prints and hashes alike
    except OverflowError:
        result = math.inf
    require(math.isfinite(result), name, "be finite", value)
    return result


def whole(value: Any) -> Any:
    """A float without a fraction as the integer that it is, `1e4` as 10000; all else as it is."""
    real = isinstance(value, float | np.floating)
    return int(value) if real and float(value).is_integer() else value


def integer(name: str, value: Any, least: int, most: int | None = None, where: str = "") -> int:
    """An integer from `least` to `most`; `where` says when there is such a least one.

    Raises:
        ArgumentError: for anything else, booleans and numbers with a fraction included.
    """
    value = whole(_scalar(value))
    is_one = isinstance(value, int | np.integer) and not isinstance(value, _NO_NUMBERS)
    require(is_one and value >= least, name, f"be an integer of at least {least}{where}", value)
    require(most is None or value <= most, name, f"be at most {most}", value)
    return int(value)


def flag(name: str, value: Any) -> bool:
    """True or false.

    Raises:
        ArgumentError: for anything else; numbers are not taken for truth values.
    """
    require(isinstance(value, bool | np.bool_), name, "be true or false", value)
    return bool(value)


def numbers(
    name: str, value: Any, count: int | None = None, most: int | None = None
) -> tuple[float, ...]:
    """A flat sequence of finite floats, `count` of them, or at `most` so many, if that is given.

    Raises:
        ArgumentError: for anything else.
    """
    wanted = f"hold {count} numbers" if count is not None else "be a flat list of numbers"
    require(is_sequence(value), name, wanted, value)
    require(count is None or len(value) == count, name, wanted, value)
    require(most is None or len(value) <= most, name, f"hold at most {most} numbers", len(value))
    # Entries of labelled arrays (xarray, pandas) are those of the array within.
    entries = np.asanyarray(value) if hasattr(value, "__array__") else value
    return tuple(number(name, entry) for entry in entries)


def names(name: str, value: Any) -> tuple[str, ...]:
    """Strings in alphabetical order, each once.

    Raises:
        ArgumentError: for anything but a sequence of strings; one string is not one.
    """
    listed = isinstance(value, Iterable) and not isinstance(value, str | bytes)
    require(listed, name, "be a list of names", value)
    entries = list(value)
    require(all(isinstance(entry, str) for entry in entries), name, "be a list of names", entries)
    return tuple(sorted(set(entries)))


def file_name(name: str, value: Any) -> str:
    """The path of a file or folder as text, with the home folder in place of `~`.

    Raises:
        ArgumentError: for anything that no file can be called.
    """
    wanted = "be the path of a file or folder"
    require(isinstance(value, str | os.PathLike), name, wanted, value)
    path = os.fspath(value)
    require(isinstance(path, str) and path != "" and "\0" not in path, name, wanted, value)
    return os.path.expanduser(path)


def is_sequence(value: Any) -> bool:
    """Whether `value` has entries: a list, tuple, range or array, but no string or mapping."""
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, list | tuple | range) or (
        hasattr(value, "__array__") and np.ndim(value) > 0
    )


def _scalar(value: Any) -> Any:
    """The content of an array without dimensions; anything else as it is."""
    if value is np.ma.masked:
        return None
    if hasattr(value, "__array__") and np.ndim(value) == 0:
        return np.asarray(value)[()]
    return value


def set_attributes(piece: Any, **values: Any) -> None:
    """Set attributes of a frozen object."""
    for name, value in values.items():
        object.__setattr__(piece, name, value)
