"""Where new points over two axes gain most: triangles between those that are there are cut in two.

Points of a grid lie on lines that cross all of it, so that a front which runs through the plane
draws lines everywhere. Scattered ones, whose two values move together (`zip`), lie at the front.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import xarray as xr
from scipy.spatial import Delaunay, QhullError

from twoqs.errors import ArgumentError, require
from twoqs.look.refine.axis import Scale
from twoqs.look.refine.curves import curves_along
from twoqs.look.refine.loss import LENGTH_WEIGHT, triangle_losses
from twoqs.look.refine.propose import axis_numbers, check_logarithms, scale_of
from twoqs.model.arguments import integer
from twoqs.model.arrays import Floats
from twoqs.sweep import Axis, Sweep

Pair = tuple[int | float, int | float]
Corners = tuple[int, ...]


@dataclass(frozen=True)
class Scattered:
    """New points over two axes.

    Attributes:
        axes: the two.
        dim: the axis of the sweep along which they move together from now on.
        old: the points that are there.
        added: the new points.
        seen: whether any change is more than noise; if not, they are evenly spread.
    """

    axes: tuple[str, str]
    dim: str
    old: list[Pair]
    added: list[Pair]
    seen: bool


def zip_of(sweep: Sweep, axes: Sequence[str]) -> Axis | None:
    """The axis along which two move together, and no others; None if they are a grid.

    Raises:
        ArgumentError: if they are no two axes of the sweep, or not alone.
    """
    wanted = "name an axis with values of its own, or two for scattered points"
    require(len(set(axes)) == 2, "axis", wanted, list(axes))
    alone = {axis.name for axis in sweep.axes if not axis.parts}
    moving = {part.name: axis for axis in sweep.axes for part in axis.parts}
    for name in axes:
        known = ", ".join(sorted(alone | set(moving)))
        require(name in alone or name in moving, "axis", f"name an axis ({known})", name)
    along = [moving.get(name) for name in axes]
    fit = along[0] is along[1] and (along[0] is None or len(along[0].parts) == 2)
    require(fit, "axis", "name two that move together alone, or neither of which does", list(axes))
    return along[0]


def scatter(
    sweep: Sweep,
    data: xr.Dataset,
    axes: Sequence[str],
    points: int,
    variables: Sequence[str] = ("sz",),
    logarithmic: Collection[str] = (),
) -> Scattered:
    """New points where results change fastest beyond their noise.

    Args:
        points: new points over the two axes.
        others: as those of `refine`.

    Returns:
        What is new; less than `points` if there is no room between integers.

    Raises:
        ArgumentError: for axes or variables that cannot be used.
    """
    points = integer("points", points, 1)
    check_logarithms(axes, logarithmic)
    along = zip_of(sweep, axes)
    if along is None:
        x, y = (axis for axis in sweep.axes if axis.name in axes)
        old = [(a, b) for a in axis_numbers(x) for b in axis_numbers(y)]
        dims, dim = [x.name, y.name], f"{x.name}_{y.name}"
    else:
        x, y = along.parts
        old = list(zip(axis_numbers(x), axis_numbers(y), strict=True))
        dims, dim = [along.name], along.name
    triangles = _Triangles((scale_of(x, logarithmic), scale_of(y, logarithmic)), old)
    losses = triangle_losses(triangles.mesh, curves_along(data, dims, variables))
    added = triangles.cut(losses, points)
    return Scattered((x.name, y.name), dim, old, added, bool(losses.any()))


class _Triangles:
    """Triangles between points of a plane; each is in the middle of its longest edge cut in two.

    What a cut one had to gain is shared out by area, as bends of smooth surfaces are, and counts by
    the length over which it lies. The corners stay what they were: old points, then new ones.
    """

    def __init__(self, scales: tuple[Scale, Scale], old: Sequence[Pair]) -> None:
        self._scales, self._points = scales, list(old)
        self._places = [self._place(pair) for pair in old]
        try:
            self.mesh = Delaunay(np.array(self._places))
        except (QhullError, ValueError) as error:
            wanted = "have points that span a plane"
            raise ArgumentError.of("axis", wanted, [scale.name for scale in scales]) from error
        self._areas: dict[Corners, float] = {}
        self._density: dict[Corners, float] = {}
        self._at_edge: dict[Corners, set[Corners]] = {}
        self._heap: list[tuple[float, Corners]] = []

    def cut(self, losses: Floats, count: int) -> list[Pair]:
        """Take up to `count` points, one after the other, where there is most to gain."""
        corners = np.sort(self.mesh.simplices, axis=1).tolist()
        p = self.mesh.points[self.mesh.simplices]
        areas = np.abs(np.linalg.det(p[:, 1:] - p[:, :1])) / 2
        for one, loss, area in zip(
            map(tuple, corners), losses.tolist(), areas.tolist(), strict=True
        ):
            if area > 0:
                self._take_up(one, area, loss / area)
        first, taken = len(self._points), set(self._points)
        while self._heap and len(self._points) < first + count:
            _, triangle = heapq.heappop(self._heap)
            if triangle not in self._areas:
                continue
            edge, pair = self._longest(triangle)
            if pair is not None and pair not in taken:
                taken.add(pair)
                self._cut_at(edge, pair)
        return self._points[first:]

    def _take_up(self, triangle: Corners, area: float, density: float) -> None:
        self._areas[triangle], self._density[triangle] = area, density
        for edge in combinations(triangle, 2):
            self._at_edge.setdefault(edge, set()).add(triangle)
        gain = density * area * area**0.5 + LENGTH_WEIGHT * area
        heapq.heappush(self._heap, (-gain, triangle))

    def _cut_at(self, edge: Corners, pair: Pair) -> None:
        middle = len(self._points)
        self._points.append(pair)
        self._places.append(self._place(pair))
        for triangle in sorted(self._at_edge[edge]):
            area, density = self._areas.pop(triangle), self._density.pop(triangle)
            for own in combinations(triangle, 2):
                self._at_edge[own].discard(triangle)
            (apex,) = set(triangle) - set(edge)
            for end in edge:
                low, high = sorted((end, apex))
                self._take_up((low, high, middle), area / 2, density)

    def _longest(self, triangle: Corners) -> tuple[Corners, Pair | None]:
        """The longest edge that has room for a point, and this."""
        edges = sorted(combinations(triangle, 2), key=self._length, reverse=True)
        found = [(edge, self._middle(*edge)) for edge in edges]
        return next((one for one in found if one[1] is not None), found[0])

    def _length(self, edge: Corners) -> float:
        (ax, ay), (bx, by) = (self._places[i] for i in edge)
        # Equal edges of a grid in the order of their ends, whatever the last digits are.
        return round(float(np.hypot(bx - ax, by - ay)), 9)

    def _middle(self, i: int, j: int) -> Pair | None:
        """A point in the middle of two; on a line along an axis if they are."""
        found = []
        for k, scale in enumerate(self._scales):
            ends = self._points[i][k], self._points[j][k]
            half = scale.value((self._places[i][k] + self._places[j][k]) / 2)
            between = scale.between(half, min(ends), max(ends)) if ends[0] != ends[1] else ends[0]
            if between is None:
                return None
            found.append(between)
        return found[0], found[1]

    def _place(self, pair: Pair) -> tuple[float, float]:
        x, y = self._scales
        return x.position(pair[0]), y.position(pair[1])
