"""Which models with modes and ensembles the master equation is solved for."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import qutip

from twoqs.flows.lowered import timetable_of
from twoqs.model.limits import MOST_STATES
from twoqs.model.model import Model
from twoqs.theory.language import QuTiP
from twoqs.theory.operators import initial_density, space_of, to_qutip
from twoqs.theory.photons import photon_cuts
from twoqs.theory.space import Space, log_dimension
from twoqs.theory.superoperator import Superoperator

MOST_ELEMENTS = 250_000
"""Elements of rho: matrices of some hundred megabytes."""

MOST_PERIODS = 1e9
"""Elements of rho times the shortest periods: some minutes."""

SLOWER_IN_TIME = 50
"""What pulses take, beside rates that are constant."""

MOST_BANDED = 6 * 10**7
"""Numbers in half of the band of L that is factorised: 2 GB, a minute."""


def reached_by(
    model: Model, space: Space, generators: tuple[qutip.Qobj, list[qutip.Qobj]]
) -> Superoperator:
    """L over the elements of rho that the initial state may ever have."""
    whole = Superoperator.of(*generators, space.labels)
    return whole.within_reach(whole.vector(initial_density(model, space)))


def most_states(model: Model) -> int:
    """Dimension up to which there may be more quanta of modes than at first."""
    elements, _ = _size(model)
    states = math.exp(log_dimension(model, photon_cuts(model, None)))
    return min(MOST_STATES, math.floor(states * math.sqrt(MOST_ELEMENTS / elements) + 1e-6))


def obstacle_in_time(model: Model, end: float) -> str:
    """Why it is not solved up to a time, as a clause; empty if it is."""
    elements, rate = _size(model)
    if elements > MOST_ELEMENTS:
        return _LARGE
    slower = 1 if timetable_of(model).constant else SLOWER_IN_TIME
    long = slower * elements * rate * end > MOST_PERIODS
    return f"is solved over at most {MOST_PERIODS:g} periods times elements of rho" if long else ""


@lru_cache(maxsize=256)
def obstacle_at_rest(model: Model) -> str:
    """Why its steady state is not solved for, as a clause; empty if it is."""
    if _size(model)[0] > MOST_ELEMENTS:
        return _LARGE
    reached = reached_by(model, space_of(model), to_qutip(model))
    return "" if reached.banded_size <= MOST_BANDED else LARGE_BAND


_LARGE = f"is solved for at most {MOST_ELEMENTS} elements of rho"

LARGE_BAND = f"is solved for at most {MOST_BANDED} numbers in its band"


@lru_cache(maxsize=1024)
def _size(model: Model) -> tuple[float, float]:
    """Elements of rho, and about the fastest rate; for at most MOST_STATES states."""
    space = space_of(model, limit=MOST_STATES)
    counts = np.bincount(space.labels).astype(float)
    energy, jumps = to_qutip(model)
    rate = _norm(energy) + sum(_norm(c) ** 2 for c in jumps)
    return float(np.sum(counts**2)), rate


def _norm(operator: QuTiP) -> float:
    """An upper bound of its norm, at the time 0: by the sums of rows and of columns."""
    matrix = operator if isinstance(operator, qutip.Qobj) else operator(0.0)
    size = abs(matrix.data_as("csr_matrix"))
    return float(np.sqrt(size.sum(axis=0).max() * size.sum(axis=1).max()))
