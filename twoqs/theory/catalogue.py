"""Every theory that results can be held against: what it covers, and what it says.

A theory lists the terms that it knows; a model that has any other (`Model.terms`) is none of its
business. So a term that is new to the model has no reference until a theory lists it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import xarray as xr

from twoqs.flows.lowered import timetable_of
from twoqs.methods.numerics import Numerics, fastest_rate
from twoqs.model.limits import MOST_STATES
from twoqs.model.model import Model
from twoqs.model.samples import Samples
from twoqs.model.states import InitialState
from twoqs.theory import decay, driven, evolve
from twoqs.theory.effort import most_states, obstacle_at_rest, obstacle_in_time
from twoqs.theory.exact.solve import solve
from twoqs.theory.linear.prediction import evolved, no_evolution, no_steady_waves, steady_waves
from twoqs.theory.observables import with_correlations, with_squeezing
from twoqs.theory.operators import KNOWN_TERMS
from twoqs.theory.photons import PhotonCutError, photon_cuts
from twoqs.theory.populations import no_populations, populations_at_rest, populations_in_time
from twoqs.theory.single_members import (
    no_single_members,
    single_members_at_rest,
    single_members_in_time,
)
from twoqs.theory.sites import beyond_spins
from twoqs.theory.space import log_dimension
from twoqs.theory.spin_waves import SPIN_WAVE_TERMS, chain_prediction, relaxation_time

MOST_DIMENSIONS = 256
"""Largest Hilbert space for which the master equation is integrated in time ..."""

MOST_TURNS = 40_000.0
"""... over at most so many of the shortest periods (some minutes at S = 100)."""

MOST_STEADY = 128
"""Largest Hilbert space for which its steady state is sought."""

MOST_RATE_SPIN = 2000
"""Largest spin for the rate equation, whose cost grows as S^2."""

ONLY_SPINS, BEYOND_SPINS, ALL_SITES = "spins", "beyond spins", "all"
"""Models that theories are for."""


class Theory(NamedTuple):
    """A closed form, an approximate theory or an equation that is solved.

    Attributes:
        method: its name in results.
        steady: whether it predicts the steady state, which time averages are held against, or
            values in time.
        terms: all terms that a model may have.
        sites: whether it is for models of spins alone, for those with modes or processes of single
            members alone, or for all.
        obstacle: why it does not hold, or is not worth its time, for the values of a model with
            such terms; empty if it does.
        compute: its prediction in the form of a result; called for models that it covers.
    """

    method: str
    steady: bool
    terms: tuple[str, ...]
    sites: str
    obstacle: Callable[[Model, Numerics], str]
    compute: Callable[[Model, Numerics], xr.Dataset]

    def measured(self, numerics: Numerics) -> bool:
        """Whether it predicts the kind of values that these settings measure."""
        return (numerics.average is not None) == self.steady

    def fits(self, model: Model) -> bool:
        """Whether it is for what the sites of a model are."""
        return self.sites in (ALL_SITES, BEYOND_SPINS if beyond_spins(model) else ONLY_SPINS)

    def refusal(self, model: Model, numerics: Numerics) -> str:
        """Why it predicts nothing for a model, as a clause; empty if it does."""
        unknown = [name for name in model.terms if name not in self.terms]
        if unknown:
            return f"does not cover {', '.join(unknown)}"
        others = beyond_spins(model)
        if not self.fits(model):
            return f"does not cover {others or 'spins alone'}"
        return self.obstacle(model, numerics)

    def covers(self, model: Model, numerics: Numerics) -> bool:
        """Whether it predicts what these settings measure."""
        return self.measured(numerics) and not self.refusal(model, numerics)


def why_not(model: Model, numerics: Numerics) -> str | None:
    """Why no theory predicts what these settings measure; None if one does.

    Models that are refused for the same reasons get the same text: it names limits and terms, and
    no values of the model. It has a reason for each theory of such measurements and such sites.
    """
    theories = [t for t in CATALOGUE if t.measured(numerics) and t.fits(model)]
    if any(theory.covers(model, numerics) for theory in theories):
        return None
    what = "values in time" if numerics.average is None else "the steady state"
    clauses = (f"{theory.method} {theory.refusal(model, numerics)}" for theory in theories)
    return f"no theory of {what}: {'; '.join(clauses)}"


def _one_decaying(model: Model, numerics: Numerics) -> str:
    if model.n_sites > 1:
        return "is for a single spin"
    return "" if "decay" in model.terms else "needs decay"


def _short_enough(model: Model, numerics: Numerics) -> str:
    if model.spin > MOST_RATE_SPIN:
        return f"is for spins up to {MOST_RATE_SPIN}"
    if not isinstance(model.initial, InitialState):
        return "starts from coherent states"
    return _one_decaying(model, numerics)


def _no_waves(model: Model, numerics: Numerics) -> str:
    if _is_ring(model):
        unstable = math.isnan(relaxation_time(model))
        return "needs a stable polarised state (J_x J_y > -decay^2)" if unstable else ""
    if not _small_and_damped(model, numerics):
        return "is for models that are too large for the master equation"
    if beyond_spins(model) and not _coherent(model, numerics):
        return "is for models that are too large for the rate equation"
    return no_steady_waves(model, numerics)


def _is_ring(model: Model) -> bool:
    """Whether it is the XY ring that has closed formulas, preferred to the master equation."""
    terms, lattice = model.terms, model.lattice
    ring = lattice.kind == "chain" and lattice.periodic and model.homogeneous
    return ring and "decay" in terms and all(name in SPIN_WAVE_TERMS for name in terms)


def _small_and_damped(model: Model, numerics: Numerics) -> str:
    if not (model.dissipators or model.jumps):
        return "needs decay, gain or dephasing"
    if not timetable_of(model).empty:
        return "is of models without pulses and events"
    if beyond_spins(model):
        return _too_large(model, MOST_STATES) or obstacle_at_rest(model)
    return _too_large(model, MOST_STEADY)


def _small_and_short(model: Model, numerics: Numerics) -> str:
    if beyond_spins(model):
        return _too_large(model, MOST_STATES) or obstacle_in_time(model, numerics.end)
    # With H, decay and gain of unit rates, levels spread as the spin.
    turns = fastest_rate(model) * 2 * model.spin * model.n_sites * numerics.end
    takes_long = turns > MOST_TURNS
    reason = f"is solved over at most {MOST_TURNS:g} of its shortest periods" if takes_long else ""
    return _too_large(model, MOST_DIMENSIONS) or reason


def _too_large(model: Model, most: int) -> str:
    if isinstance(model.initial, Samples):
        return "starts from states that are no samples"
    fits = log_dimension(model, photon_cuts(model, None)) <= math.log(most)
    return "" if fits else f"is solved in Hilbert spaces of at most {most} states"


def _closed_form(model: Model, numerics: Numerics) -> xr.Dataset:
    return with_squeezing(xr.Dataset(driven.driven_spin(model)), model)


def _waves(model: Model, numerics: Numerics) -> xr.Dataset:
    if not _is_ring(model):
        return steady_waves(model, numerics)
    found = chain_prediction(model)
    names = ["sz", "var_sx", "var_sy", "var_sz", "xi"]
    if "correlation" in numerics.observables:
        names.append("correlation_normalised")
    return xr.Dataset({name: found[name] for name in names})


def _rate_equation(model: Model, numerics: Numerics) -> xr.Dataset:
    assert numerics.times is not None
    sz = decay.decaying_spin(model, numerics.times)
    return xr.Dataset({"sz": ("time", sz)}, {"time": np.array(numerics.times)})


def compute_master_equation(model: Model, numerics: Numerics) -> xr.Dataset:
    """Prediction of the master equation; no values where modes have too many quanta for it."""
    limit = most_states(model) if beyond_spins(model) else MOST_DIMENSIONS
    try:
        return solve(model, numerics, limit)
    except PhotonCutError:
        return with_squeezing(with_correlations(_nothing(model, numerics), numerics), model)


def _nothing(model: Model, numerics: Numerics) -> xr.Dataset:
    """Results without values, where modes have more quanta than theory can keep."""
    first = evolve(model, [0.0]) * np.nan
    if numerics.times is None:
        return first.isel(time=0, drop=True)
    times = np.array(numerics.times)
    return first.isel(time=np.zeros(len(times), int)).assign_coords(time=times)


def _dependent(model: Model, numerics: Numerics) -> str:
    return no_single_members(model, steady=numerics.times is None)


def _single_members(model: Model, numerics: Numerics) -> xr.Dataset:
    if numerics.times is None:
        return with_squeezing(single_members_at_rest(model), model)
    return with_squeezing(single_members_in_time(model, numerics.times), model)


def _coherent(model: Model, numerics: Numerics) -> str:
    return no_populations(model, 0.0 if numerics.times is None else numerics.end)


def _populations(model: Model, numerics: Numerics) -> xr.Dataset:
    if numerics.times is None:
        return with_squeezing(populations_at_rest(model), model)
    return with_squeezing(populations_in_time(model, numerics.times), model)


STEADY, IN_TIME = True, False

MASTER_EQUATION = "master equation"

CATALOGUE = (
    Theory("single members", STEADY, KNOWN_TERMS, BEYOND_SPINS, _dependent, _single_members),
    Theory("single members", IN_TIME, KNOWN_TERMS, BEYOND_SPINS, _dependent, _single_members),
    Theory("closed form", STEADY, driven.DRIVEN_TERMS, ONLY_SPINS, _one_decaying, _closed_form),
    Theory("Holstein-Primakoff", STEADY, KNOWN_TERMS, ALL_SITES, _no_waves, _waves),
    Theory(
        MASTER_EQUATION, STEADY, KNOWN_TERMS, ALL_SITES, _small_and_damped, compute_master_equation
    ),
    Theory(
        MASTER_EQUATION, IN_TIME, KNOWN_TERMS, ALL_SITES, _small_and_short, compute_master_equation
    ),
    Theory("rate equation", IN_TIME, decay.DECAY_TERMS, ONLY_SPINS, _short_enough, _rate_equation),
    Theory("rate equation", STEADY, KNOWN_TERMS, BEYOND_SPINS, _coherent, _populations),
    Theory("rate equation", IN_TIME, KNOWN_TERMS, BEYOND_SPINS, _coherent, _populations),
    Theory("mean field", IN_TIME, KNOWN_TERMS, ALL_SITES, no_evolution, evolved),
)
"""Theories in the order in which they are preferred."""
