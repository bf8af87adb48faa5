"""A small machine that steps any model: one compiled loop, and a `Program` for each model.

Equal to `twoqs.flows.step` to rounding.
"""

from __future__ import annotations

from twoqs.flows.sequence import RESTORED_AFTER
from twoqs.kernels.compile.jit import glued, inlined
from twoqs.kernels.conserving import restore_length
from twoqs.kernels.machine_common import run_common
from twoqs.kernels.machine_program import COMMON, REDRAW, RELAXATION, State
from twoqs.kernels.machine_redraw import run_redraw
from twoqs.kernels.machine_relaxation import run_relaxation
from twoqs.kernels.machine_turn import run_turn


@inlined
def restore_lengths(state, lengths):
    """Make all vectors of constant length as long as they should be."""
    for site in range(state.x.shape[0]):
        if lengths[site] > 0.0:
            restore_length(state.x, state.y, state.z, site, lengths[site])


@glued
def machine_steps(work, steps):
    """Advance a `Work` by some steps.

    Its constants are a `Program`, its memory is the machine's; see `machine_program`.
    """
    state = State(work.state[0], work.state[1], work.state[2], work.memory.rows)
    program, scratch, clock, stream = (
        work.constants, work.memory.scratch, work.memory.clock, work.stream,
    )  # fmt: skip
    fields = work.memory.fields
    values, means, count = program.values, scratch.means, program.inner.shape[0]
    split = 1 if program.outer >= 0 else 0
    for number in range(steps):
        last = number == steps - 1
        row = min(clock[0], values.shape[0] - 1)
        after = row if last else min(row + 1, values.shape[0] - 1)
        clock[0] += 1
        # The inner visits, and the outer one behind them; before the first step half of it.
        for place in range(-split if number == 0 else 0, count + split):
            outer = place < 0 or place == count
            other = after if place == count else row
            for column in range(means.shape[0]):
                means[column] = 0.5 * (values[row, column] + values[other, column])
            flow = program.outer if outer else program.inner[place]
            share = program.share[0 if outer else place]
            if outer:
                share = 0.5 if place < 0 or last else 1.0
            duration = share * program.step
            kind = program.kind[flow]
            if kind == COMMON:
                run_common(state, program, flow, duration, means, stream, scratch, fields)
            elif kind == RELAXATION:
                run_relaxation(state, program, flow, duration, means, stream, scratch, work.clipped)
            elif kind == REDRAW:
                run_redraw(state, program, flow, duration, means, stream, scratch)
            else:
                run_turn(state, program, flow, duration, means, stream, scratch)
        if last or (number + 1) % RESTORED_AFTER == 0:
            restore_lengths(state, program.lengths)
