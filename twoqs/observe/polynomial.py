"""Small polynomials in the components of one site: x, y, z and the length of its vector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import TypeAlias

Exponents: TypeAlias = tuple[int, int, int, int]
"""Powers of x, y, z and of the length."""

Polynomial: TypeAlias = Mapping[Exponents, complex]
"""Coefficients by exponents."""

ONE: Exponents = (0, 0, 0, 0)
X, Y, Z, LENGTH = (tuple(int(i == j) for j in range(4)) for i in range(4))
COMPONENT_POWERS: tuple[Exponents, ...] = (X, Y, Z)  # type: ignore[assignment]  # of length 4
SQUARE: Polynomial = {(2, 0, 0, 0): 1.0, (0, 2, 0, 0): 1.0, (0, 0, 2, 0): 1.0}
"""x^2 + y^2 + z^2."""


def constant(value: complex) -> Polynomial:
    """A constant."""
    return {ONE: value}


def summed(parts: Iterable[Polynomial]) -> Polynomial:
    """The sum."""
    total: dict[Exponents, complex] = {}
    for part in parts:
        for exponents, value in part.items():
            total[exponents] = total.get(exponents, 0.0) + value
    return {exponents: value for exponents, value in total.items() if value}


def scaled(polynomial: Polynomial, factor: complex) -> Polynomial:
    """Times a number."""
    return {exponents: value * factor for exponents, value in polynomial.items() if factor}


def expanded(*factors: Polynomial) -> Polynomial:
    """The product, expanded."""
    return reduce(_product, factors, constant(1.0))


def _product(one: Polynomial, other: Polynomial) -> Polynomial:
    total: dict[Exponents, complex] = {}
    for (a, b, c, d), value in one.items():
        for (p, q, r, s), factor in other.items():
            exponents = (a + p, b + q, c + r, d + s)
            total[exponents] = total.get(exponents, 0.0) + value * factor
    return {exponents: value for exponents, value in total.items() if value}


def laplacian(polynomial: Polynomial) -> Polynomial:
    """The sum of second derivatives with respect to x, y and z."""
    parts: list[Polynomial] = []
    for (x, y, z, length), value in polynomial.items():
        parts += [
            {(x - 2, y, z, length): x * (x - 1) * value},
            {(x, y - 2, z, length): y * (y - 1) * value},
            {(x, y, z - 2, length): z * (z - 1) * value},
        ]
    return summed(parts)
