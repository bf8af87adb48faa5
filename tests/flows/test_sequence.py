"""The order of visits: each site once a visit, never before its neighbours are ready for it."""

from __future__ import annotations

import numpy as np
import pytest
from schemes import random_model

import twoqs
from twoqs.flows.rates import graph_of, rates_of
from twoqs.flows.sequence import NO_AXIS, conserving_stages, pda_stages, sequence_of, visits_of

STAGES = {
    "conserving": lambda graph, rates: conserving_stages(graph, rates, LENGTH),
    "pda": pda_stages,
}
LENGTH = 5.0  # of the spins
LATTICES = {
    "single": twoqs.single(),
    "ring": twoqs.chain(40),
    "open chain": twoqs.chain(41, periodic=False),
    "square": twoqs.square(5, 13),
    "all-to-all": twoqs.all_to_all(7),
    "star": twoqs.from_edges([(0, site) for site in range(1, 30)]),
}


def model_on(lattice, coupling):
    coupling = coupling if lattice.n_edges else (0.0, 0.0, 0.0)
    return twoqs.Model(
        spin=5, lattice=lattice, coupling=coupling, field=(0.1, 0.2, 0.3), decay=1.0, gain=0.2,
        dephasing=0.1,
    )  # fmt: skip


def too_soon(graph, stages, sequence, steps):
    """Visits that find a neighbour not ready, or changed already along the axis that they need."""
    n, found = len(sequence.order), 0
    begins = stages[-1].split
    done = np.full(n, -int(begins))  # stages that each site has had
    for step, index, site in visits_of(sequence, steps):
        number = step * len(stages) + index
        assert done[site] == number  # in order, and each once
        axis = stages[index].axis
        if axis != NO_AXIS:
            part = graph[axis]
            near = part.neighbour[part.start[site] : part.start[site + 1]]
            near = np.arange(n) if part.uniform else near[near != site]
            # the visit itself turns about the axis and so leaves that component as it is
            ready = (done[near] == number) | (done[near] == number + 1)
            # of a uniform axis the sum is taken once, before the first site is turned
            found += not np.all(ready)
        done[site] += 1
    assert np.all(done == steps * len(stages))
    return found


@pytest.mark.parametrize("coupling", [(1.0, 1.0, 1.0), (0.5, 0.0, 0.0), (0.0, 0.0, 0.7)], ids=str)
@pytest.mark.parametrize("lattice", LATTICES.values(), ids=LATTICES)
@pytest.mark.parametrize("scheme", STAGES)
def test_no_visit_comes_too_soon(scheme, lattice, coupling):
    model = model_on(lattice, coupling)
    graph = graph_of(model)
    stages = STAGES[scheme](graph, rates_of(model))
    sequence = sequence_of(graph, stages)
    for steps in (1, sequence.steps, 2 * sequence.steps + 1):
        assert too_soon(graph, stages, sequence, steps) == 0


def test_random_graphs():
    rng = np.random.default_rng(1)
    for sites in (2, 3, 9, 20):
        model = random_model(sites, ("decay", "dephasing"), True, rng)
        graph = graph_of(model)
        stages = conserving_stages(graph, rates_of(model), LENGTH)
        assert too_soon(graph, stages, sequence_of(graph, stages), 3) == 0


def test_a_lag_that_is_too_short_is_seen():
    """Negative control."""
    model = model_on(twoqs.chain(40), (1.0, 1.0, 1.0))
    graph = graph_of(model)
    stages = conserving_stages(graph, rates_of(model), LENGTH)
    sequence = sequence_of(graph, stages)
    shorter = sequence._replace(lag=sequence.lag // 2)
    assert too_soon(graph, stages, shorter, 3) > 0


@pytest.mark.parametrize("n", [1000, 10**5])
def test_steps_of_a_ring_run_together_in_the_cache(n):
    """Two sites from visit to visit: a ring folded flat has its neighbours two places apart."""
    model = twoqs.Model(spin=5, lattice=twoqs.chain(n), coupling=(0.5, -1.0, 0.0), decay=1.0)
    graph = graph_of(model)
    sequence = sequence_of(graph, conserving_stages(graph, rates_of(model), LENGTH))
    assert sequence.steps == 20
    assert sequence.lag[-1] == 20 * 4 * 2 + 2 * 2  # the half turn before them, and what follows


def test_where_all_is_coupled_visits_follow_one_another():
    model = twoqs.Model(spin=5, lattice=twoqs.all_to_all(300), coupling=(0.5, 0, 0), decay=1.0)
    graph = graph_of(model)
    sequence = sequence_of(graph, conserving_stages(graph, rates_of(model), LENGTH))
    assert sequence.steps == 1
    np.testing.assert_array_equal(sequence.lag, 300 * np.arange(7))
    np.testing.assert_array_equal(sequence.order, np.arange(300))
