"""Weak order of every kernel, measured: slope of the bias against the step, with its error.

Expectations after a fixed time from one point of phase space, at the steps h, h/2, h/4, ...; the
differences of neighbours are c h^p (1 - 2^-p), so that the order needs no exact answer. About
eight minutes on one core; run with -s to see the table.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from slopes import slope_of_differences
from test_weak_order import has_its_order

import twoqs
from twoqs.flows.length import spin_length
from twoqs.kernels.compile.jit import LANES
from twoqs.methods import METHODS
from twoqs.methods.numerics import Numerics
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady

FUNCTIONS = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "length")
DURATION = 1.6
SITES = 512

DRIVEN = {
    "spin": 50, "field": (1.0, 0.4, 0.6), "twist": (0.5, -0.4, 0.3), "decay": 1.0, "gain": 0.4,
}  # fmt: skip
DAMPED = {"spin": 10, "field": (2.0, 0.4, 1.0), "decay": 1.0}
PUMPED = DAMPED | {"gain": 0.6}
NOISY = {"spin": 10, "decay": 1.0, "gain": 0.6}

CASES = [
    # means are dominated by the Hamiltonian and the drift, variances by the noise
    ("conserving", "W", DRIVEN, ("sx", "sz"), (4, 8, 16, 32), 32_000_000),
    ("conserving", "W", DAMPED, ("sx", "sz"), (4, 8, 16, 32), 64_000_000),
    ("conserving", "W", PUMPED, ("sz", "var_sx"), (3, 6, 12, 24), 64_000_000),
    ("pda", "P", DRIVEN, ("sx", "sy"), (4, 8, 16, 32), 32_000_000),
    ("pda", "W", DRIVEN, ("sx", "sy"), (4, 8, 16, 32), 32_000_000),
    ("pda", "Q", DRIVEN, ("sx", "sy"), (4, 8, 16, 32), 32_000_000),
    ("pda", "P", NOISY, ("sz", "var_sz"), (4, 8, 16), 64_000_000),
    ("pda", "W", NOISY, ("sz", "var_sz"), (4, 8, 16), 64_000_000),
    ("pda", "Q", NOISY, ("sz", "var_sz"), (4, 8, 16), 64_000_000),
    ("euler-maruyama", "P", DRIVEN, ("sy", "length"), (32, 64, 128, 256), 400_000),
    ("euler-maruyama", "W", DRIVEN, ("sy", "length"), (32, 64, 128, 256), 400_000),
    ("euler-maruyama", "Q", DRIVEN, ("sy", "length"), (32, 64, 128, 256), 400_000),
]


def averages(scheme, representation, parameters, steps, trajectories, seed=1):
    """Values and standard errors of FUNCTIONS (over S) after DURATION, from (0.6, 0, 0.8) S."""
    model = twoqs.Model(lattice=twoqs.from_edges([], n_sites=SITES), **parameters)
    numerics = Numerics(scheme=scheme, representation=representation)
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(seed, spawn_key=(steps,)))
    spin, half = model.spin, math.acos(0.8) / 2
    start = np.array([math.cos(half), 0, math.sin(half), 0]) * math.sqrt(2 * spin)
    if scheme == "conserving":
        start = np.array([0.6, 0, 0.8]) * spin_length(spin)
    rows = []
    for _ in range(math.ceil(trajectories / (SITES * LANES))):
        block.state[:] = start[:, None, None]
        block.advance(steady(steps, DURATION / steps))
        block.measure()
        s, length = block.bloch[:3], block.bloch[3:]
        parts = [s.mean(axis=1), s.var(axis=1, ddof=1), length.mean(axis=1)]
        rows.append(np.concatenate(parts) / spin)
    values = np.concatenate(rows, axis=1)  # each lane, with its 512 spins, is a sample
    return values.mean(axis=1), values.std(axis=1, ddof=1) / math.sqrt(values.shape[1])


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c[0]} {c[1]} {c[3][-1]}")
def test_weak_order(case):
    scheme, representation, parameters, functions, counts, trajectories = case
    order = METHODS[scheme].weak_order
    runs = [averages(scheme, representation, parameters, n, trajectories) for n in counts]
    for function in functions:
        i = FUNCTIONS.index(function)
        for at in range(len(counts) - 2):
            values, errors = ([run[part][i] for run in runs[at : at + 3]] for part in range(2))
            slope, error = slope_of_differences(values, errors)
            steps = ", ".join(f"{DURATION / n:g}" for n in counts[at : at + 3])
            print(
                f"{scheme} {representation} {function} at the steps {steps}: "
                f"weak order {slope:.3f} +- {error:.3f}"
            )
        # The finest steps decide; of 22 such numbers the largest is off by about 2.3 errors.
        assert abs(slope - order) < 3 * error, function
        assert abs(slope - (3 - order)) > 3 * error, function  # negative control: the other order


ENUMERATED = [
    # scheme, k, decay, gain, dephasing, random numbers in a step
    ("pda", 1, 1.0, 0.4, 0.0, 6),
    ("pda", 0, 0.0, 1.0, 0.0, 6),
    ("pda", -1, 0.0, 1.0, 0.7, 6),
]


@pytest.mark.parametrize("case", ENUMERATED, ids=lambda c: f"{c[0]} k={c[1]} {c[2:5]}")
def test_weak_order_by_enumeration(case):
    """The tests have those of fewer numbers."""
    has_its_order(case)
