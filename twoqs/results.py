"""From raw sums to a dataset: expectation values, each beside its standard error."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from twoqs.analysis import correlation_length, optimum
from twoqs.analysis.squeezing import squeezing
from twoqs.kernels.moments import QUANTITIES
from twoqs.methods.method import Correspondence
from twoqs.methods.sphere import spin_length
from twoqs.model import Model
from twoqs.numerics import Numerics
from twoqs.quantities import (
    CORRELATIONS,
    LENGTH_FIT,
    MOMENTS,
    OPTIMUM,
    SITES,
    SQUEEZING,
    STATUS_OF,
)
from twoqs.records import Layout
from twoqs.statistics import Estimate, Sums, jackknife
from twoqs.statuses import RESOLVED, comment

Floats = NDArray[np.float64]


class Variable(NamedTuple):
    """What xarray makes a variable of."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    attributes: dict[str, Any]


class Results(NamedTuple):
    """The variables and coordinates of a dataset, by their names.

    Apart from a dataset, as xarray takes longer to make one than it takes to compute this.
    """

    variables: dict[str, Variable]
    coordinates: dict[str, Variable]


def finalize(model: Model, numerics: Numerics, records: Floats) -> xr.Dataset:
    """The dataset of `estimated`."""
    return xr.Dataset(*estimated(model, numerics, records))


def estimated(model: Model, numerics: Numerics, records: Floats) -> Results:
    """Expectation values of operators with standard errors.

    Args:
        numerics: resolved settings.
        records: rows of raw sums of all batches in the order of their index, shape (row, length).

    Returns:
        Variables with the dimensions `time` (unless averaged over a window), `distance` and `site`
        as far as asked for. Every estimate has a companion `<name>_se`, its standard error from a
        jackknife over the rows. Diverged trajectories are left out and counted in `diverged`.
    """
    layout = Layout.of(model, numerics)
    parts = layout.split(records)
    sums = {name: parts[name] for name in ("count", "sums", "correlation")}
    with np.errstate(invalid="ignore", divide="ignore"):
        # Where all trajectories diverged there is nothing to average: NaN, without a warning.
        estimates = jackknife(sums, lambda s: _estimator(model, numerics, layout, s))
    if "squeezing" in estimates:
        _hide_unresolved(estimates)
    averaged = numerics.average is not None
    variables: dict[str, Variable] = {}
    for table, dims in (
        (MOMENTS, ()), (SQUEEZING, ()), (CORRELATIONS, ("distance",)), (SITES, ("site",)),
    ):  # fmt: skip
        for name, (text, units) in table.items():
            if name in estimates:
                full = dims if averaged else ("time", *dims)
                value, error = estimates[name].value, estimates[name].error
                pick: Any = 0 if averaged else slice(None)
                variables |= _pair(name, full, value[pick], error[pick], text, units)
    dims = () if averaged else ("time",)
    diverged, clipped = _diagnostics(parts, averaged)
    text = "share of diverged trajectories"
    variables["diverged"] = Variable(dims, diverged, _attributes(text, "1"))
    text = "share of updates with negative diffusion set to zero"
    variables["clipped_fraction"] = Variable(dims, clipped, _attributes(text, "1"))
    if layout.distances and averaged and model.lattice.kind == "chain":
        variables |= _correlation_length(model, estimates["correlation_normalised"])
    if "squeezing" in estimates and not averaged:
        variables |= _optimum(np.array(numerics.times), estimates["squeezing"])
    own: dict[str, tuple[NDArray[Any], dict[str, str]]] = {}
    if not averaged:
        own["time"] = np.array(numerics.times), _attributes("time", "inverse unit of the rates")
    if layout.distances:
        attributes = _attributes("distance along the first axis", "lattice constants")
        own["distance"] = np.array(model.lattice.distances), attributes
    if "sites" in numerics.observables:
        own["site"] = np.arange(model.n_sites), _attributes("site", "1")
    return Results(variables, {name: Variable((name,), *rest) for name, rest in own.items()})


def _hide_unresolved(estimates: dict[str, Estimate]) -> None:
    """Squeezing is relative to the mean spin: where noise hides that, there is no value."""
    signal = sum(estimates[f"s{a}"].value ** 2 for a in "xyz")
    noise = sum(estimates[f"s{a}"].error ** 2 for a in "xyz")
    squeezed = estimates["squeezing"]
    hidden = signal < RESOLVED**2 * noise
    squeezed.value[hidden] = squeezed.error[hidden] = np.nan


def _estimator(model: Model, numerics: Numerics, layout: Layout, s: Sums) -> dict[str, Floats]:
    """All estimates from totals of shape (any, ...)."""
    sites = np.full(layout.groups, model.n_sites // layout.groups)
    samples = s["count"][:, :, None] * sites
    mean = {name: s["sums"][:, :, i] / samples for i, name in enumerate(QUANTITIES)}
    base = spin_length(model.spin)
    excess = mean["r"]
    order = numerics.method.correspondence(model.spin, base + excess)
    spin = {a: order.mean * mean[a] for a in "xyz"}
    weight = sites / model.n_sites
    result = {}
    for a in "xyz":
        result[f"s{a}"] = spin[a] @ weight
        result[f"var_s{a}"] = (mean[a + a] + order.offset - spin[a] ** 2) @ weight
    for a, b in ("xy", "xz", "yz"):
        result[f"cov_s{a}s{b}"] = (mean[a + b] - spin[a] * spin[b]) @ weight
    result["spin_length"] = base + excess @ weight
    spread = mean["rr"] @ weight - (excess @ weight) ** 2
    result["spin_length_std"] = np.sqrt(np.maximum(spread, 0.0))
    if model.n_sites == 1:
        names = list(MOMENTS)[:9]
        result["squeezing"] = squeezing(model.spin, *(result[name] for name in names))
    if layout.distances:
        result |= _correlations(model, s, result["sz"], order, weight)
    if "sites" in numerics.observables:
        result |= {f"s{a}_site": spin[a] for a in "xyz"}
    return result


def _correlations(
    model: Model, s: Sums, sz: Floats, order: Correspondence, weight: Floats
) -> dict[str, Floats]:
    lattice = model.lattice
    distances = np.array(lattice.distances)
    rows = lattice.shape[0] - (0 if lattice.periodic else distances)
    pairs = rows * (model.n_sites // lattice.shape[0])
    xx, yy, zz = np.moveaxis(s["correlation"] / (s["count"][:, :, None, None] * pairs), 2, 0)
    for product in (xx, yy, zz):
        product[..., 0] += order.offset @ weight
        # Two sites: two means, each with its weight.
        product[..., 1:] *= order.mean**2
    plus_minus = xx + yy
    # <S^+ S^-> = <(S^x)^2> + <(S^y)^2> + <S^z> at one site.
    plus_minus[..., 0] += sz
    return {
        "correlation": plus_minus,
        "correlation_xx": xx,
        "correlation_yy": yy,
        "correlation_zz": zz,
        "correlation_normalised": plus_minus / plus_minus[..., :1],
    }


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
    for name, (text, units) in LENGTH_FIT.items():
        value, error = (np.array(number) for number in pairs[name])
        variables |= _pair(name, (), value, error, text, units)
    quality = _attributes("chi^2 per degree of freedom of the fit of xi, with covariance", "1")
    variables["xi_chi2_dof"] = Variable((), np.array(fit.chi2_dof), quality)
    probability = _attributes("probability of a worse fit of xi", "1")
    variables["xi_p_value"] = Variable((), np.array(fit.p_value), probability)
    text = "whether xi is resolved, and if not, why"
    variables["xi_status"] = _flag("xi_status", text, correlation_length.STATUSES, fit.status)
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
    for name, (text, units) in OPTIMUM.items():
        value, error = (np.array(number) for number in pairs[name])
        variables |= _pair(name, (), value, error, text, units)
    text = "whether the squeezing has an optimum, and at a time that is known; if not, why"
    name = "squeezing_optimum_status"
    variables[name] = _flag(name, text, optimum.STATUSES, found.status)
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


def _pair(
    name: str, dims: tuple[str, ...], value: Floats, error: Floats, text: str, units: str
) -> dict[str, Variable]:
    """A variable and its standard error; what makes a dataset of it adds `trajectories`."""
    status = f" {STATUS_OF[name]}" if name in STATUS_OF else ""
    attributes = _attributes(text, units) | {
        "ancillary_variables": f"{name}_se{status} trajectories"
    }
    return {
        name: Variable(dims, value, attributes),
        f"{name}_se": Variable(dims, error, _attributes(f"standard error of {name}", units)),
    }


def _attributes(text: str, units: str) -> dict[str, Any]:
    return {"long_name": text, "units": units}
