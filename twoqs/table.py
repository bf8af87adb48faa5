"""A merged dataset as a table in the terminal: one row for each point, value +- error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import xarray as xr

from twoqs.choice import at as selected
from twoqs.choice import chosen
from twoqs.errors import require
from twoqs.measure import STATUS_OF, error_name
from twoqs.per_spin import LABELS, over_spin
from twoqs.statuses import MISSING, TEXTS
from twoqs.validity import marks, note

DEFAULT_VARIABLES = ("sx", "sy", "sz")
ALWAYS = "trajectories"

NOISE = 1e-12
"""Values below this whose error is exactly 0 are what rounding left of 0."""

GAP = "  "
"""Between two columns."""

MARK = "!"
"""Behind values that belong to no state of the spins."""

SILENT = ("resolved", MISSING)
"""Statuses that need no word; that points are not finished stands above the table."""

QUALIFIED = "not-exponential"
"""The status of values that are there, but not what their names say."""

Rows = list[list[str]]


def table(
    data: xr.Dataset,
    variables: Sequence[str] = (),
    at: Mapping[str, str] | None = None,
    width: int | None = None,
    per_spin: bool = False,
) -> str:
    """The table as text; values of points that are not finished are dashes.

    Behind values that belong to no state of the spins stands MARK; beside values that are missing
    at points that are finished, the word of their status. Notes below say what both mean.

    Args:
        data: a merged dataset, or what `twoqs.access.read` has of one.
        variables: names of variables to show; the mean spin if empty.
        at: for dimensions, the coordinate to show (the nearest one, for numbers). Without one for
            `time`, the last time is shown.
        width: characters of a line. What is wider is shown as several tables, one below the other,
            each with the coordinates; None is no limit.
        per_spin: whether values are in units of S or S^2, which the heads of their columns say.

    Raises:
        ArgumentError: for unknown names, a variable with a dimension that is left open, or one
            that no power of S divides, if values are to be `per_spin`.
    """
    names = chosen(data, variables or DEFAULT_VARIABLES)
    names = [name for name in names if name != ALWAYS]
    wanted = dict(at or {})
    if "time" in data.dims and "time" not in wanted:
        wanted["time"] = str(data["time"].values[-1])
    data = data.assign({_marks(name): marks(data, name) for name in names})
    if per_spin:
        data = over_spin(data, names)
    data = selected(data, wanted)
    axes = [str(axis) for axis in data[ALWAYS].dims]
    for name in names:
        for dim in data[name].dims:
            choice = f"choose a value of `{dim}` for `{name}`, as in --at {dim}=0"
            require(dim in axes, "at", choice, "none")
    rows = [[*axes, *(_head(data, name) for name in names), ALWAYS], *_rows(data, axes, names)]
    parts = ["\n".join(_aligned(part)) for part in _parts(rows, len(axes), width)]
    notes = "\n".join(_notes(data, axes, names))
    whole = ["\n".join([*_heading(data, wanted), parts[0]]), *parts[1:]]
    return "\n\n".join([*whole, notes] if notes else whole)


def _head(data: xr.Dataset, name: str) -> str:
    """What stands above a column: `sz`, or `sz/S` in units of S."""
    units = data[name].attrs.get("units")
    return f"{name}/{units}" if units in LABELS else name


def _heading(data: xr.Dataset, fixed: Mapping[str, str]) -> Iterator[str]:
    """What holds for the whole table."""
    if fixed:
        yield "at " + ", ".join(f"{dim} = {_number(data[dim].values.item())}" for dim in fixed)
    done = data[ALWAYS].values > 0
    if not done.all():
        yield f"{np.count_nonzero(done)} of {done.size} points are finished"


def _rows(data: xr.Dataset, axes: list[str], names: list[str]) -> Iterator[list[str]]:
    columns = {name: _cells(data, axes, name) for name in names}
    counts = data[ALWAYS].transpose(*axes).values
    for index in product(*(range(data.sizes[axis]) for axis in axes)):
        where = [_number(data[axis].values[i]) for axis, i in zip(axes, index, strict=True)]
        yield [*where, *(columns[name][index] for name in names), str(int(counts[index]))]


def _cells(data: xr.Dataset, axes: list[str], name: str) -> np.ndarray:
    """The texts of one variable."""
    values = data[name].transpose(*axes).values
    if "flag_meanings" in data[name].attrs:
        cells = _meanings(data, axes, name)
    elif error_name(name) in data:
        errors = data[error_name(name)].transpose(*axes).values
        pairs = zip(values.flat, errors.flat, strict=True)
        cells = [estimate(float(value), float(error)) for value, error in pairs]
    else:
        cells = [_number(value) for value in values.flat]
    words = _words(data, axes, name)
    cells = [f"{cell} ({word})" if word else cell for cell, word in zip(cells, words, strict=True)]
    wrong = (data[_marks(name)].transpose(*axes).values != 0).ravel()
    if wrong.any():  # what is not marked gets as much room, so that digits stay below digits
        cells = [f"{cell} {MARK if bad else ' '}" for cell, bad in zip(cells, wrong, strict=True)]
    return np.array(cells, dtype=object).reshape(values.shape)


def _marks(name: str) -> str:
    """Name of the flags of a variable; with a space, which no variable or axis has."""
    return f"{name} marks"


def _meanings(data: xr.Dataset, axes: list[str], name: str) -> list[str]:
    """The words of a flag."""
    flags = np.atleast_1d(data[name].attrs["flag_values"]).tolist()
    meanings = dict(zip(flags, data[name].attrs["flag_meanings"].split(), strict=True))
    return [meanings[flag] for flag in data[name].transpose(*axes).values.flat]


def _words(data: xr.Dataset, axes: list[str], name: str) -> list[str]:
    """The status of each value that is missing, or not what it seems; empty for all others."""
    values = data[name].transpose(*axes).values.ravel()
    done = (data[ALWAYS].transpose(*axes).values > 0).ravel()
    flag = STATUS_OF.get(name)
    if flag in data:
        words = _meanings(data, axes, str(flag))
    elif name in TEXTS and flag is None and "flag_meanings" not in data[name].attrs:
        words = [next(iter(TEXTS[name]))] * len(values)
    else:
        return [""] * len(values)
    told = (np.isnan(values) | (np.array(words) == QUALIFIED)) & done
    return [
        word if tell and word not in SILENT else "" for word, tell in zip(words, told, strict=True)
    ]


def _notes(data: xr.Dataset, axes: list[str], names: list[str]) -> Iterator[str]:
    """What the marks and the words in a table mean."""
    wrong = [data[_marks(name)].values for name in names]
    if any(flags.any() for flags in wrong):
        yield f"{MARK}  {note(np.concatenate([flags.ravel() for flags in wrong]))}"
    told = set()
    for name in names:
        flag = name if name in TEXTS else STATUS_OF.get(name)
        shown = _words(data, axes, name)
        if "flag_meanings" in data[name].attrs:
            shown = [word for word in _meanings(data, axes, name) if word not in SILENT]
        for word in dict.fromkeys(word for word in shown if word):
            if flag in TEXTS and (flag, word) not in told and word in TEXTS[flag]:
                told.add((flag, word))
                yield f"{word}  {TEXTS[flag][word]}"


def _parts(rows: Rows, axes: int, width: int | None) -> Iterator[Rows]:
    """The rows cut into groups of columns that fit; each begins with the columns of the axes."""
    widths = [max(len(row[i]) for row in rows) + len(GAP) for i in range(len(rows[0]))]
    used = sum(widths[:axes]) - len(GAP)
    group: list[int] = []
    for column in range(axes, len(widths)):
        room = math.inf if width is None else width
        if group and used + sum(widths[i] for i in [*group, column]) > room:
            yield [row[:axes] + [row[i] for i in group] for row in rows]
            group = []
        group.append(column)
    yield [row[:axes] + [row[i] for i in group] for row in rows]


def _aligned(rows: Rows) -> Iterator[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield GAP.join(cell.rjust(w) for cell, w in zip(row, widths, strict=True))


def estimate(value: float, error: float) -> str:
    """A value with its error, both to two digits of the error."""
    if error == 0 and abs(value) < NOISE:
        return "0 ± 0"
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return _number(value)
    digits = 1 - math.floor(math.log10(error))
    if not -3 <= digits <= 12:
        return f"{value:.6g} ± {error:.2g}"
    places = max(0, digits)
    return f"{value:.{places}f} ± {error:.{places}f}"


def _number(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "-" if math.isnan(value) else f"{value:.6g}"
    return str(value)
