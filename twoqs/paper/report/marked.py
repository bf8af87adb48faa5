"""Which values of a figure belong to no state of its spins, and which claims go by such values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from twoqs.look.unphysical import marks, unphysical_reasons
from twoqs.look.validation import Claim
from twoqs.look.validation.verdicts import about
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


def marked(table: pd.DataFrame, data: xr.Dataset, claims: list[Claim]) -> list[int]:
    """For each claim, how many of the values that it goes by are marked as unphysical.

    Args:
        table: deviations of the dataset (`twoqs.look.validation.deviations`).
    """
    flags = pd.Series(False, index=table.index)
    for name, rows in table.groupby("variable"):
        own = marks(data, str(name))
        positions: Any = tuple(own.indexes[dim].get_indexer(rows[dim]) for dim in own.dims)
        flags[rows.index] = own.values[positions] != 0
    return [int(flags[about(table, claim).index].sum()) for claim in claims]
