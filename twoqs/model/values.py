"""Strengths: one number for all sites or bonds, or one for each."""

from __future__ import annotations

from typing import Any, TypeAlias, TypeVar

import numpy as np

from twoqs.errors import require
from twoqs.model.arguments import is_sequence, number, numbers

Value: TypeAlias = float | tuple[float, ...]
"""One number for all sites (or bonds), or a tuple with one number for each."""

Vector: TypeAlias = tuple[Value, Value, Value]
"""The x, y and z components of a `Value`."""

_Number = TypeVar("_Number", float, complex)

ZERO: Vector = (0.0, 0.0, 0.0)


def value_of(name: str, value: Any, count: int) -> Value:
    """A float, or a tuple of `count` floats; equal entries collapse to one float."""
    if not is_sequence(value):
        return number(name, value)
    wanted = f"be one number or hold {count} numbers"
    require(len(value) == count, name, wanted, value)
    require(count > 0, name, "not be empty", value)
    return collapsed(numbers(name, value))


def vector_of(name: str, value: Any, count: int) -> Vector:
    """A `Vector`: the values of its three components."""
    ok = is_sequence(value) and len(value) == 3
    require(ok, name, "have three components (x, y, z)", value)
    x, y, z = (value_of(f"{name}.{axis}", v, count) for axis, v in zip("xyz", value, strict=True))
    return x, y, z


def per_site(value: Value, count: int) -> np.ndarray:
    """A `Value` as an array of shape (count,)."""
    return np.broadcast_to(np.asarray(value, dtype=np.float64), (count,))


def entries(value: _Number | tuple[_Number, ...]) -> tuple[_Number, ...]:
    """The numbers of a value: one, or one for each site or bond."""
    return value if isinstance(value, tuple) else (value,)


def collapsed(value: Value) -> Value:
    """One number instead of equal ones."""
    if isinstance(value, tuple) and len(set(value)) == 1:
        return value[0]
    return value


def present(value: Any) -> bool:
    """Whether there is anything that is not zero."""
    return any(map(present, value)) if is_sequence(value) else bool(value)
