"""The paper's equations in second order, on spinors; see `twoqs.flows.pda`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.rates import Graph, Rates, coupled
from twoqs.flows.sequence import BEFORE, NO_AXIS, Sequence
from twoqs.kernels.channel import channel
from twoqs.kernels.compile.jit import LANES, inlined, jit, lanes, like
from twoqs.kernels.fields import angle_of, set_sum
from twoqs.kernels.kicks import TRUE_COSINE, kick_sizes
from twoqs.kernels.series import fine_cosine, fine_sine
from twoqs.kernels.spins import spin_row

Floats = NDArray[np.float64]


class Parts(NamedTuple):
    """What is constant while the step is."""

    decay: Floats  # (site,): raw rate times step
    gain: Floats
    has_decay: bool
    has_gain: bool
    pumped: int  # updates of a pumped mode in one step of one trajectory
    kick: Floats  # (2, site): of dephasing, in half a step
    no_kick: Floats
    then: NDArray[np.int64]  # (visit + 1,): component that the next one needs, or NO_AXIS


def parts_of(graph: Graph, rates: Rates, sequence: Sequence, step: float) -> Parts:
    """The `Parts` of a step for raw rates."""
    kick = kick_sizes(rates.dephasing * step / 2, TRUE_COSINE)
    decays, gains = np.count_nonzero(rates.decay), np.count_nonzero(rates.gain)
    axes = sequence.axes[: sequence.visits]
    needed = [a if a != NO_AXIS and coupled(graph[a]) else NO_AXIS for a in axes]
    return Parts(
        rates.decay * step,
        rates.gain * step,
        bool(decays),
        bool(gains),
        int(decays * (2 if gains else 1) + gains),
        kick,
        np.zeros_like(kick),
        np.array(needed[1:] + 2 * needed[:1], dtype=np.int64),
    )


def rows_of(sequence: Sequence) -> int:
    """Sets of spin components that visits behind one another keep apart."""
    return max(2, sequence.visits)


@lanes
def turn_two(a, b, c, d, site, angle):
    """Turn (a, b) and (c, d) of one site by -angle/2: what exp(-i angle sigma/2) does to pairs."""
    for lane in range(LANES):
        half = like(0.5, angle[lane]) * angle[lane]
        cos, sin = fine_cosine(half), fine_sine(half)
        p, q, r, w = a[site, lane], b[site, lane], c[site, lane], d[site, lane]
        a[site, lane], b[site, lane] = cos * p + sin * q, cos * q - sin * p
        c[site, lane], d[site, lane] = cos * r + sin * w, cos * w - sin * r


@inlined
def turn(number, ar, ai, br, bi, site, angle):
    """Turn the spinors of one site about an axis."""
    if number == 0:
        turn_two(ar, bi, br, ai, site, angle)
    elif number == 1:
        turn_two(br, ar, bi, ai, site, angle)
    else:
        turn_two(ar, ai, bi, br, site, angle)


@inlined
def dissipate(ar, ai, br, bi, site, parts, k, stream, negative):
    """Decay and gain of one site for one step."""
    decay, gain = parts.decay[site], parts.gain[site]
    if not parts.has_gain:
        channel(ar, ai, br, bi, site, decay, k, stream, negative)
        return
    if parts.has_decay:
        channel(ar, ai, br, bi, site, 0.5 * decay, k, stream, negative)
    channel(br, bi, ar, ai, site, gain, k, stream, negative)
    if parts.has_decay:
        channel(ar, ai, br, bi, site, 0.5 * decay, k, stream, negative)


@inlined
def visit(
    state, site, number, axis, step, dissipates, then, parts, k, stream, here, there, scratch
):
    """Turn and dissipate one site, and keep the component that the next visit needs.

    Args:
        number, axis: about which axis, and what gives the field along it.
        step: time that the turn takes.
        then: the component to keep, or NO_AXIS.
        here, there: components of the spins, shape (site, lane): along the axis, and those kept.
        scratch: row 2 counts clipped updates of each lane.
    """
    ar, ai, br, bi = state[0], state[1], state[2], state[3]
    angle, total = scratch[0], scratch[1]
    if number != NO_AXIS:
        kick = parts.kick if number == 2 else parts.no_kick
        angle_of(angle, site, here, total, axis, step, kick, stream)
        turn(number, ar, ai, br, bi, site, angle)
    if dissipates:
        dissipate(ar, ai, br, bi, site, parts, k, stream, scratch[2])
    if then != NO_AXIS:
        spin_row(then, ar, ai, br, bi, site, there)


@inlined
def run_together(state, spins, graph, parts, sequence, done, steps, ends, k, step, stream, scratch):
    """Some steps, their visits one behind the other.

    Args:
        spins: components, shape (row, site, lane); a visit reads a row and fills the next one.
        done: visits before.
        ends: whether a split visit ends with its half.
    """
    sites, visits, rows, lag = state[0].shape[0], sequence.visits, spins.shape[0], sequence.lag
    # Before the first step, a component for the first visit, and half of the last one, if split.
    first, last = BEFORE if done > 0 else 0, BEFORE - 1 + steps * visits
    half = visits if sequence.split else visits - 1
    prepared = sequence.axes[half] if sequence.split else parts.then[half]
    for front in range(lag[first], sites + lag[last]):
        for number in range(first, last + 1):
            position = front - lag[number]
            if position < 0:
                break
            if position >= sites:
                first = number + 1
                continue
            site, place = np.uint64(sequence.order[position]), sequence.place[number]
            if number == 0:
                row = rows - 1 if sequence.split else 0
                if prepared != NO_AXIS:
                    spin_row(prepared, state[0], state[1], state[2], state[3], site, spins[row])
                continue
            if number < BEFORE and not sequence.split:
                continue
            now = (done + number) % 2 if visits == 1 else place
            if number < BEFORE or (ends and number == last):
                place = half
            kind, share = sequence.axes[place], sequence.shares[place]
            here, there = spins[now], spins[0 if now == rows - 1 else now + 1]
            axis = graph.x if kind == 0 else (graph.y if kind == 1 else graph.z)
            if kind != NO_AXIS and position == 0 and axis.uniform != 0.0:
                set_sum(scratch[1], here)
            dissipates = sequence.dissipates[place] > 0.0 and number >= BEFORE
            visit(
                state, site, kind, axis, share * step, dissipates, parts.then[place], parts, k,
                stream, here, there, scratch,
            )  # fmt: skip


@inlined
def take_steps(state, spins, graph, parts, sequence, k, steps, step, stream, scratch, clipped):
    """Advance `state`, four arrays of shape (site, lane), by `steps` steps.

    Args:
        spins: scratch, shape (rows_of(sequence), site, lane).
        scratch: of shape (3, lane) or larger.
    """
    visits = sequence.visits
    if visits == 0 or steps == 0:
        return
    negative = scratch[2]
    for lane in range(LANES):
        negative[lane] = like(0, negative[lane])
    done = 0
    while done < steps:
        together = min(sequence.steps, steps - done)
        run_together(
            state, spins, graph, parts, sequence, done * visits, together,
            done + together == steps, k, step, stream, scratch,
        )  # fmt: skip
        done += together
        for lane in range(LANES):
            clipped[0, lane] += negative[lane]
            negative[lane] = like(0, negative[lane])
    for lane in range(LANES):
        clipped[1, lane] += steps * parts.pumped if k > -1 else 0


@jit
def advance(state, spins, graph, parts, sequence, k, steps, step, stream, scratch, clipped):
    """`take_steps` for callers in Python."""
    take_steps(
        state, spins, graph, parts, sequence, k, steps, step, stream, scratch, clipped
    )  # fmt: skip
