"""Means and second moments of modes against the master equation with a cut, and what fails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from exact_spins import exact, sampled, trajectories
from mode_cases import SHORT

from twoqs.flows.plan import plan_of
from twoqs.flows.relaxation import Relaxation


@pytest.fixture(scope="module")
def expected():
    """Exact moments of a case, once each."""
    kept = {}

    def of(name):
        case, levels, _ = SHORT[name]
        if name not in kept:
            kept[name] = exact(case.generators, *case.start, case.times, levels=levels)
        return kept[name]

    return of


def beyond(name, expected, lanes=16384, plan=None):
    """Largest deviations beyond three standard errors: means, n over its largest, squares."""
    generators, start = SHORT[name].case.generators, SHORT[name].case.start
    times, found = SHORT[name].case.times, []
    for state, row in zip(
        trajectories(generators, *start, times, lanes=lanes, plan=plan), expected, strict=True
    ):
        values, errors = sampled(generators, state)
        found.append(np.abs(values - row) - 3 * errors)
    largest, n = np.max(found, axis=0), 3 * generators.n_sites
    quanta = np.flatnonzero(generators.modes) * 3 + 2
    scale = np.maximum(expected[:, quanta].max(axis=0), 1.0)
    means = np.delete(largest[:n], quanta)
    return means.max(), (largest[quanta] / scale).max(), largest[n:].max()


@pytest.mark.parametrize("name", SHORT)
def test_moments_are_those_of_the_master_equation(name, expected):
    """Linear models to the step's error, others to what the truncation costs."""
    found, case = beyond(name, expected(name)), SHORT[name]
    print(f"{name}: {found[0]:.4f}, n {found[1]:.4f}, {found[2]:.4f} beyond three errors")
    assert found[0] <= case.case.tolerance[0]
    assert found[1] <= case.quanta
    assert found[2] <= case.case.tolerance[1]


def without_noise(plan):
    """Loss and gain without their noise."""
    flows = []
    for flow in plan.flows:
        if isinstance(flow, Relaxation):
            parts = tuple((column, part.copy()) for column, part in flow.parts)
            for _, part in parts:
                part[:, 3:] = 0.0
            flow = replace(flow, parts=parts)
        flows.append(flow)
    return replace(plan, flows=tuple(flows))


@pytest.mark.parametrize("name", ["vacuum", "thermal", "parametric drive below threshold", "Kerr"])
def test_lost_noise_of_the_vacuum_is_seen(name, expected):
    """Negative control."""
    plan = without_noise(plan_of(SHORT[name].case.generators))
    assert beyond(name, expected(name), plan=plan)[2] > 0.1
