"""Loads a sweep from the content of its file, collecting all that is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

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
from twoqs.sweep.paths import found_at, split, with_value
from twoqs.sweep.point import Point
from twoqs.sweep.points import Expansion
from twoqs.sweep.problems import KeyPath, Problem, SpecError, nearest, sentence
from twoqs.sweep.recalled import LARGE_GRID, RecalledPoints
from twoqs.sweep.schema import CaseAxis, SweepSpec, ValueAxis, ZipAxis
from twoqs.sweep.source import Document
from twoqs.sweep.targets import check_target_se, check_target_step


class Loader:
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
        self._check_changes(axes)
        if self.problems:
            raise self._error()
        return tuple(axes)

    def _check_changes(self, axes: Iterable[Axis]) -> None:
        """What is set in place of the file must not be set by an axis again."""
        for axis in axes:
            for path in axis.paths:
                if any(changed[: len(path)] == path for changed in self.changed):
                    wanted = f"be left out, as the axis `{axis.name}` sets it"
                    self._note([(path, sentence(path, wanted, found_at(self.data, path)))])

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
        large = math.prod(len(axis) for axis in axes) >= LARGE_GRID
        recalled = RecalledPoints(base, axes) if large and not self.problems else None
        points = None if recalled is None else recalled.read()
        if points is None:
            expansion = Expansion(base, axes)
            points = expansion.points
            self._note(expansion.problems)
            if recalled is not None and not self.problems:
                recalled.keep(points)
        if not self.problems:
            self._note(check_target_se(spec, points))
            self._note(check_target_step(spec, points))
        if self.problems:
            raise self._error()
        return tuple(points)

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
