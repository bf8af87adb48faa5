"""The paper's equations in second order, on spinors; see `twoqs.reference.pda`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.kernels.channel import channel
from twoqs.kernels.fields import angle_of, set_sum
from twoqs.kernels.jit import LANES, inlined, jit, lanes, like
from twoqs.kernels.kicks import SPINOR_ORDER, kick_sizes
from twoqs.kernels.series import fine_cosine, fine_sine
from twoqs.kernels.spins import spin_row
from twoqs.rates import Graph, Rates, coupled, turns, turns_about_z

Floats = NDArray[np.float64]

NO_AXIS = 3


class Visit(NamedTuple):
    """What is done to all sites, one after the other, before the next visit begins."""

    axis: int  # about which they turn, or NO_AXIS
    share: float  # of the step that the turn takes
    dissipates: bool  # whether decay and gain follow
    then: int  # component of the spins that the next visit needs, or NO_AXIS


class Parts(NamedTuple):
    """What is constant while the step is."""

    decay: Floats  # (site,): raw rate times step
    gain: Floats
    has_decay: bool
    has_gain: bool
    pumped: int  # updates of a pumped mode in one step of one trajectory
    kick: Floats  # (2, site): of dephasing, in half a step
    no_kick: Floats
    axes: NDArray[np.int64]  # the visits of a step, one array a field
    shares: Floats
    dissipates: NDArray[np.bool_]
    then: NDArray[np.int64]


def parts_of(graph: Graph, rates: Rates, step: float) -> Parts:
    """The `Parts` of a step for raw rates."""
    kick = kick_sizes(rates.dephasing * step / 2, SPINOR_ORDER)
    visits = visits_of(graph, rates)
    decays, gains = np.count_nonzero(rates.decay), np.count_nonzero(rates.gain)
    return Parts(
        rates.decay * step,
        rates.gain * step,
        bool(decays),
        bool(gains),
        int(decays * (2 if gains else 1) + gains),
        kick,
        np.zeros_like(kick),
        np.array([visit.axis for visit in visits], dtype=np.int64),
        np.array([visit.share for visit in visits]),
        np.array([visit.dissipates for visit in visits], dtype=np.bool_),
        np.array([visit.then for visit in visits], dtype=np.int64),
    )


def visits_of(graph: Graph, rates: Rates) -> list[Visit]:
    """The palindrome of a step, from half a turn about x, which the last visit completes.

    What is local to a site joins the visit before it.
    """
    present = turns(graph.x), turns(graph.y), turns_about_z(graph, rates)
    before = [axis for axis in (1, 2) if present[axis]]
    dissipates = bool(np.any(rates.decay) or np.any(rates.gain))
    turned = [(axis, 0.5) for axis in before + before[::-1]] + [(0, 1.0)] * present[0]
    if dissipates and not before:
        turned.insert(0, (NO_AXIS, 0.0))
    last = max(0, len(before) - 1)
    needed = [axis if axis != NO_AXIS and coupled(graph[axis]) else NO_AXIS for axis, _ in turned]
    return [
        Visit(axis, share, dissipates and number == last, needed[(number + 1) % len(turned)])
        for number, (axis, share) in enumerate(turned)
    ]


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


@jit
def visit(state, number, axis, step, dissipates, then, parts, k, stream, here, there, scratch):
    """Turn and dissipate all sites, and keep the component that the next visit needs.

    Args:
        number, axis: about which axis, and what gives the field along it.
        step: time that the turn takes.
        then: the component to keep, or NO_AXIS.
        here, there: components of the spins, shape (site, lane): along the axis, and those kept.
        scratch: row 2 counts clipped updates of each lane.
    """
    ar, ai, br, bi = state[0], state[1], state[2], state[3]
    angle, total = scratch[0], scratch[1]
    kick = parts.kick if number == 2 else parts.no_kick
    if number != NO_AXIS and axis.uniform != 0.0:
        set_sum(total, here)
    for site in range(state.shape[1]):
        if number != NO_AXIS:
            angle_of(angle, site, here, total, axis, step, kick, stream)
            turn(number, ar, ai, br, bi, site, angle)
        if dissipates:
            dissipate(ar, ai, br, bi, site, parts, k, stream, scratch[2])
        if then != NO_AXIS:
            spin_row(then, ar, ai, br, bi, site, there)


@inlined
def begin(state, graph, parts, half, k, stream, here, there, scratch):
    """Half a turn about x, if any, and whatever the first visit of a step needs."""
    last = len(parts.axes) - 1
    about_x = parts.axes[last] == 0
    first = 0 if about_x else parts.axes[0]
    target = there if about_x else here
    if first != NO_AXIS:
        for site in range(state.shape[1]):
            spin_row(first, state[0], state[1], state[2], state[3], site, target)
    if about_x:
        visit(
            state, 0, graph.x, half, False, parts.then[last], parts, k, stream, there, here, scratch
        )  # fmt: skip


@jit
def advance(state, spins, graph, parts, k, steps, step, stream, scratch, clipped):
    """Advance `state` of shape (4, site, lane) by `steps` steps.

    Args:
        spins: scratch, shape (2, site, lane).
        scratch: of shape (3, lane) or larger.
    """
    visits = len(parts.axes)
    if visits == 0:
        return
    here, there, negative = spins[0], spins[1], scratch[2]
    for lane in range(LANES):
        negative[lane] = like(0, negative[lane])
    begin(state, graph, parts, 0.5 * step, k, stream, here, there, scratch)
    for number in range(steps):
        for place in range(visits):
            kind, share = parts.axes[place], parts.shares[place]
            if kind == 0 and number == steps - 1:
                share = 0.5
            axis = graph.x if kind == 0 else (graph.y if kind == 1 else graph.z)
            visit(
                state, kind, axis, share * step, parts.dissipates[place], parts.then[place],
                parts, k, stream, here, there, scratch,
            )  # fmt: skip
            here, there = there, here
        for lane in range(LANES):
            clipped[0, lane] += negative[lane]
            negative[lane] = like(0, negative[lane])
    for lane in range(LANES):
        clipped[1, lane] += steps * parts.pumped if k > -1 else 0
