"""Expands the grid of a sweep into points, and finds the points that make no sense."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from twoqs.errors import ArgumentError
from twoqs.measure import asked
from twoqs.measure.members import SITES_OF, family_of
from twoqs.methods.numerics import Numerics, point_id
from twoqs.model.kinds import MODE
from twoqs.model.model import Model
from twoqs.simulation.batch import Cost, batch_cost, batch_trajectories, check_size
from twoqs.simulation.window import is_auto, window_id
from twoqs.sweep.axes import Axis, Coordinate
from twoqs.sweep.explain import explain, relocate
from twoqs.sweep.paths import with_value
from twoqs.sweep.problems import KeyPath, counted, sentence
from twoqs.sweep.schema import PointSpec
from twoqs.sweep.settings import build, settings_text, with_step, with_window

MAX_PROBLEMS = 20
"""Different errors of points that are told; more of them help nobody."""


@dataclass(frozen=True)
class Point:
    """One point of the grid.

    Attributes:
        index: position along each axis.
        coordinates: value along each axis.
        together: values of what moves together along axes.
        settings: canonical texts of the model and of the numerics.
        model: the physics.
        numerics: resolved settings; with the first window that is tried while none is found.
        point_id: identity of model and numerics; where the point sits in a grid is no part of it.
        requested: trajectories asked for.
        auto: identity while no window is found; None if the settings have one.
    """

    index: tuple[int, ...]
    coordinates: dict[str, Coordinate]
    settings: tuple[str, str]
    model: Model
    numerics: Numerics
    point_id: str
    requested: int
    together: Mapping[str, Coordinate] = field(default_factory=dict)
    auto: str | None = None

    @property
    def pending(self) -> bool:
        """Whether a window is to be found before batches can be run."""
        return self.point_id == self.auto

    def with_window(self, window: tuple[float, float]) -> Point:
        """The same point with a window that was found: the one that has it in its settings."""
        return self._with_numerics(with_window(self.settings[1], window))

    def with_step(self, step: float) -> Point:
        """The same point with another step: the one that has it in its settings.

        Raises:
            ArgumentError: if the model takes no such step.
        """
        return self._with_numerics(with_step(self.settings[1], step))

    def _with_numerics(self, text: str) -> Point:
        settings = self.settings[0], text
        model, numerics = build(*settings)
        found = replace(self, settings=settings, model=model, numerics=numerics)
        return replace(found, point_id=point_id(model, numerics))

    def like(self, other: Point) -> Point:
        """This place of the grid with the model and numerics of another point."""
        found = replace(self, settings=other.settings, point_id=other.point_id)
        return replace(found, model=other.model, numerics=other.numerics)

    @cached_property
    def per_batch(self) -> int:
        """Trajectories in one batch."""
        return batch_trajectories(self.model, self.numerics)

    @cached_property
    def cost(self) -> Cost:
        """Expected cost of one batch."""
        return batch_cost(self.model, self.numerics)

    @property
    def batches(self) -> int:
        """Batches that hold the requested trajectories, rounded up."""
        return -(-self.requested // self.per_batch)

    @property
    def trajectories(self) -> int:
        """Trajectories that are run: whole batches."""
        return self.batches * self.per_batch

    @property
    def label(self) -> str:
        """The coordinates, for messages."""
        return label({**self.coordinates, **self.together})


def label(coordinates: dict[str, Coordinate]) -> str:
    """Coordinates for messages: `J_y=-1, case=pda`."""
    parts = (f"{k}={v:.6g}" if isinstance(v, float) else f"{k}={v}" for k, v in coordinates.items())
    return ", ".join(parts)


@dataclass
class _Failure:
    path: KeyPath
    text: str
    where: str
    others: int = 0

    def sentence(self) -> str:
        more = f" and {counted(self.others, 'other point')}" if self.others else ""
        where = f" (at {self.where}{more})" if self.where else ""
        return f"{self.text.removesuffix('.')}{where}."


OF_POINTS = ("complete", "point_id", "step", "trajectories")
"""What merged datasets have for every point."""

OF_WINDOWS = ("window_start", "window_end")
"""What they have if windows of points were to be found."""


class Expansion:
    """All points of a grid in C order (the last axis fastest), or what is wrong with them.

    Attributes:
        points: the points that make sense.
        problems: (path, sentence) for the others; alike errors of many points count as one.
    """

    def __init__(self, base: dict[str, Any], axes: tuple[Axis, ...]) -> None:
        self.points: list[Point] = []
        self._failures: dict[Any, _Failure] = {}
        self._kinds: dict[Any, dict[str, Coordinate]] = {}
        self._dims = [axis.name for axis in axes]
        for index, coordinates, tree in _grid(base, axes, (), {}):
            self._add(index, coordinates, tree)

    @property
    def problems(self) -> list[tuple[KeyPath, str]]:
        failures = list(self._failures.values())
        told = [(failure.path, failure.sentence()) for failure in failures[:MAX_PROBLEMS]]
        if len(failures) > MAX_PROBLEMS:
            text = f"{len(failures) - MAX_PROBLEMS} more kinds of errors are not shown."
            told.append(((), text))
        return told

    def _add(
        self, index: tuple[int, ...], coordinates: dict[str, Coordinate], tree: dict[str, Any]
    ) -> None:
        try:
            spec = PointSpec.model_validate(tree)
            settings = settings_text(spec)
            model, numerics = build(*settings)
            check_size(model, numerics)
        except ValidationError as error:
            for path, text in explain(error):
                self._fail(path, text, coordinates)
            return
        except ArgumentError as error:
            for one in error.all:
                self._fail(*relocate(str(one)), coordinates)
            return
        auto = window_id(model, numerics) if is_auto(spec.numerics.average) else None
        identity = auto or point_id(model, numerics)
        own = {name: coordinates[name] for name in self._dims}
        together = {name: value for name, value in coordinates.items() if name not in own}
        requested = spec.trajectories
        place = index, own, settings, model, numerics
        point = Point(*place, identity, requested, together, auto)
        self.points.append(point)
        self._check_names(point, coordinates)
        self._compare(point, coordinates)

    def _check_names(self, point: Point, coordinates: dict[str, Coordinate]) -> None:
        """Refuse observables whose variables or dimensions have the name of an axis."""
        model, numerics = point.model, point.numerics
        if point.auto:
            for name in coordinates.keys() & {*OF_WINDOWS}:
                wanted = "have another name, which is that of a coordinate where `average` is auto"
                self._fail(("axes", name), sentence(("axes", name), wanted, name), coordinates)
        if not (numerics.requests or numerics.derived):
            return
        found = {*asked(model, numerics), *requested_dimensions(point)}
        for name in (*coordinates, *OF_POINTS, *(OF_WINDOWS if point.auto else ())):
            if name in found:
                kind = "an axis" if name in coordinates else "a coordinate of every sweep"
                path = ("numerics", "derived" if name in dict(numerics.derived) else "observables")
                wanted = f"make no variable with the name of {kind}"
                self._fail(path, sentence(path, wanted, name), coordinates)

    def _compare(self, point: Point, coordinates: dict[str, Coordinate]) -> None:
        """Refuse points whose results do not share their dimensions: they fill no grid."""
        numerics, lattice = point.numerics, point.model.lattice
        dims: dict[str, Any] = {"time": numerics.times}
        if "correlation" in numerics.observables:
            dims["distance"] = lattice.distances
        if "sites" in numerics.observables:
            dims["site"] = tuple((m.kind == MODE, m.n_sites) for m in point.model.members)
        for family in (family_of(point.model, dim) for dim in SITES_OF):
            dims[family.dim] = tuple(family.names) if family.dims else ()
        own = requested_dimensions(point)
        for dim, values in (dims | own).items():
            for other, where in self._kinds.items():
                if other[0] == dim and other[1] != values:
                    text = (
                        f"All points of a sweep must share the dimension `{dim}` of their results, "
                        f"but the one at {label(where) or 'all'} has another one"
                    )
                    if dim == "time":
                        text += " (see the echo of docs/models.md)"
                    if dim in own:
                        text += " (give bins as [low, high, number], and `samples` that agree)"
                    path = _DIMENSION_PATHS.get(dim, ("numerics", "observables"))
                    self._fail(path, text, coordinates)
                    return
            self._kinds.setdefault((dim, values), coordinates)

    def _fail(self, path: KeyPath, text: str, coordinates: dict[str, Coordinate]) -> None:
        key = path, re.sub(r"[-+.0-9e]+", "#", text)
        if key in self._failures:
            self._failures[key].others += 1
        else:
            self._failures[key] = _Failure(path, text, label(coordinates))


def requested_dimensions(point: Point) -> dict[str, Any]:
    """Values along the dimensions that requests add to results."""
    return {
        dim: tuple(coordinate.values.tolist())
        for request in point.numerics.requests
        for dim, coordinate in request.coordinates(point.model, point.numerics).items()
    }


_DIMENSION_PATHS: dict[str, KeyPath] = {
    "time": ("numerics", "times"),
    "distance": ("model", "lattice"),
    "site": ("model", "lattice"),
    "member": ("model", "members"),
    "mode": ("model", "members"),
}


def _grid(
    tree: dict[str, Any],
    axes: tuple[Axis, ...],
    index: tuple[int, ...],
    coordinates: dict[str, Coordinate],
) -> Iterator[tuple[tuple[int, ...], dict[str, Coordinate], dict[str, Any]]]:
    """(index, coordinates, settings) of each point; outer axes are set once for all inner ones.

    What moves together along an axis is among the coordinates.
    """
    if not axes:
        yield index, coordinates, tree
        return
    axis, rest = axes[0], axes[1:]
    for i, (coordinate, settings) in enumerate(zip(axis.coordinates, axis.settings, strict=True)):
        inner = tree
        for path, value in settings:
            inner = with_value(inner, path, value)
        own = {part.name: part.coordinates[i] for part in axis.parts}
        known = {**coordinates, axis.name: coordinate, **own}
        yield from _grid(inner, rest, (*index, i), known)
