"""The stages of a step, and the order in which they visit the sites of a lattice.

A step is a palindrome of stages: turns about an axis, and decay and gain. To apply a stage to one
site is a visit. A visit needs one component of the neighbours as the stage before left it, but
nothing of sites farther away: so the stages of several steps run over the lattice one behind the
other, each as close to the one before as the couplings allow, and find in the cache what that one
has just touched. The plain integrators draw their random numbers in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twoqs.flows.rates import Graph, LocalField, Rates, coupled, largest_field, turns, turns_about_z
from twoqs.model.arrays import Floats, Ints

IN_PLANE, NO_AXIS = (0, 1), 3

STEPS = (20, 10, 5, 4, 2, 1)
"""Numbers of steps that may run together; 20 lie between samples by default."""

BEFORE = 2
"""Entries of a run before the stages of its steps."""

MOST_LAG = 192
"""Sites between the first and the last stage if several steps run together: with all trajectories
of a block they fit into the second cache."""

RESTORED_AFTER = 20
"""Steps after which Bloch vectors get their length back, which series and polynomials keep only
nearly."""


class Stage(NamedTuple):
    """One exact flow of a step: a turn about an axis, and decay and gain after it."""

    axis: int  # about which it turns, or NO_AXIS
    share: float  # of the step that the turn takes
    dissipates: float  # share of the step of decay and gain that follow
    split: bool = False  # whether a half of it begins the first step of all, and one ends the last
    inside: bool = False  # whether it is between the halves of the damping of the conserving scheme


class Sequence(NamedTuple):
    """The stages of a step, and how they run over the sites; arrays, as kernels need them.

    Only the last stage of a step may be split; its half stands after the stages.

    A run is some steps together. It begins with two entries that only the first run of all has: to
    prepare what the first stage needs, and half of the last stage. From `BEFORE` on follow the
    stages of its steps, and one entry for whatever is done after them.
    """

    stages: int  # of a step
    split: bool  # whether the last one is
    axes: Ints  # (stage + 1,): as in `Stage`
    shares: Floats
    dissipates: Floats
    inside: NDArray[np.bool_]
    order: Ints  # (site,): sites in the order in which each stage visits them
    stage_of: Ints  # (entry,): which stage of its step an entry of a run is
    lag: Ints  # (entry,): sites by which it is behind the first
    steps: int  # of a run


def conserving_stages(graph: Graph, rates: Rates, length: float) -> list[Stage]:
    """The step of the conserving scheme for spins of this length, whose last stage is split.

    Decay and gain turn spins about x and y by their noise; their damping is a stage of its own,
    between the two. The outer turn is that with the larger fields: it goes with the smaller error.
    """
    noisy = bool(np.any(rates.decay) or np.any(rates.gain))
    damped = noisy and bool(np.any(rates.damping))
    about_x, about_y = (np.max(largest_field(graph[axis], length)) for axis in IN_PLANE)
    outer, inner = IN_PLANE if about_x > about_y else IN_PLANE[::-1]
    nested = [Stage(2, 1.0, 0.0)] * turns_about_z(graph, rates)
    nested += [Stage(outer, 1.0, 0.0)] * (noisy or turns(graph[outer]))
    nested += [Stage(NO_AXIS, 0.0, 1.0)] * damped
    nested += [Stage(inner, 1.0, 0.0, inside=damped)] * (noisy or turns(graph[inner]))
    between = [halved(stage) for stage in nested[1:-1]]
    return [
        *between, *nested[1:][-1:], *between[::-1],
        *(stage._replace(split=True) for stage in nested[:1]),
    ]  # fmt: skip


def halved(stage: Stage) -> Stage:
    """The stage for half as long."""
    return stage._replace(share=stage.share / 2, dissipates=stage.dissipates / 2, split=False)


def pda_stages(graph: Graph, rates: Rates) -> list[Stage]:
    """The step of pda, likewise. Decay and gain, local to a site, join the turn before them."""
    present = turns(graph.x), turns(graph.y), turns_about_z(graph, rates)
    before = [axis for axis in (1, 2) if present[axis]]
    dissipates = float(np.any(rates.decay) or np.any(rates.gain))
    turned = [Stage(axis, 0.5, 0.0) for axis in before + before[::-1]]
    turned += [Stage(0, 1.0, 0.0, split=True)] * present[0]
    if dissipates and not before:
        turned.insert(0, Stage(NO_AXIS, 0.0, 0.0))
    last = max(0, len(before) - 1)
    return [stage._replace(dissipates=dissipates * (i == last)) for i, stage in enumerate(turned)]


def sequence_of(graph: Graph, stages: list[Stage]) -> Sequence:
    """The `Sequence` of these stages."""
    n = len(graph.x.field)
    order, position = _narrow_order(graph, n)
    widths = [*(_width(local, position) for local in graph), 0]
    # A stage has to wait for all sites where the sum over them enters.
    sums = [*(local.uniform != 0.0 for local in graph), False]
    needs = [n if summed else width for summed, width in zip(sums, widths, strict=True)]
    axes = [stage.axis for stage in stages]
    before = axes[-1:] + axes[:-1]
    behind = [max(needs[axis], widths[last]) for last, axis in zip(before, axes, strict=True)]
    length = sum(behind)
    # A lattice that the second cache holds gains by the first: what a step needs stays there.
    most = MOST_LAG if n > MOST_LAG else length
    steps = next(some for some in STEPS if some * length <= most or some == 1)
    if length >= n > 1:
        # Nothing is gained: one stage after the other, in plain order.
        order, behind, needs = np.arange(n), [n] * len(stages), [n] * len(needs)
    first = [0, needs[axes[-1]]] if stages else [0, 0]
    lag = np.cumsum(first + behind * steps + behind[:1])
    entries = stages + [halved(stage) for stage in stages[-1:]]
    return Sequence(
        stages=len(stages),
        split=any(stage.split for stage in stages),
        axes=np.array([stage.axis for stage in entries], dtype=np.int64),
        shares=np.array([stage.share for stage in entries]),
        dissipates=np.array([stage.dissipates for stage in entries]),
        inside=np.array([stage.inside for stage in entries], dtype=np.bool_),
        order=np.asarray(order, dtype=np.int64),
        stage_of=np.arange(-BEFORE, len(lag) - BEFORE) % max(1, len(stages)),
        lag=np.asarray(lag, dtype=np.int64),
        steps=steps,
    )


def visits_of(sequence: Sequence, steps: int) -> Iterator[tuple[int, int, int]]:
    """(step, stage, site) for all visits of `steps` steps, in their order.

    The half of a stage before the first step is the last stage of step -1.
    """
    for done in range(0, steps, sequence.steps):
        together = min(sequence.steps, steps - done)
        step, stage, site = visits_of_run(sequence, together, begins=done == 0)
        yield from zip((step + done).tolist(), stage.tolist(), site.tolist(), strict=True)


def visits_of_run(sequence: Sequence, together: int, begins: bool) -> tuple[Ints, Ints, Ints]:
    """Step in the run, stage and site of all visits of a run of so many steps, in their order."""
    entries = np.arange(BEFORE - (begins and sequence.split), BEFORE + together * sequence.stages)
    positions = np.arange(len(sequence.order))
    front = sequence.lag[entries, None] + positions
    order = np.lexsort((np.repeat(entries, len(positions)), front.ravel()))
    entry, position = np.divmod(order, len(positions))
    step, stage = np.divmod(entries[entry] - BEFORE, max(1, sequence.stages))
    return step, stage, sequence.order[position]


def _width(local: LocalField, position: Ints) -> int:
    """Largest distance in the order between coupled sites."""
    site = np.repeat(np.arange(len(position)), np.diff(local.start))
    return int(np.max(np.abs(position[site] - position[local.neighbour]), initial=0))


def _narrow_order(graph: Graph, n: int) -> tuple[Ints, Ints]:
    """Sites so ordered that coupled ones are near each other, and the position of each in it."""
    order = np.arange(n)
    if not any(coupled(local) for local in graph):
        return order, order
    # Imported here: a single spin needs no graph.
    from scipy.sparse import csr_array, csr_matrix
    from scipy.sparse.csgraph import reverse_cuthill_mckee

    pattern = sum(
        csr_array((np.ones(len(one.neighbour)), one.neighbour, one.start), shape=(n, n))
        for one in graph
    )
    found = reverse_cuthill_mckee(csr_matrix(pattern), symmetric_mode=True).astype(np.int64)
    position = np.empty(n, np.int64)
    position[found] = np.arange(n)
    if max(_width(one, position) for one in graph) < max(_width(one, order) for one in graph):
        return found, position
    return order, order
