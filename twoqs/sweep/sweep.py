"""A parameter sweep: read from a file or a dictionary, checked whole, expanded into points."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import file_name
from twoqs.model.model import Model
from twoqs.sweep.axes import Axis
from twoqs.sweep.edit import dump
from twoqs.sweep.loader import Loader
from twoqs.sweep.point import Point
from twoqs.sweep.problems import Problem, SpecError
from twoqs.sweep.schema import AxisSpec, CaseAxis, SweepSpec, ZipAxis, check_format
from twoqs.sweep.source import Document, read_document
from twoqs.sweep.typed import sweep_content


class Sweep:
    """A checked sweep: every point of it can be run.

    Made of a model and values of some of its parameters, or read from a file (`from_file`) or its
    content (`from_dict`).

    Args:
        model: what is simulated.
        axes: values by the name of a parameter of the model, or of a keyword that is one number
            (`decay`); or by any name a mapping as files have it, such as
            `{"sets": "model.field.x", "values": [0, 0.1], "units": "Gamma"}`. The first is the
            outermost.
        name: of the sweep, and of its folder in `results`.
        trajectories: of each point, rounded up to whole batches.
        seed: root of all random streams.
        settings: all else that a sweep file may say (docs/sweeps.md): `times` or `average`,
            `observables`, `derived`, `scheme`, `step`, `precision`, `budget` and so on as those of
            `simulate`, `method` too; `target_se`, `target_step`, `max_trajectories`, `starts`,
            `sizes`.

    Raises:
        ArgumentError: naming the argument; a `SpecError` with everything that is wrong with it.

    Attributes:
        name: the sweep's name, with the size where it is not the full one.
        seed: root of all random streams.
        target_se: the standard errors wanted, by variable; empty if the number of trajectories is
            fixed.
        target_step: biases of the step allowed, by variable; empty if the step is fixed.
        max_trajectories: most trajectories of a point on the way to them, or None.
        axes: dimensions of the grid, the outermost first.
        points: all points in C order.
        spec: the normalised content: all defaults filled in, all values listed, plain JSON types.

    Examples:
        >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)
        >>> sweep = twoqs.Sweep(model, {"decay": [0.5, 1, 2]}, times=[0, 1], name="drive")
        >>> sweep.dims, sweep.shape, len(sweep.points)
        (('decay',), (3,), 3)
    """

    def __init__(
        self,
        model: Model,
        axes: Mapping[str, Any] | None = None,
        *,
        name: str = "sweep",
        trajectories: int = 1024,
        seed: int = 0,
        **settings: Any,
    ) -> None:
        given = {"name": name, "trajectories": trajectories, "seed": seed, **settings}
        content = sweep_content(model, {} if axes is None else axes, given)
        self._load(_in_python(content), None, None)

    @classmethod
    def of(
        cls,
        document: Document,
        size: str | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Sweep:
        """The sweep of a document that was read.

        Args, Raises:
            See `from_file`.
        """
        sweep = cls.__new__(cls)
        sweep._load(document, size, changes)
        return sweep

    def _load(
        self, document: Document, size: str | None, changes: Mapping[str, Any] | None
    ) -> None:
        require(size is None or isinstance(size, str), "size", "be text", size)
        loader = Loader(document, size, changes or {})
        spec = loader.spec()
        self.name = loader.name(spec)
        self.axes = loader.axes(spec)
        self.points: tuple[Point, ...] = loader.points(spec, self.axes)
        self.seed = spec.seed
        self.target_se: dict[str, float] = spec.target_se or {}
        self.target_step: dict[str, float] = spec.target_step or {}
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

        Examples:
            >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)
            >>> sweep = twoqs.Sweep(model, {"decay": [0.5, 1, 2]}, times=[0, 1])
            >>> text = sweep.to_yaml("drive.yaml")
            >>> twoqs.Sweep.from_file("drive.yaml") == sweep
            True
            >>> twoqs.Sweep.from_file("drive.yaml", changes={"seed": 7}).seed
            7
        """
        return cls.of(read_document(path), size, changes)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], size: str | None = None) -> Sweep:
        """The sweep in a dictionary with the keys of a sweep file; NumPy values are welcome.

        Raises:
            SpecError: with everything that is wrong with it.

        Examples:
            >>> content = {
            ...     "name": "decay",
            ...     "seed": 0,
            ...     "trajectories": 64,
            ...     "model": {"spin": 100, "initial": "up"},
            ...     "numerics": {"times": [0, 1]},
            ...     "axes": {"decay": {"sets": "model.decay", "values": [0.5, 1]}},
            ... }
            >>> twoqs.Sweep.from_dict(content).shape
            (2,)
        """
        return cls.of(_in_python(content), size)

    def to_yaml(self, path: str | os.PathLike[str] | None = None) -> str:
        """The text of a sweep file that makes an equal sweep; written to `path`, if it is given.

        Raises:
            ArgumentError: if the file cannot be written.

        Examples:
            >>> model = twoqs.Model(spin=100, decay=1.0, initial="up")
            >>> print(twoqs.Sweep(model, {"decay": [0.5, 1]}, times=[0, 1]).to_yaml(), end="")
            name: sweep
            seed: 0
            trajectories: 1024
            model: {decay: 1.0, spin: 100.0, initial: up}
            numerics:
              scheme: conserving
              times: [0.0, 1.0]
            axes:
              decay:
                sets: model.decay
                values: [0.5, 1.0]
        """
        short = check_format(self.spec).model_dump(exclude_defaults=True, exclude_none=True)
        text = dump(short)
        if path is not None:
            name = file_name("path", path)
            try:
                Path(name).write_text(text, encoding="utf-8")
            except OSError as error:
                wanted = f"be a file that can be written ({error.strerror})"
                raise ArgumentError.of("path", wanted, name) from error
        return text

    def __eq__(self, other: object) -> bool:
        return self.spec == other.spec if isinstance(other, Sweep) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def _name_scheme(self) -> None:
        """Say in the content which scheme is taken by itself, if it is the same at all points."""
        numerics = self.spec["numerics"]
        taken = {point.facts.scheme for point in self.points}
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
        """This sweep, whose points ask for so many batches, by their identity."""
        return self.with_points(
            replace(point, requested=counts[point.point_id] * point.per_batch)
            for point in self.points
        )

    def with_points(self, points: Iterable[Point]) -> Sweep:
        """The same sweep, of whose points more is known."""
        other = copy.copy(self)
        other.points = tuple(points)
        return other


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


def _in_python(content: Mapping[str, Any]) -> Document:
    """The content of a file that was made in Python."""
    try:
        return Document("<sweep>", _plain(content))
    except RecursionError:
        raise SpecError("<sweep>", [Problem("The sweep is nested too deeply.")]) from None


def _plain(value: Any) -> Any:
    """Plain lists, dictionaries and numbers in place of tuples, other mappings and NumPy's."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple | range):
        return [_plain(inner) for inner in value]
    return value
