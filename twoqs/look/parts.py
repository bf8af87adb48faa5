"""The part of a sweep that is chosen by options and arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError, require, within
from twoqs.look.choice import dimension_of, moving_along
from twoqs.look.describe import numbered
from twoqs.look.positions import common, places_of
from twoqs.look.select import TOLERANCE
from twoqs.sweep import Sweep
from twoqs.sweep.part import SweepPart, checked_part


def part_of(sweep: Sweep, part: Any, batches: Any, only: Any) -> SweepPart | None:
    """The part of a sweep that a run is to compute; None if nothing is chosen.

    Args:
        part: (k, n), the k-th of n shares; or None.
        batches: (first, end); or None.
        only: for axes, and for what moves together along one, a value, a list of values or a slice
            with both ends included, as `data.twoqs.sel` takes them; or None.

    Raises:
        ArgumentError: naming what cannot be chosen.
    """
    if part is None and batches is None and only is None:
        return None
    require(only is None or isinstance(only, Mapping), "only", "be a dict of axes", only)
    grid, chosen = numbered(sweep), dict[str, Any]()
    for name, label in (only or {}).items():
        _require_axis(grid, name)
        with within("only"):
            dim, places = places_of(grid, name, label, TOLERANCE)
        places = common(chosen[dim], places) if dim in chosen else places
        found = [] if places is None else np.atleast_1d(places).tolist()
        require(bool(found), f"only.{name}", "choose a value of the axis", label)
        chosen[str(dim)] = found
    return checked_part(sweep, part, (0, None) if batches is None else batches, chosen)


def _require_axis(grid: xr.Dataset, name: Any) -> None:
    known = ", ".join(str(one) for own in grid.dims for one in (own, *moving_along(grid, own)))
    wanted = f"name an axis ({known})" if known else "be left out for a sweep without axes"
    require(dimension_of(grid, name) is not None, "only", wanted, name)


def labels_of(sweep: Sweep, texts: Iterable[str]) -> dict[str, Any] | None:
    """What `part_of` takes for `only`, of texts: AXIS=VALUE, AXIS=LOW:HIGH, AXIS=NAME,NAME.

    Raises:
        ArgumentError: for a text of another form, or a name that is no axis.
    """
    grid, found = numbered(sweep), dict[str, Any]()
    for text in texts:
        name, separator, value = text.partition("=")
        form = "have the form AXIS=VALUE, AXIS=LOW:HIGH or AXIS=VALUE,VALUE"
        require(bool(separator and value), "only", form, text)
        require(name not in found, "only", f"name {name} once", text)
        _require_axis(grid, name)
        if grid[name].dtype.kind not in "iuf":
            found[name] = value.split(",")
        elif ":" in value:
            low, _, high = value.partition(":")
            found[name] = slice(*(_number(name, end) if end else None for end in (low, high)))
        else:
            found[name] = [_number(name, one) for one in value.split(",")]
    return found or None


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentError.of("only", f"give numbers for `{name}`", text) from None
