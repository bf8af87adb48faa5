"""Coefficients as numbers: one for a whole sum over sites or bonds, or one for each of them."""

from __future__ import annotations

import cmath
from typing import Any, TypeAlias

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import is_sequence
from twoqs.model.arrays import Complexes
from twoqs.model.values import entries

Coefficient: TypeAlias = complex | tuple[complex, ...]
"""One number for all sites (or bonds), or a tuple with one number for each, not all equal."""


def is_number(value: Any) -> bool:
    """Whether `value` is one number of Python or NumPy; truth values are none."""
    kinds = (int, float, complex, np.integer, np.floating, np.complexfloating)
    return isinstance(value, kinds) and not isinstance(value, bool | np.timedelta64)


def complex_number(name: str, value: Any) -> complex:
    """A finite complex number.

    Raises:
        ArgumentError: for anything that is not one number, for NaN and infinity.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    require(is_number(value), name, "be a number", value)
    try:
        result = complex(value)
    except OverflowError:
        result = complex(cmath.inf)
    require(cmath.isfinite(result), name, "be finite", value)
    return complex(result.real + 0.0, result.imag + 0.0)  # + 0.0 turns -0.0 into 0.0


def values_for(name: str, given: Any, count: int, of: str) -> Coefficient:
    """One number, or `count` of them from a flat sequence.

    Raises:
        ArgumentError: for anything else; `of` says what the numbers are for.
    """
    if not is_sequence(given):
        return complex_number(name, given)
    wanted = f"be one number or hold {count} numbers, one for each {of}"
    try:
        array = np.asarray(given)
    except ValueError:  # lists of different lengths
        raise ArgumentError.of(name, wanted, given) from None
    if array.dtype == object:  # integers beyond 64 bits
        array = np.array([complex_number(name, entry) for entry in given])
    fits = array.shape == (count,) and count > 0 and array.dtype.kind in "iufc"
    require(fits, name, wanted, given)
    return coefficient_of(array.astype(np.complex128))


def coefficient_of(values: Complexes) -> Coefficient:
    """Numbers as a `Coefficient`: one number instead of equal ones.

    Raises:
        ArgumentError: if a number is not finite.
    """
    require(bool(np.all(np.isfinite(values))), "values", "hold finite numbers", values.tolist())
    values = values + 0.0  # turns -0.0 into 0.0
    if np.all(values == values[0]):
        return complex(values[0])
    return tuple(values.tolist())


def plus(one: Coefficient, other: Coefficient) -> Coefficient:
    """The sum, entry by entry."""
    if isinstance(one, tuple) or isinstance(other, tuple):
        return coefficient_of(np.add(one, other).astype(np.complex128))
    return one + other


def multiplied(one: Coefficient, other: Coefficient) -> Coefficient:
    """The product, entry by entry."""
    if isinstance(one, tuple) or isinstance(other, tuple):
        with np.errstate(over="ignore", invalid="ignore"):  # found by the check for finite ones
            return coefficient_of(np.multiply(one, other).astype(np.complex128))
    return one * other


def divided(one: Coefficient, divisor: complex) -> Coefficient:
    """The quotient, entry by entry; real divisors divide real and imaginary parts.

    Raises:
        ArgumentError: if it overflows.
    """
    array = np.array(entries(one))
    with np.errstate(all="ignore"):
        if divisor.imag:
            return coefficient_of(array / divisor)
        return coefficient_of(array.real / divisor.real + 1j * (array.imag / divisor.real))


def conjugate(value: Coefficient) -> Coefficient:
    """The complex conjugate, entry by entry."""
    if isinstance(value, tuple):
        return tuple(complex(v.real, 0.0 - v.imag) for v in value)
    return complex(value.real, 0.0 - value.imag)


def checked(value: Coefficient) -> Coefficient:
    """The value itself, with 0.0 for -0.0.

    Raises:
        ArgumentError: if it is not finite.
    """
    return value if isinstance(value, tuple) else complex_number("coefficient", value)


def along(value: Coefficient, count: int) -> Complexes:
    """The numbers for all sites or bonds, shape (count,)."""
    return np.broadcast_to(np.asarray(value, dtype=np.complex128), (count,))
