"""A quick picture of any variable of any sweep: `twoqs plot`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from twoqs.errors import require
from twoqs.look.choice import at as selected
from twoqs.look.choice import chosen, dimension_of, moving_along
from twoqs.look.per_spin import LABELS, over_spin
from twoqs.look.plot.maps import EDGES, cells_of, draw_map
from twoqs.look.plot.ranges import feature_range, is_geometric
from twoqs.look.plot.save import check_output, save
from twoqs.look.plot.symbols import symbol
from twoqs.look.plot.theory import THEORY, draw_theory, with_theory
from twoqs.look.plot.typeset import wrapped
from twoqs.look.unphysical import marks
from twoqs.measure import DIMENSIONS, error_name
from twoqs.simulation.validity import note

MOST_CURVES = 12
"""Curves that a reader can still tell from each other."""

X_WIDTH, Y_WIDTH, TITLE_WIDTH, LEGEND_WIDTH, TICK_WIDTH, FOOT_WIDTH = 55, 40, 60, 24, 14, 95
"""Characters of a line of each text."""

MARKS = "marks of validity"
"""Name of the flags of what is drawn; no variable's or axis's, which have no spaces."""

CURVE_MARKERS = "os^Dv<>PX*"
CURVE_LINES = ("-", "--", ":", "-.")


def plot(
    data: xr.Dataset,
    variable: str,
    outputs: Sequence[Path],
    at: Mapping[str, str] | None = None,
    x: str | None = None,
    per_spin: bool = False,
    x_range: tuple[float, float] | None = None,
    predicted: xr.Dataset | None = None,
) -> None:
    """Draw a variable with error bars of one standard error into files of the same picture.

    Args:
        data: a merged dataset; points that are not finished are left out.
        variable: name of the variable.
        outputs: files that end in .png, .pdf or .svg.
        at: for dimensions, the coordinate to show (the nearest one, for numbers).
        x: dimension along the x axis; the longest one of numbers if left out. A curve is drawn for
            each combination of the others.
        per_spin: whether values are in units of S or S^2.
        x_range: ends of the x axis, if it has numbers; that of the lines for frequencies, and
            otherwise all, if left out.
        predicted: what theory says, for lines; as that of `with_theory`.

    Raises:
        ArgumentError: for what does not exist or cannot be drawn.
    """
    for output in outputs:
        check_output(output)
    (name,) = chosen(data, [variable])
    shown = [name]
    if predicted is not None:
        data, shown = with_theory(data, predicted, name), [name, THEORY]
    whole = data  # what tells of validity is in units of hbar
    data = selected(over_spin(data, shown) if per_spin else data, at or {})
    dims = [str(dim) for dim in data[name].dims]
    require(bool(dims), "at", f"leave a dimension of `{name}` open", dict(at or {}))
    cells = cells_of(data, name)
    if x is None and len(cells) == 2:
        _check_number(data, name, [dim for dim in dims if dim not in cells], 1)
        save(lambda: quick_map(whole, data, name), outputs)
        return
    if x is None:
        x = cells[0] if cells else max(dims, key=lambda dim: _preference(data, dim))
        x = (moving_along(data, x) or [x])[0]
    known = [one for dim in dims for one in (dim, *moving_along(data, dim))]
    require(x in known, "x", f"be a dimension of `{name}` ({', '.join(known)})", x)
    others = [dim for dim in dims if dim != dimension_of(data, x)]
    _check_number(data, name, others, MOST_CURVES)
    wanted = "rise, along numbers"
    rises = x_range is None or (_numeric(data[x]) and x_range[0] < x_range[1])
    require(rises, "x_range", wanted, x_range)

    def drawn() -> Figure:
        figure = quick_figure(whole, data, name, x, others)
        ends = feature_range(data, name, x) if x_range is None else x_range
        if ends is not None:
            figure.axes[0].set_xlim(ends)
        return figure

    save(drawn, outputs)


def _check_number(data: xr.Dataset, name: str, others: list[str], most: int) -> None:
    count = math.prod(data.sizes[dim] for dim in others)
    sizes = ", ".join(f"`{dim}` ({data.sizes[dim]} values)" for dim in others)
    what = "curves" if most > 1 else "maps"
    left = f"at most {most} curves" if most > 1 else "no more than one of the maps"
    wanted = f"choose a value of {sizes}, so that {left} of `{name}` remain"
    require(count <= most, "at", wanted, f"{count} {what}")


def quick_map(whole: xr.Dataset, data: xr.Dataset, name: str) -> Figure:
    """The picture of a variable over its cells.

    Args:
        whole: as that of `quick_figure`.
    """
    figure = Figure(figsize=(5.0, 3.4), layout="constrained")
    data = data.squeeze([dim for dim in data[name].dims if data.sizes[dim] == 1])
    labels = [wrapped(label_of(data, one), Y_WIDTH) for one in (*cells_of(data, name), name)]
    axes = draw_map(figure, data, name, labels)
    _title(axes, whole, data, name)
    figure.supxlabel(wrapped(_footnote(whole).split("; bars")[0], FOOT_WIDTH), fontsize=6)
    return figure


def _title(axes: Axes, whole: xr.Dataset, data: xr.Dataset, name: str) -> None:
    """What was chosen of dimensions that are not drawn."""
    fixed = [str(dim) for dim in whole[name].dims if dim not in data[name].dims]
    chosen_at = [one for dim in fixed for one in _shown(whole, dim)]
    text = ", ".join(f"{symbol(one)} = {_text(data, one)}" for one in chosen_at)
    axes.set_title(wrapped(text, TITLE_WIDTH))


def quick_figure(
    whole: xr.Dataset, data: xr.Dataset, name: str, x: str, others: list[str]
) -> Figure:
    """The picture of a variable against one dimension, a curve for each choice of the others.

    Args:
        whole: the dataset that `data` was chosen from, in units of hbar: what tells of validity.
    """
    figure = Figure(figsize=(5.0, 3.4), layout="constrained")
    axes = figure.add_subplot()
    flags = marks(whole, name)
    flags = flags.sel({dim: data[dim] for dim in flags.dims})
    left = data = data.assign({MARKS: flags.variable})
    if x not in data.dims:
        data = data.swap_dims({dimension_of(data, x): x})
    for look, curve in _curves(data, others):
        _draw(axes, curve, name, x, look)
    axes.set_xlabel(wrapped(label_of(data, x), X_WIDTH))
    axes.set_ylabel(wrapped(label_of(data, name), Y_WIDTH))
    _scale(axes, data, name, x)
    if others:
        named = [one for dim in others for one in _shown(data, dim)]
        title = "\n".join(wrapped(label_of(data, one), LEGEND_WIDTH) for one in named)
        figure.legend(title=title, loc="outside right upper", fontsize=6, title_fontsize=6)
    _title(axes, whole, left, name)
    about = _footnote(whole) + (f". Crossed out: {note(flags.values)}" if flags.any() else "")
    figure.supxlabel(wrapped(about, FOOT_WIDTH), fontsize=6)
    return figure


def _shown(data: xr.Dataset, dim: str) -> list[str]:
    """What stands for a dimension in texts: itself, or what moves together along it."""
    return moving_along(data, dim) or [dim]


def _curves(data: xr.Dataset, others: list[str]) -> Iterator[tuple[dict[str, Any], xr.Dataset]]:
    """Each combination of the other dimensions: the last by marker and line, all by colour.

    With two and more of them a colour stands for all but the last.
    """
    sizes = [data.sizes[dim] for dim in others]
    last = sizes[-1] if len(sizes) > 1 else 1
    named = [one for dim in others for one in _shown(data, dim)]
    shades = colormaps["viridis"](np.linspace(0.0, 0.85, max(1, math.prod(sizes) // last)))
    for i, index in enumerate(product(*(range(size) for size in sizes))):
        curve = data.isel(dict(zip(others, index, strict=True)))
        position = index[-1] if index else 0
        look = {
            "color": shades[i // last],
            "marker": CURVE_MARKERS[position % len(CURVE_MARKERS)],
            "ls": CURVE_LINES[position % len(CURVE_LINES)],
            "label": wrapped(", ".join(_text(curve, one) for one in named), LEGEND_WIDTH),
        }
        yield look, curve


def _draw(axes: Axes, curve: xr.Dataset, name: str, x: str, look: dict[str, Any]) -> None:
    numeric = _numeric(curve[x])
    along = curve[x].values if numeric else np.arange(curve.sizes[x])
    order = np.argsort(along, kind="stable")
    errors = curve[error_name(name)].values[order] if error_name(name) in curve else None
    if not numeric or _flags(curve[name]):
        look = look | {"ls": "none"}
    values = curve[name].where(curve.complete).values
    if EDGES in curve[x].attrs:
        ends = np.repeat(curve[x].attrs[EDGES], 2)[1:-1]
        axes.plot(ends, np.repeat(values, 2), lw=0.7, **look | {"marker": None})
        look = look | {"ls": "none", "marker": None, "label": None}
    axes.errorbar(
        along[order], values[order], errors, lw=0.7, elinewidth=0.7, ms=3, mfc="none",
        **look,
    )  # fmt: skip
    draw_theory(axes, along, curve, look)
    flags = curve[MARKS].broadcast_like(curve[name]).values[order]
    wrong = (flags != 0) & np.isfinite(values[order])
    if wrong.any():
        axes.plot(along[order][wrong], values[order][wrong], "x", color="red", ms=4, mew=0.7)


def _scale(axes: Axes, data: xr.Dataset, name: str, x: str) -> None:
    """Names in place of numbers along the axes, or a logarithm, where they say more."""
    if not _numeric(data[x]):
        names = [wrapped(str(value), TICK_WIDTH) for value in data[x].values]
        axes.set_xticks(range(len(names)), names)
        axes.margins(x=0.5 / len(names))
    elif is_geometric(data[x].values):
        axes.set_xscale("log")
    if _flags(data[name]):
        flags = _flags(data[name])
        axes.set_yticks(list(flags), list(flags.values()))


def _preference(data: xr.Dataset, dim: str) -> tuple[bool, bool, int]:
    """How well a dimension does as an x axis: numbers do that count nothing, many of them."""
    counts = dim.endswith("_trajectory")
    return _numeric(data[dim]), not counts, data.sizes[dim]


def _numeric(values: xr.DataArray) -> bool:
    return values.dtype.kind in "iuf"


def _flags(variable: xr.DataArray) -> dict[int, str]:
    """Meanings of the values of a flag; empty for any other variable."""
    values = variable.attrs.get("flag_values", [])
    return dict(zip(values, variable.attrs.get("flag_meanings", "").split(), strict=True))


def label_of(data: xr.Dataset, name: str) -> str:
    """Meaning and units of a variable or dimension."""
    attributes = data[name].attrs
    meaning = attributes.get("long_name", name).split(";")[0]
    known = meaning == name or name in DIMENSIONS or name in data.data_vars
    text = symbol(meaning) if known else f"{meaning}, {symbol(name)}"
    units = attributes.get("units", "1")
    shown = symbol(units.replace("hbar", "ħ").replace("^2", "²"))
    if name in data.data_vars and units in LABELS:
        return f"{text}, in units of {shown}"
    return text if units == "1" else f"{text} ({shown})"


def _text(data: xr.Dataset, dim: str) -> str:
    value = data[dim].values.item()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _footnote(data: xr.Dataset) -> str:
    """What was computed, and how much of it is there."""
    counts = sorted({int(count) for count in data.trajectories.values.flat if count > 0})
    done, total = int(data.complete.sum()), data.complete.size
    text = f"{data.attrs['title']}: {done} of {total} points"
    if not counts:
        return text
    number = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    lines = "; lines are theory" if THEORY in data else ""
    return f"{text}, {number} trajectories each; bars are standard errors{lines}"
