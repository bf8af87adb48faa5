"""Cells of maps: rectangles about the points of a grid, or what is nearest to scattered ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.path import Path as Outline
from matplotlib.tri import Triangulation
from numpy.typing import NDArray
from scipy.spatial import Delaunay, Voronoi

from twoqs.look.plot.maps import edges_of
from twoqs.look.plot.ranges import is_geometric
from twoqs.model.arrays import Floats

BORDER = 0.01
"""Width of cells of scattered points beyond the outermost of them, as a share of all."""


LINES: dict[str, Any] = {"colors": "k", "negative_linestyles": "solid"}
"""How contours look."""


class Cells(Protocol):
    """Where the values of a map lie; arrays of values and flags have the shape of the points."""

    def draw(self, axes: Axes, values: Floats, colours: dict[str, Any]) -> Any:
        """Fill the cells, and leave out those without a value."""

    def outline(self, where: NDArray[np.bool_]) -> Outline:
        """Some cells as one path, so that hatches go on from one to the next."""

    def contour(self, axes: Axes, values: Floats, levels: Sequence[float]) -> Any:
        """Lines at some values, between the points."""


def cells_between(x: xr.DataArray, y: xr.DataArray) -> Cells:
    """The cells of two coordinates: of one dimension if points are scattered."""
    return PointCells(x, y) if x.dims == y.dims else GridCells(x, y)


class GridCells:
    """Rectangles that meet half way between points, by their logarithm if that is even.

    Args:
        x, y: coordinates of dimensions of their own; values have the shape (y, x).
    """

    def __init__(self, x: xr.DataArray, y: xr.DataArray) -> None:
        self._points = x.values, y.values
        self._edges = _grid_edges(x), _grid_edges(y)

    def draw(self, axes: Axes, values: Floats, colours: dict[str, Any]) -> Any:
        shown = np.ma.masked_invalid(values)
        return axes.pcolormesh(*self._edges, shown, rasterized=True, **colours)

    def outline(self, where: NDArray[np.bool_]) -> Outline:
        row, column = np.nonzero(where)
        x, y = self._edges
        across, up = np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1])
        corners = np.stack([x[column[:, None] + across], y[row[:, None] + up]], axis=-1)
        return _outline_of(list(corners))

    def contour(self, axes: Axes, values: Floats, levels: Sequence[float]) -> Any:
        return axes.contour(*self._points, values, levels, **LINES)


class PointCells:
    """Polygons of what is nearest to each point, with the ranges of both coordinates as units.

    Args:
        x, y: coordinates along one dimension; values have its shape.
    """

    def __init__(self, x: xr.DataArray, y: xr.DataArray) -> None:
        self._points = x.values, y.values
        scales = [
            (np.log, np.exp) if is_geometric(one.values) else (_same, _same) for one in (x, y)
        ]
        scaled = [forth(one.values) for one, (forth, _) in zip((x, y), scales, strict=True)]
        low = np.array([one.min() for one in scaled])
        span = np.array([np.ptp(one) for one in scaled])
        places = (np.stack(scaled, axis=1) - low) / span
        corners = [low + polygon * span for polygon in _nearest(places)]
        self._polygons = [
            np.stack([back(c[:, i]) for i, (_, back) in enumerate(scales)], axis=1) for c in corners
        ]
        self._places = places

    def draw(self, axes: Axes, values: Floats, colours: dict[str, Any]) -> Any:
        known = np.isfinite(values)
        shown = [one for one, has in zip(self._polygons, known, strict=True) if has]
        look = {key: one for key, one in colours.items() if key not in ("vmin", "vmax")}
        # Smoothed edges would let the background through.
        drawn = PolyCollection(shown, antialiaseds=False, linewidths=0, rasterized=True, **look)
        drawn.set_array(values[known])
        drawn.set_clim(colours.get("vmin"), colours.get("vmax"))
        axes.add_collection(drawn)
        ends = np.concatenate(self._polygons)
        axes.set_xlim(ends[:, 0].min(), ends[:, 0].max())
        axes.set_ylim(ends[:, 1].min(), ends[:, 1].max())
        return drawn

    def outline(self, where: NDArray[np.bool_]) -> Outline:
        return _outline_of([self._polygons[i] for i in np.flatnonzero(where)])

    def contour(self, axes: Axes, values: Floats, levels: Sequence[float]) -> Any:
        known = np.isfinite(values)
        triangles = Delaunay(self._places[known]).simplices
        x, y = (one[known] for one in self._points)
        mesh = Triangulation(x, y, triangles)
        return axes.tricontour(mesh, values[known], levels, **LINES)


def span_a_plane(x: xr.DataArray, y: xr.DataArray) -> bool:
    """Whether two coordinates along one dimension scatter, each point once and not on a line."""
    places = np.stack([x.values, y.values], axis=1).astype(float)
    apart = len(np.unique(places, axis=0)) == len(places)
    span = np.ptp(places, axis=0)
    if not apart or not span.all():
        return False
    centred = (places - places.mean(axis=0)) / span
    return bool(np.linalg.matrix_rank(centred, tol=1e-6) == 2)


def _same(values: Any) -> Any:
    return values


def _grid_edges(values: xr.DataArray) -> Floats:
    if not is_geometric(values.values):
        return edges_of(values)
    return np.exp(edges_of(values.copy(data=np.log(values.values))))


def _nearest(places: Floats) -> list[Floats]:
    """Polygons of what is nearest to each place within the unit square and its border.

    The images of all places at its sides bound the outer ones.
    """
    sides = ((0, -BORDER), (0, 1 + BORDER), (1, -BORDER), (1, 1 + BORDER))
    images = [places]
    for axis, side in sides:
        image = places.copy()
        image[:, axis] = 2 * side - image[:, axis]
        images.append(image)
    found = Voronoi(np.concatenate(images))
    polygons = []
    for place, region in zip(places, found.point_region, strict=False):
        corners = found.vertices[found.regions[region]]
        angles = np.arctan2(*(corners - place).T[::-1])
        polygons.append(corners[np.argsort(angles)])
    return polygons


def _outline_of(polygons: Sequence[Floats]) -> Outline:
    vertices = [np.concatenate([one, one[:1]]) for one in polygons]
    codes = [
        [Outline.MOVETO, *[Outline.LINETO] * (len(one) - 1), Outline.CLOSEPOLY] for one in polygons
    ]
    return Outline(np.concatenate(vertices), np.concatenate(codes))
