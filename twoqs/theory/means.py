"""Means of classical spins and modes in the form of a result."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from twoqs.measure.members import MEMBER, MODES, SITES_OF, Family, family_of
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.theory.mean_field.translations import Translations

Variables: TypeAlias = dict[str, tuple[tuple[str, ...], Any]]
"""Dimensions and values by name."""


def family_averages(family: Family, cells: Translations, values: Floats) -> Floats:
    """Averages over the sites of each member of a family.

    Args:
        values: of the sites of a cell, shape (..., basis).

    Returns:
        Array of shape (..., member), or (...) for one member.
    """
    own = _members_of(family, cells)
    weights = (own[:, None] == np.arange(len(family.members))).astype(float)
    averages = np.asarray(values @ (weights / weights.sum(axis=0)))
    return averages if family.dims else averages[..., 0]


def families_of(model: Model) -> list[Family]:
    """Spins with ensembles, and modes; those that a model has."""
    return [family for dim in (MEMBER, MODES) if len((family := family_of(model, dim)).members)]


def mean_variables(model: Model, cells: Translations, values: Floats) -> Variables:
    """`sx sy sz` and `n a_re a_im`, and those of each site where the sites of a member differ.

    Args:
        values: vectors of a cell, shape (..., 3, basis).
    """
    found: Variables = {}
    for family in families_of(model):
        if family.dim == MODES:
            parts = {"n": (2, 1), "a_re": (0, 1), "a_im": (1, -1)}
        else:
            parts = {"sx": (0, 1), "sy": (1, 1), "sz": (2, 1)}
        components = {
            name: sign * np.take(values, k, axis=values.ndim - 2)
            for name, (k, sign) in parts.items()
        }
        for name, component in components.items():
            found[name] = family.dims, family_averages(family, cells, component)
        if not _alike(family, cells, values):
            for name, component in components.items():
                of_sites = cells.everywhere(component)[..., family.sites]
                found[f"{name}_site"] = (SITES_OF[family.dim],), of_sites
    return found


def _members_of(family: Family, cells: Translations) -> Any:
    """Which member of a family each site of a cell is of, -1 for none; shape (basis,)."""
    every = np.full(cells.sites.size, -1)
    counts = [member.n_sites for member in family.members]
    every[family.sites] = np.repeat(np.arange(len(counts)), counts)
    return every[cells.home]


def _alike(family: Family, cells: Translations, values: Floats) -> bool:
    own = _members_of(family, cells)
    longest = max(member.spin for member in family.members)  # 0 for modes
    size = 1e-6 * (longest or max(1.0, float(np.max(np.abs(values[..., own >= 0])))))
    groups = (values[..., own == k] for k in range(len(family.members)))
    return not any(bool(np.any(np.abs(g - g[..., :1]) > size)) for g in groups)


def inner_coordinates(model: Model, variables: Variables) -> dict[str, Any]:
    """Coordinates of members and sites, as far as variables have these dimensions."""
    dims = {dim for inner, _ in variables.values() for dim in inner}
    found: dict[str, Any] = {}
    for family in families_of(model):
        if family.dim in dims:
            found[family.dim] = family.names
        if SITES_OF[family.dim] in dims:
            found[SITES_OF[family.dim]] = family.sites
    return found
