"""Curves of any variable of any sweep, with error bars and what is not to be trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes

from twoqs.look.choice import dimension_of
from twoqs.look.plot.doubts import EARLY, STATUS, crossed_out, draw_doubts, handles, with_statuses
from twoqs.look.plot.labels import (
    FOOT_WIDTH,
    LEGEND_WIDTH,
    TICK_WIDTH,
    X_WIDTH,
    Y_WIDTH,
    choice_text,
    coordinate_text,
    flag_words,
    footnote_of,
    label_of,
    made_of,
    shown_of,
)
from twoqs.look.plot.maps import EDGES, cells_of, draw_map
from twoqs.look.plot.ranges import is_geometric
from twoqs.look.plot.shown import ShownFigure
from twoqs.look.plot.theory import draw_theory
from twoqs.look.plot.typeset import wrapped
from twoqs.measure import error_name
from twoqs.measure.names import STARTS_DIM
from twoqs.simulation.starts import r_hat

CURVE_MARKERS = "os^Dv<>PX*"
CURVE_LINES = ("-", "--", ":", "-.")


def quick_map(whole: xr.Dataset, data: xr.Dataset, name: str) -> ShownFigure:
    """The picture of a variable over its cells.

    Args:
        whole: as that of `quick_figure`.
    """
    figure = ShownFigure(figsize=(5.0, 3.4), layout="constrained")
    data = data.squeeze([dim for dim in data[name].dims if data.sizes[dim] == 1])
    labels = [wrapped(label_of(data, one), Y_WIDTH) for one in (*cells_of(data, name), name)]
    axes = draw_map(figure, data, name, labels)
    axes.set_title(choice_text(whole, data, name))
    early = "" if bool(data.get("complete", xr.DataArray(True)).all()) else f"; {EARLY}"
    figure.supxlabel(wrapped(f"{made_of(whole)}{early}", FOOT_WIDTH), fontsize=6)
    return figure


def quick_figure(
    whole: xr.Dataset, data: xr.Dataset, name: str, x: str, others: list[str]
) -> ShownFigure:
    """The picture of a variable against one dimension, a curve for each choice of the others.

    Args:
        whole: the dataset that `data` was chosen from, in units of hbar: what tells of validity.
    """
    figure = ShownFigure(figsize=(5.0, 3.4), layout="constrained")
    left = data = with_statuses(whole, data, name)
    if x not in data.dims:
        data = data.swap_dims({dimension_of(data, x): x})
    starts = STARTS_DIM in others and error_name(name) in data
    axes, *below = figure.subplots(
        1 + starts, height_ratios=[4, 1][: 1 + starts], squeeze=False
    ).flat
    for look, curve in _curves(data, others):
        _draw(axes, curve, name, x, look)
    for panel in (axes, *below):
        _scale(panel, data, x)
    words = flag_words(data[name])
    if words:
        axes.set_yticks(list(words), list(words.values()))
    axes.set_ylabel(wrapped(label_of(data, name), Y_WIDTH))
    if starts:
        _draw_r_hat(axes, below[0], data, name, x)
    (below or [axes])[0].set_xlabel(wrapped(label_of(data, x), X_WIDTH))
    named = [one for dim in others for one in shown_of(data, dim)]
    about = "\n".join(wrapped(label_of(data, one), LEGEND_WIDTH) for one in named)
    curves = axes.get_legend_handles_labels()[0] if others else []
    entries = [*curves, *handles(data, name)]
    if entries:
        figure.legend(
            handles=entries, title=about, loc="outside right upper", fontsize=6, title_fontsize=6
        )
    axes.set_title(choice_text(whole, left, name))
    text = f"{footnote_of(whole)}{crossed_out(whole, left, name)}"
    figure.supxlabel(wrapped(text, FOOT_WIDTH), fontsize=6)
    return figure


def _draw_r_hat(axes: Axes, below: Axes, data: xr.Dataset, name: str, x: str) -> None:
    """R-hat of the starts, the largest of all curves, below these."""
    found = r_hat(data, name)
    along = data[x].values if is_numeric(data[x]) else np.arange(data.sizes[x])
    order = np.argsort(along, kind="stable")
    worst = found.max([dim for dim in found.dims if dim != x]).values
    below.plot(along[order], worst[order], ".-", color="black", lw=0.7, ms=3)
    below.axhline(1.0, color="0.7", lw=0.6, zorder=0)
    below.set_ylabel(r"$\hat R$")
    below.sharex(axes)
    axes.tick_params(labelbottom=False)


def _curves(data: xr.Dataset, others: list[str]) -> Iterator[tuple[dict[str, Any], xr.Dataset]]:
    """Each combination of the other dimensions: the last by marker and line, all by colour.

    With two and more of them a colour stands for all but the last.
    """
    sizes = [data.sizes[dim] for dim in others]
    last = sizes[-1] if len(sizes) > 1 else 1
    named = [one for dim in others for one in shown_of(data, dim)]
    shades = colormaps["viridis"](np.linspace(0.0, 0.85, max(1, math.prod(sizes) // last)))
    for i, index in enumerate(product(*(range(size) for size in sizes))):
        curve = data.isel(dict(zip(others, index, strict=True)))
        position = index[-1] if index else 0
        look = {
            "color": shades[i // last],
            "marker": CURVE_MARKERS[position % len(CURVE_MARKERS)],
            "ls": CURVE_LINES[position % len(CURVE_LINES)],
            "label": wrapped(", ".join(coordinate_text(curve, one) for one in named), LEGEND_WIDTH),
        }
        yield look, curve


def _draw(axes: Axes, curve: xr.Dataset, name: str, x: str, look: dict[str, Any]) -> None:
    numeric = is_numeric(curve[x])
    curve = curve.isel({x: np.argsort(curve[x].values, kind="stable")}) if numeric else curve
    along = curve[x].values if numeric else np.arange(curve.sizes[x])
    errors = curve[error_name(name)].values if error_name(name) in curve else None
    if not numeric or flag_words(curve[name]):
        look = look | {"ls": "none"}
    values = curve[name].values
    if EDGES in curve[x].attrs:
        ends = np.repeat(curve[x].attrs[EDGES], 2)[1:-1]
        axes.plot(ends, np.repeat(values, 2), lw=0.7, **look | {"marker": None})
        look = look | {"ls": "none", "marker": None, "label": None}
    drawn = axes.errorbar(along, values, errors, lw=0.7, elinewidth=0.7, ms=3, mfc="none", **look)
    drawn.lines[0].set_markevery((curve[STATUS].values <= 0).tolist())
    draw_theory(axes, along, curve, look)
    draw_doubts(axes, along, values, errors, curve, look)


def _scale(axes: Axes, data: xr.Dataset, x: str) -> None:
    """Names in place of numbers along x, or a logarithm, where they say more."""
    if not is_numeric(data[x]):
        names = [wrapped(str(value), TICK_WIDTH) for value in data[x].values]
        axes.set_xticks(range(len(names)), names)
        axes.margins(x=0.5 / len(names))
    elif is_geometric(data[x].values):
        axes.set_xscale("log")


def is_numeric(values: xr.DataArray) -> bool:
    """Whether a coordinate has numbers."""
    return values.dtype.kind in "iuf"
