"""The master equation for all that settings ask for: moments, requests, derived formulas."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import xarray as xr

from twoqs.measure import OBSERVABLES, Averages, Observable
from twoqs.measure.derived import Derived
from twoqs.measure.results import result_coordinates
from twoqs.methods.numerics import Numerics
from twoqs.model.language.pieces import Complexes
from twoqs.model.limits import MOST_STATES
from twoqs.model.model import Model
from twoqs.theory.exact.kinds import RequestedMeans, in_steady_state, of_run
from twoqs.theory.exact.means import ExactValues
from twoqs.theory.exponential import Matrix
from twoqs.theory.master_equation import follow, over_time, rest
from twoqs.theory.observables import (
    Observables,
    Record,
    dataset_of,
    with_correlations,
    with_squeezing,
)
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
    if numerics.times is None:
        found = rest(model, limit, photons=photons)
        observe = Observables(model, found.space)
        data = dataset_of(observe(found.rho), observe, found.cuts, {})
        data.attrs["residual"] = found.residual
        values = in_steady_state(model, numerics, found)
    else:
        times, requested = np.array(numerics.times), RequestedMeans(model, numerics)
        run = follow(
            model, requested.times, lambda space: _All(model, space, requested), limit, photons
        )
        moments, means = zip(*run.records, strict=True)
        places = np.searchsorted(requested.times, times).tolist()
        record = over_time([moments[place] for place in places])
        data = dataset_of(record, run.measure.moments, run.cuts, {"time": times})
        values = requested.values(run.measure.requested, np.array(means))
        values |= of_run(model, numerics, limit, run.cuts)
    data = with_squeezing(with_correlations(data, numerics), model)
    return with_requests(data, model, numerics, values)


class _All:
    """Measures moments and what requests need, in one Hilbert space."""

    def __init__(self, model: Model, space: Space, requested: RequestedMeans) -> None:
        self.moments, self.requested = Observables(model, space), requested.measure(space)

    def __call__(self, rho: Matrix) -> tuple[Record, Complexes]:
        return self.moments(rho), self.requested(rho)


def with_requests(
    data: xr.Dataset, model: Model, numerics: Numerics, values: ExactValues
) -> xr.Dataset:
    """A prediction with what requests and derived formulas have of it, and with attributes.

    Args:
        values: of the variables of requests, as far as they are known.
    """
    known = OBSERVABLES | {
        record.name: record
        for request in numerics.requests
        for record in request.observables(model, numerics)
    }
    outer = () if numerics.times is None else ("time",)
    for name, value in values.items():
        dims = known[name].dims_for(model)
        data[name] = (dims if known[name].finish is None else (*outer, *dims)), value
    for name, formula in numerics.derived:
        derived = Derived.of(name, formula)
        if all(node.id in data or node.id not in known for node in derived.names):
            known[name] = derived.record(model, known)
            data[name] = _derived(known[name], model, data)
    for name, record in known.items():
        if name in data:
            data[name].attrs |= {"long_name": record.text, "units": record.units}
    coordinates = result_coordinates(model, numerics).items()
    return data.assign_coords({dim: tuple(own) for dim, own in coordinates if dim in data.dims})


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
