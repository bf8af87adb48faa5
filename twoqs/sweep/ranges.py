"""Ranges of numbers in a sweep file, and their values."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator

from twoqs.model.arguments import whole
from twoqs.model.limits import MOST_POINTS
from twoqs.sweep.fields import Number, OneOf, Strict, finite, refuse

DIGITS = 12
"""Significant digits of generated values: 0.1 stays 0.1 whatever the grid that holds it."""


class Linspace(Strict):
    """`linspace: [start, stop, count]`, both ends included."""

    linspace: Annotated[list[Number], Field(min_length=3, max_length=3)]

    @field_validator("linspace")
    @classmethod
    def _count(cls, value: list[int | float]) -> list[int | float]:
        return _check_count(value)


class Range(OneOf):
    """`linspace: [start, stop, count]`, or `logspace` with exponents of ten."""

    linspace: Annotated[list[Number], Field(min_length=3, max_length=3)] | None = None
    logspace: Annotated[list[Number], Field(min_length=3, max_length=3)] | None = None

    @field_validator("linspace", "logspace")
    @classmethod
    def _count(cls, value: list[int | float] | None) -> list[int | float] | None:
        return value if value is None else _check_count(value)


def _check_count(value: list[int | float]) -> list[int | float]:
    if not all(finite(number) for number in value):
        raise refuse("hold finite values")
    count = whole(value[2])
    if not isinstance(count, int) or not 1 <= count <= MOST_POINTS:
        raise refuse(f"be [start, stop, count] with an integer count from 1 to {MOST_POINTS}")
    return [*value[:2], count]


def linspace(start: float, stop: float, count: int) -> list[float]:
    """`count` equidistant values, both ends included, rounded to `DIGITS` digits of the largest.

    Rounding makes a value independent of the grid: refining a sweep keeps its old points.
    """
    largest = max(abs(start), abs(stop))
    decimals = DIGITS - 1 - math.floor(math.log10(largest)) if largest > 0 else DIGITS
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.linspace(start, stop, count).tolist()
    return [round(value, decimals) + 0.0 for value in values]


def logspace(start: float, stop: float, count: int) -> list[float]:
    """`count` values 10^start to 10^stop, equidistant in the exponent, rounded likewise."""
    with np.errstate(over="ignore"):
        values = np.logspace(start, stop, count).tolist()
    return [float(f"{value:.{DIGITS}g}") for value in values]


def expand_range(spec: Range) -> list[float]:
    """The values of a `linspace` or `logspace`."""
    chosen = spec.linspace if spec.linspace is not None else spec.logspace
    assert chosen is not None
    make = linspace if spec.linspace is not None else logspace
    values = make(chosen[0], chosen[1], int(chosen[2]))
    if not all(math.isfinite(value) for value in values):
        largest = "" if spec.logspace is None else f": 10^{max(chosen[:2])} is too large"
        raise refuse(f"hold finite values{largest}")
    return values
