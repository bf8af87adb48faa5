"""From raw sums to a dataset: expectation values, each beside its standard error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.moments import GROUP
from twoqs.measure import Observable, asked, error_name
from twoqs.measure.budget import Budget
from twoqs.measure.budgeted import budgeted
from twoqs.measure.coarse import STEP_FLAG, STEP_WORDS
from twoqs.measure.drift import (
    RELAXATION_TIME,
    UNKNOWN,
    WINDOW_FLAG,
    WINDOW_WORDS,
    Stationarity,
)
from twoqs.measure.estimates import estimates_of, sums_of
from twoqs.measure.fitted import Fitting
from twoqs.measure.halves import half_parts
from twoqs.measure.members import SITES_OF, family_of
from twoqs.measure.names import COMMENTS, ERRORS, REPLICA
from twoqs.measure.records import RecordLayout
from twoqs.measure.statistics import Estimate
from twoqs.measure.statuses import comment
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.kinds import ENSEMBLE
from twoqs.model.model import Model

if TYPE_CHECKING:
    import xarray as xr


class Variable(NamedTuple):
    """Dimensions, values and attributes, of which xarray makes a variable."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    attributes: dict[str, Any]


class Results(NamedTuple):
    """The variables and coordinates of a dataset, by their names.

    Apart from a dataset, as xarray takes longer to make one than it takes to compute this.
    """

    variables: dict[str, Variable]
    coordinates: dict[str, Variable]


def finalize(
    model: Model,
    numerics: Numerics,
    records: Floats,
    own: Sequence[Observable] = (),
    kept: Floats | None = None,
) -> xr.Dataset:
    """The dataset of `estimated`, with the number of `trajectories`."""
    variables, coordinates = estimated(model, numerics, records, own, kept)
    total = np.array(GROUP * len(records))
    variables["trajectories"] = Variable((), total, _attributes("number of trajectories", "1"))
    import xarray as xr  # stores and workers need none

    return xr.Dataset(variables, coordinates)


def estimated(
    model: Model,
    numerics: Numerics,
    records: Floats,
    own: Sequence[Observable] = (),
    kept: Floats | None = None,
) -> Results:
    """Expectation values of operators with standard errors.

    Args:
        numerics: resolved settings.
        records: rows of raw sums of all batches in the order of their index, shape (row, length).
        own: observables of the user's, beside those that the settings ask for.
        kept: single trajectories of the first batches, shape (trajectory, time, component, site).

    Returns:
        Variables with the dimensions `time` (unless averaged over a window), `distance` and `site`
        as far as asked for. Every estimate has a companion `<name>_se`, its standard error from a
        jackknife over the rows. Diverged trajectories are left out and counted in `diverged`.
    """
    parts = RecordLayout.of(model, numerics).split(records)
    observables = asked(model, numerics) | {record.name: record for record in own}
    estimates, relaxation, bias, resolved = budgeted(model, numerics, parts, observables)
    halved = bool(half_parts(parts))
    averaged = numerics.average is not None
    variables: dict[str, Variable] = {}
    pick: Any = 0 if averaged else slice(None)
    for name in estimates:
        value, budget = estimates[name].value[pick], estimates[name].budget.at(pick)
        inner = observables[name].dims_for(model)
        dims = inner if averaged else ("time", *inner)
        variables |= _with_errors(observables[name], value, budget, dims)
    dims = () if averaged else ("time",)
    diverged, clipped = _diagnostics(parts, averaged)
    text = "share of diverged trajectories"
    variables["diverged"] = Variable(dims, diverged, _attributes(text, "1"))
    variables["clipped_fraction"] = Variable(dims, clipped, _attributes(_clipping(model), "1"))
    fits = dict.fromkeys(record.fit for record in observables.values() if record.fit)
    for fit in fits:
        off = bias if halved else None
        variables |= _fitted(model, numerics, fit, estimates[fit.of], observables, off)
    if halved:
        variables |= _relaxation(relaxation)
    if resolved is not None:
        text = "whether biases of the time step are known"
        codes = np.asarray(resolved[pick], np.int8)
        variables[STEP_FLAG] = Variable(dims, codes, _flag(text, STEP_FLAG, STEP_WORDS))
    variables |= _single_trajectories(model, numerics, kept)
    return Results(variables, result_coordinates(model, numerics))


def replicates(
    model: Model, numerics: Numerics, records: Floats, own: Sequence[Observable] = ()
) -> Results:
    """The estimates that the jackknife makes errors of, each with some trajectories left out.

    Args:
        model, numerics, records, own: as those of `estimated`.

    Returns:
        Variables as those of `estimated`, with `replica` as their first dimension.
    """
    parts = RecordLayout.of(model, numerics).split(records)
    observables = asked(model, numerics) | {record.name: record for record in own}
    averaged = numerics.average is not None
    variables = {}
    (estimates,) = estimates_of(model, numerics, [sums_of(parts)], observables)
    for name, estimate in estimates.items():
        record = observables[name]
        inner = record.dims_for(model)
        dims = (REPLICA, *inner) if averaged else (REPLICA, "time", *inner)
        values = estimate.replicates[:, 0] if averaged else estimate.replicates
        variables[name] = Variable(dims, values, _attributes(record.text, record.units))
    return Results(variables, result_coordinates(model, numerics))


def _relaxation(found: Stationarity | None) -> dict[str, Variable]:
    """The longest relaxation time, and whether the window begins late enough for it."""
    text = "longest relaxation time that is seen in the window"
    time = np.array(np.nan if found is None else found.slowest)
    word = UNKNOWN if found is None else found.word
    code = np.array(WINDOW_WORDS.index(word), np.int8)
    attributes = _flag("whether the window begins late enough", WINDOW_FLAG, WINDOW_WORDS)
    return {
        WINDOW_FLAG: Variable((), code, attributes),
        RELAXATION_TIME: Variable((), time, _attributes(text, "inverse unit of the rates")),
    }


def _single_trajectories(
    model: Model, numerics: Numerics, kept: Floats | None
) -> dict[str, Variable]:
    if kept is None:
        kept = np.zeros((0, numerics.saved_times, 3, model.n_sites))
    return {
        name: Variable(one.dims, one.values, _attributes(one.text, one.units))
        for request in numerics.requests
        for name, one in request.variables(model, numerics, kept).items()
    }


def result_coordinates(model: Model, numerics: Numerics) -> dict[str, Variable]:
    """The coordinates of a result, by the dimensions that it may have."""
    found: dict[str, tuple[Any, ...]] = {}
    if numerics.average is None:
        found["time"] = numerics.times, "time", "inverse unit of the rates"
    if "correlation" in numerics.observables:
        text = "distance along the first axis"
        found["distance"] = model.lattice.distances, text, "lattice constants"
    for family in (family_of(model, dim) for dim in SITES_OF):
        if "sites" in numerics.observables and family.members:
            found[SITES_OF[family.dim]] = family.sites, "site", "1"
        if family.dims:
            found[family.dim] = family.names, family.dim, "1"
    for request in numerics.requests:
        found |= request.coordinates(model, numerics)
    return {
        name: Variable((name,), np.array(values), _attributes(text, units, *others))
        for name, (values, text, units, *others) in found.items()
    }


def _fitted(
    model: Model,
    numerics: Numerics,
    fit: Fitting,
    estimate: Estimate,
    observables: Mapping[str, Observable],
    bias: Mapping[str, Floats] | None,
) -> dict[str, Variable]:
    """What a fit to an estimate finds, and its flag.

    Args:
        bias: what it is off by, as far as that is known; None if nothing was asked about it.
    """
    found = fit.make(model, numerics, estimate)
    variables: dict[str, Variable] = {}
    dims: tuple[str, ...] = ()
    for name, pair in found.values.items():
        value, error = map(np.asarray, pair)
        dims = observables[name].dims_for(model) if value.ndim else ()
        unknown = np.full_like(value, np.nan)
        drift = None if bias is None else np.abs(bias.get(name, unknown))
        variables |= _with_errors(observables[name], value, Budget(error, drift=drift), dims)
    for name, (quality, text) in found.qualities.items():
        variables[name] = Variable((), np.array(quality), _attributes(text, "1"))
    statuses = [found.status] if isinstance(found.status, str) else found.status
    codes = np.array([fit.words.index(one) for one in statuses], np.int8)
    shaped = codes if dims else codes[0]
    attributes = _flag(fit.text, fit.meaning, fit.words)
    variables[fit.flag] = Variable(dims, np.asarray(shaped), attributes)
    return variables


def _diagnostics(parts: dict[str, Floats], averaged: bool) -> tuple[Floats, Floats]:
    """Shares of diverged trajectories and of clipped updates at each saved time."""
    count, diverged = parts["count"].sum(axis=0), parts["diverged"].sum(axis=0)
    clipped, updates = np.moveaxis(parts["clipped"].sum(axis=0), 1, 0)
    lost = diverged / (count + diverged)
    share = np.divide(clipped, updates, out=np.zeros_like(clipped), where=updates > 0)
    return (lost[0], share[0]) if averaged else (lost, share)


def _clipping(model: Model) -> str:
    """What clipped updates are."""
    outside = ": those of ensembles outside the Bloch ball, |J| > N/2"
    ensembles = bool(np.any(model.kinds == ENSEMBLE))
    return f"share of updates with negative diffusion set to zero{outside if ensembles else ''}"


def _with_errors(
    record: Observable, value: Floats, budget: Budget, dims: tuple[str, ...] = ()
) -> dict[str, Variable]:
    """A variable and its errors; what makes a dataset of it adds `trajectories`."""
    name = record.name
    status = f" {record.status}" if record.status else ""
    known = {cause: error for cause, error in budget._asdict().items() if error is not None}
    errors = {
        error_name(name, cause): Variable(
            dims,
            error,
            _attributes(
                f"{ERRORS[cause]} of {name}",
                record.units,
                {"comment": COMMENTS[cause]} if cause in COMMENTS else {},
            ),
        )
        for cause, error in known.items()
    }
    attributes = _attributes(record.text, record.units) | {
        "ancillary_variables": f"{' '.join(errors)}{status} trajectories"
    }
    if record.comment:
        attributes["comment"] = record.comment
    return {name: Variable(dims, value, attributes), **errors}


def _flag(text: str, meaning: str, words: Sequence[str]) -> dict[str, Any]:
    """Attributes of a flag with these words."""
    return {
        "long_name": text,
        "comment": comment(meaning),
        "flag_values": np.arange(len(words), dtype=np.int8),
        "flag_meanings": " ".join(words),
    }


def _attributes(text: str, units: str, others: Mapping[str, Any] = {}) -> dict[str, Any]:
    return {"long_name": text, "units": units, **others}
