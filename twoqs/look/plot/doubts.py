"""Values that are not ok, in pictures: a sign and a colour for each status, and the total error."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from twoqs.look.table import DOUBTS
from twoqs.look.trusted import MISSING_CODE, statuses, total_error
from twoqs.look.unphysical import marks
from twoqs.measure import error_name
from twoqs.measure.statuses import VALUE_WORDS
from twoqs.simulation.validity import note

STATUS, TOTAL = "status of values", "total error of values"
"""Names of what belongs to what is drawn; no variable's or axis's, which have no spaces."""

_OK, NOTHING, WRONG = (VALUE_WORDS.index(word) for word in ("ok", "not-resolved", "unphysical"))

COLOURS = ("black", "0.5", "#D55E00", "#CC79A7", "#E69F00", "#56B4E9", "0.35", "#009E73")
"""By the number of a status; none of them in the colours of curves (Okabe and Ito)."""

GLYPHS = {"^": r"\wedge", "~": r"\sim"}
"""Signs of tables that formulas write otherwise."""

SEEN = 1.1
"""Times the standard error from which on a total error is a bar of its own."""

EARLY = "early: not finished"
EARLY_LOOK: dict[str, Any] = {"color": "black", "ls": "none", "marker": ".", "ms": 3}
"""Words and sign of values of points that are not finished."""

TOTAL_BARS: dict[str, Any] = {"lw": 3.5, "alpha": 0.25}
"""Bars of total errors."""


def with_statuses(whole: xr.Dataset, data: xr.Dataset, name: str) -> xr.Dataset:
    """The dataset with the status and the total error of each value of a variable.

    Args:
        whole: the dataset that `data` was chosen from, in units of hbar: what tells of validity.
        data: may be in units of S, and at some coordinates only.

    Returns:
        `data` with STATUS and TOTAL; NaN at points of which nothing is there.
    """
    if "complete" in data:
        data = data.assign({name: data[name].where(data.trajectories > 0)})
    if error_name(name) not in whole:
        complete = data.get("complete", xr.DataArray(True)).broadcast_like(data[name])
        none = xr.where(complete, _OK, MISSING_CODE).transpose(*data[name].dims)
        return data.assign({STATUS: none.variable})
    codes = statuses(whole, name)
    codes = codes.sel({dim: data[dim] for dim in codes.dims})
    return data.assign({STATUS: codes.variable, TOTAL: total_error(data, name).variable})


def draw_doubts(
    axes: Axes, along: Any, values: Any, errors: Any, curve: xr.Dataset, look: dict[str, Any]
) -> None:
    """A sign at each value that is not ok, and a light bar where the total error is larger.

    Args:
        along, values, errors: of the curve; errors are None if there are none.
        curve: with what `with_statuses` gives, in the same order.
    """
    if errors is not None:
        total = curve[TOTAL].values
        larger = np.isfinite(values) & (total > SEEN * errors)
        ends = np.stack([values - total, values + total])[:, larger]
        bars = np.stack([np.broadcast_to(along[larger], ends.shape), ends], axis=-1).swapaxes(0, 1)
        # What may be off by the whole range would leave no room for the values.
        lines = LineCollection(list(bars), color=look["color"], zorder=0, **TOTAL_BARS)
        axes.add_collection(lines, autolim=False)
    codes = curve[STATUS].values
    early = early_in(curve, values)
    if early.any():
        axes.plot(along[early], values[early], **EARLY_LOOK, zorder=4)
    for code in np.unique(codes[codes > _OK]):
        here = codes == code
        if code == NOTHING:  # beside the axis, as there is no value
            at = axes.get_xaxis_transform()
            axes.plot(along[here], np.full(here.sum(), 0.02), transform=at, **sign(code))
        else:
            axes.plot(along[here], values[here], **sign(code))


def sign(code: int) -> dict[str, Any]:
    """How a status is drawn: the sign of tables, crosses for what belongs to no state."""
    look = {"color": COLOURS[code], "ls": "none", "zorder": 4}
    if code in (NOTHING, WRONG):
        return look | {"marker": "x" if code == WRONG else "|", "ms": 5, "mew": 1.0}
    glyph = DOUBTS[VALUE_WORDS[code]]
    marker = f"${GLYPHS.get(glyph, glyph)}$"
    return look | {"marker": marker, "ms": 7, "mew": 0.5}


def signs() -> list[tuple[str, str]]:
    """By the number of a status, its sign as a letter and its colour as #rrggbb."""
    letters = {"ok": "", "not-resolved": "|", "unphysical": "x", **DOUBTS}
    return [
        (letters[word], to_hex(colour)) for word, colour in zip(VALUE_WORDS, COLOURS, strict=True)
    ]


def handles(data: xr.Dataset, name: str) -> list[Artist]:
    """Legend entries of the statuses that occur, and of total errors if any is drawn."""
    found: list[Artist] = [Line2D([], [], label=word, **sign(code)) for code, word in met(data)]
    if early_in(data, data[name].values).any():
        found.append(Line2D([], [], label=EARLY, **EARLY_LOOK))
    if TOTAL in data and bool((data[TOTAL] > SEEN * data[error_name(name)]).any()):
        found.append(Line2D([], [], color="0.2", label="total error", **TOTAL_BARS))
    return found


def early_in(data: xr.Dataset, values: Any) -> Any:
    """Where there are values of points that are not finished; of `values` over the dimensions."""
    return (data[STATUS].values == MISSING_CODE) & np.isfinite(values)


def met(data: xr.Dataset) -> Iterable[tuple[int, str]]:
    """Numbers and words of the statuses of a picture, but for "ok"."""
    codes = np.unique(data[STATUS].values)
    return [(int(code), VALUE_WORDS[code]) for code in codes if code > _OK]


def crossed_out(whole: xr.Dataset, data: xr.Dataset, name: str) -> str:
    """Why values of a picture belong to no state, as the end of a footnote; empty if none does."""
    if not bool((data[STATUS] == WRONG).any()):
        return ""
    flags = marks(whole, name)
    flags = flags.sel({dim: data[dim] for dim in flags.dims})
    return f". Crossed out: {note(flags.values)}"
