"""A driven spin that emits into a second one, S = 6 both, driven at 0.8 of the rate of decay.

H = -iG (c_2^+ c_1 - c_1^+ c_2) + 0.8 (S_1^x + S_2^x), one jump c_1 + c_2 with G = 1/(2S). In the
steady state the second spin absorbs all that the first one emits: a dark state, where the method
errs most for spins so short, and more for the second.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from deviations import apart, off
from equations import of_flows
from one_block import ends

import twoqs as tq
from twoqs.flows.lowered import generators_of
from twoqs.flows.plan import plan_of
from twoqs.theory import evolve, steady_state

A, B = tq.Spin(6, "a"), tq.Spin(6, "b")
G, DRIVE = 1 / 12, 0.8
WINDOW = {"average": (40.0, 240.0), "trajectories": 8192, "seed": 1}


def cascade(second: float = DRIVE, forward: float = 1.0) -> tq.Model:
    """Two spins in a row; the part of H that makes the bath a one-way road is times `forward`."""
    one_way = 1j * G * (A.plus * B.minus - A.minus * B.plus)
    return tq.Model(
        hamiltonian=DRIVE * A.x + second * B.x + forward * one_way,
        jumps=[tq.jump(A.minus + B.minus, G)], initial="up",
    )  # fmt: skip


def first_alone() -> tq.Model:
    return tq.Model(hamiltonian=DRIVE * A.x, jumps=[tq.jump(A.minus, G)], initial="up")


def test_steady_state() -> None:
    """The first spin to 0.03 of S and of S^2, the second to 0.06."""
    exact = steady_state(cascade())
    alone = steady_state(first_alone())
    assert float(exact.sy[0]) == pytest.approx(float(alone.sy), abs=1e-6)
    right, wrong = (tq.simulate(m, **WINDOW) for m in (cascade(), cascade(forward=0.9)))
    first, second = (off(right.sel(member=m), exact.sel(member=m)) for m in "ab")
    bad = off(wrong.sel(member="a"), exact.sel(member="a"))
    print(
        f"steady cascade: first spin {first.means:.4f} of S and {first.second:.4f} of S^2, second "
        f"{second.means:.4f} and {second.second:.4f}; a tenth of the one-way part left out: "
        f"{bad.means:.3f} and {bad.second:.3f} of the first"
    )
    assert first.within(0.03, 0.03)
    assert second.within(0.06, 0.06)
    assert not bad.within(0.03, 0.03)


def force_on_the_first(model: tq.Model) -> float:
    """Largest change of its drift and diffusion, relative, as the second spin points elsewhere."""
    generators, rng = generators_of(model), np.random.default_rng(1)
    plan, changes = plan_of(generators), []
    for _ in range(100):
        one, other = rng.normal(size=(2, 2, 3))
        other[0] = one[0]
        first = []
        for vectors in (one, other):
            s = vectors * (generators.lengths / np.linalg.norm(vectors, axis=1))[:, None]
            drift, diffusion = of_flows(plan, s, np.ones(1))
            first.append(np.append(drift[0], diffusion[:3, :3]))
        changes.append(np.abs(first[1] - first[0]).max() / np.abs(first[0]).max())
    return max(changes)


def test_the_second_does_not_act_on_the_first() -> None:
    """To rounding in the equations of motion; in runs within errors, whatever drives the second."""
    rounding, wrong = force_on_the_first(cascade()), force_on_the_first(cascade(forward=0.9))
    times = [float(t) for t in range(13)]
    exact = evolve(first_alone(), times)
    runs = [
        tq.simulate(cascade(*given), times=times, trajectories=20_000, seed=2).sel(member="a")
        for given in ((0.8, 1.0), (0.2, 1.0), (0.2, 0.9))
    ]
    found = [off(run, exact) for run in runs]
    names = ("sx", "sy", "sz", "var_sy", "var_sz")
    between = [apart(runs[0], run, names) for run in runs[1:]]
    print(
        f"the second on the first: {rounding:.1e} of its drift (a tenth of the one-way part left "
        f"out: {wrong:.1e}); the first is off a single spin by {found[0].means:.4f} of S, with "
        f"another drive of the second by {found[1].means:.4f} (control {found[2].means:.4f}); both "
        f"apart by {between[0]:.2f} standard errors (control {between[1]:.1f})"
    )
    assert rounding < 1e-12 < wrong
    assert max(found[0].means_beyond, found[1].means_beyond) < 0.02
    # 65 values: 4 is exceeded by chance once in 250 times.
    assert between[0] < 4 < between[1]


def moved(step: float, forward: float = 1.0) -> float:
    """How far the first spin is moved, in units of S, as the drive of the second changes."""
    one, other = (ends(cascade(drive, forward), 4.0, step) for drive in (0.2, 0.8))
    return float(np.abs(one - other)[:, 0].max())


def test_steps_keep_it_so_to_second_order() -> None:
    """Trajectory by trajectory: a step takes the flows of both spins one after the other."""
    found, wrong = ([moved(step, f) for step in (0.05, 0.025, 0.0125)] for f in (1.0, 0.9))
    slope, other = (math.log2(sizes[0] / sizes[2]) / 2 for sizes in (found, wrong))
    print(
        f"in steps of .05, .025, .0125 the drive of the second moves the first by "
        f"{', '.join(f'{size:.1e}' for size in found)} of S: slope {slope:.2f} (control: "
        f"{wrong[2]:.2f} in the last, slope {other:.2f})"
    )
    assert 1.8 < slope < 2.3
    assert other < 0.5
