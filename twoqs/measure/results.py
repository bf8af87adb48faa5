"""From raw sums to a dataset: expectation values, each beside its standard error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from twoqs.kernels.moments import GROUP
from twoqs.measure import Observable, asked
from twoqs.measure.budget import Budget
from twoqs.measure.budgeted import Budgeted, budgeted
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
from twoqs.measure.names import REPLICA
from twoqs.measure.phases import phase_is_free
from twoqs.measure.records import RecordLayout
from twoqs.measure.statistics import Estimate, Sums
from twoqs.measure.together import split_together
from twoqs.measure.variables import Results, Variable, attributes_of, flag_attributes, with_errors
from twoqs.methods.numerics import Numerics
from twoqs.model.arrays import Floats
from twoqs.model.kinds import ENSEMBLE
from twoqs.model.model import Model

if TYPE_CHECKING:
    import xarray as xr


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
    variables["trajectories"] = Variable((), total, attributes_of("number of trajectories", "1"))
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
    found = budgeted(model, numerics, parts, observables)
    variables = _of_averages([model], numerics, parts, found, observables)
    variables = {name: one._replace(values=one.values[0]) for name, one in variables.items()}
    variables |= _single_trajectories(model, numerics, kept)
    return Results(variables, result_coordinates(model, numerics))


def estimated_together(models: Sequence[Model], numerics: Numerics, records: Floats) -> Results:
    """`estimated` of several points at once, to the same bits.

    Args:
        models: of points that have all in common that `twoqs.measure.together.in_common` tells.
        numerics: of one of them.
        records: shape (point, row, length).

    Returns:
        Variables whose values have the points as first axis, which `dims` do not name.
    """
    model, averaged = models[0], numerics.average is not None
    parts = split_together(RecordLayout.of(model, numerics), records)
    observables = asked(model, numerics)
    free = np.array([phase_is_free(one) for one in models]) if averaged else None
    found = budgeted(model, numerics, parts, observables, free)
    variables = _of_averages(models, numerics, parts, found, observables)
    return Results(variables, result_coordinates(model, numerics))


def _of_averages(
    models: Sequence[Model],
    numerics: Numerics,
    parts: Sums,
    found: Budgeted,
    observables: dict[str, Observable],
) -> dict[str, Variable]:
    """All that is made of averages over trajectories, with the points as first axis of values."""
    model, averaged, estimates = models[0], numerics.average is not None, found.estimates
    halved = bool(half_parts(parts))
    times = () if averaged else (numerics.saved_times,)
    dims = () if averaged else ("time",)

    def shaped(values: Floats) -> Floats:
        return values.reshape(len(models), *times, *values.shape[1:])

    variables: dict[str, Variable] = {}
    for name, one in estimates.items():
        record = observables[name]
        inner = dims + record.dims_for(model)
        variables |= with_errors(record, shaped(one.value), one.budget.each(shaped), inner)
    diverged, clipped = map(shaped, _diagnostics(parts))
    text = "share of diverged trajectories"
    variables["diverged"] = Variable(dims, diverged, attributes_of(text, "1"))
    variables["clipped_fraction"] = Variable(dims, clipped, attributes_of(_clipping(model), "1"))
    for fit in dict.fromkeys(record.fit for record in observables.values() if record.fit):
        off = found.bias if halved else None
        variables |= _fitted(models, numerics, fit, estimates[fit.of], observables, off)
    if halved:
        variables |= _relaxation(found.relaxation, len(models))
    if found.resolved is not None:
        text = "whether biases of the time step are known"
        codes = shaped(np.asarray(found.resolved, np.int8))
        variables[STEP_FLAG] = Variable(dims, codes, flag_attributes(text, STEP_FLAG, STEP_WORDS))
    return variables


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
        variables[name] = Variable(dims, values, attributes_of(record.text, record.units))
    return Results(variables, result_coordinates(model, numerics))


def _relaxation(found: Stationarity | None, points: int) -> dict[str, Variable]:
    """The longest relaxation time, and whether the window begins late enough for it."""
    text = "longest relaxation time that is seen in the window"
    if found is None:
        slowest, words = [np.nan] * points, [UNKNOWN] * points
    else:
        each = [found] if points == 1 else [found.at(point) for point in range(points)]
        slowest, words = [one.slowest for one in each], [one.word for one in each]
    codes = np.array([WINDOW_WORDS.index(word) for word in words], np.int8)
    told = flag_attributes("whether the window begins late enough", WINDOW_FLAG, WINDOW_WORDS)
    times = attributes_of(text, "inverse unit of the rates")
    return {
        WINDOW_FLAG: Variable((), codes, told),
        RELAXATION_TIME: Variable((), np.array(slowest), times),
    }


def _single_trajectories(
    model: Model, numerics: Numerics, kept: Floats | None
) -> dict[str, Variable]:
    if kept is None:
        kept = np.zeros((0, numerics.saved_times, 3, model.n_sites))
    return {
        name: Variable(one.dims, one.values, attributes_of(one.text, one.units))
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
        name: Variable((name,), np.array(values), attributes_of(text, units, *others))
        for name, (values, text, units, *others) in found.items()
    }


def _fitted(
    models: Sequence[Model],
    numerics: Numerics,
    fit: Fitting,
    estimate: Estimate,
    observables: Mapping[str, Observable],
    bias: Mapping[str, Floats] | None,
) -> dict[str, Variable]:
    """What fits to estimates of several points find, and their flag.

    Args:
        bias: what they are off by, as far as that is known; None if nothing was asked about it.
    """
    times = numerics.saved_times
    each = [
        _fit(
            model, numerics, fit, estimate.at(slice(i * times, (i + 1) * times)), observables, bias
        )
        for i, model in enumerate(models)
    ]
    return {
        name: one._replace(values=np.stack([found[name].values for found in each]))
        for name, one in each[0].items()
    }


def _fit(
    model: Model,
    numerics: Numerics,
    fit: Fitting,
    estimate: Estimate,
    observables: Mapping[str, Observable],
    bias: Mapping[str, Floats] | None,
) -> dict[str, Variable]:
    """What one fit finds, and its flag."""
    found = fit.make(model, numerics, estimate)
    variables: dict[str, Variable] = {}
    dims: tuple[str, ...] = ()
    for name, pair in found.values.items():
        value, error = map(np.asarray, pair)
        dims = observables[name].dims_for(model) if value.ndim else ()
        unknown = np.full_like(value, np.nan)
        drift = None if bias is None else np.abs(bias.get(name, unknown))
        variables |= with_errors(observables[name], value, Budget(error, drift=drift), dims)
    for name, (quality, text) in found.qualities.items():
        variables[name] = Variable((), np.array(quality), attributes_of(text, "1"))
    statuses = [found.status] if isinstance(found.status, str) else found.status
    codes = np.array([fit.words.index(one) for one in statuses], np.int8)
    shaped = codes if dims else codes[0]
    told = flag_attributes(fit.text, fit.meaning, fit.words)
    variables[fit.flag] = Variable(dims, np.asarray(shaped), told)
    return variables


def _diagnostics(parts: Sums) -> tuple[Floats, Floats]:
    """Shares of diverged trajectories and of clipped updates at each saved time."""
    count, diverged = parts["count"].sum(axis=0), parts["diverged"].sum(axis=0)
    clipped, updates = np.moveaxis(parts["clipped"].sum(axis=0), 1, 0)
    lost = diverged / (count + diverged)
    share = np.divide(clipped, updates, out=np.zeros_like(clipped), where=updates > 0)
    return lost, share


def _clipping(model: Model) -> str:
    """What clipped updates are."""
    outside = ": those of ensembles outside the Bloch ball, |J| > N/2"
    ensembles = bool(np.any(model.kinds == ENSEMBLE))
    return f"share of updates with negative diffusion set to zero{outside if ensembles else ''}"
