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
from twoqs.model.arrays import Floats


class PDAConstants(NamedTuple):
    """Constants of the steps of one length, prepared once."""

    decay: Floats  # (site,): raw rate times step
    gain: Floats
    has_decay: bool
    has_gain: bool
    pumped: int  # updates of a pumped mode in one step of one trajectory
    kick: Floats  # (2, site): values of the random angle of dephasing, in half a step
    no_kick: Floats
    then: NDArray[np.int64]  # (stage + 1,): component that the next stage needs, or NO_AXIS


def pda_constants(graph: Graph, rates: Rates, sequence: Sequence, step: float) -> PDAConstants:
    """The `PDAConstants` of a step for raw rates."""
    kick = kick_sizes(rates.dephasing * step / 2, TRUE_COSINE)
    decays, gains = np.count_nonzero(rates.decay), np.count_nonzero(rates.gain)
    axes = sequence.axes[: sequence.stages]
    needed = [a if a != NO_AXIS and coupled(graph[a]) else NO_AXIS for a in axes]
    return PDAConstants(
        rates.decay * step,
        rates.gain * step,
        bool(decays),
        bool(gains),
        int(decays * (2 if gains else 1) + gains),
        kick,
        np.zeros_like(kick),
        np.array(needed[1:] + 2 * needed[:1], dtype=np.int64),
    )


def spin_rows(sequence: Sequence) -> int:
    """Rows of spin components that the stages need: each reads one and fills the next one's."""
    return max(2, sequence.stages)


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
def dissipate(ar, ai, br, bi, site, constants, k, stream, negative):
    """Decay and gain of one site for one step."""
    decay, gain = constants.decay[site], constants.gain[site]
    if not constants.has_gain:
        channel(ar, ai, br, bi, site, decay, k, stream, negative)
        return
    if constants.has_decay:
        channel(ar, ai, br, bi, site, 0.5 * decay, k, stream, negative)
    channel(br, bi, ar, ai, site, gain, k, stream, negative)
    if constants.has_decay:
        channel(ar, ai, br, bi, site, 0.5 * decay, k, stream, negative)


@inlined
def visit_spinor(
    state, site, axis, local, step, dissipates, then, constants, k, stream, here, there, scratch
):
    """One stage at one site: turn the spinor, decay and gain; keep what the next stage needs.

    Args:
        axis, local: about which axis, and the graph of the local field along it.
        step: time that the turn takes.
        then: the spin component to keep, or NO_AXIS.
        here, there: components of the spins, shape (site, lane): along the axis, and those kept.
        scratch: row 2 counts clipped updates of each lane.
    """
    ar, ai, br, bi = state[0], state[1], state[2], state[3]
    angle, total = scratch[0], scratch[1]
    if axis != NO_AXIS:
        kick = constants.kick if axis == 2 else constants.no_kick
        angle_of(angle, site, here, total, local, step, kick, stream)
        turn_spinor(axis, ar, ai, br, bi, site, angle)
    if dissipates:
        dissipate(ar, ai, br, bi, site, constants, k, stream, scratch[2])
    if then != NO_AXIS:
        spin_row(then, ar, ai, br, bi, site, there)


@inlined
def run_pda_stages(
    state, spins, graph, constants, sequence, done, steps, ends, k, step, stream, scratch
):
    """One run of some steps, their stages one behind the other over the sites.

    Args:
        spins: components, shape (row, site, lane); a stage reads a row and fills the next one.
        done: stages of the runs before.
        ends: whether the last stage, if split, ends with its half.
    """
    sites, stages, rows, lag = state[0].shape[0], sequence.stages, spins.shape[0], sequence.lag
    # Before the first step, a component for the first stage, and half of the last one, if split.
    first, last = BEFORE if done > 0 else 0, BEFORE - 1 + steps * stages
    half = stages if sequence.split else stages - 1
    prepared = sequence.axes[half] if sequence.split else constants.then[half]
    for front in range(lag[first], sites + lag[last]):
        for entry in range(first, last + 1):
            position = front - lag[entry]
            if position < 0:
                break
            if position >= sites:
                first = entry + 1
                continue
            site, stage = np.uint64(sequence.order[position]), sequence.stage_of[entry]
            if entry == 0:
                row = rows - 1 if sequence.split else 0
                if prepared != NO_AXIS:
                    spin_row(prepared, state[0], state[1], state[2], state[3], site, spins[row])
                continue
            if entry < BEFORE and not sequence.split:
                continue
            row = (done + entry) % 2 if stages == 1 else stage
            if entry < BEFORE or (ends and entry == last):
                stage = half
            axis, share = sequence.axes[stage], sequence.shares[stage]
            here, there = spins[row], spins[0 if row == rows - 1 else row + 1]
            local = graph.x if axis == 0 else (graph.y if axis == 1 else graph.z)
            if axis != NO_AXIS and position == 0 and local.uniform != 0.0:
                set_sum(scratch[1], here)
            dissipates = sequence.dissipates[stage] > 0.0 and entry >= BEFORE
            visit_spinor(
                state, site, axis, local, share * step, dissipates, constants.then[stage],
                constants, k, stream, here, there, scratch,
            )  # fmt: skip


@inlined
def pda_steps(state, spins, graph, constants, sequence, k, steps, step, stream, scratch, clipped):
    """Advance `state`, four arrays of shape (site, lane), by `steps` steps.

    Args:
        spins: scratch, shape (spin_rows(sequence), site, lane).
        scratch: of shape (3, lane) or larger.
    """
    stages = sequence.stages
    if stages == 0 or steps == 0:
        return
    negative = scratch[2]
    for lane in range(LANES):
        negative[lane] = like(0, negative[lane])
    done = 0
    while done < steps:
        together = min(sequence.steps, steps - done)
        run_pda_stages(
            state, spins, graph, constants, sequence, done * stages, together,
            done + together == steps, k, step, stream, scratch,
        )  # fmt: skip
        done += together
        for lane in range(LANES):
            clipped[0, lane] += negative[lane]
            negative[lane] = like(0, negative[lane])
    for lane in range(LANES):
        clipped[1, lane] += steps * constants.pumped if k > -1 else 0


@jit
def advance_pda(state, spins, graph, constants, sequence, k, steps, step, stream, scratch, clipped):
    """`pda_steps` for callers in Python."""
    pda_steps(
        state, spins, graph, constants, sequence, k, steps, step, stream, scratch, clipped
    )  # fmt: skip
