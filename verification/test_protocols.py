"""Pulses and protocols of one and two spins, against QuTiP's master equation.

Each row: largest deviation of the means in units of S and of the second moments in units of S^2,
at all times, and the tolerance of both, which three standard errors come on top of. Every case has
a control that differs in one thing, which must be seen.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from deviations import off

import twoqs as tq
from twoqs.theory import evolve

TRAJECTORIES = 20_000

A, K = tq.Spin(10, "a"), tq.Spin(15, "k")
EQUATOR = tq.coherent(math.pi / 2, 0.0)
LOSS = tq.jump(A.minus, 0.05)


def gaussian(width: float) -> tq.Model:
    """A pulse of an area of about pi on a decaying spin."""
    omega = tq.Parameter("omega", tq.gauss(2.0, width, 2.5))
    return tq.Model(hamiltonian=omega * A.x, jumps=[LOSS])


def ramsey(detuning: float, axis: str = "x") -> tq.Model:
    """Two quarter turns with free precession and dephasing between."""
    turns = [tq.turn(0.0, A, "x", math.pi / 2), tq.turn(2.0, A, axis, math.pi / 2)]
    jumps = [tq.jump(A.z, 0.02), tq.jump(A.minus, 0.005)]
    return tq.Model(hamiltonian=detuning * A.z, jumps=jumps, events=turns)


def echo(angle: float) -> tq.Model:
    """Hahn's: a half turn at the middle undoes the detuning, not the decay."""
    return tq.Model(
        hamiltonian=1.3 * A.z + 0.01 * A.z**2, jumps=[tq.jump(A.minus, 0.01)], initial=EQUATOR,
        events=[tq.turn(1.0, A, "x", angle)],
    )  # fmt: skip


def untwist(back: float) -> tq.Model:
    """Twist, a small turn, and twist back, which magnifies it."""
    twist = tq.Parameter("chi", 0.06)
    return tq.Model(
        hamiltonian=twist * A.z**2, jumps=[tq.jump(A.minus, 0.002)], initial=EQUATOR,
        events=[tq.turn(1.0, A, "y", 0.08), tq.change(1.0, twist, back)],
    )  # fmt: skip


def kicked_top(strength: float) -> tq.Model:
    """Ten kicks by a quarter turn about y, twisted between; S = 15, with a little decay."""
    return tq.Model(
        hamiltonian=strength / 30 * K.z**2, jumps=[tq.jump(K.minus, 0.002)],
        initial=tq.coherent(2.0, 0.6),
        events=[tq.turn(list(range(1, 11)), K, "y", math.pi / 2)],
    )  # fmt: skip


def switched(off: float) -> tq.Model:
    """Two spins on a bath whose rate is switched off, and a drive of both that oscillates."""
    b = tq.Spin(5, "b")
    rate = tq.Parameter("g", tq.ramp(1.0, off, 0.06, 0.0))
    drive = tq.Parameter("omega", tq.cosine(0.4, 2.0, offset=0.3))
    return tq.Model(hamiltonian=drive * (A.x + b.x), jumps=[tq.jump(A.minus + b.minus, rate)])


CASES = {
    # name: (model, control, times, tolerance of means, of second moments)
    "Gaussian pulse": (gaussian(0.5), gaussian(0.45), np.linspace(0, 5, 11), 0.01, 0.02),
    "Ramsey": (ramsey(0.7), ramsey(0.7, "y"), [0, 1, 1.999, 2, 3], 0.03, 0.03),
    "Hahn echo": (echo(math.pi), echo(3.0), [0, 0.5, 1, 1.5, 2], 0.03, 0.03),
    "twist-untwist": (untwist(-0.06), untwist(-0.03), [0, 0.5, 1, 1.5, 2], 0.03, 0.03),
    "kicked top": (kicked_top(1.5), kicked_top(1.4), np.arange(11.0), 0.03, 0.06),
    "switched bath": (switched(3.0), switched(4.0), np.linspace(0, 6, 7), 0.03, 0.05),
}


@pytest.mark.parametrize("name", CASES)
def test_protocols_agree_with_the_master_equation(name):
    model, control, times, means, second = CASES[name]
    exact = evolve(model, times)
    settings = {"times": list(times), "trajectories": TRAJECTORIES, "seed": 4}
    found = off(tq.simulate(model, **settings), exact)
    wrong = off(tq.simulate(control, **settings), exact)
    print(
        f"{name:<16} means {found.means:.4f} (control {wrong.means:.3f}) of S, "
        f"second moments {found.second:.4f} (control {wrong.second:.3f}) of S^2"
    )
    assert found.within(means, second)
    assert not wrong.within(means, second)


# --- A sampled pulse ------------------------------------------------------------------------------

START = tq.Model(members=[A], initial=EQUATOR)
GAUSS = tq.gauss(0.8, 0.5, 2.0)


def ends(start: xr.Dataset, pulse: tq.Parameter) -> np.ndarray:
    """Bloch vectors at t = 1.6, all from the same start: without noise a run is determined."""
    model = tq.Model(hamiltonian=pulse * A.x + 0.7 * A.z, initial=tq.samples(start))
    found = tq.simulate(model, times=[1.6], trajectories=256, step=0.002, end_states=True)
    return found.end_state.values / A.spin


def order(sizes: list[float]) -> float:
    """Slope of what is left at spacings each half of the one before."""
    return math.log2(sizes[-2] / sizes[-1])


def test_a_sampled_pulse_is_its_formula_to_second_order():
    """In the distance of its samples, trajectory by trajectory; as a staircase to the first."""
    start = tq.simulate(START, times=[0.0], trajectories=256, end_states=True)
    exact = ends(start, tq.Parameter("f", GAUSS))
    linear, stairs = [], []
    for spacing in (0.16, 0.08, 0.04):
        times = np.linspace(0, 1.6, round(1.6 / spacing) + 1)
        values = GAUSS.at(times)
        for sizes, pulse in (
            (linear, tq.sampled(times, values)),
            (stairs, tq.piecewise(times[:-1], values[:-1])),
        ):
            sizes.append(np.abs(ends(start, tq.Parameter("f", pulse)) - exact).max())
    print(
        f"sampled pulse: off its formula by {', '.join(f'{size:.2e}' for size in linear)} of S at "
        f"the spacings .16, .08, .04: slope {order(linear):.3f}; steps {order(stairs):.3f}"
    )
    assert abs(order(linear) - 2) < 0.1  # spacings of a third and less of the width
    assert abs(order(stairs) - 1) < 0.2  # negative control
