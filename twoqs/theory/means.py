"""Means of classical spins in the form of a result."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from twoqs.measure import over_members
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.theory.mean_field.translations import Translations

Variables: TypeAlias = dict[str, tuple[tuple[str, ...], Any]]
"""Dimensions and values by name."""


def member_average(model: Model, cells: Translations, values: Floats) -> Floats:
    """Averages over the sites of each member.

    Args:
        values: of the sites of a cell, shape (..., basis).

    Returns:
        Array of shape (..., member), or (...) for one member.
    """
    own = np.repeat(np.arange(len(model.members)), [m.n_sites for m in model.members])[cells.home]
    weights = (own[:, None] == np.arange(len(model.members))).astype(float)
    averages = values @ (weights / weights.sum(axis=0))
    return averages if over_members(model) else averages[..., 0]


def mean_variables(model: Model, cells: Translations, values: Floats) -> Variables:
    """`sx sy sz`, and those of each site where the sites of a member differ.

    Args:
        values: vectors of a cell, shape (..., 3, basis).
    """
    averages = member_average(model, cells, values)
    inner = over_members(model)
    axes = values.ndim - 2
    found: Variables = {
        f"s{axis}": (inner, np.take(averages, k, axis=axes)) for k, axis in enumerate("xyz")
    }
    if not _alike(model, cells, values):
        of_sites = cells.everywhere(values)
        for k, axis in enumerate("xyz"):
            found[f"s{axis}_site"] = ("site",), of_sites[..., k, :]
    return found


def _alike(model: Model, cells: Translations, values: Floats) -> bool:
    ends = np.cumsum([m.n_sites for m in model.members])
    own = np.searchsorted(ends, cells.home, side="right")
    size = 1e-6 * float(np.max(model.spins))
    groups = (values[..., own == k] for k in range(len(model.members)))
    return not any(bool(np.any(np.abs(g - g[..., :1]) > size)) for g in groups)


def inner_coordinates(model: Model, variables: Variables) -> dict[str, Any]:
    """Coordinates of members and sites, as far as variables have these dimensions."""
    dims = {dim for inner, _ in variables.values() for dim in inner}
    found: dict[str, Any] = {}
    if "member" in dims:
        found["member"] = [member.name for member in model.members]
    if "site" in dims:
        found["site"] = np.arange(model.n_sites)
    return found
