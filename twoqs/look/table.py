"""A merged dataset as a table in the terminal: a row for each point and member, value +- error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from textwrap import dedent
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twoqs.errors import require
from twoqs.look.choice import at as selected
from twoqs.look.choice import chosen, moving_along
from twoqs.look.per_spin import LABELS, over_spin
from twoqs.look.trusted import MISSING_CODE, statuses
from twoqs.look.unphysical import marks
from twoqs.measure import OF_MODES, STATUS_OF, error_name
from twoqs.measure.drift import RELAXATION_TIME
from twoqs.measure.members import MEMBER, MODES
from twoqs.measure.statuses import MEANINGS, MISSING, VALUE_MEANINGS, VALUE_WORDS
from twoqs.simulation.validity import note

DEFAULT_VARIABLES = ("sx", "sy", "sz", "n")
"""The mean spin, and the mean number of quanta, as far as there are spins and modes."""

ALWAYS = "trajectories"

NOISE = 1e-12
"""Values below this whose error is exactly 0 are what rounding left of 0."""

GAP = 2
"""Spaces between two columns."""

MARK = "!"
"""Mark behind values that belong to no state of the spins or modes."""

DOUBTS = {
    "not-stationary": "~",
    "depends-on-start": "=",
    "step-error": "^",
    "model-error": "%",
    "few-groups": "?",
}
"""Marks behind values that are doubtful for other reasons, by their status."""

EARLY_MARK = "*"
"""Mark behind values of points that are not finished."""

EARLY_MEANING = "early: of the batches that are done by now; the point is not finished"

SILENT = ("resolved", MISSING)
"""Statuses that need no word; that points are not finished stands above the table."""

QUALIFIED = "not-exponential"
"""The status of values that are there, but not what their names say."""


def table(
    data: xr.Dataset,
    variables: Sequence[str] = (),
    at: Mapping[str, str] | None = None,
    width: int | None = None,
    per_spin: bool = False,
) -> str:
    """The table as text; values of points that are not finished are dashes, or have EARLY_MARK.

    Behind values that belong to no state of the spins or modes stands MARK; beside values that are
    missing at points that are finished, the word of their status. Notes below say what both mean.
    What is of modes has a table of its own where there are several of them, or several spins.

    Args:
        data: a merged dataset, or what `twoqs.look.open.read_variables` has of one.
        variables: names of variables to show; DEFAULT_VARIABLES if empty.
        at: for dimensions, the coordinate to show (the nearest one, for numbers). Without one for
            `time`, the last time is shown.
        width: characters of a line. What is wider is shown as several tables, one below the other,
            each with the coordinates; None is no limit.
        per_spin: whether values are in units of S or S^2, which the heads of their columns say.

    Raises:
        ArgumentError: for unknown names, a variable with a dimension that is left open, or one
            that no power of S divides, if values are to be `per_spin`.
    """
    names = chosen(data, variables or _defaults(data, per_spin))
    names = [name for name in names if name != ALWAYS]
    fixed = dict(at or {})
    if "time" in data.dims and "time" not in fixed:
        fixed["time"] = str(data["time"].values[-1])
    data = data.assign({_marks(name): marks(data, name) for name in names})
    judged = [name for name in names if error_name(name) in data]
    data = data.assign({_status(name): statuses(data, name) for name in judged})
    if per_spin:
        data = over_spin(data, names)
    data = selected(data, fixed)
    tables: list[str] = []
    notes: list[str] = []
    for group in _apart(data, names):
        points, axes = _points(data, group)
        cells = {axis: points[axis].map(number_text) for axis in axes}
        cells |= {_head(data, name): _cells(data, points, name) for name in group}
        cells[ALWAYS] = points[ALWAYS].map(number_text)
        tables += _parts(pd.DataFrame(cells), len(axes), width)
        notes += _notes(data, points, group)
    tables[0] = "\n".join([*_heading(data, fixed), tables[0]])
    return "\n\n".join([*tables, "\n".join(dict.fromkeys(notes))] if notes else tables)


def _defaults(data: xr.Dataset, per_spin: bool) -> list[str]:
    """Those of DEFAULT_VARIABLES that there are; those of spins alone, in units of S."""
    there = [name for name in DEFAULT_VARIABLES if name in data.data_vars]
    spins = [name for name in there if name not in OF_MODES]
    return spins if per_spin and spins else there


def _apart(data: xr.Dataset, names: list[str]) -> list[list[str]]:
    """Names of the variables of one table, which has a row for each spin, or for each mode."""
    groups = [[n for n in names if (n in OF_MODES) == modes] for modes in (False, True)]
    together = not any(dim in data[name].dims for name in names for dim in (MEMBER, MODES))
    return [names] if together else [group for group in groups if group]


def _head(data: xr.Dataset, name: str) -> str:
    """What stands above a column: `sz`, or `sz/S` in units of S."""
    units = data[name].attrs.get("units")
    return f"{name}/{units}" if units in LABELS else name


def _heading(data: xr.Dataset, fixed: Mapping[str, str]) -> Iterator[str]:
    """What holds for the whole table."""
    if fixed:
        yield "at " + ", ".join(f"{dim} = {number_text(data[dim].values.item())}" for dim in fixed)
    done = data.complete.values
    if not done.all():
        yield f"{np.count_nonzero(done)} of {done.size} points are finished"


def _points(data: xr.Dataset, names: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """A row for each point: coordinates, and of each variable values, errors, status and marks.

    Also the names of the coordinates.
    """
    axes = [str(axis) for axis in data[ALWAYS].dims]
    axes += [dim for dim in (MEMBER, MODES) if any(dim in data[name].dims for name in names)]
    columns = [ALWAYS, *names]
    for name in names:
        for dim in data[name].dims:
            choice = f"choose a value of `{dim}` for `{name}`, as in --at {dim}=0"
            require(dim in axes, "at", choice, "none")
        columns += [_marks(name), _status(name), error_name(name), STATUS_OF.get(name, name)]
    shown = data[[name for name in dict.fromkeys(columns) if name in data]]
    # Sweeps without axes have one point: a dimension of length 1 makes it a row.
    points = shown.expand_dims("a row").to_dataframe(["a row", *axes]).reset_index()
    return points, [name for axis in axes for name in (axis, *moving_along(data, axis))]


def _cells(data: xr.Dataset, points: pd.DataFrame, name: str) -> pd.Series:
    """The texts of one variable."""
    if "flag_meanings" in data[name].attrs:
        cells = _meanings(data, points, name)
    elif error_name(name) in points:
        pairs = zip(points[name], points[error_name(name)], strict=True)
        cells = pd.Series([with_error(*pair) for pair in pairs])
    else:
        cells = points[name].map(number_text)
    words = _words(data, points, name)
    cells = cells.where(words == "", cells + " (" + words + ")")
    shown = _signs(points, name)
    # What is not marked gets as much room, so that digits stay below digits.
    return cells + shown.map(lambda sign: f" {sign or ' '}") if shown.any() else cells


def _signs(points: pd.DataFrame, name: str) -> pd.Series:
    """The mark behind each value; empty for those that nothing speaks against."""
    signs = pd.Series("", points.index)
    if _status(name) in points:
        words = points[_status(name)].map(dict(enumerate(VALUE_WORDS)))
        signs = words.map(DOUBTS).fillna("")
        early = (points[_status(name)] == MISSING_CODE) & points[name].notna()
        signs = signs.mask(early & (points[ALWAYS] > 0), EARLY_MARK)
    return signs.where(points[_marks(name)] == 0, MARK)


def _status(name: str) -> str:
    """Name of the status of a variable, as `_marks`."""
    return f"{name} status"


def _marks(name: str) -> str:
    """Name of the flags of a variable; with a space, which no variable or axis has."""
    return f"{name} marks"


def _meanings(data: xr.Dataset, points: pd.DataFrame, name: str) -> pd.Series:
    """The words of a flag."""
    flags = np.atleast_1d(data[name].attrs["flag_values"]).tolist()
    meanings = data[name].attrs["flag_meanings"].split()
    return points[name].map(dict(zip(flags, meanings, strict=True)))


def _words(data: xr.Dataset, points: pd.DataFrame, name: str) -> pd.Series:
    """The status of each value that is missing, or not what it seems; empty for all others."""
    flag = STATUS_OF.get(name)
    if flag in points:
        words = _meanings(data, points, str(flag))
    elif name in MEANINGS and flag is None and "flag_meanings" not in data[name].attrs:
        words = pd.Series(next(iter(MEANINGS[name])), points.index)
    else:
        return pd.Series("", points.index)
    told = (points[name].isna() | (words == QUALIFIED)) & (points[ALWAYS] > 0)
    return words.where(told & ~words.isin(SILENT), "")


def _notes(data: xr.Dataset, points: pd.DataFrame, names: list[str]) -> Iterator[str]:
    """What the marks and the words in a table mean."""
    wrong = points[[_marks(name) for name in names]].to_numpy()
    if wrong.any():
        yield f"{MARK}  {note(wrong.ravel())}"
    signs = {sign for name in names for sign in _signs(points, name)}
    if EARLY_MARK in signs:
        yield f"{EARLY_MARK}  {EARLY_MEANING}"
    for word, sign in DOUBTS.items():
        if sign in signs:
            late = f" (up to {_slowest(data)})" if word == "not-stationary" else ""
            yield f"{sign}  {word}: {VALUE_MEANINGS[word]}{late}"
    told = set()
    for name in names:
        flag = name if name in MEANINGS else STATUS_OF.get(name)
        shown = _words(data, points, name)
        if "flag_meanings" in data[name].attrs:
            shown = _meanings(data, points, name)
        meanings = MEANINGS.get(str(flag), {})
        for word in shown.unique():
            if word in meanings and word not in SILENT and (flag, word) not in told:
                told.add((flag, word))
                yield f"{word}  {meanings[word]}"
        if "flag_meanings" not in data[name].attrs and "comment" in data[name].attrs:
            yield f"{name}  {data[name].attrs['comment']}"


def _slowest(data: xr.Dataset) -> str:
    """The longest relaxation time of a dataset."""
    return f"{RELAXATION_TIME} {float(data[RELAXATION_TIME].max()):.2g}"


def _parts(cells: pd.DataFrame, axes: int, width: int | None) -> Iterator[str]:
    """The table cut into groups of columns that fit; each begins with the columns of the axes."""
    widths = [max(len(head), *map(len, cells[head])) for head in cells]

    def aligned(columns: list[int]) -> str:
        space = [widths[i] + GAP - 1 for i in columns]  # and one that pandas puts between
        return dedent(cells.iloc[:, columns].to_string(index=False, col_space=space))

    columns = list(range(axes))
    for column in range(axes, len(widths)):
        used = sum(widths[i] + GAP for i in [*columns, column]) - GAP
        if width is not None and len(columns) > axes and used > width:
            yield aligned(columns)
            columns = columns[:axes]
        columns.append(column)
    yield aligned(columns)


def with_error(value: float, error: float) -> str:
    """A value with its error, both to two digits of the error."""
    if error == 0 and abs(value) < NOISE:
        return "0 ± 0"
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return number_text(value)
    digits = 1 - math.floor(math.log10(error))
    if not -3 <= digits <= 12:
        return f"{value:.6g} ± {error:.2g}"
    decimals = max(0, digits)
    return f"{value:.{decimals}f} ± {error:.{decimals}f}"


def number_text(value: Any) -> str:
    """A value to six digits; a dash if there is none."""
    if isinstance(value, float | np.floating):
        return "-" if math.isnan(value) else f"{value:.6g}"
    return str(value)
