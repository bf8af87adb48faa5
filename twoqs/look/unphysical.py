"""Where results of runs and of sweeps belong to no state of their spins."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

from twoqs.errors import ArgumentError
from twoqs.measure.names import error_name
from twoqs.methods import method_of
from twoqs.simulation.validity import ABOUT, reasons
from twoqs.sweep import Sweep


def unphysical(data: xr.Dataset) -> xr.DataArray:
    """Where the values of a dataset belong to no state of its spins.

    Args:
        data: results of `twoqs.simulate`, or of a sweep as `twoqs.open` gives them, or a selection
            of its points and times, with means, variances, `spin_length_std`, `trajectories`.

    Returns:
        Booleans over the points and, if there is one, `time`. Noise does not make them true, and
        values that are missing (NaN) are not marked. See `unphysical_reasons` for what is wrong.

    Raises:
        ArgumentError: if the dataset does not say what is needed.
    """
    return (unphysical_reasons(data) != 0).rename("unphysical").assign_attrs(ABOUT)


def unphysical_reasons(data: xr.Dataset) -> xr.DataArray:
    """`twoqs.simulation.validity.reasons` of a dataset that `unphysical` takes."""
    return reasons(data, *spins(data))


def marks(data: xr.Dataset, name: str) -> xr.DataArray:
    """Reasons not to believe a variable, over those of its dimensions that they have.

    Nothing is wrong with what tells of the length itself, or has no standard error. What has no
    `time` in a dataset over times, such as the optimum of the squeezing, is marked if all times
    are wrong.
    """
    found = unphysical_reasons(data)
    if error_name(name) not in data or name.startswith("spin_length"):
        found = xr.zeros_like(found)
    if "time" in found.dims and "time" not in data[name].dims:
        found = (found * (found != 0).all("time")).isel(time=-1)
    return found.drop_attrs()


def spins(data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """S, and the spread of its length in the initial state, over the points of a dataset."""
    if "sweep" not in data.attrs:
        try:
            spin = json.loads(data.attrs["model"])["spin"]
            kind = data.attrs["scheme"], data.attrs["representation"]
        except (KeyError, ValueError):
            wanted = "be results of twoqs.simulate or twoqs.open, with their attributes"
            raise ArgumentError.of("data", wanted, "others") from None
        return xr.DataArray(spin), xr.DataArray(method_of(*kind).length_spread(spin))
    sweep = Sweep.from_dict(json.loads(data.attrs["sweep"]))
    numerics = [point.numerics for point in sweep.points]
    spins = [point.model.spin for point in sweep.points]
    starts = [n.method.length_spread(spin) for n, spin in zip(numerics, spins, strict=True)]
    coords = {axis.name: list(axis.coordinates) for axis in sweep.axes}
    chosen = {dim: data[dim] for dim in sweep.dims if dim in data.coords}
    whole = (np.reshape(values, sweep.shape) for values in (spins, starts))
    spin, start = (
        xr.DataArray(values, coords, sweep.dims).sel(chosen).drop_vars(coords, errors="ignore")
        for values in whole
    )
    return spin, start
