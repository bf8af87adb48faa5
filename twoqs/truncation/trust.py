"""`twoqs.trust`: what the truncated Wigner method leaves out, from twins of a model."""

from __future__ import annotations

import math
from dataclasses import replace
from inspect import signature
from typing import Any

import numpy as np
import xarray as xr

from twoqs.errors import require
from twoqs.measure import Observable, asked, error_name
from twoqs.measure.names import MODEL_ERROR, SCALE_POWER
from twoqs.methods.numerics import Numerics, resolve
from twoqs.model.arguments import integer, number
from twoqs.model.arrays import Floats
from twoqs.model.limits import MOST_SEED, MOST_TRAJECTORIES
from twoqs.model.model import Model
from twoqs.simulation.simulate import settings_from, simulate
from twoqs.simulation.window import is_auto
from twoqs.theory.photons import PhotonCutError
from twoqs.truncation.compare import Deviation, deviations_of, scale_power
from twoqs.truncation.extrapolate import (
    TRENDS,
    envelope,
    extrapolated,
    with_neighbours,
)
from twoqs.truncation.lengths import ALL_OF_MODEL, TwinModels, twins_for
from twoqs.truncation.twin import SHORTEST, NoTwinError

TRAJECTORIES = 16_384
"""Of each twin: so many take less than the master equation."""

MEASURED = (
    "times", "average", "samples", "observables", "derived", "method", "scheme", "representation",
    "neglect", "precision",
)  # fmt: skip
"""Arguments of `twoqs.simulate` that matter to twins."""


def trust(
    model: Model,
    *,
    trajectories: int = TRAJECTORIES,
    longest: float | None = None,
    seed: int = 0,
    **settings: Any,
) -> xr.Dataset:
    """What a simulation of a model is off by, however many trajectories and small steps it has.

    Twins of the model, with shorter spins and the same equations of the mean field, are simulated
    and solved by the master equation; what they are off by is extrapolated with a/S + b/S^2. It is
    an estimate: nothing tells that short spins behave as long ones do.

    Args:
        model: as of `twoqs.simulate`.
        trajectories: of each twin at least.
        longest: length of the longest spin in a twin at most.
        seed: of the random numbers of twins.
        settings: other arguments of `twoqs.simulate` that say what is measured, and how; the step
            is that which it takes for a twin, functions of the user's are left out.

    Returns:
        Dataset of, for each variable `<name>` of a result that the master equation has,
        `<name>_model`, method less exact at the length of the model; `<name>_model_se`, what this
        may be off by; `<name>_trend`, a flag: whether deviations fall with S. And over `twin`, the
        share of its lengths: `<name>_deviation` and its standard error, and what is exact,
        `<name>_exact`, in units of the model. `model_error` is the largest of both errors together,
        in % of S, S^2 or the value, as statuses take them.
        The attribute `tested` tells of which part of the model twins are.

    Raises:
        ArgumentError: for arguments that cannot be used, or if no part of the model has twins.
        TwoqsError: if the master equation of a twin is not solved.

    Examples:
        >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)
        >>> found = twoqs.trust(model, times=[0, 2], longest=4, trajectories=1024)
        >>> bool(abs(found.sz_model[1]) < 0.01 * 100)
        True
        >>> found.attrs["tested"]
        'all of the model'
    """
    require(isinstance(model, Model), "model", "be a twoqs.Model", model)
    defaults = {name: one.default for name, one in signature(simulate).parameters.items()}
    for name, value in settings.items():
        require(name in MEASURED, name, f"be left out: there are {', '.join(MEASURED)}", value)
    wanted = "be a window (start, end)"
    require(not is_auto(settings.get("average")), "average", wanted, settings.get("average"))
    trajectories = integer("trajectories", trajectories, 1, MOST_TRAJECTORIES)
    longest = None if longest is None else number("longest", longest)
    seed = integer("seed", seed, 0, MOST_SEED)
    numerics = resolve(model, settings_from({**defaults, **settings, "model": model})[0])
    return from_twins(model, numerics, trajectories, longest, seed)


def from_twins(
    model: Model, numerics: Numerics, trajectories: int, longest: float | None, seed: int = 0
) -> xr.Dataset:
    """The same for settings that are checked.

    Args:
        numerics: resolved.

    Raises:
        NoTwinError, TwoqsError: as `trust`.
    """
    while True:
        found = twins_for(model, longest)
        own, measured = _measured(numerics, found)
        try:
            # The longest first: its modes need the most quanta.
            compared = [
                deviations_of(model, twin, measured, trajectories, seed)
                for twin in reversed(found.twins)
            ]
            break
        except PhotonCutError as error:
            longest = math.nextafter(found.twins[-1].model.spin, 0.0)
            if longest < SHORTEST:
                raise NoTwinError(f"no two twins of it can be solved: {error}") from None
    compared.reverse()
    shares = np.array([twin.share for twin in found.twins])
    variables: dict[str, Any] = {}
    for name, record in asked(model, own).items():
        pairs = [one[name] for one in compared if name in one]
        if len(pairs) == len(compared):
            variables |= _variables(record, pairs, shares, own.times)
    lengths = ("twin", [twin.model.spin for twin in found.twins])
    made = xr.Dataset(variables, {"twin": shares, "twin_spin": lengths}, {"tested": found.tested})
    return made.assign({MODEL_ERROR: largest(made, model.spin)})


def _measured(numerics: Numerics, found: TwinModels) -> tuple[Numerics, Numerics]:
    """What of a model is asked about, and what is measured of its twins."""
    if found.tested != ALL_OF_MODEL:  # distances, sites and waves of the model are none of the part
        numerics = replace(numerics, observables=(), requests=(), derived=())
    if numerics.times is None or numerics.requests or found.twins[0].share == 1:
        return numerics, numerics
    return numerics, replace(numerics, times=with_neighbours(numerics.times))


def shares_of_scale(
    found: xr.Dataset, name: str, spin: float, value: xr.DataArray | None = None
) -> xr.Dataset:
    """The error of a variable in shares of what is large for it, its own size counting as well.

    Args:
        found: of `trust`.
        name: of a variable that it has an error of.
        spin: longest one of the model.
        value: that of the model, of the shape of the error, where it is known; else what is exact
            of the longest twin, in units of the model, counts for it.

    Returns:
        Dataset of `bias` and `error`, each of the shape of the variable.
    """
    model = found[error_name(name, "model")]
    power = model.attrs.get(SCALE_POWER)
    size = abs(found[f"{name}_exact"][-1])
    if value is not None:
        size = abs(value).where(np.isfinite(value), size)
    scale = size if power is None else np.maximum(size, spin**power)
    own = found[error_name(name, "model_sampling")]
    return xr.Dataset({"bias": model / scale, "error": own / scale})


def largest(found: xr.Dataset, spin: float) -> xr.DataArray:
    """The largest error of all variables, bias and what that may be off by together, in %."""
    shares = (shares_of_scale(found, name, spin) for name in with_model_errors(found))
    sizes = [float(np.hypot(share.bias, share.error).max()) for share in shares]
    text = "largest error of the truncation relative to S, S^2 or the value"
    return xr.DataArray(
        100 * np.fmax.reduce([np.nan, *sizes]), attrs={"long_name": text, "units": "%"}
    )


def with_model_errors(found: xr.Dataset) -> list[str]:
    """Names of the variables whose errors are there."""
    ending = error_name("", "model")
    return [str(name).removesuffix(ending) for name in found if str(name).endswith(ending)]


def _variables(
    record: Observable,
    pairs: list[Deviation],
    shares: Floats,
    times: tuple[float, ...] | None,
) -> dict[str, xr.DataArray]:
    """What is found of one variable at these times, by names."""
    first = pairs[0].value
    values = np.array([pair.value.values for pair in pairs])
    errors = np.array([pair.error.values for pair in pairs])
    exact = np.array([pair.exact.values for pair in pairs])
    found = extrapolated(shares, values, errors)
    if times is not None and "time" in first.dims and len(shares) > 1:
        found = envelope(found, first.time.values)
        asked_for = np.isin(first.time.values, times)
        found = found.at(asked_for)
        first, values = first[asked_for], values[:, asked_for]
        errors, exact = errors[:, asked_for], exact[:, asked_for]
    name, flags = record.name, np.arange(len(TRENDS), dtype=np.int8)
    size: dict[str, Any] = {"units": record.units}
    power = scale_power(record)
    scale = {} if power is None else {SCALE_POWER: power}
    flag = {"flag_values": flags, "flag_meanings": " ".join(TRENDS)}
    made: dict[str, tuple[Any, tuple[str, ...], dict[str, Any]]] = {
        f"{name}_deviation": (values, ("twin",), size),
        error_name(f"{name}_deviation"): (errors, ("twin",), size),
        f"{name}_exact": (exact, ("twin",), size),
        error_name(name, "model"): (found.value, (), {**size, **scale}),
        error_name(name, "model_sampling"): (found.error, (), size),
        f"{name}_trend": (found.trend, (), flag),
    }
    own = {dim: first[dim] for dim in first.dims if dim in first.coords}
    return {
        key: xr.DataArray(array, own, (*outer, *first.dims), attrs=about)
        for key, (array, outer, about) in made.items()
    }
