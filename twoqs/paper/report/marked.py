"""Which values of a figure are not ok, and which claims go by such values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twoqs.look.trusted import judged, status_counts, statuses
from twoqs.look.unphysical import unphysical_reasons
from twoqs.look.validation import Claim
from twoqs.look.validation.verdicts import about
from twoqs.measure.statuses import VALUE_MEANINGS, VALUE_WORDS
from twoqs.simulation.validity import note


def remark(data: xr.Dataset) -> str:
    """One line on the points and times whose state is unphysical; empty if there are none.

    Each case, or other combination of names, is told with the ranges of its numbers.
    """
    flags = unphysical_reasons(data)
    wrong = flags != 0
    if not wrong.any():
        return ""
    numbers = [str(dim) for dim in flags.dims if data[dim].dtype.kind in "iuf"]
    names = [str(dim) for dim in flags.dims if dim not in numbers]
    groups = wrong.stack(group=names).transpose("group", ...) if names else wrong.expand_dims("g")
    told: dict[str, list[str]] = {}
    for one in groups:
        if one.any():
            label = ", ".join(map(str, one.group.item())) if names else ""
            ranges = ", ".join(f"{dim} = {_range(one, dim)}" for dim in numbers)
            text = f"{int(one.sum())} of {one.size} values" + (f" ({ranges})" if ranges else "")
            told.setdefault(text, []).append(label)
    where = "; ".join(
        f"{', '.join(labels)}: {text}" if names else text for text, labels in told.items()
    )
    return f"{where}: {note(flags.values)}"


def _range(wrong: xr.DataArray, dim: str) -> str:
    """The coordinates along a dimension at which anything is wrong."""
    inner = wrong.any([other for other in wrong.dims if other != dim])
    values = np.sort(wrong[dim].values[inner.values])
    if len(values) < 3:
        return " and ".join(f"{value:g}" for value in values)
    return f"{values[0]:g} to {values[-1]:g}"


@dataclass(frozen=True)
class Trust:
    """How many values of a figure have each status.

    Attributes:
        words: the statuses that occur, "ok" first.
        rows: names of variables, and their numbers of values by word.
        meanings: of the words but for "ok": what happened, and what to do.
    """

    words: list[str]
    rows: list[tuple[str, dict[str, int]]]
    meanings: dict[str, str]


def trust_table(data: xr.Dataset) -> Trust:
    """Numbers of values of each status; variables with the same numbers are one row."""
    rows: dict[tuple[tuple[str, int], ...], list[str]] = {}
    for name in judged(data):
        rows.setdefault(tuple(status_counts(data, name).items()), []).append(name)
    found = {word for counts in rows for word, _ in counts}
    words = [word for word in VALUE_WORDS if word in found or word == VALUE_WORDS[0]]
    meanings = {word: str(VALUE_MEANINGS[word]) for word in words[1:]}
    return Trust(words, [(", ".join(names), dict(own)) for own, names in rows.items()], meanings)


def marked(table: pd.DataFrame, data: xr.Dataset, claims: list[Claim]) -> list[str]:
    """For each claim, what the values that it goes by are if not ok; empty if all of them are.

    Args:
        table: deviations of the dataset (`twoqs.look.validation.deviations`).
    """
    codes = pd.Series(0, index=table.index)
    for name, rows in table.groupby("variable"):
        own = statuses(data, str(name))
        positions: Any = tuple(own.indexes[dim].get_indexer(rows[dim]) for dim in own.dims)
        codes[rows.index] = own.values[positions]
    return [_told(codes[about(table, claim).index]) for claim in claims]


def _told(codes: pd.Series) -> str:
    counts = codes[codes > 0].value_counts().sort_index()
    parts = [f"{count} {VALUE_WORDS[code]}" for code, count in counts.items()]
    return f"Not ok of these {len(codes)} values: {', '.join(parts)}." if parts else ""
