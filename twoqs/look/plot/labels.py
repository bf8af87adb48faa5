"""Texts of quick pictures: what is drawn, in which units, and what it was made of."""

from __future__ import annotations

import numpy as np
import xarray as xr

from twoqs.look.choice import moving_along
from twoqs.look.per_spin import LABELS
from twoqs.look.plot.symbols import symbol
from twoqs.look.plot.theory import THEORY
from twoqs.look.plot.typeset import wrapped
from twoqs.measure import DIMENSIONS

X_WIDTH, Y_WIDTH, TITLE_WIDTH, LEGEND_WIDTH, TICK_WIDTH, FOOT_WIDTH = 55, 40, 60, 24, 14, 95
"""Characters of a line of each text."""


def label_of(data: xr.Dataset, name: str) -> str:
    """Meaning and units of a variable or dimension."""
    attributes = data[name].attrs
    meaning = attributes.get("long_name", name).split(";")[0]
    known = meaning == name or name in DIMENSIONS or name in data.data_vars
    text = symbol(meaning) if known else f"{meaning}, {symbol(name)}"
    units = attributes.get("units", "1")
    if name in data.data_vars and units in LABELS:
        return f"{text}, in units of {units}"
    shown = symbol(units.replace("hbar", "ħ").replace("^2", "²"))
    return text if units == "1" else f"{text} ({shown})"


def shown_of(data: xr.Dataset, dim: str) -> list[str]:
    """What stands for a dimension in texts: itself, or what moves together along it."""
    return moving_along(data, dim) or [dim]


def coordinate_text(data: xr.Dataset, dim: str) -> str:
    """The one value of a dimension."""
    value = data[dim].values.item()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def choice_text(whole: xr.Dataset, data: xr.Dataset, name: str) -> str:
    """What was chosen of dimensions that are not drawn."""
    fixed = [str(dim) for dim in whole[name].dims if dim not in data[name].dims]
    chosen_at = [one for dim in fixed for one in shown_of(whole, dim)]
    text = ", ".join(f"{symbol(one)} = {coordinate_text(data, one)}" for one in chosen_at)
    return wrapped(text, TITLE_WIDTH)


def made_of(data: xr.Dataset) -> str:
    """What was computed, and how much of it is there; data may be one result."""
    counts = sorted({int(n) for n in np.ravel(data.trajectories.values) if n > 0})
    text = str(data.attrs["title"])
    if "complete" in data:
        text += f": {int(data.complete.sum())} of {data.complete.size} points"
    if not counts:
        return text
    number = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"{text}, {number} trajectories each"


def footnote_of(data: xr.Dataset) -> str:
    """The same, and what bars and lines are."""
    lines = "; lines are theory" if THEORY in data else ""
    return f"{made_of(data)}; bars are standard errors{lines}"


def flag_words(variable: xr.DataArray) -> dict[int, str]:
    """Meanings of the values of a flag; empty for any other variable."""
    values = variable.attrs.get("flag_values", [])
    return dict(zip(values, variable.attrs.get("flag_meanings", "").split(), strict=True))
