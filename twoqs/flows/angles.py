"""How far flows turn spins in a step, at most: which series of rotations they need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.common import CommonTurn
from twoqs.flows.plan import Plan
from twoqs.flows.rates import LARGEST_KICK
from twoqs.flows.redraw import Redraw
from twoqs.flows.relaxation import Relaxation
from twoqs.flows.rotation import COARSE, plane_of
from twoqs.flows.turn import Turn
from twoqs.model.arrays import Floats


def series_of(plan: Plan, step: float, values: Floats) -> NDArray[np.bool_]:
    """Whether each flow takes fine series, shape (flow,).

    One with modes or ensembles does, as what they turn by has no bound.

    Args:
        plan: of steps of this length.
        values: of the parameters, shape (step, parameter).
    """
    peaks = np.abs(values).max(axis=0)
    shares = dict(plan.inner) | ({} if plan.outer is None else {plan.outer: 1.0})
    fine = [
        isinstance(flow, Relaxation | Redraw)
        or flow.free
        or bool(np.any(plane_of(flow.axes) < 0))
        or _largest_angle(flow, plan.lengths, shares[place] * step, peaks) > COARSE
        for place, flow in enumerate(plan.flows)
    ]
    return np.array(fine, dtype=np.bool_)


def _largest_angle(
    flow: Turn | CommonTurn, lengths: Floats, duration: float, peaks: Floats
) -> float:
    """Upper bound of the angle of any spin."""
    length = lengths[flow.sites]
    friction = length * sum(
        (peaks[column] * np.linalg.norm(f, axis=1) for column, f in flow.drags), np.zeros(1)
    )
    noise = sum((peaks[column] * np.abs(n) for column, n in flow.noises), np.zeros(1))
    kick = LARGEST_KICK * np.sqrt(2 * duration * noise)
    if isinstance(flow, CommonTurn):
        return float(flow.ratios.max() * (duration * np.sum(friction) + kick[0]))
    return float(np.max(duration * (friction + _fields(flow, length, peaks)) + kick))


def _fields(flow: Turn, length: Floats, peaks: Floats) -> Floats:
    """Upper bound of the field at each row, shape (row,)."""
    largest = np.zeros(len(flow.sites))
    for column, h in flow.fields:
        largest += peaks[column] * np.abs(h)
    for column, matrix in flow.couplings:
        largest += peaks[column] * (abs(matrix) @ length)
    for column, strength, form, divided in flow.squares:
        weighted_sum = np.abs(divided) @ length
        largest += peaks[column] * abs(strength) * np.abs(form) * weighted_sum
    return largest
