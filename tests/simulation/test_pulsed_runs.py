"""Runs of models with pulses and events, against the master equation and against themselves.

Tolerances are the bias of the method in units of S, as it was measured; to each come three standard
errors.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from one_block import ends

import twoqs as tq
from twoqs.kernels.compile.jit import LANES
from twoqs.methods.numerics import Numerics, resolve
from twoqs.theory import evolve

A, B = tq.Spin(10, "a"), tq.Spin(5, "b")
DECAY = tq.jump(A.minus, 0.05)
EQUATOR = tq.coherent(math.pi / 2, 0.0)
OMEGA = tq.Parameter("omega", tq.gauss(1.5, 0.4, 2.0))

CASES = {
    # name: (model, times, tolerance)
    "Gaussian drive": (
        tq.Model(hamiltonian=OMEGA * A.x, jumps=[DECAY]),
        [0, 1, 1.5, 2, 4],
        0.01,
    ),
    "two pulses": (
        tq.Model(
            hamiltonian=OMEGA * A.x + tq.Parameter("w", tq.cosine(0.5, 3.0)) * OMEGA * A.y,
            jumps=[DECAY],
            initial="up",
        ),
        [0, 1, 2, 4],
        0.01,
    ),
    "jumps off the grid": (
        tq.Model(
            hamiltonian=A.x * tq.piecewise([0, 0.37, 1.11], [3.0, -1.0, 0.2]), jumps=[DECAY]
        ),
        [0.5, 1, 2],
        0.01,
    ),
    "decay that is switched off": (
        tq.Model(
            hamiltonian=0.5 * A.x, initial="up",
            jumps=[tq.jump(A.minus, tq.Parameter("g", tq.ramp(0.5, 2, 0.1, 0)))],
        ),
        [0.5, 1.5, 3],
        0.01,
    ),
    "twist that is switched on": (
        tq.Model(hamiltonian=A.z**2 * tq.ramp(0, 1, 0, 0.05), jumps=[DECAY], initial=EQUATOR),
        [0.5, 1, 2],
        0.01,
    ),
    "echo": (
        tq.Model(
            hamiltonian=0.04 * A.z**2 + 0.7 * A.z, jumps=[DECAY], initial=EQUATOR,
            events=[tq.turn(1.0, A, "x", math.pi)],
        ),
        [0, 0.5, 1, 2],
        0.01,
    ),
    "two spins, one turned": (
        tq.Model(
            hamiltonian=0.02 * A.z * B.z * tq.sampled(np.linspace(0, 2, 41), np.sin),
            jumps=[DECAY], initial={"a": EQUATOR, "b": EQUATOR},
            events=[tq.turn([0.5, 1.3], B, (1, -1, 0.5), 0.8), tq.turn(0.5, None, "y", 0.4)],
        ),
        [0.5, 1, 2],
        0.01,
    ),
}  # fmt: skip


def excess(found, exact) -> float:
    """Largest deviation of means beyond three standard errors, in units of S."""
    spin = np.array([10.0, 5.0]) if "member" in found.dims else 10.0
    off = [(abs(found[n] - exact[n]) - 3 * found[f"{n}_se"]) / spin for n in ("sx", "sy", "sz")]
    return max(float(one.max()) for one in off)


@pytest.mark.parametrize("case", CASES)
def test_runs_agree_with_the_master_equation(case):
    model, times, tolerance = CASES[case]
    found = tq.simulate(model, times=times, trajectories=4096, seed=5)
    assert excess(found, evolve(model, times)) < tolerance


WRONG = {
    "Gaussian drive": tq.Model(hamiltonian=OMEGA * 1.1 * A.x, jumps=[DECAY]),
    "jumps off the grid": tq.Model(
        hamiltonian=A.x * tq.piecewise([0, 0.40, 1.11], [3.0, -1.0, 0.2]), jumps=[DECAY]
    ),
    "echo": tq.Model(
        hamiltonian=0.04 * A.z**2 + 0.7 * A.z, jumps=[DECAY], initial=EQUATOR,
        events=[tq.turn(1.0, A, "y", math.pi)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_another_pulse_would_be_seen(case):
    _, times, tolerance = CASES[case]
    found = tq.simulate(WRONG[case], times=times, trajectories=4096, seed=5)
    assert excess(found, evolve(CASES[case][0], times)) > 3 * tolerance


# --- Steps ----------------------------------------------------------------------------------------


MOVING = {
    "gauss": tq.gauss(0.8, 0.5, 2.0),
    "cosine": tq.cosine(2.0, 2.5, 0.3),
    "ramp": tq.ramp(0.3, 1.1, 0.0, 2.0),
    "piecewise": tq.piecewise([0, 0.33, 1.21], [1.0, 0.0, 2.0]),
}


@pytest.mark.parametrize("kind", MOVING)
def test_steps_are_of_second_order(kind):
    """Without noise, trajectory by trajectory."""
    f = tq.Parameter("f", MOVING[kind])
    model = tq.Model(hamiltonian=f * A.x + 0.7 * A.z + 0.02 * f * A.z**2, initial=EQUATOR)
    exact = ends(model, 1.6, 0.001)
    off = [np.abs(ends(model, 1.6, step) - exact).max() for step in (0.04, 0.02)]
    assert 3e-6 < off[1] < 0.01
    assert 1.85 < math.log2(off[0] / off[1]) < 2.15


def test_a_sampled_pulse_is_its_formula_to_second_order():
    """In the distance of its samples, as that of the steps."""
    smooth = tq.Model(hamiltonian=A.x * MOVING["gauss"] + 0.7 * A.z, initial=EQUATOR)
    exact = ends(smooth, 1.6, 0.001)
    off = []
    for spacing in (0.16, 0.08):
        times = np.linspace(0, 1.6, round(1.6 / spacing) + 1)
        pulse = tq.sampled(times, MOVING["gauss"].at)
        sampled = tq.Model(hamiltonian=A.x * pulse + 0.7 * A.z, initial=EQUATOR)
        off.append(np.abs(ends(sampled, 1.6, 0.001) - exact).max())
    assert off[0] > 1e-3
    assert 1.85 < math.log2(off[0] / off[1]) < 2.15


def test_turns_keep_lengths_and_are_exact():
    free = tq.Model(members=[A], initial=EQUATOR, events=[tq.turn([0.5, 1], A, (1, 2, 3), 0.9)])
    at_rest = tq.Model(members=[A], initial=EQUATOR, events=[tq.turn(0.5, A, (1, 2, 3), 1.8)])
    found, once = ends(free, 2.0, 0.1), ends(at_rest, 2.0, 0.1)
    np.testing.assert_allclose(found, once, atol=1e-14)  # rounding
    length = np.linalg.norm(found, axis=0) * 10
    np.testing.assert_allclose(length, math.sqrt(110), rtol=1e-14)
    assert found.shape == (3, 1, LANES)


# --- Results --------------------------------------------------------------------------------------

PULSED = CASES["two spins, one turned"][0]


def test_runs_are_the_same_in_parts_and_in_one():
    """And with more times they are of another stream, not of other physics."""
    kwargs = {"times": [0.5, 1, 2], "seed": 8}
    one = tq.simulate(PULSED, trajectories=1024, **kwargs)
    assert one.equals(tq.simulate(PULSED, trajectories=1024, **kwargs))
    more = tq.simulate(PULSED, trajectories=1024, times=[0.25, 0.5, 1, 1.5, 2], seed=8)
    off = abs(one.sz - more.sz.sel(time=[0.5, 1, 2])) / np.hypot(
        one.sz_se, more.sz_se.sel(time=[0.5, 1, 2])
    )
    assert float(off.max()) < 4.5


def test_single_precision_agrees():
    double = tq.simulate(PULSED, times=[0.5, 2], trajectories=4096)
    # Errors of the step are not looked at; they take a kernel of their own.
    single = tq.simulate(PULSED, times=[0.5, 2], trajectories=4096, precision="single", budget=())
    off = abs(double.sx - single.sx) / np.hypot(double.sx_se, single.sx_se)
    assert float(off.max()) < 4.5


def test_averages_after_turns():
    """A spin that is turned from z to -z and back, and once more, without anything else."""
    flipped = tq.Model(members=[A], initial="up", events=[tq.turn([1, 2, 3], A, "x", math.pi)])
    found = tq.simulate(flipped, average=(3, 5), samples=7, trajectories=64)
    assert abs(float(found.sz) + 10) < 0.01  # the noise of the start


def test_a_run_of_a_pulse_needs_steps_that_resolve_it():
    quick = tq.Model(hamiltonian=A.x * tq.gauss(5, 0.01, 1.0))
    assert resolve(quick, Numerics(times=(10.0,))).step == pytest.approx(0.0005)
    with pytest.raises(tq.ArgumentError, match="the fastest rate of this model is 100"):
        tq.simulate(quick, times=[10], step=0.1)
