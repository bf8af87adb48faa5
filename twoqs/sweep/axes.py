"""Axes of a sweep: the coordinates along each, and what each of them sets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from twoqs.model.arguments import whole
from twoqs.sweep.fields import COUNTS, finite, refuse
from twoqs.sweep.paths import split
from twoqs.sweep.problems import KeyPath
from twoqs.sweep.ranges import Range, expand_range
from twoqs.sweep.schema import AxisSpec, CaseAxis, ValueAxis, ZipAxis

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
