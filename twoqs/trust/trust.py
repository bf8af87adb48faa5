"""`twoqs.trust`: what the truncated Wigner method leaves out, from twins of a model."""

from __future__ import annotations

from inspect import signature
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import require
from twoqs.measure.names import error_name
from twoqs.methods.numerics import Numerics, resolve
from twoqs.model.arguments import integer, number
from twoqs.model.limits import MOST_SEED, MOST_TRAJECTORIES
from twoqs.model.model import Model
from twoqs.simulation.simulate import settings_of, simulate
from twoqs.trust.compare import Deviation, deviations
from twoqs.trust.extrapolate import TRENDS, Extrapolated, envelope, extrapolated
from twoqs.trust.lengths import Twin, Twins, twins_for

TRAJECTORIES = 16_384
"""Of each twin: so many take less than the master equation."""

REACH = 0.25
"""How far times of a twin are from those of the model, as a share."""


def trust(
    model: Model,
    *,
    trajectories: int = TRAJECTORIES,
    longest: float | None = None,
    seed: int = 0,
    **settings: Any,
) -> xr.Dataset:
    known = {name: one.default for name, one in signature(simulate).parameters.items()}
    for name in settings:
        require(name in known, name, f"be one of those of simulate", settings[name])
    require(isinstance(model, Model), "model", "be a twoqs.Model", model)
    numerics = resolve(model, settings_of({**known, **settings, "model": model})[0])
    return model_errors(model, numerics, trajectories, longest, seed)


def model_errors(
    model: Model,
    numerics: Numerics,
    trajectories: int = TRAJECTORIES,
    longest: float | None = None,
    seed: int = 0,
) -> xr.Dataset:
    found = twins_for(model, longest)
    compared = [deviations(model, twin, numerics, trajectories, seed) for twin in found.twins]
    shares = np.array([twin.share for twin in found.twins])
    variables: dict[str, Any] = {}
    for name in compared[0]:
        pairs = [one[name] for one in compared if name in one]
        if len(pairs) == len(compared) and len({p.value.shape for p in pairs}) == 1:
            variables |= _variables(name, pairs, shares)
    lengths = [twin.model.spin for twin in found.twins]
    coordinates = {"twin": shares, "twin_spin": ("twin", lengths)}
    return xr.Dataset(variables, coordinates, {"tested": found.tested})


def _variables(name: str, pairs: list[Deviation], shares: np.ndarray) -> dict[str, Any]:
    first = pairs[0].value
    values, errors = (np.array([np.asarray(getattr(p, part)) for p in pairs]) for part in Deviation._fields)
    found = extrapolated(shares, values, errors)
    if "time" in first.dims and len(shares) > 1:
        found = envelope(found, first.time.values, REACH)
    dims = first.dims
    coords = {d: first[d] for d in dims if d in first.coords}
    return {
        f"{name}_deviation": xr.DataArray(values, coords, ("twin", *dims)),
        f"{name}_deviation_se": xr.DataArray(errors, coords, ("twin", *dims)),
        f"{name}_model": xr.DataArray(found.value, coords, dims),
        f"{name}_model_se": xr.DataArray(found.error, coords, dims),
        f"{name}_trend": xr.DataArray(found.trend, coords, dims),
    }
