"""The conserving method for any model, in plain NumPy; kernels are held against it.

Stratonovich equations of Bloch vectors, of fixed length where spins have no members, and of modes;
weak order two: a palindrome of flows, each of which is exact or of weak order two itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.angles import series_of
from twoqs.flows.common import CommonTurn, common_turn
from twoqs.flows.plan import Flow, Plan
from twoqs.flows.redraw import Redraw, redraw_sites
from twoqs.flows.relaxation import Relaxation, relax
from twoqs.flows.sequence import RESTORED_AFTER
from twoqs.flows.turn import Draws, Turn, turn_sites
from twoqs.model.arrays import Floats


def advance(
    state: Floats,
    plan: Plan,
    values: Floats,
    step: float,
    stream: Draws,
    fine: NDArray[np.bool_] | None = None,
    clipped: Floats | None = None,
    fields: Floats | None = None,
) -> Floats:
    """The state after one step for each row of `values`, all in one run.

    Args:
        state: Bloch vectors of shape (3, site, lane).
        plan: see `twoqs.flows.plan.plan_of`.
        values: of the parameters in each step, shape (step, parameter): column 0 is 1, those of
            rates are not negative. Of second order if they are those at the middle of steps.
        step: dt.
        stream: random numbers, fresh ones for every visit.
        fine: which flows take fine series, shape (flow,); those that need it for these values if
            left out.
        clipped: updates with clipped noise so far, and all that may be, shape (2, lane).
        fields: output fields of tapped channels, to add to, shape (channel, 2, lane).
    """
    state = state.copy()
    if fine is None:
        fine = series_of(plan, step, values)

    def visit(flow: int, share: float, row: Floats) -> None:
        series = bool(fine[flow])
        _act(state, plan.flows[flow], share * step, row, series, stream, clipped, fields)

    kept = plan.lengths > 0
    for number, row in enumerate(values, start=1):
        if plan.outer is not None and number == 1:
            visit(plan.outer, 0.5, row)
        for flow, share in plan.inner:
            visit(flow, share, row)
        ends = number == len(values)
        if plan.outer is not None and ends:
            visit(plan.outer, 0.5, row)
        elif plan.outer is not None:
            visit(plan.outer, 1.0, (row + values[number]) / 2)
        if ends or number % RESTORED_AFTER == 0:
            state[:, kept] *= plan.lengths[kept, None] / np.linalg.norm(state[:, kept], axis=0)
    return state


def _act(
    state: Floats,
    flow: Flow,
    duration: float,
    values: Floats,
    fine: bool,
    stream: Draws,
    clipped: Floats | None,
    fields: Floats | None,
) -> None:
    """One flow, in place."""
    match flow:
        case Turn():
            turn_sites(state, flow, duration, values, fine, stream)
        case CommonTurn():
            common_turn(state, flow, duration, values, fine, stream, fields)
        case Relaxation():
            relax(state, flow, duration, values, stream, clipped)
        case Redraw():
            redraw_sites(state, flow, duration, values, stream)
