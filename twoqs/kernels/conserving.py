"""The conserving scheme on Bloch vectors of fixed length; see `twoqs.flows.conserving`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.correction import matching
from twoqs.flows.rates import WIDE, Graph, Rates, largest_angle
from twoqs.flows.sequence import BEFORE, IN_PLANE, NO_AXIS, Sequence
from twoqs.kernels.compile.jit import LANES, inlined, jit, lanes, like
from twoqs.kernels.damping import damp, flow_of
from twoqs.kernels.fields import angle_of, set_sum
from twoqs.kernels.kicks import COARSE_COSINE, TRUE_COSINE, kick_sizes
from twoqs.kernels.series import fine_cosine, fine_sine, half_tangent, sine

Floats = NDArray[np.float64]

RESTORED_AFTER = 20
"""Steps after which the length is restored, which series and polynomials keep only nearly."""


class Parts(NamedTuple):
    """What is constant while the step is."""

    graph: Graph  # with what `matching` makes of the fields, over that of the couplings
    times: Floats  # (visit + 1, site): that turns take, for each entry of `Sequence.axes`
    kicks: Floats  # (visit + 1, 2, site): noise amplitudes
    wide: NDArray[np.bool_]  # (visit + 1,): whether it turns by large angles
    flow: Floats  # (7, site): of each visit that damps


def parts_of(graph: Graph, rates: Rates, sequence: Sequence, length: float, step: float) -> Parts:
    """The `Parts` of a step for raw rates."""
    in_plane, relaxed = rates.decay + rates.gain, 2 * length * rates.drift * step
    match, one = matching(relaxed), np.ones_like(relaxed)
    times, kicks, wide = [], [], []
    for axis, share, inside in zip(sequence.axes, sequence.shares, sequence.inside, strict=True):
        diffusion, stretch = rates.dephasing, one
        if axis in IN_PLANE:
            diffusion = in_plane * (match.inner if inside else match.outer)
            stretch = match.coupling
        noise = diffusion * share * step
        far = axis < NO_AXIS and largest_angle(graph[axis], length, share * step, noise) > WIDE
        times.append(stretch * share * step)
        kicks.append(kick_sizes(noise, TRUE_COSINE if far else COARSE_COSINE))
        wide.append(far)
    shape = len(times), len(relaxed)
    less = match.field / match.coupling
    x, y = (axis._replace(field=less * axis.field) for axis in (graph.x, graph.y))
    # Visits that damp do so for equal shares of the step.
    share = sequence.dissipates.max(initial=0.0)
    return Parts(
        Graph(x, y, graph.z),
        np.array(times).reshape(shape),
        np.array(kicks).reshape(shape[0], 2, shape[1]),
        np.array(wide, dtype=np.bool_),
        flow_of(relaxed * share, length),
    )


@lanes
def turn(u, v, site, angle):
    """Rotate (u, v) of one site, each of shape (site, lane), by `angle`.

    By three shears, which need fewer terms of their series than cosine and sine: those of third
    order turn by the angle up to its fifth, and keep the length up to its seventh.
    """
    for lane in range(LANES):
        tangent, s = half_tangent(angle[lane]), sine(angle[lane])
        a, b = u[site, lane], v[site, lane]
        a -= tangent * b
        b += s * a
        u[site, lane] = a - tangent * b
        v[site, lane] = b


@lanes
def turn_far(u, v, site, angle):
    """The same for angles that are not small."""
    for lane in range(LANES):
        c, s = fine_cosine(angle[lane]), fine_sine(angle[lane])
        a, b = u[site, lane], v[site, lane]
        u[site, lane] = c * a - s * b
        v[site, lane] = s * a + c * b


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
def rotation(s, u, v, site, axis, time, noise, wide, stream, scratch):
    """Rotate a site about the axis of s by field times time plus noise."""
    angle, total = scratch[0], scratch[1]
    angle_of(angle, site, s, total, axis, time, noise, stream)
    if wide:
        turn_far(u, v, site, angle)
    else:
        turn(u, v, site, angle)


@inlined
def visit(x, y, z, site, axis, place, parts, stream, scratch):
    """Turn a site about an axis, or damp it: visit `place` of a step."""
    graph, time = parts.graph, parts.times[place, site]
    kicks, wide = parts.kicks[place], parts.wide[place]
    if axis == 0:
        rotation(x, y, z, site, graph.x, time, kicks, wide, stream, scratch)
    elif axis == 1:
        rotation(y, z, x, site, graph.y, time, kicks, wide, stream, scratch)
    elif axis == 2:
        rotation(z, x, y, site, graph.z, time, kicks, wide, stream, scratch)
    else:
        damp(x, y, z, site, parts.flow)


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
def run_together(state, parts, sequence, steps, begins, ends, restores, length, stream, scratch):
    """Some steps, their visits one behind the other.

    Args:
        begins: whether half of the last visit comes first, which other steps find done.
        ends: whether the last visit is that half.
        restores: whether the length is restored after it.
    """
    x, y, z = state[0], state[1], state[2]
    sites, lag = x.shape[0], sequence.lag
    first = BEFORE - 1 if begins else BEFORE
    end = BEFORE + steps * sequence.visits
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
            if number == end:
                restore_length(x, y, z, site, length)
                continue
            place = sequence.place[number]
            if number < BEFORE or (ends and number == end - 1):
                place = sequence.visits
            axis = sequence.axes[place]
            if position == 0:
                sum_over_sites(x, y, z, axis, parts.graph, scratch[1])
            visit(x, y, z, site, axis, place, parts, stream, scratch)


@inlined
def take_steps(state, parts, sequence, length, steps, stream, scratch):
    """Advance `state`, three arrays of shape (site, lane), by `steps` steps.

    Args:
        parts: one of these steps.
        scratch: of shape (2, lane) or larger.
    """
    if sequence.visits == 0 or steps == 0:
        return
    done = 0
    while done < steps:
        together = min(sequence.steps, steps - done)
        begins = sequence.split and done == 0
        done += together
        run_together(
            state, parts, sequence, together, begins, done == steps,
            done == steps or done % RESTORED_AFTER == 0, length, stream, scratch,
        )  # fmt: skip


@jit
def advance(state, parts, sequence, length, steps, stream, scratch):
    """`take_steps` for callers in Python."""
    take_steps(state, parts, sequence, length, steps, stream, scratch)
