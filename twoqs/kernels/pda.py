"""The paper's equations in second order, on spinors; see `twoqs.flows.pda`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from twoqs.flows.rates import Graph, Rates, coupled
from twoqs.flows.sequence import BEFORE, NO_AXIS, Sequence
from twoqs.kernels.channel import channel
from twoqs.kernels.compile.jit import LANES, inlined, lanes, like
from twoqs.kernels.fields import angle_of, set_sum
from twoqs.kernels.kicks import TRUE_COSINE, kick_sizes
from twoqs.kernels.pipeline import nothing, run_steps
from twoqs.kernels.series import fine_cosine, fine_sine
from twoqs.kernels.spins import spin_row
from twoqs.model.arrays import Floats, Ints


class PDAConstants(NamedTuple):
    """Constants of the steps of one length, prepared once."""

    graph: Graph
    times: Floats  # (stage + 1,): that turns take
    decay: Floats  # (site,): raw rate times step
    gain: Floats
    has_decay: bool
    has_gain: bool
    pumped: int  # updates of a pumped mode in one step of one trajectory
    kick: Floats  # (2, site): values of the random angle of dephasing, in half a step
    no_kick: Floats
    then: Ints  # (stage + 1,): component that the next stage needs, or NO_AXIS
    sequence: Sequence


def pda_constants(graph: Graph, rates: Rates, sequence: Sequence, step: float) -> PDAConstants:
    """The `PDAConstants` of a step for raw rates."""
    kick = kick_sizes(rates.dephasing * step / 2, TRUE_COSINE)
    decays, gains = np.count_nonzero(rates.decay), np.count_nonzero(rates.gain)
    axes = sequence.axes[: sequence.stages]
    needed = [a if a != NO_AXIS and coupled(graph[a]) else NO_AXIS for a in axes]
    return PDAConstants(
        graph,
        sequence.shares * step,
        rates.decay * step,
        rates.gain * step,
        bool(decays),
        bool(gains),
        int(decays * (2 if gains else 1) + gains),
        kick,
        np.zeros_like(kick),
        np.array(needed[1:] + 2 * needed[:1], dtype=np.int64),
        sequence,
    )


@lanes
def turn_pairs(a, b, c, d, site, angle):
    """Turn (a, b) and (c, d) of one site by -angle/2: what exp(-i angle sigma/2) does to pairs."""
    for lane in range(LANES):
        half = like(0.5, angle[lane]) * angle[lane]
        cos, sin = fine_cosine(half), fine_sine(half)
        p, q, r, w = a[site, lane], b[site, lane], c[site, lane], d[site, lane]
        a[site, lane], b[site, lane] = cos * p + sin * q, cos * q - sin * p
        c[site, lane], d[site, lane] = cos * r + sin * w, cos * w - sin * r


@inlined
def turn_spinor(axis, ar, ai, br, bi, site, angle):
    """Turn the spinors of one site about an axis."""
    if axis == 0:
        turn_pairs(ar, bi, br, ai, site, angle)
    elif axis == 1:
        turn_pairs(br, ar, bi, ai, site, angle)
    else:
        turn_pairs(ar, ai, bi, br, site, angle)


@inlined
def dissipate(work, site):
    """Decay and gain of one site for one step."""
    ar, ai, br, bi = work.state[0], work.state[1], work.state[2], work.state[3]
    constants, k, stream, clipped = work.constants, work.k, work.stream, work.clipped[0]
    decay, gain = constants.decay[site], constants.gain[site]
    if not constants.has_gain:
        channel(ar, ai, br, bi, site, decay, k, stream, clipped)
        return
    if constants.has_decay:
        channel(ar, ai, br, bi, site, 0.5 * decay, k, stream, clipped)
    channel(br, bi, ar, ai, site, gain, k, stream, clipped)
    if constants.has_decay:
        channel(ar, ai, br, bi, site, 0.5 * decay, k, stream, clipped)


@inlined
def keep_component(work, component, number, site):
    """Keep a spin component of a site for the stage of this number; none for NO_AXIS."""
    if component != NO_AXIS:
        ar, ai, br, bi = work.state[0], work.state[1], work.state[2], work.state[3]
        spin_row(component, ar, ai, br, bi, site, work.memory[number % 2])


@inlined
def prepare(work, site):
    """Keep what the first stage of all needs."""
    constants, sequence = work.constants, work.constants.sequence
    if sequence.split:
        keep_component(work, sequence.axes[sequence.stages], BEFORE - 1, site)
    else:
        keep_component(work, constants.then[sequence.stages], BEFORE, site)


@inlined
def visit_spinor(work, stage, number, position, site):
    """One stage at one site: turn the spinor, decay and gain; keep what the next stage needs."""
    constants, sequence, graph = work.constants, work.constants.sequence, work.constants.graph
    axis = sequence.axes[stage]
    if axis != NO_AXIS:
        here, angle, total = work.memory[number % 2], work.scratch[0], work.scratch[1]
        local = graph.x if axis == 0 else (graph.y if axis == 1 else graph.z)
        if position == 0 and local.uniform != 0.0:
            set_sum(total, here)
        kick = constants.kick if axis == 2 else constants.no_kick
        angle_of(angle, site, here, total, local, constants.times[stage], kick, work.stream)
        turn_spinor(axis, work.state[0], work.state[1], work.state[2], work.state[3], site, angle)
    if sequence.dissipates[stage] > 0.0 and number >= BEFORE:
        dissipate(work, site)
    keep_component(work, constants.then[stage], number + 1, site)


@inlined
def pda_steps(work, steps):
    """Advance a `Work` with `PDAConstants` by some steps.

    Its memory is of shape (2, site, lane): each stage finds the spin components that it needs in
    one row, and leaves those for the next stage in the other one.
    """
    run_steps(prepare, visit_spinor, nothing, work, steps)
    for lane in range(LANES):
        work.clipped[1, lane] += steps * work.constants.pumped if work.k > -1 else 0
