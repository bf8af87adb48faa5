"""A parameter sweep: read from a file or a dictionary, checked whole, expanded into points."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from twoqs.errors import require
from twoqs.methods import default_for
from twoqs.model.limits import MOST_NAME
from twoqs.sweep.axes import Axis, make_axis, plain_axes, zipped
from twoqs.sweep.checks import (
    FULL_SIZE,
    Found,
    check_axes,
    check_overlay,
    check_settings,
    check_targets,
    count_points,
)
from twoqs.sweep.explain import explain
from twoqs.sweep.paths import split, with_value
from twoqs.sweep.points import Expansion, Point
from twoqs.sweep.problems import KeyPath, Problem, SpecError, nearest, sentence
from twoqs.sweep.schema import AxisSpec, CaseAxis, SweepSpec, ValueAxis, ZipAxis
from twoqs.sweep.source import Document, read_document
from twoqs.sweep.targets import check_target_se


class Sweep:
    """A checked sweep: every point of it can be run.

    Attributes:
        name: the sweep's name, with the size where it is not the full one.
        seed: root of all random streams.
        target_se: the standard errors wanted, by variable; empty if the number of trajectories is
            fixed.
        max_trajectories: most trajectories of a point on the way to them, or None.
        axes: dimensions of the grid, the outermost first.
        points: all points in C order.
        spec: the normalised content: all defaults filled in, all values listed, plain JSON types.
    """

    def __init__(
        self,
        document: Document,
        size: str | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> None:
        require(size is None or isinstance(size, str), "size", "be text", size)
        loader = _Loader(document, size, changes or {})
        spec = loader.spec()
        self.name = loader.name(spec)
        self.axes = loader.axes(spec)
        self.points: tuple[Point, ...] = loader.points(spec, self.axes)
        self.seed = spec.seed
        self.target_se: dict[str, float] = spec.target_se or {}
        self.max_trajectories = spec.max_trajectories
        self.spec = _normalised(self.name, spec, self.axes)
        self._name_scheme()

    @classmethod
    def from_file(
        cls,
        path: str | os.PathLike[str],
        size: str | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Sweep:
        """The sweep in a YAML file, in one of the sizes that the file names.

        Args:
            changes: values by dotted path that take the place of those in the file.

        Raises:
            SpecError: with everything that is wrong with it.
        """
        return cls(read_document(path), size, changes)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], size: str | None = None) -> Sweep:
        """The sweep in a dictionary with the keys of a sweep file; NumPy values are welcome.

        Raises:
            SpecError: with everything that is wrong with it.
        """
        try:
            return cls(Document("<sweep>", _plain(content)), size)
        except RecursionError:
            raise SpecError("<sweep>", [Problem("The sweep is nested too deeply.")]) from None

    def _name_scheme(self) -> None:
        """Say in the content which scheme is taken by itself, if it is the same at all points."""
        numerics = self.spec["numerics"]
        taken = {default_for(point.model) for point in self.points}
        if "scheme" not in numerics and len(taken) == 1:
            self.spec["numerics"] = {"scheme": taken.pop(), **numerics}

    @property
    def dims(self) -> tuple[str, ...]:
        """Names of the axes."""
        return tuple(axis.name for axis in self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each axis."""
        return tuple(len(axis) for axis in self.axes)

    @property
    def requirements(self) -> dict[str, Point]:
        """By identity, the point that needs the most batches: alike points share theirs."""
        most: dict[str, Point] = {}
        for point in self.points:
            known = most.get(point.point_id)
            if known is None or known.requested < point.requested:
                most[point.point_id] = point
        return most

    def with_batches(self, counts: Mapping[str, int]) -> Sweep:
        """The same sweep, whose points ask for so many batches, by their identity."""
        return self.with_points(
            replace(point, requested=counts[point.point_id] * point.per_batch)
            for point in self.points
        )

    def with_points(self, points: Iterable[Point]) -> Sweep:
        """The same sweep, of whose points more is known."""
        other = copy.copy(self)
        other.points = tuple(points)
        return other


class _Loader:
    """Collects problems stage by stage; each stage needs the one before it to be without any."""

    def __init__(self, document: Document, size: str | None, changes: Mapping[str, Any]) -> None:
        self.document = document
        self.size = size
        self.problems = list(document.problems)
        self.origin: dict[KeyPath, KeyPath] = {}
        self.changed = [split(path) for path in changes]
        self.data = self._sized()
        for path, value in changes.items():
            self.data = with_value(self.data, split(path), value)

    def _sized(self) -> Any:
        """The content with the chosen size laid over it; the others are checked on the way."""
        data, size = self.document.data, self.size
        sizes = data.get("sizes") if isinstance(data, dict) else None
        sizes = sizes if isinstance(sizes, dict) else {}
        if size is not None and size not in sizes and size != FULL_SIZE:
            hint = nearest(size, [FULL_SIZE, *sizes])
            text = sentence(("size",), "be a size of this sweep", size, hint)
            self.problems.append(Problem(text, self.document.line(("sizes",))))
        chosen = data
        for name, overlay in sizes.items():
            if not isinstance(overlay, dict):
                continue
            found = list(check_overlay(name, overlay, data))
            self._note(found)
            if not found:
                laid = self._lay(overlay)
                if name == size:
                    chosen = laid
                else:
                    self._check_other(name, overlay, laid)
        if size is not None and isinstance(sizes.get(size), dict):
            for path in sizes[size]:
                self.origin[split(path)] = ("sizes", size, path)
        return chosen

    def _lay(self, overlay: dict[str, Any]) -> Any:
        laid = self.document.data
        for path, value in overlay.items():
            laid = with_value(laid, split(path), value)
        return laid

    def _check_other(self, name: str, overlay: dict[str, Any], laid: Any) -> None:
        try:
            SweepSpec.model_validate(laid)
        except ValidationError as error:
            for path, text in explain(error):
                for target in overlay:
                    if path[: len(split(target))] == split(target):
                        self._note([(("sizes", name, target), f"In the size {name!r}: {text}")])

    def spec(self) -> SweepSpec:
        try:
            spec = SweepSpec.model_validate(self.data)
        except ValidationError as error:
            self._note(explain(error))
            raise self._error() from None
        self._note(check_targets(spec))
        return spec

    def name(self, spec: SweepSpec) -> str:
        name = spec.name if self.size in (None, FULL_SIZE) else f"{spec.name}-{self.size}"
        if len(name) > MOST_NAME:
            wanted = f"have at most {MOST_NAME} characters, with the size"
            self._note([(("name",), sentence(("name",), wanted, name))])
        return name

    def axes(self, spec: SweepSpec) -> tuple[Axis, ...]:
        too_many = list(count_points(spec))
        if too_many:
            self._note(too_many)
            raise self._error()
        axes: list[Axis] = []
        for name, axis in spec.axes.items():
            plain = [self._axis(*one) for one in plain_axes(name, axis)]
            made = tuple(one for one in plain if one is not None)
            if not isinstance(axis, ZipAxis):
                axes.extend(made)
            elif len(made) == len(plain):
                axes.append(zipped(name, axis, made))
        self._note(check_axes(tuple(axes)))
        self._note(check_settings(tuple(axes)))
        if self.problems:
            raise self._error()
        return tuple(axes)

    def _axis(self, at: KeyPath, name: str, axis: ValueAxis | CaseAxis) -> Axis | None:
        try:
            return make_axis(name, axis)
        except PydanticCustomError as error:
            path, given = (*at, "values"), self.data
            for key in path:
                given = given[key]
            self._note([(path, sentence(path, error.message(), given))])
            return None

    def points(self, spec: SweepSpec, axes: tuple[Axis, ...]) -> tuple[Point, ...]:
        base = spec.model_dump(include={"trajectories", "model", "numerics"}, exclude_none=True)
        for axis in axes:
            for path in axis.paths:
                self.origin.setdefault(path, ("axes", axis.name))
        expansion = Expansion(base, axes)
        self._note(expansion.problems)
        if not self.problems:
            self._note(check_target_se(spec, expansion.points))
        if self.problems:
            raise self._error()
        return tuple(expansion.points)

    def _note(self, found: Iterable[Found]) -> None:
        for path, text in found:
            if any(path[: len(known)] == known for known in self.document.refused):
                continue
            self.problems.append(Problem(text, self._line(path)))

    def _line(self, path: KeyPath) -> int | None:
        """Where the value at `path` comes from: a size, an axis, or its own place in the file."""
        if any(path[: len(changed)] == changed for changed in self.changed):
            return None
        for end in range(len(path), 0, -1):
            origin = self.origin.get(path[:end])
            if origin is not None:
                return self.document.line(origin)
        return self.document.line(path)

    def _error(self) -> SpecError:
        return SpecError(self.document.name, dict.fromkeys(self.problems))


def _normalised(name: str, spec: SweepSpec, axes: tuple[Axis, ...]) -> dict[str, Any]:
    result = spec.model_dump(exclude={"axes", "sizes"}, exclude_none=True)
    result["name"] = name
    result["axes"] = {}
    for axis in axes:
        result["axes"][axis.name] = _normalised_axis(spec.axes[axis.name], axis)
    return result


def _normalised_axis(given: AxisSpec, axis: Axis) -> dict[str, Any]:
    keys = given.model_dump(exclude={"values", "cases", "zip"}, exclude_none=True)
    if isinstance(given, ZipAxis):
        own = {part.name: _normalised_axis(given.zip[part.name], part) for part in axis.parts}
        return keys | {"zip": own}
    # Cases are kept as they are: null has a meaning there, it takes a value back.
    if isinstance(given, CaseAxis):
        return keys | {"cases": given.cases}
    return keys | {"values": list(axis.coordinates)}


def _plain(value: Any) -> Any:
    """Plain lists, dictionaries and numbers in place of tuples, other mappings and NumPy's."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple | range):
        return [_plain(inner) for inner in value]
    return value
