"""Rate equations of populations: of |j, m> for large ensembles, where nothing makes coherences."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from twoqs.errors import require
from twoqs.flows.lowered import timetable_of
from twoqs.measure.members import has_modes
from twoqs.model.arrays import Floats
from twoqs.model.initial import Initial, parts
from twoqs.model.known import require_known
from twoqs.model.model import Model
from twoqs.theory.master_equation import over_time
from twoqs.theory.observables import Observables, dataset_of
from twoqs.theory.operators import KNOWN_TERMS, space_of, to_qutip
from twoqs.theory.space import Space, log_dimension
from twoqs.theory.states import populations
from twoqs.theory.superoperator import Superoperator
from twoqs.theory.times import checked_times

MOST_LEVELS = 25_000
"""Populations: N = 314 with processes of single members."""

MOST_RATES = 2e10
"""Rates times the shortest periods: some minutes."""


def populations_in_time(model: Model, times: ArrayLike) -> xr.Dataset:
    """Exact moments of an ensemble at some times, from the rate equation of the states |j, m>.

    It holds where H is diagonal, every jump operator leads to a state from one other, and the
    initial state is diagonal: collective decay, and decay, pump and dephasing of single members.

    Args:
        model: of ensembles and spins.
        times: array of shape (time,), not negative, ascending, in the inverse unit of the rates.

    Returns:
        The variables of `evolve`.

    Raises:
        ArgumentError: for models that it does not hold for, and too large ones.

    Examples:
        >>> e = twoqs.Ensemble(50)
        >>> model = twoqs.Model(jumps=[twoqs.jump(e.minus, 0.02)], initial="up")
        >>> twoqs.theory.populations_in_time(model, [0, 1]).sz.values.round(3)
        array([25.   , 19.621])
        >>> twoqs.theory.decay_sz(25, 1.0, [0, 1]).round(3)
        array([25.   , 19.621])
    """
    given = checked_times(times)
    observe, start, generator = _solvable(model)
    records = [observe.of_populations(p) for p in generator.moved(start, given)]
    return dataset_of(over_time(records), observe, {}, {"time": given})


def populations_at_rest(model: Model) -> xr.Dataset:
    """Exact moments of an ensemble in the steady state, as `populations_in_time`.

    Examples:
        >>> e = twoqs.Ensemble(50)
        >>> jumps = [twoqs.jump(twoqs.each(e.minus), 0.5), twoqs.jump(twoqs.each(e.plus), 1.5)]
        >>> round(twoqs.theory.populations_at_rest(twoqs.Model(jumps=jumps)).sz.item(), 6)
        12.5
    """
    observe, start, generator = _solvable(model)
    return dataset_of(observe.of_populations(generator.steady(start)), observe, {}, {})


def no_populations(model: Model, end: float = 0.0) -> str:
    """Why it does not hold, or takes too long until a time, as a clause; empty if neither."""
    if has_modes(model):
        return "does not cover modes"
    if not timetable_of(model).empty:
        return "is for models without pulses and events"
    if log_dimension(model, {}) > np.log(MOST_LEVELS):
        return f"is for at most {MOST_LEVELS} populations"
    found = _generator(model)
    if found is None:
        return "needs populations that nothing couples to coherences"
    matrix = found[2].matrix
    takes_long = matrix.nnz * float(np.max(-matrix.diagonal(), initial=0.0)) * end > MOST_RATES
    return (
        f"is solved over at most {MOST_RATES:g} rates times the shortest periods"
        if takes_long
        else ""
    )


def _solvable(model: Model) -> tuple[Observables, Floats, Superoperator]:
    """What is observed, the populations at first, and their equation."""
    require_known(model, KNOWN_TERMS, "the rate equation")
    obstacle = no_populations(model)
    require(not obstacle, "model", f"have a rate equation, which {obstacle}", model)
    found = _generator(model)
    assert found is not None
    space, start, generator = found
    return Observables(model, space), start, generator


@lru_cache(maxsize=4)
def _generator(model: Model) -> tuple[Space, Floats, Superoperator] | None:
    space = space_of(model, limit=MOST_LEVELS)
    start = _start(model, space)
    if start is None:
        return None
    energy, jumps = to_qutip(model, limit=MOST_LEVELS)
    generator = Superoperator.of_populations(energy, jumps)
    return None if generator is None else (space, start, generator)


def _start(model: Model, space: Space) -> Floats | None:
    """Populations of the initial state, if it is diagonal."""
    assert isinstance(model.initial, Initial)
    factors = iter(space.factors)
    found: Floats = np.ones(1)
    for state, members in parts(model.initial, model.members):
        own = [next(factors) for _ in range(sum(member.n_sites for member in members))]
        diagonal = populations(state, own)
        if diagonal is None:
            return None
        found = np.asarray(np.kron(found, diagonal))
    return found
