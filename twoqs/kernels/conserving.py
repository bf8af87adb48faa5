"""The conserving scheme on Bloch vectors of fixed length; see `twoqs.reference.conserving`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.fields import angle_of, set_sum
from twoqs.kernels.jit import LANES, inlined, jit, lanes, like
from twoqs.kernels.kicks import kick_sizes
from twoqs.kernels.series import cosine, sine
from twoqs.rates import Rates, matched
from twoqs.sequence import BEFORE, NO_AXIS, Sequence

Floats = NDArray[np.float64]

RESTORES = NO_AXIS + 1
"""What a visit is for, beside turns and damping."""

RESTORED_AFTER = 20
"""Steps after which the length is restored: rotations by series keep it to angle^6/720 only."""


class Damping(NamedTuple):
    """Flow of one step, or half a step, of decay and gain, for each site (site,)."""

    tilt: Floats  # tanh(2 G L step)/L
    offset: Floats  # tanh(2 G L step) L
    shrink: Floats  # sech(2 G L step)


class Parts(NamedTuple):
    """What is constant while the step is: noise amplitudes (2, site) and the damping."""

    full_kick: Floats
    half_kick: Floats
    kick_about_z: Floats
    damping: Damping


def parts_of(rates: Rates, sequence: Sequence, length: float, step: float) -> Parts:
    """The `Parts` of a step for raw rates."""
    in_plane, net = rates.decay + rates.gain, rates.decay - rates.gain
    relaxed = 2 * length * net * step
    diffused = in_plane * step * matched(relaxed)
    relaxed = relaxed * np.max(sequence.dissipates, initial=0.0)
    return Parts(
        full_kick=kick_sizes(diffused),
        half_kick=kick_sizes(diffused / 2),
        kick_about_z=kick_sizes(rates.dephasing * step),
        damping=Damping(np.tanh(relaxed) / length, np.tanh(relaxed) * length, 1 / np.cosh(relaxed)),
    )


@lanes
def turn(u, v, site, angle):
    """Rotate (u, v) of one site, each of shape (site, lane), by `angle`."""
    for lane in range(LANES):
        c, s = cosine(angle[lane]), sine(angle[lane])
        a, b = u[site, lane], v[site, lane]
        u[site, lane] = c * a - s * b
        v[site, lane] = s * a + c * b


@lanes
def move_to_pole(x, y, z, site, tilt, offset, shrink):
    """The flow of the damping at one site."""
    for lane in range(LANES):
        one = like(1, tilt)
        d = one / (one - tilt * z[site, lane])
        z[site, lane] = (z[site, lane] - offset) * d
        x[site, lane] *= shrink * d
        y[site, lane] *= shrink * d


@lanes
def restore_length(x, y, z, site, length):
    """Make the Bloch vectors as long as they should be, by Newton steps for 1/sqrt."""
    scale = like(1.0 / (length * length), x[0, 0])
    a_half, three_halves = like(0.5, scale), like(1.5, scale)
    for lane in range(LANES):
        a, b, c = x[site, lane], y[site, lane], z[site, lane]
        square = scale * (a * a + b * b + c * c)
        factor = three_halves - a_half * square
        factor *= three_halves - a_half * square * factor * factor
        factor *= three_halves - a_half * square * factor * factor
        x[site, lane], y[site, lane], z[site, lane] = factor * a, factor * b, factor * c


@inlined
def rotation(s, u, v, site, axis, step, noise, stream, scratch):
    """Rotate a site about the axis of s by field times step plus noise."""
    angle, total = scratch[0], scratch[1]
    angle_of(angle, site, s, total, axis, step, noise, stream)
    turn(u, v, site, angle)


@inlined
def damping(x, y, z, site, flow):
    """Move a site towards a pole."""
    tilt, offset = like(flow.tilt[site], x[0, 0]), like(flow.offset[site], x[0, 0])
    move_to_pole(x, y, z, site, tilt, offset, like(flow.shrink[site], x[0, 0]))


@inlined
def visit(x, y, z, site, axis, graph, parts, step, stream, scratch):
    """Turn a site about an axis, for the share of the step that its visits have, or damp it."""
    if axis == 0:
        rotation(x, y, z, site, graph.x, step, parts.full_kick, stream, scratch)
    elif axis == 1:
        rotation(y, z, x, site, graph.y, 0.5 * step, parts.half_kick, stream, scratch)
    elif axis == 2:
        rotation(z, x, y, site, graph.z, step, parts.kick_about_z, stream, scratch)
    else:
        damping(x, y, z, site, parts.damping)


@inlined
def sum_over_sites(x, y, z, axis, graph, total):
    """The sum that the field along this axis takes, if any."""
    if axis == 0 and graph.x.uniform != 0.0:
        set_sum(total, x)
    elif axis == 1 and graph.y.uniform != 0.0:
        set_sum(total, y)
    elif axis == 2 and graph.z.uniform != 0.0:
        set_sum(total, z)


@inlined
def run_together(
    state, graph, parts, sequence, steps, begins, ends, restores, length, step, stream, scratch
):
    """Some steps, their visits one behind the other.

    Args:
        begins: whether half a turn about x comes first, which other steps find done.
        ends: whether the last turn about x is half a turn.
        restores: whether the length is restored after it.
    """
    x, y, z = state[0], state[1], state[2]
    sites, lag = x.shape[0], sequence.lag
    first = BEFORE - 1 if begins else BEFORE
    end = BEFORE + steps * len(sequence.axes)
    last = end if restores else end - 1
    for front in range(lag[first], sites + lag[last]):
        for number in range(first, last + 1):
            position = front - lag[number]
            if position < 0:
                break
            if position >= sites:
                first = number + 1
                continue
            site = np.uint64(sequence.order[position])
            axis = RESTORES if number == end else sequence.axes[sequence.place[number]]
            if position == 0:
                sum_over_sites(x, y, z, axis, graph, scratch[1])
            if axis == 0 and (number < BEFORE or (ends and number == end - 1)):
                rotation(x, y, z, site, graph.x, 0.5 * step, parts.half_kick, stream, scratch)
            elif axis == RESTORES:
                restore_length(x, y, z, site, length)
            else:
                visit(x, y, z, site, axis, graph, parts, step, stream, scratch)


@inlined
def take_steps(state, graph, parts, sequence, length, steps, step, stream, scratch):
    """Advance `state` of shape (3, site, lane) by `steps` steps.

    Args:
        parts: the noise and the damping of one step.
        scratch: of shape (2, lane) or larger.
    """
    visits = len(sequence.axes)
    if visits == 0 or steps == 0:
        return
    about_x = sequence.axes[visits - 1] == 0
    done = 0
    while done < steps:
        together = min(sequence.steps, steps - done)
        begins = about_x and done == 0
        done += together
        run_together(
            state, graph, parts, sequence, together, begins, done == steps,
            done == steps or done % RESTORED_AFTER == 0, length, step, stream, scratch,
        )  # fmt: skip


@jit
def advance(state, graph, parts, sequence, length, steps, step, stream, scratch):
    """`take_steps` for callers in Python."""
    take_steps(state, graph, parts, sequence, length, steps, step, stream, scratch)
