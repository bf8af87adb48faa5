"""Where the mean-field equations take a model from its initial state."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from twoqs.errors import TwoqsError
from twoqs.model.arrays import Floats
from twoqs.model.model import Model
from twoqs.theory.mean_field.equations import Precession
from twoqs.theory.mean_field.fixed_points import (
    CONVERGED,
    MOST_SITES_OF_CELL,
    SMALLEST_GROWTH,
    FixedPoint,
    equations_of,
    fixed_point,
    rest_near,
)
from twoqs.theory.mean_field.initial import has_direction, initial_spins
from twoqs.theory.mean_field.tangent import jacobian, tangent
from twoqs.theory.mean_field.trajectory import integrated
from twoqs.theory.mean_field.translations import of_one_cell, translations_of

LONGEST = 1000.0
"""Times for which the equations are followed, in units of the inverse of the fastest rate: half
a second for one spin that never comes to rest."""

SLOW = 0.01
"""Pace, beside the fastest rate, at which it is worth while to look for the end of the way."""

WAY_ERROR = 1e-7
"""Error of a step on the way; Newton's method finds the end of it."""

BASIN = 0.01
"""Distance from a stable fixed point, in units of S, from which the rest of the way is sure."""


class NotAtRestError(TwoqsError):
    """Mean-field theory finds no stable fixed point that the initial state goes to.

    Attributes:
        clause: why, to follow "mean-field theory"; it names no values of the model.
    """

    def __init__(self, clause: str) -> None:
        self.clause = clause
        super().__init__(f"Mean-field theory {clause}; choose one of `fixed_points` instead.")


@lru_cache(maxsize=16)
def resting_point(model: Model) -> FixedPoint:
    """The stable fixed point that the initial state goes to.

    Raises:
        ArgumentError: for a term that nobody knows.
        NotAtRestError: if it goes to none (limit cycles, chaos, closed models), or not within
            1000 of its shortest times; if it starts at or is drawn to one that is not stable
            (for the whole lattice); for initial states that have no direction, or too many sites.
    """
    precession = equations_of(model).at()
    if not has_direction(model):
        raise NotAtRestError("starts from coherent or squeezed states")
    start = initial_spins(model)
    cells = translations_of(model, precession, start)
    if cells.basis > MOST_SITES_OF_CELL:
        raise NotAtRestError(
            f"is solved for at most {MOST_SITES_OF_CELL} sites that translations do not repeat"
        )
    s = _followed(of_one_cell(precession, cells), start[:, cells.home])
    point = fixed_point(model, precession, cells.everywhere(s))
    if not point.stable:
        growth = float(point.eigenvalues[0].real)
        neutral = growth <= SMALLEST_GROWTH * precession.fastest()
        kind = "is neither stable nor unstable" if neutral else "is unstable"
        raise NotAtRestError(f"goes to a fixed point that {kind}")
    return point


def _followed(precession: Precession, s: Floats) -> Floats:
    """The fixed point of a cell where its trajectory ends."""
    speed, scales = precession.fastest(), precession.scales
    duration = total = 0.0
    while (pace := float(np.max(np.abs(precession.rate(s)) / scales))) > CONVERGED * speed:
        near = rest_near(precession, s) if pace < SLOW * speed else None
        if near is not None and _is_end(precession, near, s):
            return near
        if total > LONGEST / speed:
            raise NotAtRestError(
                f"comes to no fixed point within {LONGEST:g} of its shortest times"
            )
        duration = max(2 * duration, 20.0 / speed)
        total += duration
        s = integrated(lambda t: precession, s, np.array([duration]), WAY_ERROR)[0]
    return s


def _is_end(precession: Precession, near: Floats, s: Floats) -> bool:
    """Whether spins are about to come to rest at a fixed point."""
    if np.max(np.abs(near - s) / precession.scales) > BASIN:
        return False
    at = tangent(precession, near)
    matrix = jacobian(precession, near, precession.coupling.dense())
    eigenvalues = np.linalg.eigvals(at.dual.T @ matrix @ at.spanning)
    return bool(np.max(eigenvalues.real) < -SMALLEST_GROWTH * precession.fastest())
