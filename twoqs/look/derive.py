"""Functions of what a store has sums of, after the fact: values and errors without a new run."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError, require
from twoqs.look.open import open_one
from twoqs.look.replicas import STORE_OF_RESULT
from twoqs.measure.derived import checked_derived
from twoqs.measure.names import error_name
from twoqs.measure.results import estimated
from twoqs.measure.variables import Variable
from twoqs.model.arguments import file_name
from twoqs.store import Store


def derive(path: str | os.PathLike[str], formulas: Mapping[str, str]) -> xr.Dataset:
    """New variables, each with its standard error, for all points that are finished.

    Args:
        path: folder of a sweep.
        formulas: functions of its variables by their names, as `derived` of a sweep file has them.

    Returns:
        Dataset of the new variables alone, over the axes of the sweep and their own dimensions.

    Raises:
        StoreError: if there is no sweep, or a damaged one.
        ArgumentError: for names and formulas that make no sense.
    """
    wanted = checked_derived(formulas)
    require(bool(wanted), "derived", "hold at least one formula", dict(formulas))
    folder = Path(file_name("path", path))
    data = open_one(folder)
    for name, _ in wanted:
        require(name not in data.variables, "derived", "have names that no result has", name)
    store = Store(folder)
    store.revoke_damaged()
    shape = store.sweep.shape
    found: dict[str, Variable] = {}
    for place, point in zip(np.ndindex(*shape), store.sweep.points, strict=True):
        if not store.finished(point):
            continue
        numerics = replace(point.numerics, derived=(*point.numerics.derived, *wanted))
        variables = estimated(point.model, numerics, store.rows(point)).variables
        for name, _ in wanted:
            for each in (name, error_name(name)):
                one = variables[each]
                if each not in found:
                    empty = np.full((*shape, *one.values.shape), np.nan)
                    found[each] = Variable((*store.sweep.dims, *one.dims), empty, one.attributes)
                found[each].values[place] = one.values
    if not found:
        raise ArgumentError("There is nothing to derive from: no point is finished.")
    dims = {dim for one in found.values() for dim in one.dims}
    coordinates = {n: c for n, c in data.coords.items() if set(map(str, c.dims)) <= dims}
    new = xr.Dataset({name: tuple(one) for name, one in found.items()}, coordinates, data.attrs)
    return new.assign(trajectories=data["trajectories"])


def source_of(data: Any) -> Path:
    """The store that a dataset was opened from.

    Raises:
        ArgumentError: if it was not, as what `simulate` returns.
    """
    path = getattr(data, "encoding", {}).get(STORE_OF_RESULT)
    if path is None:
        raise ArgumentError(
            "The dataset must be one that `twoqs.open` returned, whose store has the sums; "
            "`simulate` takes `derived=` itself."
        )
    return Path(path)


def named_formulas(texts: Sequence[str]) -> dict[str, str]:
    """Formulas by their names.

    Raises:
        ArgumentError: for empty ones, and names that two have.
    """
    found: dict[str, str] = {}
    for text in texts:
        require(bool(text.strip()), "expr", "be a formula, or name=formula", text)
        name, formula = named_formula(text)
        require(name not in found, "expr", "have different names (name=formula)", text)
        found[name] = formula
    return found


def named_formula(text: str) -> tuple[str, str]:
    """The name and the formula of `name=formula`; without one it is called by its letters."""
    name, equals, formula = text.partition("=")
    if equals:
        return name.strip(), formula
    letters = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    return (letters if letters[:1].isalpha() else f"f_{letters}"), text
