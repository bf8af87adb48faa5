"""Where linear theory predicts what a simulation measures, and its predictions."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import xarray as xr

from twoqs.flows.lowered import timetable_of
from twoqs.measure import MODE_MOMENTS, SPIN_MOMENTS
from twoqs.methods.numerics import Numerics, fastest_rate
from twoqs.model.kinds import MODE
from twoqs.model.language.members import Sites
from twoqs.model.model import Model
from twoqs.theory.linear.evolution import MOST_WORK, evolution, work_of
from twoqs.theory.linear.fluctuations import Fluctuations
from twoqs.theory.mean_field.fixed_points import equations_of
from twoqs.theory.mean_field.initial import has_direction, initial_covariances, initial_spins
from twoqs.theory.mean_field.rest import NotAtRestError, resting_point
from twoqs.theory.mean_field.translations import translations_of

SMALL_ORDER = 0.05
"""Largest size of the next order in 1/S (`Fluctuations.next_order`) of a prediction: means are then
good to about its square."""

MOST_EFFORT = 2000.0
"""Shortest periods of a single spin for which fluctuations are followed in time, about a minute."""

WORK_OF_SPIN = 7e3
"""`work_of` cells that take twice as long as a single spin."""

MOST_TENSORS = 10**6
"""Bonds of lattices: as tensors they take some hundred megabytes."""


def no_steady_waves(model: Model, numerics: Numerics) -> str:
    """Why there is no linear theory of the steady state, as a clause; empty if there is one."""
    if not (model.dissipators or model.jumps):
        return "needs decay, gain or dephasing"
    return _no_equations(model) or _no_waves(model)


@lru_cache(maxsize=4096)
def _no_waves(model: Model) -> str:
    try:
        point = resting_point(model)
    except NotAtRestError as error:
        return error.clause
    cells = translations_of(model, equations_of(model).at(), point.spins.T)
    if work_of(cells) > MOST_WORK:
        return "is solved for lattices of less than 100000 sites"
    return "" if Fluctuations.about(model).next_order <= SMALL_ORDER else _LARGE


_LARGE = (
    f"is for spins that are long and noise that is weak: a next order in 1/S below {SMALL_ORDER:g}"
)


def _no_equations(model: Model) -> str:
    bonds = sum(m.lattice.n_edges for m in model.members if isinstance(m, Sites))
    if bonds > MOST_TENSORS:
        return f"is for at most {MOST_TENSORS} bonds"
    return "" if timetable_of(model).empty else "is for models without pulses and events"


def steady_waves(model: Model, numerics: Numerics) -> xr.Dataset:
    """The prediction of the steady state, for models that `no_steady_waves` is empty for."""
    correlations = "correlation" in numerics.observables
    return _asked(Fluctuations.about(model).steady(correlations=correlations), numerics)


def no_evolution(model: Model, numerics: Numerics) -> str:
    """Why there is no linear theory of values in time, as a clause; empty if there is one."""
    if not has_direction(model):
        return "starts from coherent or squeezed states"
    if refusal := _no_equations(model):
        return refusal
    spins = model.kinds != MODE
    traces = np.trace(initial_covariances(model)[spins], axis1=1, axis2=2)
    if np.any(traces / model.spins[spins] ** 2 > SMALL_ORDER):
        return _LARGE
    turns = fastest_rate(model) * numerics.end
    cells = translations_of(model, equations_of(model).at(), initial_spins(model))
    effort = turns * (1 + work_of(cells) / WORK_OF_SPIN)
    if work_of(cells) > MOST_WORK or effort > MOST_EFFORT:
        return (
            f"is solved over at most {MOST_EFFORT:g} of its shortest periods, fewer for many sites"
        )
    return ""


def evolved(model: Model, numerics: Numerics) -> xr.Dataset:
    """The prediction in time, for models that `no_evolution` is empty for.

    NaN from the time on at which fluctuations are no longer small.
    """
    assert numerics.times is not None
    correlations = "correlation" in numerics.observables
    found = evolution(model, numerics.times, correlations=correlations, most=SMALL_ORDER)
    return _asked(found, numerics)


def _asked(found: xr.Dataset, numerics: Numerics) -> xr.Dataset:
    """What results have of it."""
    names = [one.name for one in (*SPIN_MOMENTS, *MODE_MOMENTS) if one.name in found]
    if "correlation" in numerics.observables:
        names += [str(name) for name in found if str(name).startswith("correlation")]
    return found[names]
