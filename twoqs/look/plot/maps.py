"""Maps: of what is known in cells of two coordinates, and on the sphere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
import xarray as xr
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from twoqs.errors import require
from twoqs.look.plot.shown import ShownFigure
from twoqs.look.plot.style import STYLE
from twoqs.model.arrays import Floats

EDGES = "edges"
"""Attribute of a coordinate whose values are the middles of cells."""

SIGNED = 0.05
"""Share of the largest value from which on negative ones are shown in colours of their own."""

PIXELS = 160
"""Of the picture of a sphere along each side."""

AROUND = 4
"""Cells that are repeated on each side, so that there is something to interpolate with."""

TILT = 0.45
"""Angle by which a sphere is seen from above the place that it turns to the front."""


def cells_of(data: xr.Dataset, name: str) -> list[str]:
    """Dimensions of a variable along which it is known in cells; or two of its own numbers."""
    dims = [str(dim) for dim in data[name].dims]
    cells = [dim for dim in dims if EDGES in data[dim].attrs]
    own = [
        dim for dim in dims
        if dim.startswith(f"{name}_") and data.sizes[dim] > 1 and data[dim].dtype.kind in "iuf"
    ]  # fmt: skip
    return own if not cells and len(own) == 2 else cells


def edges_of(values: xr.DataArray) -> Floats:
    """Ends of the cells whose middles are the values of a coordinate."""
    if EDGES in values.attrs:
        return np.array(values.attrs[EDGES])
    middles = np.asarray(values.values, float)
    inner = (middles[1:] + middles[:-1]) / 2
    return np.concatenate([[2 * middles[0] - inner[0]], inner, [2 * middles[-1] - inner[-1]]])


def on_sphere(data: xr.Dataset, cells: Sequence[str]) -> bool:
    """Whether two such dimensions are the angles of a sphere."""
    endings = [dim.rsplit("_", 1)[-1] for dim in cells]
    return endings == ["theta", "phi"] and all(data[dim].attrs["units"] == "rad" for dim in cells)


def draw_map(figure: Figure, data: xr.Dataset, name: str, labels: Sequence[str]) -> Axes:
    """Draw a variable over its cells, two dimensions of them and no other.

    Args:
        labels: of both dimensions and of the values.

    Returns:
        What carries a title.
    """
    cells = cells_of(data, name)
    values = np.asarray(data[name].transpose(*cells).values)
    look = _colours(values)
    if on_sphere(data, cells):
        ball, axes = _balls(figure)
        picture = _mollweide(axes, data, cells, values, look)
        _orthographic(ball, data, cells, values, look)
    else:
        axes = figure.add_subplot()
        one, two = (edges_of(data[dim]) for dim in cells)
        picture = axes.pcolormesh(one, two, values.T, **look)
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        if data[cells[0]].attrs["units"] == data[cells[1]].attrs["units"]:
            axes.set_aspect("equal")
    figure.colorbar(picture, ax=axes, label=labels[2], shrink=0.8)
    return axes


def sphere_figure(data: xr.Dataset, name: str, label: str) -> Figure:
    """A density on the sphere, as it looks from outside and as a map of all of it.

    Raises:
        ArgumentError: for a variable of another kind, or one with more dimensions.
    """
    wanted = "be a density on a sphere at one point and time (choose them with sel)"
    fine = name in data and len(data[name].dims) == 2 and on_sphere(data, cells_of(data, name))
    require(fine, "name", wanted, name)
    with style.context(STYLE):
        figure = ShownFigure(figsize=(6.0, 2.6), layout="constrained")
        draw_map(figure, data, name, ("", "", label))
    return figure


def _colours(values: Floats) -> dict[str, Any]:
    known = values[np.isfinite(values)]
    high = float(known.max(initial=0.0)) or 1.0
    if known.size and known.min() < -SIGNED * high:
        high = float(np.abs(known).max())
        return {"cmap": "RdBu_r", "vmin": -high, "vmax": high}
    return {"cmap": "viridis", "vmin": 0.0, "vmax": high}


def _balls(figure: Figure) -> tuple[Axes, Axes]:
    grid = figure.add_gridspec(1, 2, width_ratios=(1, 1.9))
    ball = figure.add_subplot(grid[0])
    return ball, figure.add_subplot(grid[1], projection="mollweide")


def _mollweide(
    axes: Axes, data: xr.Dataset, cells: Sequence[str], values: Floats, look: dict[str, Any]
) -> Any:
    """A map of equal areas; the equator is horizontal, and the direction of x in the middle."""
    theta, phi = np.linspace(0, np.pi, PIXELS + 1), np.linspace(-np.pi, np.pi, 2 * PIXELS + 1)
    inner = np.meshgrid((theta[1:] + theta[:-1]) / 2, (phi[1:] + phi[:-1]) / 2, indexing="ij")
    smooth = _between(data, cells, values, *inner)[::-1]
    picture = axes.pcolormesh(phi, np.pi / 2 - theta[::-1], smooth, rasterized=True, **look)
    at = np.pi / 2 * np.array([-1, 0, 1])
    axes.set_xticks(at, ["$-y$", "$x$", "$y$"], color="0.6")
    axes.set_yticks([-np.pi / 4, 0, np.pi / 4], ["", "", ""])
    axes.grid(color="0.6", lw=0.3)
    return picture


def _orthographic(
    axes: Axes, data: xr.Dataset, cells: Sequence[str], values: Floats, look: dict[str, Any]
) -> None:
    """The sphere from far away, with its maximum to the front, as far as z stays upright."""
    phi = data[cells[1]].values
    highest = np.argmax(np.where(np.isfinite(values), values, -np.inf))
    front = float(phi[np.unravel_index(highest, values.shape)[1]])
    right, up = np.meshgrid(*(np.linspace(-1, 1, PIXELS),) * 2)
    depth = np.sqrt(np.clip(1 - right**2 - up**2, 0, None))
    # From the picture's axes to those of the spin: seen from the height TILT, turned to the front.
    outward = depth * np.cos(TILT) - up * np.sin(TILT)
    z = np.clip(up * np.cos(TILT) + depth * np.sin(TILT), -1, 1)
    angle = np.angle(np.exp(1j * (front + np.arctan2(right, outward))))
    smooth = _between(data, cells, values, np.arccos(z), angle)
    picture = np.where(right**2 + up**2 <= 1, smooth, np.nan)
    axes.imshow(picture, origin="lower", extent=(-1, 1, -1, 1), **look)
    for letter, (x, y, height) in {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1)}.items():
        along = x * np.cos(front) + y * np.sin(front)
        across = y * np.cos(front) - x * np.sin(front)
        above = height * np.cos(TILT) - along * np.sin(TILT)
        hidden = along * np.cos(TILT) + height * np.sin(TILT) < 0
        axes.annotate(
            f"${letter}$", (1.18 * across, 1.18 * above), ha="center", va="center",
            color="0.6" if hidden else "black",
        )  # fmt: skip
    axes.add_patch(Circle((0, 0), 1, fill=False, color="0.4", lw=0.6))
    axes.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal")
    axes.set_axis_off()


def _between(
    data: xr.Dataset, cells: Sequence[str], values: Floats, theta: Floats, phi: Floats
) -> Floats:
    """Values at angles between the middles of cells, on across the poles and around."""
    around = np.concatenate([values[:, -AROUND:], values, values[:, :AROUND]], axis=1)
    opposite = np.roll(values, values.shape[1] // 2, axis=1)
    beyond = np.concatenate([opposite[:, -AROUND:], opposite, opposite[:, :AROUND]], axis=1)
    padded = np.concatenate([beyond[AROUND - 1 :: -1], around, beyond[: -AROUND - 1 : -1]])
    where = []
    for dim, angle in zip(cells, (theta, phi), strict=True):
        middles = data[dim].values
        where.append((angle - middles[0]) / (middles[1] - middles[0]) + AROUND)
    return np.asarray(scipy.ndimage.map_coordinates(padded, where, order=3, mode="nearest"))
