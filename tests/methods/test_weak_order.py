"""Weak order of each scheme: enumerated, without sampling errors, and measured on the kernels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from schemes import FOUR_POINT, advance_reference, enumerated, spins_of, start_of
from scipy.linalg import expm
from slopes import slope_of_differences

import twoqs
from twoqs.flows import conserving
from twoqs.flows.length import spin_length
from twoqs.flows.rates import rates_of
from twoqs.kernels.compile.jit import LANES
from twoqs.methods import METHODS
from twoqs.methods.numerics import Numerics
from twoqs.simulation.block import TrajectoryBlock
from twoqs.simulation.timeline import steady

# --- Weak order, free of sampling errors --------------------------------------------------------


def products(s):
    """Nine test functions of a spin: its components and their products."""
    x, y, z = s
    return np.stack([x, y, z, x * x, y * y, z * z, x * y, x * z, y * z])


def expectations(scheme, k, model, start, count, steps, duration, noise=None):
    """Of nine functions after `steps` equal steps, over all values of the noise."""

    def advance(state, stream):
        return advance_reference(scheme, k, state, model, 1, duration / steps, stream)

    state, weights = np.asarray(start)[:, None], np.ones(1)
    for _ in range(steps):  # one by one, so that all steps are the same
        stepped, chances = enumerated(count, state, advance, noise=noise, k=k)
        state, weights = stepped[:, 0], chances * np.resize(weights, len(chances))
    return products(spins_of(state)) @ weights


def local_order(scheme, k, model, start, count, step=0.01):
    """Weak order p, as one step and two half steps differ by c step^(p+1), c of nine functions."""
    scale = model.spin ** np.repeat([1, 2], [3, 6])
    defects = [
        expectations(scheme, k, model, start, count, 1, duration)
        - expectations(scheme, k, model, start, count, 2, duration)
        for duration in (step, step / 2)
    ]
    first, second = (np.linalg.norm(defect / scale) for defect in defects)
    return math.log2(first / second) - 1


ENUMERATED = [
    # scheme, k, decay, gain, dephasing, random numbers in a step
    ("conserving", 0, 1.0, 0.0, 0.0, 3),
    ("conserving", 0, 0.0, 1.0, 0.7, 5),
    ("conserving", 0, 1.0, 0.4, 0.7, 5),
    ("pda", 1, 1.0, 0.0, 0.0, 2),
    ("pda", 1, 0.0, 1.0, 0.7, 4),
    ("pda", 0, 1.0, 0.0, 0.0, 6),
    ("pda", -1, 1.0, 0.0, 0.0, 4),
]
"""`verification` has more of six random numbers, which take seconds each."""


def open_model(decay, gain, dephasing):
    return twoqs.Model(
        spin=8, field=(0.6, -0.4, 0.5), twist=(0.5, -0.3, 0.4), decay=decay, gain=gain,
        dephasing=dephasing,
    )  # fmt: skip


def has_its_order(case):
    """All values of three-point noise at once: expectations without statistical errors."""
    scheme, k, *rates, count = case
    model = open_model(*rates)
    order = local_order(scheme, k, model, start_of(scheme, model.spin), count)
    print(f"{scheme} {case[1:5]}: weak order {order:.3f}")
    assert order == pytest.approx(METHODS[scheme].weak_order, abs=0.05)  # step 0.01, rates 1


@pytest.mark.parametrize("case", ENUMERATED, ids=lambda c: f"{c[0]} k={c[1]} {c[2:5]}")
def test_weak_order_by_enumeration(case):
    has_its_order(case)


def test_enumeration_sees_a_lost_order(monkeypatch):
    """Negative controls: a sine that ends too soon, and a product that is no palindrome."""
    scheme, k, *rates, count = ENUMERATED[0]
    model = open_model(*rates)
    arguments = (scheme, k, model, start_of(scheme, model.spin), count)
    with monkeypatch.context() as patch:
        patch.setattr(conserving, "sine_series", lambda angle, terms: angle)
        # 1.11, as its small error is mixed with that of the next order
        assert local_order(*arguments) == pytest.approx(1, abs=0.2)
    stages = conserving.conserving_stages

    def lopsided(*given):
        factors = iter([1.5, 1.5, 1, 0.5, 0.5, 1])  # x, damping, y, damping, x, z
        return [
            stage._replace(share=stage.share * f, dissipates=stage.dissipates * f)
            for stage, f in zip(stages(*given), factors, strict=True)
        ]

    with monkeypatch.context() as patch:
        patch.setattr(conserving, "conserving_stages", lopsided)
        assert local_order(*arguments) == pytest.approx(1, abs=0.1)


def linear_mean(model, s, duration):
    """E[s](t) on the sphere for decay = gain: then all of the stochastic equation is linear."""
    rates = rates_of(model)
    total, dephasing = float(rates.decay[0] + rates.gain[0]), float(rates.dephasing[0])
    hx, hy, hz = (float(h) for h in model.field)
    turn = np.array([[0, -hz, hy], [hz, 0, -hx], [-hy, hx, 0]])
    damp = np.diag([total + dephasing, total + dephasing, 2 * total])
    return expm((turn - damp) * duration) @ s


def linear_mean_of_scheme(model, s, duration, steps):
    """The same by the scheme: each step multiplies the mean by one matrix."""
    length = spin_length(model.spin)  # which the scheme restores
    columns = [
        expectations("conserving", 0, model, column, 5, 1, duration / steps, FOUR_POINT)[:3]
        for column in length * np.eye(3)
    ]
    columns = np.array(columns) / length
    return np.linalg.matrix_power(np.stack(columns, axis=1), steps) @ s


LINEAR = {"spin": 1, "field": (0.5, -0.4, 0.7), "decay": 0.6, "gain": 0.6, "dephasing": 0.5}


def test_limit_and_order_where_the_stochastic_equation_is_solved():
    """Noise and field only: the mean is known in closed form, for the equation and the scheme."""
    model, s = twoqs.Model(**LINEAR), start_of("conserving", 1)
    exact = linear_mean(model, s, 1.6)
    # The largest component: single ones are small enough to cross zero on the way.
    bias = [
        np.abs(linear_mean_of_scheme(model, s, 1.6, steps) - exact).max() for steps in (32, 64, 128)
    ]
    slopes = np.log2(bias[0] / bias[1]), np.log2(bias[1] / bias[2])
    assert slopes[1] == pytest.approx(2, abs=0.1)  # steps of 0.025 and 0.0125
    assert abs(slopes[1] - 2) < abs(slopes[0] - 2)
    assert bias[2] < 1e-4
    # negative control: twice the noise
    double = twoqs.Model(**LINEAR | {"decay": 1.2, "gain": 1.2})
    assert np.abs(linear_mean_of_scheme(double, s, 1.6, 64) - exact).max() > 0.1


# --- Weak order of the kernels, measured --------------------------------------------------------

FUNCTIONS = ("sx", "sy", "sz", "var_sx", "var_sy", "var_sz", "length")


def averages(scheme, representation, parameters, steps, duration, trajectories, seed):
    """Values and standard errors of FUNCTIONS (over S) for independent spins from one point."""
    sites = 512
    model = twoqs.Model(lattice=twoqs.from_edges([], n_sites=sites), **parameters)
    numerics = Numerics(scheme=scheme, representation=representation)
    block = TrajectoryBlock(model, numerics, np.random.SeedSequence(seed, spawn_key=(steps,)))
    start = start_of(scheme, model.spin, (0.6, 0.0, 0.8))[:, None, None]
    rows = []
    for _ in range(math.ceil(trajectories / (sites * LANES))):
        block.state[:] = start
        block.advance(steady(steps, duration / steps))
        block.measure()
        s, length = block.bloch[:3], block.bloch[3:]
        # each lane, with its 512 spins, is a sample of its own
        parts = [s.mean(axis=1), s.var(axis=1, ddof=1), length.mean(axis=1)]
        rows.append(np.concatenate(parts) / model.spin)
    values = np.concatenate(rows, axis=1)
    return values.mean(axis=1), values.std(axis=1, ddof=1) / math.sqrt(values.shape[1])


DRIVEN = {
    "spin": 50,
    "field": (1.0, 0.4, 0.6),
    "twist": (0.5, -0.4, 0.3),
    "decay": 1.0,
    "gain": 0.4,
}
NOISY_DRIVEN = {"spin": 10, "field": (2.0, 0.4, 1.0), "decay": 1.0, "gain": 0.6}
NOISY = {"spin": 10, "decay": 1.0, "gain": 0.6}
WEAK = [
    ("conserving", "W", DRIVEN, "sz", (4, 8, 16), 2_000_000),
    ("pda", "P", DRIVEN, "sy", (4, 8, 16), 2_000_000),
    ("pda", "W", DRIVEN, "sy", (4, 8, 16), 2_000_000),
    ("pda", "Q", DRIVEN, "sy", (4, 8, 16), 2_000_000),
    ("conserving", "W", NOISY_DRIVEN, "var_sx", (3, 6, 12), 4_000_000),
    ("pda", "P", NOISY, "var_sz", (4, 8, 16), 2_000_000),
    ("pda", "W", NOISY, "var_sz", (3, 6, 12), 4_000_000),
    ("pda", "Q", NOISY, "var_sz", (3, 6, 12), 4_000_000),
    ("euler-maruyama", "W", DRIVEN, "sy", (32, 64, 128), 131_072),
]


@pytest.mark.parametrize("case", WEAK, ids=lambda c: f"{c[0]} {c[1]} {c[3]}")
def test_weak_order_of_the_kernels(case):
    """Slope of the bias against the step at coarse steps; `verification` measures more of them."""
    scheme, representation, parameters, function, counts, trajectories = case
    index = FUNCTIONS.index(function)
    runs = [
        averages(scheme, representation, parameters, steps, 1.6, trajectories, 1)
        for steps in counts
    ]
    slope, error = slope_of_differences([r[0][index] for r in runs], [r[1][index] for r in runs])
    print(f"{scheme} {representation} {function}: weak order {slope:.2f} +- {error:.2f}")
    order = METHODS[scheme].weak_order
    assert abs(slope - order) < 3 * error
    assert abs(slope - (3 - order)) > 3 * error  # negative control: the other order is excluded


def test_kernel_has_the_mean_of_the_scheme_at_a_coarse_step():
    """At a step so coarse that the bias shows, the kernel is off by what enumeration says."""
    model = twoqs.Model(lattice=twoqs.from_edges([], n_sites=2048), **LINEAR)
    start = start_of("conserving", model.spin)
    block = TrajectoryBlock(model, Numerics(), np.random.SeedSequence(1))
    rows = []
    for _ in range(8):
        block.state[:] = start[:, None, None]
        block.advance(steady(1, 1.6))
        rows.append(block.state.mean(axis=1))
    lanes = np.concatenate(rows, axis=1)
    mean, error = lanes.mean(axis=1), lanes.std(axis=1, ddof=1) / math.sqrt(lanes.shape[1])
    one = twoqs.Model(**LINEAR)
    expected = expectations("conserving", 0, one, start, 5, 1, 1.6, FOUR_POINT)[:3]
    assert np.all(np.abs(mean - expected) < 4 * error)
    # negative control: the bias is significant, so that half of it would be as well
    assert np.abs((mean - linear_mean(one, start, 1.6)) / error).max() > 8


def extrapolated(scheme, representation, counts, trajectories):
    """Limit of step to 0 from two steps, and its standard error."""
    parameters = DRIVEN | {"spin": 5}
    (one, e1), (two, e2) = (
        averages(scheme, representation, parameters, n, 1.6, trajectories, 3) for n in counts
    )
    factor = (counts[1] / counts[0]) ** METHODS[scheme].weak_order
    value = (factor * two - one) / (factor - 1)
    return value, np.hypot(factor * e2, e1) / (factor - 1)


def test_pda_and_euler_maruyama_have_the_same_limit():
    """Two unlike methods for the same stochastic equations; Q has another limit than P."""
    p, p_error = extrapolated("pda", "P", (16, 32), 500_000)
    em, em_error = extrapolated("euler-maruyama", "P", (64, 128), 65_536)
    q, q_error = extrapolated("pda", "Q", (16, 32), 500_000)
    # 7 comparisons; 0.3 % is left of the second-order bias of Euler-Maruyama
    assert np.all(np.abs(em - p) < 4 * np.hypot(em_error, p_error) + 0.003)
    off = np.abs(em - q) / (4 * np.hypot(em_error, q_error) + 0.003)
    assert off.max() > 2  # negative control
