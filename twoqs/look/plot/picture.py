"""`twoqs plot` and `ds.twoqs.plot`: curves or a map, chosen by what there is to see."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib import style

from twoqs.errors import require
from twoqs.look.choice import at as selected
from twoqs.look.choice import chosen, dimension_of, moving_along
from twoqs.look.per_spin import over_spin
from twoqs.look.plot.cells import span_a_plane
from twoqs.look.plot.drawn import check_table, shown_data, write_drawn
from twoqs.look.plot.heat import MOST_MAPS, heat_map
from twoqs.look.plot.maps import cells_of
from twoqs.look.plot.quick import is_numeric, quick_figure, quick_map
from twoqs.look.plot.ranges import feature_range
from twoqs.look.plot.save import check_output, save
from twoqs.look.plot.shown import ShownFigure
from twoqs.look.plot.style import STYLE
from twoqs.look.plot.theory import THEORY, with_theory

MOST_CURVES = 12
"""Curves that a reader can still tell from each other."""

MAP_VALUES = 6
"""Values from which on two axes of numbers are those of a map, if nothing else is asked for."""


@dataclass(frozen=True)
class View:
    """How a variable is looked at.

    Attributes:
        at: for dimensions, the coordinate to show (the nearest one, for numbers).
        x: dimension along the x axis; the longest one of numbers if left out. A curve is drawn for
            each combination of the others.
        y: dimension along the y axis of a map; one is drawn for each combination of the others. A
            map is also drawn without it, if `x` is left out and there are two axes of the sweep
            with more than MAP_VALUES numbers each, or as many points scattered over two.
        per_spin: whether values are in units of S or S^2.
        x_range: ends of the x axis, if it has numbers; that of the lines for frequencies, and
            otherwise all, if left out.
        contours: values at which a map has lines.
        y_log: whether curves are drawn over the logarithm of their values.
    """

    at: Mapping[str, str] = field(default_factory=dict)
    x: str | None = None
    y: str | None = None
    per_spin: bool = False
    x_range: tuple[float, float] | None = None
    contours: Sequence[float] = ()
    y_log: bool = False


WHOLE_VIEW = View()
"""The view without any choice."""


def plot(
    data: xr.Dataset,
    variable: str,
    outputs: Sequence[Path],
    view: View = WHOLE_VIEW,
    predicted: xr.Dataset | None = None,
    table: Path | None = None,
) -> None:
    """Write a picture (`picture`) into files that end in .png, .pdf or .svg.

    Args:
        table: file for what is drawn, which ends in .csv or .nc; see `write_drawn`.

    Raises:
        ArgumentError: for what does not exist or cannot be drawn.
        StoreError: if the disk refuses.
    """
    for output in outputs:
        check_output(output)
    if table is not None:
        check_table(table)
    figure = picture(data, variable, view, predicted)
    save(lambda: figure, outputs)
    if table is not None:
        write_drawn(figure.data, variable, table)


def picture(
    data: xr.Dataset, variable: str, view: View = WHOLE_VIEW, predicted: xr.Dataset | None = None
) -> ShownFigure:
    """Draw a variable with error bars of one standard error, or as a map.

    Args:
        data: results of `twoqs.simulate`, or of a sweep; points that are not finished are left out.
        variable: name of the variable.
        view: how to look at it.
        predicted: what theory says, for lines; as that of `with_theory`.

    Raises:
        ArgumentError: for what does not exist or cannot be drawn.
    """
    (name,) = chosen(data, [variable])
    shown = [name]
    if predicted is not None:
        data, shown = with_theory(data, predicted, name), [name, THEORY]
    whole = data  # what tells of validity is in units of hbar
    data = selected(over_spin(data, shown) if view.per_spin else data, view.at)
    dims = [str(dim) for dim in data[name].dims]
    require(bool(dims), "at", f"leave a dimension of `{name}` open", dict(view.at))
    with style.context(STYLE):
        cells = cells_of(data, name)
        if view.x is None and view.y is None and len(cells) == 2:
            _check_number(data, name, [dim for dim in dims if dim not in cells], 1, "maps")
            require(not view.y_log, "y_log", "go with curves, not with a map", name)
            figure = quick_map(whole, data, name)
            figure.drawn = partial(shown_data, whole, data, name)
            return figure
        plane = map_plane(data, name, view)
        if plane:
            require(predicted is None, "predictions", "go with curves, not with a map", name)
            require(not view.y_log, "y_log", "go with curves, not with a map", name)
            _check_number(data, name, _others(data, name, plane), MOST_MAPS, "maps")
            figure = heat_map(whole, data, name, plane, view.contours)
            ends = view.x_range
        else:
            require(not view.contours, "contours", "go with a map (choose `y`)", view.contours)
            x = view.x or longest_axis(data, name, cells)
            _check_dimension(data, name, "x", x)
            others = _others(data, name, [x])
            _check_number(data, name, others, MOST_CURVES, "curves")
            figure = quick_figure(whole, data, name, x, others)
            plane, ends = (x,), view.x_range or feature_range(data, name, x)
            if view.y_log:
                require(bool((data[name] > 0).any()), "y_log", "go with positive values", name)
                figure.axes[0].set_yscale("log")
        if ends is not None:
            rises = is_numeric(data[plane[0]]) and ends[0] < ends[1]
            require(rises, "x_range", "rise, along numbers", view.x_range)
            figure.axes[0].set_xlim(ends)
    figure.drawn = partial(shown_data, whole, data, name)
    return figure


def map_plane(data: xr.Dataset, name: str, view: View) -> tuple[str, ...]:
    """The dimensions of a map; none if curves are to be drawn."""
    dims = [str(dim) for dim in data[name].dims]
    if view.y is None:
        long = [dim for dim in dims if data.sizes[dim] > MAP_VALUES and is_numeric(data[dim])]
        swept = [dim for dim in long if dim in data.trajectories.dims]
        if len(long) == len(swept) == 1 and view.x is None:
            parts = moving_along(data, swept[0])
            return tuple(parts) if len(parts) == 2 and _scatter(data, *parts) else ()
        both = len(swept) == 2 and len(long) == 2 and view.x is None
        return tuple((moving_along(data, dim) or [dim])[0] for dim in swept) if both else ()
    _check_dimension(data, name, "y", view.y)
    left = [dim for dim in dims if dim != dimension_of(data, view.y)]
    beside = [one for one in _beside(data, view.y) if _scatter(data, one, view.y)]
    x = view.x or (beside or [longest_axis(data, name, left) if left else view.y])[0]
    _check_dimension(data, name, "x", x)
    if x in _beside(data, view.y):
        wanted = f"scatter over a plane with `{x}`, each point once, or be of another dimension"
        require(span_a_plane(data[x], data[view.y]), "y", wanted, view.y)
        return x, view.y
    for option, one in (("x", x), ("y", view.y)):
        values = data[one]
        fine = is_numeric(values) and values.size > 1 and len(set(values.values)) == values.size
        require(fine, option, "have several numbers, each once, for a map", one)
    apart = dimension_of(data, x) != dimension_of(data, view.y)
    require(apart, "y", "be another dimension than that of `x`", view.y)
    return x, view.y


def _beside(data: xr.Dataset, name: str) -> list[str]:
    """What moves along one dimension together with `name`."""
    parts = moving_along(data, dimension_of(data, name))
    return [one for one in parts if one != name and name in parts]


def _scatter(data: xr.Dataset, x: str, y: str) -> bool:
    """Whether two that move together are many points over a plane, and no path through it."""
    steps = [np.diff(data[one].values) for one in (x, y)]
    path = any((one > 0).all() or (one < 0).all() for one in steps)
    return data[x].size > MAP_VALUES and not path and span_a_plane(data[x], data[y])


def longest_axis(data: xr.Dataset, name: str, dims: Sequence[str]) -> str:
    """What does best as an x axis: numbers do that count nothing, many of them."""

    def preference(dim: str) -> tuple[bool, bool, int]:
        counts = dim.endswith("_trajectory")
        return is_numeric(data[dim]), not counts, data.sizes[dim]

    x = max(dims or map(str, data[name].dims), key=preference)
    return (moving_along(data, x) or [x])[0]


def _others(data: xr.Dataset, name: str, drawn: Sequence[str]) -> list[str]:
    along = [dimension_of(data, one) for one in drawn]
    return [str(dim) for dim in data[name].dims if dim not in along]


def _check_dimension(data: xr.Dataset, name: str, option: str, dim: str) -> None:
    known = [one for own in map(str, data[name].dims) for one in (own, *moving_along(data, own))]
    require(dim in known, option, f"be a dimension of `{name}` ({', '.join(known)})", dim)


def _check_number(data: xr.Dataset, name: str, others: list[str], most: int, what: str) -> None:
    count = math.prod(data.sizes[dim] for dim in others)
    sizes = ", ".join(f"`{dim}` ({data.sizes[dim]} values)" for dim in others)
    left = f"at most {most} {what}" if most > 1 else f"no more than one of the {what}"
    wanted = f"choose a value of {sizes}, so that {left} of `{name}` remain"
    require(count <= most, "at", wanted, f"{count} {what}")
