"""A small machine that steps any model: one compiled loop, and a `Program` for each model.

Equal to `twoqs.flows.step` to rounding.
"""

from __future__ import annotations

from twoqs.flows.sequence import RESTORED_AFTER
from twoqs.kernels.compile.jit import inlined, jit
from twoqs.kernels.conserving import restore_length
from twoqs.kernels.machine_common import run_common
from twoqs.kernels.machine_turn import run_turn


@inlined
def restore_lengths(state, lengths):
    """Make all vectors as long as they should be."""
    for site in range(state.x.shape[0]):
        restore_length(state.x, state.y, state.z, site, lengths[site])


@inlined
def take_steps(state, program, clock, steps, stream, scratch):
    """Advance `state` by some steps.

    Args:
        state, program, scratch: see `twoqs.kernels.machine_program`.
        clock: steps taken so far, of those that the program has values for, shape (1,); it is
            moved on.
    """
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
            if program.common[flow]:
                run_common(state, program, flow, duration, means, stream, scratch)
            else:
                run_turn(state, program, flow, duration, means, stream, scratch)
        if last or (number + 1) % RESTORED_AFTER == 0:
            restore_lengths(state, program.lengths)


@jit
def advance(state, program, clock, steps, stream, scratch):
    """`take_steps` for callers in Python."""
    take_steps(state, program, clock, steps, stream, scratch)
