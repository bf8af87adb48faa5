"""Spins 1/2 in the small machine: equal to plain NumPy, with the same random numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import start
from cases import MINUS, PLUS, X, Y, Z
from start import deviation

from twoqs.flows.generators import Bonds, Field, Generators, LocalJump, Square
from twoqs.flows.plan import plan_of
from twoqs.flows.redraw import Redraw
from twoqs.model.kinds import HALF

SITES = 5
PAIRS = [(i, i + 1) for i in range(SITES - 1)]

EVERYTHING = Generators(
    [0.5] * SITES, kinds=[HALF] * SITES,
    fields=[Field([0.3 * X + 0.1 * Y + 0.2 * Z] * SITES)],
    bonds=[Bonds(PAIRS, [np.diag([0.9, 1.7, 1.0])] * len(PAIRS))],
    squares=[Square(0.3, [Z] * SITES)],
    local=[
        LocalJump(MINUS, [0.5, 0.2, 0.0, 1.0, 0.3]),
        LocalJump(PLUS, [0.1, 0.0, 0.0, 0.4, 0.2], parameter=1),
        LocalJump(Z, [0.2] * SITES), LocalJump(X, [0.1] * SITES),
    ],
)  # fmt: skip

STEPS = (3, 5, 4)


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """One pulse that is sometimes zero."""
    rows = np.ones((sum(STEPS), 2))
    rows[:, 1] = np.maximum(0.0, np.random.default_rng(4).uniform(-0.5, 2.0, len(rows)))
    return rows


@pytest.mark.parametrize(("dtype", "bound"), [(np.float64, 1e-13), (np.float32, 3e-6)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_machine_equals_numpy(values, dtype, bound, seed):
    """A jump that is decided otherwise by rounding would be a difference of order one."""
    assert deviation(EVERYTHING, values, 0.05, STEPS, seed, dtype) < bound


def test_jumps_are_one_flow_of_their_own():
    flows = plan_of(EVERYTHING).flows
    (redraw,) = [flow for flow in flows if isinstance(flow, Redraw)]
    np.testing.assert_array_equal(redraw.sites, [0, 1, 3, 4])
    turning = [flow for flow in flows if not isinstance(flow, Redraw)]
    assert not any(flow.drags for flow in turning)  # no friction: nothing else decays
    assert sum(len(flow.noises) for flow in turning) == 2  # about z and x


def test_another_rate_is_seen(values, monkeypatch):
    """Negative control: the machine with half the decay."""
    half = LocalJump(MINUS, 0.5 * EVERYTHING.local[0].rates)
    slower = plan_of(replace(EVERYTHING, local=(half, *EVERYTHING.local[1:])))
    program_of = start.program_of
    monkeypatch.setattr(start, "program_of", lambda plan, *others: program_of(slower, *others))
    assert deviation(EVERYTHING, values, 0.05, STEPS) > 0.1
