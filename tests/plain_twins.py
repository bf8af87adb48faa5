"""Runs at twice the step with the noise of others, in plain NumPy."""

from __future__ import annotations

import math

import numpy as np
from schemes import REFERENCES

from twoqs.flows.common import CommonTurn
from twoqs.flows.doubling import (
    BETWEEN,
    COEFFICIENTS,
    FIRST_HALF,
    LAST_HALF,
    LAST_OF_ODD,
    DoubledStream,
)
from twoqs.flows.instant import turn_vectors
from twoqs.flows.length import spin_length
from twoqs.flows.lowered import timetable_of
from twoqs.flows.plan import Plan
from twoqs.flows.random import ReferenceStream
from twoqs.flows.relaxation import Relaxation
from twoqs.flows.sequence import visits_of
from twoqs.flows.step import advance
from twoqs.kernels.compile.jit import LANES
from twoqs.kernels.samples import nowhere
from twoqs.simulation.batch import _Record
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.calls import calls
from twoqs.simulation.coarse import CoarseTwin
from twoqs.simulation.timeline import timeline


class Recorder:
    """A stream that keeps what is drawn, draw by draw."""

    def __init__(self, stream) -> None:
        self._stream, self.drawn = stream, []

    def four_points(self, count):
        self.drawn.append(self._stream.four_points(count))
        return self.drawn[-1]

    def four_point(self):
        return self.four_points(1)[0]


def keys(method, structure, steps):
    """(step, what draws) of all draws of so many steps in one run, by the plain visits."""
    if isinstance(structure, Plan):
        flows = [(number, structure.flows[v.flow]) for number, v in enumerate(structure.inner)]
        outer = [] if structure.outer is None else [("outer", structure.flows[structure.outer])]
        a_step = [(name, n) for name, flow in flows + outer for n in range(draws_of(flow))]
        half = [(-1, what) for what in a_step if what[0] == "outer"]
        return half + [(step, what) for step in range(steps) for what in a_step]
    found = []
    for step, stage, site in visits_of(structure.sequence, steps):
        count = draws_at(method, structure, stage, site)
        outer = structure.sequence.split and stage == structure.sequence.stages - 1
        found += [(step, ("outer" if outer else stage, site, n)) for n in range(count)]
    return found


def draws_of(flow):
    return {CommonTurn: 1}.get(type(flow)) or len(
        flow.sites if isinstance(flow, Relaxation) else flow.noisy
    )


def draws_at(method, structure, stage, site):
    axis, rates = structure.sequence.axes[stage], structure.rates
    about_z = int(axis == 2 and rates.dephasing[site] > 0)
    if method.name == "conserving":
        return about_z + int(axis < 2 and rates.decay[site] + rates.gain[site] > 0)
    decays, both = rates.decay[site] > 0, np.any(rates.decay) and np.any(rates.gain)
    channels = (2 if both else 1) * int(decays) + int(rates.gain[site] > 0)
    return about_z + channels * int(structure.sequence.dissipates[stage] > 0)


def plain_parts(method, structure, steps):
    """Numbers and coefficients of the draws of a run, for those of its twin: doubled, and single.

    As docs of `twoqs.flows.doubling` have it, step by step and flow by flow.
    """
    drawn = keys(method, structure, steps)
    number, pairs, odd = {key: n for n, key in enumerate(drawn)}, steps // 2, steps % 2 == 1
    left, doubled, single = {}, [], []
    for step, what in keys(method, structure, pairs) if pairs else []:
        end = step == pairs - 1
        if what[0] != "outer":
            image = mirrored(structure, what)
            late = image is not None and what > image
            both = [(2 * step + late, what), (2 * step + late, image)]
            both = [(2 * step, what), (2 * step + 1, what)] if image is None else both
            doubled.append({number[key]: math.sqrt(0.5) for key in both})
            continue
        # Outer draws are those before a step, from 0 on.
        xi = [number.get((2 * step + n, what)) for n in range(3)]
        if is_wide(structure, what):
            pair = [number[-1, what]] if step < 0 else xi[:1] if odd and end else xi[:2]
            doubled.append({n: 1 / math.sqrt(len(pair)) for n in pair})
            continue
        way = FIRST_HALF if step < 0 else (LAST_OF_ODD if odd else LAST_HALF) if end else BETWEEN
        one, other = (number[-1, what], number[0, what]) if step < 0 else xi[1:]
        u, r = COEFFICIENTS[way]
        before = left.get(what, {})
        made = [
            combined(before, by[0], one, by[1], one if other is None else other, by[2])
            for by in (u, r)
        ]
        doubled.append(made[0])
        left[what] = made[1]
    for step, what in keys(method, structure, 1) if odd else []:
        rest = left.get(what) if step < 0 else None
        single.append(rest or {number[steps - 1 + step, what]: 1.0})
    return doubled, single


def combined(before, share, *draws):
    """A combination of draws: a share of one, and others with their coefficients."""
    found = {n: share * c for n, c in before.items()}
    for n, c in zip(draws[::2], draws[1::2], strict=True):
        if c:
            found[n] = found.get(n, 0.0) + c
    return found


def mirrored(structure, what):
    """The draw of the same flow in the other half of a step; None if there is none."""
    if isinstance(structure, Plan):
        image = len(structure.inner) - 1 - what[0]
        return None if image == what[0] else (image, *what[1:])
    sequence = structure.sequence
    image = sequence.stages - 1 - sequence.split - what[0]
    alike = image != what[0] and sequence.axes[image] == sequence.axes[what[0]]
    # Of stages about z with channels, the first draw is that of the turn if there is dephasing.
    about_z = sequence.axes[what[0]] == 2
    noisy = alike and what[2] == 0 and (not about_z or structure.rates.dephasing[what[1]] > 0)
    return (image, *what[1:]) if noisy else None


def is_wide(structure, what):
    """Whether a draw of the outer flow takes several pieces."""
    return isinstance(structure, Plan) and isinstance(structure.flows[structure.outer], Relaxation)


def plainly(method, model, structure, state, segment, stream):
    """The state after the steps of a segment, by the plain integrator of the model."""
    steps, step = segment.steps, segment.step
    if isinstance(structure, Plan):
        values = timetable_of(model).values(segment.midpoints(1))
        fine = method.constants(model, step).fine
        return advance(state, structure, values, step, stream, fine)
    graph, rates = structure.graph, structure.rates
    if method.name == "conserving":
        length = spin_length(model.spin)
        return REFERENCES["conserving"](state, graph, rates, length, steps, step, stream)
    return REFERENCES[method.name](state, graph, rates, method.k, steps, step, stream)[0]


def deviation(model, numerics):
    """Largest difference of a twin and the plain one at any sample, relative to the state."""
    method, table = numerics.method, timetable_of(model)
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(3))
    twin, structure = CoarseTwin(block, model, numerics), block.trajectories.structure
    segments = timeline(numerics, table)
    record = _Record(model, numerics, segments, 1)
    words, state = block.trajectories.stream, block.state.astype(float)
    reference = ReferenceStream(words.state, bits=8 * words.word.itemsize)
    off, path = 0.0, state
    for segment in segments:
        recorder, steps, h = Recorder(reference), segment.steps, segment.step
        for turn in segment.turns:
            turn_vectors(state, turn)
            turn_vectors(path, turn)
        if steps:
            path = plainly(method, model, structure, path, segment, recorder)
        doubled, single = plain_parts(method, structure, steps)
        if steps > 1:
            coarse = segment._replace(steps=steps // 2, step=2 * h)
            noise = DoubledStream(recorder.drawn, doubled)
            state = plainly(method, model, structure, state, coarse, noise)
        if steps % 2:
            last = segment._replace(start=segment.start + (steps - 1) * h, steps=1)
            noise = DoubledStream(recorder.drawn, single)
            state = plainly(method, model, structure, state, last, noise)
        for one in (block, twin):
            one.sample(segment, 1, record._sums, record._rows(0), -1)
        found = twin.state
        off = max(off, np.abs(found - state).max() / np.abs(state).max())
    assert not twin.lost
    assert np.abs(block.state - path).max() < 1e-3 * np.abs(path).max()  # as other tests say
    return off


def record_of(model, numerics, blocks, root=2):
    """Records of blocks and of their twins, and the twins."""
    segments, twins = timeline(numerics, timetable_of(model)), []
    fine, coarse = (_Record(model, numerics, segments, blocks) for _ in range(2))
    for index in range(blocks):
        seed = np.random.SeedSequence(root, spawn_key=(index,))
        block = TrajectoryBlock(model, numerics, seed, LANES * index)
        twins.append(CoarseTwin(block, model, numerics))
        for call in calls(model, numerics, segments):
            fine.add(block, index, call)
            own = (coarse._sums, coarse._rows(index)) if call.first.measured else nowhere()
            twins[-1].sample(call.first, call.samples, *own, call.saved)
    return fine.rows, coarse.rows, twins
