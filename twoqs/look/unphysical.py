"""Where results of runs and of sweeps belong to no state of their spins."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError, require
from twoqs.measure import OF_MODES, error_name
from twoqs.measure.members import MEMBER, MODES, family_of
from twoqs.methods import Method, method_of
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.simulation.quanta import NEEDED_OF_MODES, quanta_reasons
from twoqs.simulation.validity import ABOUT, NEEDED, initial_spread, member_values, reasons
from twoqs.sweep import Sweep
from twoqs.sweep.settings import build_model

PerModel = Callable[[Model, Method], Floats]
"""Numbers of a model: one for all spins, or one for each member or site."""


STRENGTHS = ("field", "coupling", "twist", "decay", "gain", "dephasing", "parameters")
"""Keys of models that tell nothing of the lengths of spins and of their initial spread."""

FAMILIES = {"spins": MEMBER, "modes": MODES}
"""What values may belong to no state of, and the dimension over them."""


def unphysical(data: xr.Dataset, of: str | None = None) -> xr.DataArray:
    """Where the values of a dataset belong to no state of its spins, or of its modes.

    Args:
        data: results of `twoqs.simulate`, or of a sweep as `twoqs.open` gives them, or a selection
            of its points, times and members, with means, variances, `spin_length_std` (of modes
            with `n`), `trajectories`.
        of: "spins" or "modes"; the spins, if there are any, if left out.

    Returns:
        Booleans over the points and, if there is one, `time`, and `member` (or `mode`) if there are
        several. Noise does not make them true, and values that are missing (NaN) are not marked.
        See `unphysical_reasons` for what is wrong.

    Raises:
        ArgumentError: if the dataset does not say what is needed.

    Examples:
        >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)
        >>> ds = twoqs.simulate(model, times=[0, 2], trajectories=64)
        >>> twoqs.unphysical(ds).values
        array([False, False])
    """
    return (unphysical_reasons(data, of) != 0).rename("unphysical").assign_attrs(ABOUT)


def unphysical_reasons(data: xr.Dataset, of: str | None = None) -> xr.DataArray:
    """Reasons of a dataset that `unphysical` takes, as sums of flags.

    See `twoqs.simulation.validity.reasons` and `twoqs.simulation.quanta.quanta_reasons`.
    """
    require(of is None or of in FAMILIES, "of", f"be one of {', '.join(FAMILIES)}", of)
    if of == "modes" or (of is None and not _has(data, NEEDED) and _has(data, NEEDED_OF_MODES)):
        return quanta_reasons(data)
    start = _over(
        data,
        MEMBER,
        lambda model, method: member_values(model, lambda member: initial_spread(member, method)),
    )
    return reasons(data, spins(data), start)


def _has(data: xr.Dataset, names: Iterable[str]) -> bool:
    return all(name in data.data_vars for name in names)


def marks(data: xr.Dataset, name: str) -> xr.DataArray:
    """Reasons not to believe a variable, over those of its dimensions that they have.

    Those of the modes for what is of modes, and of the spins for all else. Nothing is wrong with
    what tells of the length itself, or has no standard error. What has no `time` in a dataset over
    times, such as the optimum of the squeezing, is marked if all times are wrong; what has no
    `member` (or `mode`) in one over members, such as means at sites, if one is.
    """
    modes = _has(data, NEEDED_OF_MODES)
    of_modes = modes and (name in OF_MODES or MODES in data[name].dims or not _has(data, NEEDED))
    found = unphysical_reasons(data, "modes" if of_modes else "spins")
    if error_name(name) not in data or name.startswith("spin_length"):
        found = xr.zeros_like(found)
    if "time" in found.dims and "time" not in data[name].dims:
        found = (found * (found != 0).all("time")).isel(time=-1)
    for dim in FAMILIES.values():
        if dim in found.dims and dim not in data[name].dims:
            found = found.reduce(np.bitwise_or.reduce, dim)
    return found.drop_attrs()


def spins(data: xr.Dataset, dim: str = "member") -> xr.DataArray:
    """S over the points of a dataset and, for models of several spins, over a dimension.

    Args:
        data: as `unphysical` takes it.
        dim: "member" or "site".

    Raises:
        ArgumentError: if the dataset does not say what is needed.
    """
    if dim == "site":
        return _over(data, dim, lambda model, method: model.spins[family_of(model, MEMBER).sites])
    return _over(data, dim, lambda model, method: member_values(model, lambda one: one.spin))


def _over(data: xr.Dataset, dim: str, values: PerModel) -> xr.DataArray:
    """Numbers of models over the points of a dataset, and over one more dimension."""
    if "sweep" not in data.attrs:
        try:
            model = build_model(data.attrs["model"])
            method = method_of(data.attrs["scheme"], data.attrs["representation"])
        except (KeyError, ValueError):
            wanted = "be results of twoqs.simulate or twoqs.open, with their attributes"
            raise ArgumentError.of("data", wanted, "others") from None
        return _chosen(data, values(model, method), {}, model, dim)
    sweep, strengths = _sweep_of(data.attrs["sweep"])
    found = np.array([values(point.model, point.numerics.method) for point in sweep.points])
    kept = [axis for axis in sweep.axes if axis.name not in strengths]
    whole = found.reshape((*map(len, kept), *found.shape[1:]))
    coordinates: dict[str, list[Any]] = {axis.name: list(axis.coordinates) for axis in kept}
    return _chosen(data, whole, coordinates, sweep.points[0].model, dim)


@lru_cache(maxsize=4)
def _sweep_of(text: str) -> tuple[Sweep, list[str]]:
    """A sweep with one value on each axis of strengths, and the names of these axes.

    It is asked for twice for each variable of a figure.
    """
    spec = json.loads(text)
    strengths = _strengths(spec)
    # To make a point takes a millisecond; maps have 10^4 of them, all with the same spin.
    for name in strengths:
        spec["axes"][name]["values"] = spec["axes"][name]["values"][:1]
    return Sweep.from_dict(spec), strengths


def _strengths(spec: Mapping[str, Any]) -> list[str]:
    """Names of the axes that set nothing but STRENGTHS."""
    found = []
    for name, axis in spec["axes"].items():
        paths = axis.get("sets", [])
        keys = [path.split(".") for path in ([paths] if isinstance(paths, str) else paths)]
        if keys and all(own[0] == "model" and own[1] in STRENGTHS for own in keys):
            found.append(name)
    return found


def _chosen(
    data: xr.Dataset,
    values: Floats,
    coordinates: dict[str, list[Any]],
    model: Model,
    dim: str,
) -> xr.DataArray:
    """An array over the points, and over `dim` if it has one more dimension; what `data` has."""
    known = dict(coordinates)
    if values.ndim > len(known):
        family = family_of(model, MEMBER)
        known[dim] = family.names if dim == MEMBER else family.sites.tolist()
        require(dim in data.coords, "data", f"have the coordinate `{dim}`", "a dataset without")
    array = xr.DataArray(values, known, list(known))
    chosen = {name: data[name] for name in known if name in data.coords}
    return array.sel(chosen).drop_vars(known, errors="ignore")
