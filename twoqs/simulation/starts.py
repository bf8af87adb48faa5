"""One model from several initial states: what depends on them has not relaxed, or never will."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import scipy  # its packages are loaded when first used
import xarray as xr

from twoqs.errors import require
from twoqs.kernels.moments import GROUP
from twoqs.measure.names import STARTS_DIM, error_name, without_errors
from twoqs.model.model import Model
from twoqs.model.starts import STARTS

BY_CHANCE = 0.01
"""Probability that a value is said to depend on the start where it does not; and that there is a
warning where none does."""

MANY_GROUPS = 1e9
"""Of trajectories, where their number is not known."""


def models_of(model: Model, starts: Any) -> dict[str, Model]:
    """The model with each of these initial states, by their names.

    Args:
        starts: names of STARTS, or a mapping of names and states.

    Raises:
        ArgumentError: unless these are two or more different ones that the model can have.
    """
    listed = starts if isinstance(starts, Mapping) else _named(starts)
    wanted = f"be several of {', '.join(STARTS)}, or states by names"
    require(len(listed) > 1, "starts", wanted, starts)
    for name in listed:
        require(isinstance(name, str) and name.isidentifier(), "starts", wanted, name)
    return {name: replace(model, initial=state) for name, state in listed.items()}


def _named(starts: Any) -> dict[str, Any]:
    wanted = f"be several of {', '.join(STARTS)}, or states by names"
    listed = isinstance(starts, list | tuple)
    require(listed and len(set(map(str, starts))) == len(starts), "starts", wanted, starts)
    for name in starts:
        require(isinstance(name, str) and name in STARTS, "starts", wanted, name)
    return {name: STARTS[name] for name in starts}


def r_hat(data: xr.Dataset, name: str) -> xr.DataArray:
    """R-hat of a value between starts: 1 where they agree, sqrt(1 + b/w) beyond noise.

    Here w is the variance of one trajectory, the squared standard error times their number, and b
    the variance of the values between starts less that of their noise (Gelman and Rubin, 1992,
    with independent trajectories in place of samples of a chain).

    Raises:
        ArgumentError: unless the dataset has the dimension `start` and the variable an error.
    """
    wanted = "be a variable with a standard error, over the dimension `start`"
    known = name in data and error_name(name) in data and STARTS_DIM in data[name].dims
    require(known, "name", wanted, name)
    noise = (data[error_name(name)] ** 2).mean(STARTS_DIM)
    between = data[name].var(STARTS_DIM, ddof=1) - noise
    within = noise * data["trajectories"].mean(STARTS_DIM) if "trajectories" in data else noise
    found = (1 + between.clip(min=0) / within) ** 0.5
    about = {"long_name": f"R-hat of {name} between starts", "units": "1"}
    found.attrs = about  # none of the value, which arithmetic may keep
    return found.rename(f"{name}_rhat")


def by_chance(data: xr.Dataset, name: str) -> xr.DataArray:
    """Probability that values from several starts differ so by their noise alone.

    The test of Welch (1951), which knows that standard errors themselves come from few groups of
    trajectories.

    Args:
        data: with the dimension `start`.
        name: of a variable over it, with a standard error.
    """
    value, weights = data[name], 1 / data[error_name(name)] ** 2
    groups = data["trajectories"] / GROUP if "trajectories" in data else MANY_GROUPS
    total, starts = weights.sum(STARTS_DIM), value.sizes[STARTS_DIM]
    mean = (weights * value).sum(STARTS_DIM) / total
    distance = (weights * (value - mean) ** 2).sum(STARTS_DIM)
    uneven = ((1 - weights / total) ** 2 / (groups - 1)).sum(STARTS_DIM)
    squares = starts**2 - 1
    ratio = distance / (starts - 1) / (1 + 2 * (starts - 2) / squares * uneven)
    return xr.apply_ufunc(scipy.special.fdtrc, starts - 1, squares / (3 * uneven), ratio)


def differing(data: xr.Dataset, name: str) -> xr.DataArray:
    """Where values from several starts differ by more than their errors."""
    return by_chance(data, name) < BY_CHANCE


def starts_note(data: xr.Dataset) -> str | None:
    """A sentence about averages that depend on the start; None about others, and about times."""
    if "time" in data.dims:
        return None
    named = [name for name in without_errors(data.data_vars) if error_name(name) in data]
    chances = {name: by_chance(data, name) for name in named}
    tests = sum(chance.size for chance in chances.values())
    found = [name for name in named if bool((chances[name] < BY_CHANCE / tests).any())]
    if not found:
        return None
    worst = max(found, key=lambda name: float(data[f"{name}_rhat"].max()))
    each = ", ".join(
        f"{float(np.ravel(v)[0]):.4g} from {s}"
        for s, v in zip(
            data[STARTS_DIM].values, data[worst].transpose(STARTS_DIM, ...).values, strict=True
        )
    )
    return (
        f"Averages depend on the initial state, beyond their standard errors: `{worst}` is {each} "
        f"(R-hat {float(data[f'{worst}_rhat'].max()):.3g}; {len(found)} of {len(named)} values "
        "differ). Average later; if it stays, the state is metastable, or there are several steady "
        "states."
    )


def over_starts(results: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Results from several starts as one dataset, with R-hat of each value as `<name>_rhat`."""
    first = next(iter(results.values()))
    starts = xr.DataArray(list(results), dims=STARTS_DIM, attrs={"long_name": "initial state"})
    data = xr.concat(list(results.values()), starts.rename(STARTS_DIM), combine_attrs="override")
    named = [name for name in without_errors(first.data_vars) if error_name(name) in first]
    data = data.assign({f"{name}_rhat": r_hat(data, name) for name in named})
    # Of the model that of the first start: what is said of the others is in `start`.
    data.attrs = {key: v for key, v in first.attrs.items() if key != "point_id"}
    return data
