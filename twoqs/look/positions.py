"""Positions along axes that are chosen by values, names and ranges."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.look.choice import dimension_of, moving_along
from twoqs.model.arguments import is_sequence, number

ZERO_SHARE = 1e-12
"""Share of the largest value of an axis within which a value counts as 0."""


def common(one: Any, other: Any) -> Any:
    """Positions that both choose: a number if one of them is one; None if there are none."""
    both = [p for p in np.atleast_1d(one).tolist() if p in np.atleast_1d(other)]
    if not both:
        return None
    return both[0] if np.ndim(one) == 0 or np.ndim(other) == 0 else both


def places_of(data: Any, name: Hashable, label: Any, tolerance: float) -> tuple[Hashable, Any]:
    """A dimension, and the positions along it."""
    dim = dimension_of(data, name)
    known = ", ".join(str(one) for own in data.dims for one in (own, *moving_along(data, own)))
    require(dim is not None, "indexers", f"name only {known}", str(name))
    assert dim is not None
    values = data[name].values
    if name != dim and len(np.unique(values)) < len(values):
        # It may be one value at several places: what is chosen is a part of the dimension then.
        return dim, _all_at(str(name), values, label, tolerance)
    return dim, _positions_in(str(name), values, label, tolerance)


def _all_at(name: str, values: Any, label: Any, tolerance: float) -> Any:
    """Every position of a value, of some, or of those in a range."""
    if isinstance(label, slice):
        return _positions_in(name, values, label, tolerance)
    wanted = list(label) if is_sequence(label) else [label]
    chosen = values[[_number_at(name, values, one, tolerance) for one in wanted]]
    return np.flatnonzero(np.isin(values, chosen))


def _positions_in(dim: str, values: Any, label: Any, tolerance: float) -> Any:
    find = _number_at if values.dtype.kind in "iuf" else _name_at
    if isinstance(label, slice):
        require(find is _number_at and label.step is None, dim, "be a range of numbers", label)
        return _range(dim, values, label, tolerance)
    if is_sequence(label):
        return [find(dim, values, item, tolerance) for item in label]
    return find(dim, values, label, tolerance)


def _number_at(dim: str, values: Any, label: Any, tolerance: float) -> int:
    value = number(dim, label)
    nearest = int(np.abs(values - value).argmin())
    if abs(values[nearest] - value) > _allowed(values, value, tolerance):
        known = np.unique(values)
        ordered = known[np.abs(known - value).argsort(kind="stable")[:2]].tolist()
        near = " and ".join(f"{value:.12g}" for value in sorted(ordered))
        raise ArgumentError.of(dim, f"be a value of the axis (the nearest are {near})", value)
    return nearest


def _name_at(dim: str, values: Any, label: Any, tolerance: float) -> int:
    names = [str(value) for value in values]
    require(str(label) in names, dim, f"be one of {', '.join(names)}", label)
    return names.index(str(label))


def _range(dim: str, values: Any, ends: slice, tolerance: float) -> Any:
    inside = np.ones(len(values), dtype=bool)
    if ends.start is not None:
        start = number(dim, ends.start)
        inside &= values >= start - _allowed(values, start, tolerance)
    if ends.stop is not None:
        stop = number(dim, ends.stop)
        inside &= values <= stop + _allowed(values, stop, tolerance)
    return np.flatnonzero(inside)


def _allowed(values: Any, value: float, tolerance: float) -> float:
    return max(tolerance * abs(value), ZERO_SHARE * float(np.abs(values).max()))
