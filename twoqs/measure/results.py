"""From raw sums to a dataset: expectation values, each beside its standard error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.moments import GROUP
from twoqs.measure import (
    LENGTH_FIT,
    OBSERVABLES,
    OPTIMUM,
    Averages,
    Observable,
    asked,
    error_name,
)
from twoqs.measure.budget import Budget
from twoqs.measure.fits import correlation_length, optimum
from twoqs.measure.members import SITES_OF, family_of
from twoqs.measure.names import ERRORS
from twoqs.measure.records import RecordLayout
from twoqs.measure.statistics import Estimate, Sums, jackknife
from twoqs.measure.statuses import RESOLVED, comment
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
    model: Model, numerics: Numerics, records: Floats, own: Sequence[Observable] = ()
) -> xr.Dataset:
    """The dataset of `estimated`, with the number of `trajectories`."""
    variables, coordinates = estimated(model, numerics, records, own)
    total = np.array(GROUP * len(records))
    variables["trajectories"] = Variable((), total, _attributes("number of trajectories", "1"))
    import xarray as xr  # stores and workers need none

    return xr.Dataset(variables, coordinates)


def estimated(
    model: Model, numerics: Numerics, records: Floats, own: Sequence[Observable] = ()
) -> Results:
    """Expectation values of operators with standard errors.

    Args:
        numerics: resolved settings.
        records: rows of raw sums of all batches in the order of their index, shape (row, length).
        own: observables of the user's, beside those that the settings ask for.

    Returns:
        Variables with the dimensions `time` (unless averaged over a window), `distance` and `site`
        as far as asked for. Every estimate has a companion `<name>_se`, its standard error from a
        jackknife over the rows. Diverged trajectories are left out and counted in `diverged`.
    """
    layout = RecordLayout.of(model, numerics)
    parts = layout.split(records)
    sums = {name: part for name, part in parts.items() if name not in ("diverged", "clipped")}
    observables = asked(model, numerics) | {record.name: record for record in own}
    known = OBSERVABLES | observables
    names = [name for name, record in observables.items() if record.finish is not None]

    def estimator(s: Sums) -> dict[str, Floats]:
        averages = Averages(model, numerics, s, known)
        return {name: averages[name] for name in names}

    with np.errstate(invalid="ignore", divide="ignore"):
        # Where all trajectories diverged there is nothing to average: NaN, without a warning.
        estimates = jackknife(sums, estimator)
    for name in names:
        if observables[name].relative_to:
            _hide_unresolved(estimates, observables[name])
    averaged = numerics.average is not None
    variables: dict[str, Variable] = {}
    pick: Any = 0 if averaged else slice(None)
    for name in names:
        value, budget = estimates[name].value[pick], estimates[name].budget.at(pick)
        inner = observables[name].dims_for(model)
        dims = inner if averaged else ("time", *inner)
        variables |= _with_errors(observables[name], value, budget, dims)
    dims = () if averaged else ("time",)
    diverged, clipped = _diagnostics(parts, averaged)
    text = "share of diverged trajectories"
    variables["diverged"] = Variable(dims, diverged, _attributes(text, "1"))
    variables["clipped_fraction"] = Variable(dims, clipped, _attributes(_clipping(model), "1"))
    if LENGTH_FIT[0].name in observables:
        variables |= _correlation_length(model, estimates["correlation_normalised"])
    if OPTIMUM[0].name in observables:
        variables |= _optimum(np.array(numerics.times), estimates["squeezing"])
    return Results(variables, coordinates_of(model, numerics))


def coordinates_of(model: Model, numerics: Numerics) -> dict[str, Variable]:
    """The coordinates of a result, by the dimensions that it may have."""
    found: dict[str, tuple[Any, str, str]] = {}
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
        name: Variable((name,), np.array(values), _attributes(text, units))
        for name, (values, text, units) in found.items()
    }


def _hide_unresolved(estimates: dict[str, Estimate], record: Observable) -> None:
    """Where noise hides what a ratio is relative to, as the mean spin, it has no value."""
    signal = sum(estimates[name].value ** 2 for name in record.relative_to)
    noise = sum(estimates[name].error ** 2 for name in record.relative_to)
    ratio = estimates[record.name]
    hidden = signal < RESOLVED**2 * noise
    ratio.value[hidden] = ratio.error[hidden] = np.nan


def _correlation_length(model: Model, normalised: Estimate) -> dict[str, Variable]:
    """Fit of the correlation length, for a time average on a chain."""
    fit = correlation_length.fit_correlation_length(
        np.array(model.lattice.distances),
        normalised.value[0],
        normalised.replicates[:, 0],
        n_sites=model.n_sites,
        periodic=model.lattice.periodic,
    )
    pairs = {"xi": (fit.xi, fit.xi_se), "xi_amplitude": (fit.amplitude, fit.amplitude_se)}
    variables: dict[str, Variable] = {}
    for record in LENGTH_FIT:
        value, error = (np.array(number) for number in pairs[record.name])
        variables |= _with_errors(record, value, Budget(error))
    quality = _attributes("chi^2 per degree of freedom of the fit of xi, with covariance", "1")
    variables["xi_chi2_dof"] = Variable((), np.array(fit.chi2_dof), quality)
    probability = _attributes("probability of a worse fit of xi", "1")
    variables["xi_p_value"] = Variable((), np.array(fit.p_value), probability)
    text = "whether xi is resolved, and if not, why"
    variables["xi_status"] = _flag("xi_status", text, correlation_length.XI_STATUSES, fit.status)
    return variables


def _optimum(times: Floats, squeezing: Estimate) -> dict[str, Variable]:
    """Smallest squeezing parameter over time, and when it is reached."""
    seen = np.where(np.isfinite(squeezing.value), squeezing.whole, np.nan)
    found = optimum.smooth_minimum(times, seen, squeezing.replicates)
    pairs = {
        "squeezing_optimum": (found.value, found.value_se),
        "squeezing_optimum_time": (found.time, found.time_se),
    }
    variables: dict[str, Variable] = {}
    for record in OPTIMUM:
        value, error = (np.array(number) for number in pairs[record.name])
        variables |= _with_errors(record, value, Budget(error))
    text = "whether the squeezing has an optimum, and at a time that is known; if not, why"
    name = "squeezing_optimum_status"
    variables[name] = _flag(name, text, optimum.OPTIMUM_STATUSES, found.status)
    return variables


def _flag(name: str, text: str, meanings: tuple[str, ...], value: str) -> Variable:
    attributes = {
        "long_name": text,
        "comment": comment(name),
        "flag_values": np.arange(len(meanings), dtype=np.int8),
        "flag_meanings": " ".join(meanings),
    }
    return Variable((), np.array(meanings.index(value), np.int8), attributes)


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
            dims, error, _attributes(f"{ERRORS[cause]} of {name}", record.units)
        )
        for cause, error in known.items()
    }
    attributes = _attributes(record.text, record.units) | {
        "ancillary_variables": f"{' '.join(errors)}{status} trajectories"
    }
    return {name: Variable(dims, value, attributes), **errors}


def _attributes(text: str, units: str) -> dict[str, Any]:
    return {"long_name": text, "units": units}
