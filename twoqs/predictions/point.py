"""Which prediction there is for one model, and its values."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import xarray as xr

from twoqs.analysis import exact_minimum, squeezing
from twoqs.exact import decay_sz, driven_steady_state, evolve, steady_state
from twoqs.holstein_primakoff import chain_prediction
from twoqs.model import InitialState, Model, Value
from twoqs.numerics import Numerics, fastest_rate
from twoqs.quantities import MOMENTS

MOST_DIMENSIONS = 256
"""Largest Hilbert space for which the master equation is integrated in time ..."""

MOST_TURNS = 40_000.0
"""... over at most so many of the shortest periods (some minutes at S = 100)."""

MOST_STEADY = 128
"""Largest Hilbert space for which its steady state is sought."""

MOST_RATE_SPIN = 2000
"""Largest spin for the rate equation, whose cost grows as S^2."""

METHODS = ("closed form", "Holstein-Primakoff", "rate equation", "master equation")
"""All but Holstein-Primakoff, which is linear spin-wave theory, are exact."""


def method_for(model: Model, numerics: Numerics) -> str | None:
    """The method of METHODS that predicts what these settings measure; None if there is none.

    A time average is held against the steady state: the closed form of a driven, decaying spin of
    any length, spin-wave theory of a decaying XY ring in its polarised phase, or the master
    equation of a small model. Values in time are held against the master equation of a small
    model, or for a long spin that only decays against its rate equation (paper eq. 21).
    """
    dimension = model.n_sites * math.log(2 * model.spin + 1)
    if numerics.average is not None:
        if _is_driven_spin(model):
            return "closed form"
        if _is_xy_ring(model):
            stable = bool(chain_prediction(model).stable)
            return "Holstein-Primakoff" if stable else None
        damped = any(np.any(rate) for rate in (model.decay, model.gain, model.dephasing))
        return "master equation" if damped and dimension <= math.log(MOST_STEADY) else None
    # With H, decay and gain of unit rates, levels spread as the spin.
    turns = fastest_rate(model) * 2 * model.spin * model.n_sites * numerics.end
    if dimension <= math.log(MOST_DIMENSIONS) and turns <= MOST_TURNS:
        return "master equation"
    return "rate equation" if _only_decays(model) and model.spin <= MOST_RATE_SPIN else None


def predict(model: Model, numerics: Numerics) -> xr.Dataset | None:
    """The prediction in the form of a result: its names, and its dimensions `time` and `distance`.

    Returns:
        Dataset with the attribute `method`, or None where there is no prediction.
    """
    method = method_for(model, numerics)
    if method is None:
        return None
    return _COMPUTE[method](model, numerics).assign_attrs(method=method)


def _closed_form(model: Model, numerics: Numerics) -> xr.Dataset:
    omega, gamma = model.field[0], model.decay
    assert isinstance(omega, float)
    assert isinstance(gamma, float)
    return _with_squeezing(xr.Dataset(driven_steady_state(model.spin, omega, gamma)), model)


def _spin_waves(model: Model, numerics: Numerics) -> xr.Dataset:
    found = chain_prediction(model)
    names = ["sz", "var_sx", "var_sy", "var_sz", "xi"]
    if "correlation" in numerics.observables:
        names.append("correlation_normalised")
    return xr.Dataset({name: found[name] for name in names})


def _rate_equation(model: Model, numerics: Numerics) -> xr.Dataset:
    assert numerics.times is not None
    assert isinstance(model.decay, float)
    assert isinstance(model.initial, InitialState)
    sz = decay_sz(model.spin, model.decay, numerics.times, model.initial)
    return xr.Dataset({"sz": ("time", sz)}, {"time": np.array(numerics.times)})


def _master_equation(model: Model, numerics: Numerics) -> xr.Dataset:
    limit = MOST_DIMENSIONS
    if numerics.times is None:
        found = steady_state(model, limit=limit)
    else:
        found = evolve(model, numerics.times, limit=limit)
    if "correlation" not in numerics.observables:
        found = found.drop_dims("distance", errors="ignore")
    else:
        found["correlation_normalised"] = found.correlation / found.correlation.sel(distance=0)
    return _with_squeezing(found, model)


def _with_squeezing(found: xr.Dataset, model: Model) -> xr.Dataset:
    if model.n_sites > 1:
        return found
    line = squeezing(model.spin, *(found[name].values for name in list(MOMENTS)[:9]))
    found = found.assign(squeezing=(found.sx.dims, line))
    if "time" in found.dims:
        time, value = exact_minimum(found.time.values, line)
        found = found.assign(squeezing_optimum=value, squeezing_optimum_time=time)
    return found


_COMPUTE: dict[str, Callable[[Model, Numerics], xr.Dataset]] = {
    "closed form": _closed_form,
    "Holstein-Primakoff": _spin_waves,
    "rate equation": _rate_equation,
    "master equation": _master_equation,
}


def _is_driven_spin(model: Model) -> bool:
    others = (*model.field[1:], *model.twist, model.gain, model.dephasing)
    return model.n_sites == 1 and not _any(others) and _positive(model.decay)


def _only_decays(model: Model) -> bool:
    others = (*model.field, *model.twist, model.gain, model.dephasing)
    return model.n_sites == 1 and not _any(others) and _positive(model.decay)


def _is_xy_ring(model: Model) -> bool:
    others = (*model.field, model.coupling[2], *model.twist, model.gain, model.dephasing)
    lattice = model.lattice
    ring = lattice.kind == "chain" and lattice.periodic and model.homogeneous
    return ring and not _any(others) and _positive(model.decay)


def _any(values: tuple[Value, ...]) -> bool:
    return any(bool(np.any(value)) for value in values)


def _positive(value: Value) -> bool:
    return isinstance(value, float) and value > 0
