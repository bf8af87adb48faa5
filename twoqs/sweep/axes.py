"""Axes of a sweep: the coordinates along each, and what each of them sets."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from twoqs.model.arguments import whole
from twoqs.sweep.fields import COUNTS, finite, refuse
from twoqs.sweep.paths import split
from twoqs.sweep.problems import KeyPath
from twoqs.sweep.schema import AxisSpec, CaseAxis, Range, ValueAxis, ZipAxis

DIGITS = 12
"""Significant digits of generated values: 0.1 stays 0.1 whatever the grid that holds it."""

Coordinate = int | float | str


@dataclass(frozen=True)
class Axis:
    """One dimension of the result.

    Attributes:
        name: the dimension.
        coordinates: its values as declared, or the names of cases.
        settings: for each coordinate, the (path, value) pairs that it sets.
        attributes: attributes of the coordinate in the result.
        parts: axes that move together along this one, whose coordinates count from 0; else empty.
    """

    name: str
    coordinates: tuple[Coordinate, ...]
    settings: tuple[tuple[tuple[KeyPath, Any], ...], ...]
    attributes: dict[str, Any]
    parts: tuple[Axis, ...] = ()

    @property
    def paths(self) -> frozenset[KeyPath]:
        """Every path that some coordinate sets."""
        return frozenset(path for settings in self.settings for path, _ in settings)

    def __len__(self) -> int:
        return len(self.coordinates)


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


def expand_values(values: list[int | float | Range] | Range) -> list[int | float]:
    """All values of an axis, in order."""
    items = values if isinstance(values, list) else [values]
    result: list[int | float] = []
    for item in items:
        result.extend(expand_range(item) if isinstance(item, Range) else [item + 0])
    if not all(finite(value) for value in result):
        raise refuse("hold finite values")
    return result


def count_values(spec: AxisSpec) -> int:
    """How many values an axis has, without making them."""
    if isinstance(spec, CaseAxis):
        return len(spec.cases)
    if isinstance(spec, ZipAxis):
        return max(map(count_values, spec.zip.values()))
    items = spec.values if isinstance(spec.values, list) else [spec.values]
    chosen = [item.linspace or item.logspace for item in items if isinstance(item, Range)]
    return len(items) - len(chosen) + sum(int(values[2]) for values in chosen if values)


def make_coordinates(values: list[int | float]) -> list[int | float]:
    """The values as they are in the result: integers stay integers only among themselves."""
    if all(isinstance(value, int) for value in values):
        return values
    return [float(value) for value in values]


def plain_axes(name: str, spec: AxisSpec) -> Iterator[tuple[KeyPath, str, ValueAxis | CaseAxis]]:
    """(path, name, axis) of an axis of a sweep: itself, or those that move together along it."""
    if isinstance(spec, ZipAxis):
        for part, own in spec.zip.items():
            yield ("axes", name, "zip", part), part, own
    else:
        yield ("axes", name), name, spec


def zipped(name: str, spec: ZipAxis, parts: tuple[Axis, ...]) -> Axis:
    """The axis along which some others move together."""
    settings = tuple(
        tuple(setting for settings in together for setting in settings)
        for together in zip(*(part.settings for part in parts), strict=False)
    )
    attributes = {"long_name": spec.long_name or name}
    return Axis(name, tuple(range(len(settings))), settings, attributes, parts)


def make_axis(name: str, spec: ValueAxis | CaseAxis) -> Axis:
    """The axis `name` of a sweep.

    Raises:
        PydanticCustomError: if a generated value is not finite.
    """
    attributes: dict[str, Any] = {"long_name": spec.long_name or name}
    if isinstance(spec, CaseAxis):
        settings = tuple(
            tuple((split(path), value) for path, value in case.items())
            for case in spec.cases.values()
        )
        return Axis(name, tuple(spec.cases), settings, attributes)
    values = expand_values(spec.values)
    targets = [spec.sets] if isinstance(spec.sets, str) else spec.sets
    if all(split(path)[-1] in COUNTS for path in targets):
        values = [whole(value) for value in values]
    if spec.units is not None:
        attributes["units"] = spec.units
    attributes["sets"] = ", ".join(targets)
    if spec.factor != 1.0:
        attributes["factor"] = spec.factor
    settings = tuple(
        tuple(
            (split(path), value if spec.factor == 1.0 else value * spec.factor) for path in targets
        )
        for value in values
    )
    return Axis(name, tuple(make_coordinates(values)), settings, attributes)
