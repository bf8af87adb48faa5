"""Maps of a variable over two axes of numbers, with what is not to be trusted hatched."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from numpy.typing import NDArray

from twoqs.errors import require
from twoqs.look.choice import dimension_of
from twoqs.look.plot.cells import Cells, cells_between
from twoqs.look.plot.doubts import EARLY, STATUS, crossed_out, early_in, met, with_statuses
from twoqs.look.plot.labels import (
    FOOT_WIDTH,
    X_WIDTH,
    Y_WIDTH,
    choice_text,
    coordinate_text,
    flag_words,
    label_of,
    made_of,
    shown_of,
)
from twoqs.look.plot.ranges import LOG_RATIO, is_geometric
from twoqs.look.plot.shown import ShownFigure
from twoqs.look.plot.symbols import symbol
from twoqs.look.plot.typeset import wrapped
from twoqs.measure import error_name
from twoqs.model.arrays import Floats

MOST_MAPS = 12
"""Maps that fit beside each other."""

HATCHES = ("", "", "xxxx", "////", "----", "\\\\\\\\", "....", "++++")
"""By the number of a status; what is not resolved has no colour."""

EARLY_HATCH = "*"

NOISY, NOISY_HATCH = "error above half the value", "oo"
LARGE_ERROR, VISIBLE = 0.5, 0.05
"""Standard errors that are hatched: in shares of the value, and of all colours beside, so that
values near zero are not, which no eye tells from zero."""

EMPTY = "0.85"
"""Colour of cells without a value."""


def heat_map(
    whole: xr.Dataset,
    data: xr.Dataset,
    name: str,
    plane: Sequence[str],
    contours: Sequence[float] = (),
) -> ShownFigure:
    """The picture of a variable over two dimensions, a map for each choice of the others.

    Args:
        whole: the dataset that `data` was chosen from, in units of hbar: what tells of validity.
        plane: names of the dimensions along x and y, or of what moves along them; along one and
            the same, where points are scattered.
        contours: values at which lines are drawn.

    Raises:
        ArgumentError: for contours beyond the values.
    """
    left = data = with_statuses(whole, data, name)
    along = list(dict.fromkeys(str(dimension_of(data, one)) for one in plane[::-1]))
    if len(along) == 2:
        data = data.swap_dims(dict(zip(along, plane[::-1], strict=True))).sortby(list(plane))
        along = list(plane[::-1])
    others = [str(dim) for dim in data[name].dims if dim not in along]
    data = data.transpose(*others, *along, ...)
    cells = cells_between(*(data[one] for one in plane))
    values = data[name].values.astype(float)
    known = values[np.isfinite(values)]
    require(known.size > 0, "var", "have a value at some point", name)
    within = all(known.min() < one < known.max() for one in contours)
    wanted = f"lie between the values ({known.min():.6g} and {known.max():.6g})"
    require(within, "contours", wanted, list(contours))
    colours, words = _colours(known, flag_words(data[name]))
    parts = list(product(*(range(data.sizes[dim]) for dim in others)))
    figure, panels = _panels(len(parts))
    for axes, index in zip(panels, parts, strict=True):
        one = data.isel(dict(zip(others, index, strict=True)))
        pixels = _draw_panel(axes, cells, one, name, colours, contours)
        _hatch(axes, cells, one, name, known)
        named = [
            f"{symbol(label)} = {coordinate_text(one, label)}"
            for d in others
            for label in shown_of(one, d)
        ]
        axes.set_title(wrapped(", ".join(named), 60 // _columns(len(parts))))
    choice = choice_text(whole, left, name)
    if not others:
        panels[0].set_title(choice)
    _labels(figure, panels, data, plane)
    bar = figure.colorbar(pixels, ax=panels, label=wrapped(label_of(data, name), Y_WIDTH))
    if words:
        bar.set_ticks(list(words), labels=list(words.values()))
    for level in contours:
        bar.ax.axhline(level, color="black")
    entries = list(_handles(data, name, known))
    if entries:
        figure.legend(handles=entries, loc="outside upper center", ncols=3, handlelength=2.5)
    about = f"{made_of(whole)}{f'; {choice}' if others and choice else ''}"
    about = f"{about}{crossed_out(whole, left, name)}"
    figure.supxlabel(wrapped(about, FOOT_WIDTH), fontsize=6)
    return figure


def _columns(count: int) -> int:
    return count if count <= 3 else math.ceil(math.sqrt(count))


def _panels(count: int) -> tuple[ShownFigure, list[Axes]]:
    columns = _columns(count)
    rows = -(-count // columns)
    size = (5.0, 3.6) if count == 1 else (1.2 + 2.0 * columns, 1.2 + 1.7 * rows)
    figure = ShownFigure(figsize=size, layout="constrained")
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in grid.flat[count:]:
        axes.remove()
    return figure, list(grid.flat[:count])


def _labels(figure: Figure, panels: list[Axes], data: xr.Dataset, plane: Sequence[str]) -> None:
    """Names of the axes at the panels of the last row and the first column."""
    columns = _columns(len(panels))
    for i, axes in enumerate(panels):
        if i + columns >= len(panels):
            axes.set_xlabel(wrapped(label_of(data, plane[0]), X_WIDTH // columns))
            axes.tick_params(labelbottom=True)
        if i % columns == 0:
            axes.set_ylabel(wrapped(label_of(data, plane[1]), Y_WIDTH // columns))
        for dim, scale in zip(plane, (axes.set_xscale, axes.set_yscale), strict=True):
            if is_geometric(data[dim].values):
                scale("log")


def _colours(known: Floats, words: dict[int, str]) -> tuple[dict[str, Any], dict[int, str]]:
    """How values are coloured, and the words of those that occur if they are flags."""
    low, high = float(known.min()), float(known.max())
    if words:
        shades = colormaps["viridis"].resampled(len(words))
        ends = {"vmin": min(words) - 0.5, "vmax": max(words) + 0.5}
        return {"cmap": shades, **ends}, words
    if low < -VISIBLE * high and high > -VISIBLE * low:
        most = max(high, -low)
        return {"cmap": "RdBu_r", "vmin": -most, "vmax": most}, {}
    if low > 0 and high / low > LOG_RATIO:
        return {"cmap": "viridis", "norm": LogNorm(low, high)}, {}
    return {"cmap": "viridis", "vmin": low, "vmax": high}, {}


def _noisy(data: xr.Dataset, name: str, known: Floats) -> NDArray[np.bool_]:
    """Where the standard error is a large part of a value, and of what colours can show."""
    if error_name(name) not in data:
        return np.zeros(data[name].shape, bool)
    error, span = data[error_name(name)], float(np.ptp(known))
    found = (error > LARGE_ERROR * abs(data[name])) & (error > VISIBLE * span) & (data[STATUS] == 0)
    return np.asarray(found.transpose(*data[name].dims).values)


def _draw_panel(
    axes: Axes,
    cells: Cells,
    data: xr.Dataset,
    name: str,
    colours: dict[str, Any],
    contours: Sequence[float],
) -> Any:
    values = data[name].values.astype(float)
    axes.set_facecolor(EMPTY)
    pixels = cells.draw(axes, values, colours)
    there = values[np.isfinite(values)]
    within = [one for one in contours if (there < one).any() and (there > one).any()]
    if within:
        cells.contour(axes, values, sorted(within))
    return pixels


def _hatch(axes: Axes, cells: Cells, data: xr.Dataset, name: str, known: Floats) -> None:
    kinds = [(data[STATUS].values == code, HATCHES[code]) for code, _ in met(data)]
    kinds.append((early_in(data, data[name].values), EARLY_HATCH))
    for where, hatch in (*kinds, (_noisy(data, name, known), NOISY_HATCH)):
        if hatch and where.any():
            outline = cells.outline(where)
            for colour, width in (("white", 1.4), ("black", 0.6)):
                axes.add_patch(
                    PathPatch(
                        outline, fc="none", ec=colour, lw=0, hatch=hatch, hatch_linewidth=width
                    )
                )


def _handles(data: xr.Dataset, name: str, known: Floats) -> Iterator[Artist]:
    look: dict[str, Any] = {"ec": "black", "lw": 0.4, "hatch_linewidth": 0.6}
    for code, word in met(data):
        colour = "white" if HATCHES[code] else EMPTY
        yield Patch(fc=colour, hatch=HATCHES[code], label=word, **look)
    if early_in(data, data[name].values).any():
        yield Patch(fc="white", hatch=EARLY_HATCH, label=EARLY, **look)
    if _noisy(data, name, known).any():
        yield Patch(fc="white", hatch=NOISY_HATCH, label=NOISY, **look)
