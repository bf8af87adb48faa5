"""What a step does to a spin, and in which order the sites of a lattice have it done.

A step is a palindrome of visits; each visits all sites. A visit needs one component of the
neighbours as the visit before left it, but nothing of sites farther away: so the visits of several
steps run over the lattice one behind the other, each as close to the one before as the couplings
allow, and find in the cache what that one has just touched. References follow the same order, as
it is the one in which random numbers are taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import reverse_cuthill_mckee

from twoqs.flows.rates import Axis, Graph, Rates, coupled, largest_field, turns, turns_about_z

IN_PLANE, NO_AXIS = (0, 1), 3

STEPS = (20, 10, 5, 4, 2, 1)
"""Numbers of steps whose visits may run together; 20 lie between samples by default."""

BEFORE = 2
"""Visits of a run before those of its steps."""

MOST_LAG = 192
"""Sites between the first and the last visit if several steps run together: with all trajectories
of a block they fit into the second cache."""


class Visit(NamedTuple):
    """What is done to a site, before the next visit comes to it."""

    axis: int  # about which it turns, or NO_AXIS
    share: float  # of the step that the turn takes
    dissipates: float  # share of the step of decay and gain that follow
    split: bool = False  # whether a half of it begins the first step of all, and one ends the last
    inside: bool = False  # whether it is between the halves of the damping of the conserving scheme


class Sequence(NamedTuple):
    """The visits of a step, and how they run over the sites; arrays, as kernels need them.

    Only the last visit of a step may be split; its half is an entry after those of the visits.

    A run of some steps begins with two visits that only the first run of all has: to prepare what
    the first one needs, and half of the last visit. From `BEFORE` on follow those of the steps,
    and one for whatever is done after them.
    """

    visits: int  # of a step
    split: bool  # whether the last one is
    axes: NDArray[np.int64]  # (visit + 1,): as in `Visit`
    shares: NDArray[np.float64]
    dissipates: NDArray[np.float64]
    inside: NDArray[np.bool_]
    order: NDArray[np.int64]  # (site,): sites in the order in which each visit comes to them
    place: NDArray[np.int64]  # (run,): of each visit of a run within its step
    lag: NDArray[np.int64]  # (run,): sites by which it is behind the first
    steps: int  # that run together


def conserving_visits(graph: Graph, rates: Rates, length: float) -> list[Visit]:
    """The step of the conserving scheme for spins of this length, whose last visit is split.

    Decay and gain turn spins about x and y by their noise; their damping is a visit of its own,
    between the two. The outer turn is that with the larger fields: it goes with the smaller error.
    """
    noisy = bool(np.any(rates.decay) or np.any(rates.gain))
    damped = noisy and bool(np.any(rates.drift))
    about_x, about_y = (np.max(largest_field(graph[axis], length)) for axis in IN_PLANE)
    outer, inner = IN_PLANE if about_x > about_y else IN_PLANE[::-1]
    nested = [Visit(2, 1.0, 0.0)] * turns_about_z(graph, rates)
    nested += [Visit(outer, 1.0, 0.0)] * (noisy or turns(graph[outer]))
    nested += [Visit(NO_AXIS, 0.0, 1.0)] * damped
    nested += [Visit(inner, 1.0, 0.0, inside=damped)] * (noisy or turns(graph[inner]))
    between = [halved(visit) for visit in nested[1:-1]]
    return [
        *between, *nested[1:][-1:], *between[::-1],
        *(visit._replace(split=True) for visit in nested[:1]),
    ]  # fmt: skip


def halved(visit: Visit) -> Visit:
    """The visit for half as long."""
    return visit._replace(share=visit.share / 2, dissipates=visit.dissipates / 2, split=False)


def pda_visits(graph: Graph, rates: Rates) -> list[Visit]:
    """The step of pda, likewise. What is local to a site joins the visit before it."""
    present = turns(graph.x), turns(graph.y), turns_about_z(graph, rates)
    before = [axis for axis in (1, 2) if present[axis]]
    dissipates = float(np.any(rates.decay) or np.any(rates.gain))
    turned = [Visit(axis, 0.5, 0.0) for axis in before + before[::-1]]
    turned += [Visit(0, 1.0, 0.0, split=True)] * present[0]
    if dissipates and not before:
        turned.insert(0, Visit(NO_AXIS, 0.0, 0.0))
    last = max(0, len(before) - 1)
    return [
        visit._replace(dissipates=dissipates * (number == last))
        for number, visit in enumerate(turned)
    ]


def sequence_of(graph: Graph, visits: list[Visit]) -> Sequence:
    """The `Sequence` of these visits."""
    n = len(graph.x.field)
    order, position = _narrow_order(graph, n)
    widths = [*(_width(axis, position) for axis in graph), 0]
    # A visit has to wait for all sites where the sum over them enters.
    sums = [*(axis.uniform != 0.0 for axis in graph), False]
    needs = [n if summed else width for summed, width in zip(sums, widths, strict=True)]
    axes = [visit.axis for visit in visits]
    before = axes[-1:] + axes[:-1]
    behind = [max(needs[axis], widths[last]) for last, axis in zip(before, axes, strict=True)]
    length = sum(behind)
    # A lattice that the second cache holds gains by the first: what a step needs stays there.
    most = MOST_LAG if n > MOST_LAG else length
    steps = next(some for some in STEPS if some * length <= most or some == 1)
    if length >= n > 1:
        # Nothing is gained: one visit after the other, in plain order.
        order, behind, needs = np.arange(n), [n] * len(visits), [n] * len(needs)
    first = [0, needs[axes[-1]]] if visits else [0, 0]
    lag = np.cumsum(first + behind * steps + behind[:1])
    entries = visits + [halved(visit) for visit in visits[-1:]]
    return Sequence(
        visits=len(visits),
        split=any(visit.split for visit in visits),
        axes=np.array([visit.axis for visit in entries], dtype=np.int64),
        shares=np.array([visit.share for visit in entries]),
        dissipates=np.array([visit.dissipates for visit in entries]),
        inside=np.array([visit.inside for visit in entries], dtype=np.bool_),
        order=np.asarray(order, dtype=np.int64),
        place=np.arange(-BEFORE, len(lag) - BEFORE) % max(1, len(visits)),
        lag=np.asarray(lag, dtype=np.int64),
        steps=steps,
    )


def visited(sequence: Sequence, steps: int) -> Iterator[tuple[int, int, int]]:
    """(step, place of the visit in it, site) for all visits of `steps` steps, in their order.

    The half of a visit before the first step is the last visit of step -1.
    """
    n, visits, lag = len(sequence.order), sequence.visits, sequence.lag
    for done in range(0, steps, sequence.steps):
        together = min(sequence.steps, steps - done) * visits
        begins = done == 0 and sequence.split
        numbers = range(BEFORE - begins, BEFORE + together)
        for front in range(n + int(lag[numbers[-1]])):
            for number in numbers:
                position = front - int(lag[number])
                if 0 <= position < n:
                    step, place = divmod(number - BEFORE, visits)
                    yield done + step, place, int(sequence.order[position])


def _width(axis: Axis, position: NDArray[np.int64]) -> int:
    """Places in the order between coupled sites, at most."""
    site = np.repeat(np.arange(len(position)), np.diff(axis.start))
    return int(np.max(np.abs(position[site] - position[axis.neighbour]), initial=0))


def _narrow_order(graph: Graph, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sites so ordered that coupled ones are near each other, and the place of each in it."""
    order = np.arange(n)
    if not any(coupled(axis) for axis in graph):
        return order, order
    pattern = sum(
        sparse.csr_array((np.ones(len(axis.neighbour)), axis.neighbour, axis.start), shape=(n, n))
        for axis in graph
    )
    found = reverse_cuthill_mckee(sparse.csr_matrix(pattern), symmetric_mode=True).astype(np.int64)
    position = np.empty(n, np.int64)
    position[found] = np.arange(n)
    if max(_width(axis, position) for axis in graph) < max(_width(axis, order) for axis in graph):
        return found, position
    return order, order
