"""The master equation for all that settings ask for: moments, requests, derived formulas."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import xarray as xr

from twoqs.measure import OBSERVABLES, Averages, Observable
from twoqs.measure.derived import Derived
from twoqs.methods.numerics import Numerics
from twoqs.model.limits import MOST_STATES
from twoqs.model.model import Model
from twoqs.theory.exact.kinds import RequestedMeans, in_steady_state
from twoqs.theory.exact.means import Values
from twoqs.theory.exponential import Matrix
from twoqs.theory.master_equation import dataset_of, follow, over_time, rest
from twoqs.theory.observables import Observables, with_correlations, with_squeezing
from twoqs.theory.photons import Photons
from twoqs.theory.space import Space


def solve(
    model: Model, numerics: Numerics, limit: int = MOST_STATES, photons: Photons = None
) -> xr.Dataset:
    """What a simulation with these settings estimates, in its form, without errors.

    Values in time are those of the evolution from the initial state, the average over a window is
    that in the steady state. What has no exact result is left out.

    Args:
        numerics: resolved settings.
        limit, photons: as those of `twoqs.theory.evolve`.

    Raises:
        ArgumentError, PhotonCutError, TwoqsError: as `evolve` and `steady_state`.
    """
    requested = RequestedMeans(model, numerics)
    if numerics.times is None:
        found = rest(model, limit, photons=photons)
        observe = Observables(model, found.space)
        data = dataset_of(observe(found.rho), observe, found.cuts, {})
        data.attrs["residual"] = found.residual
        values = in_steady_state(model, numerics, found)
    else:

        def measured(space: Space) -> Any:
            moments, means = Observables(model, space), requested.measure(space)

            def measure(rho: Matrix) -> Any:
                return moments(rho), means(rho)

            measure.parts = moments, means  # type: ignore[attr-defined]
            return measure

        times = np.array(numerics.times)
        run = follow(model, requested.times, measured, limit, photons)
        observe, means = run.measure.parts
        places = np.searchsorted(requested.times, times).tolist()
        records = [run.records[place][0] for place in places]
        data = dataset_of(over_time(records), observe, run.cuts, {"time": times})
        values = requested.values(means, np.array([values for _, values in run.records]))
    data = with_squeezing(with_correlations(data, numerics), model)
    return with_requests(data, model, numerics, values)


def with_requests(
    data: xr.Dataset, model: Model, numerics: Numerics, values: Values
) -> xr.Dataset:
    """A prediction with what requests and derived formulas have of it, and with attributes."""
    records = {
        record.name: record
        for request in numerics.requests
        for record in request.observables(model, numerics)
    }
    outer = () if numerics.times is None else ("time",)
    for name, value in values.items():
        data[name] = (*outer, *records[name].dims_for(model)), value
    known = OBSERVABLES | records
    for name, formula in numerics.derived:
        derived = Derived.of(name, formula)
        if all(node.id in data or node.id not in known for node in derived.names):
            known[name] = derived.record(model, known)
            data[name] = _derived(known[name], model, data)
    for request in numerics.requests:
        for dim, own in request.coordinates(model, numerics).items():
            if dim in data.dims:
                about = {"long_name": own.text, "units": own.units}
                data = data.assign_coords({dim: (dim, own.values, about)})
    for name in data.data_vars:
        if name in known:
            about = {"long_name": known[name].text, "units": known[name].units}
            data[name].attrs |= about
    return data


class _ExactAverages:
    """Exact values where formulas look for averages: of one total, along one or all times."""

    def __init__(self, data: xr.Dataset) -> None:
        self._data = data
        self._outer = (1, data.sizes.get("time", 1))
        self.sums = {"count": np.ones(self._outer)}

    def __getitem__(self, name: str) -> Any:
        own = self._data[name]
        inner = [size for dim, size in own.sizes.items() if dim != "time"]
        return own.values.reshape(*self._outer, *inner)


def _derived(record: Observable, model: Model, data: xr.Dataset) -> xr.Variable:
    assert record.finish is not None
    with np.errstate(divide="ignore", invalid="ignore"):
        values = record.finish(cast("Averages", _ExactAverages(data)))[0]
    dims = record.dims_for(model)
    if "time" in data.dims:
        return xr.Variable(("time", *dims), values)
    return xr.Variable(dims, values[0])
