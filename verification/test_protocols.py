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

import twoqs as tq
from twoqs.theory import evolve

TRAJECTORIES = 20_000
MEANS, SECOND = ("sx", "sy", "sz"), ("var_sx", "var_sy", "var_sz", "cov_sxsy", "cov_sysz")

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


def off(found: xr.Dataset, exact: xr.Dataset, spins: np.ndarray | float) -> np.ndarray:
    """Largest deviations (means, second moments), and beyond three standard errors."""
    rows = []
    for names, power in ((MEANS, 1), (SECOND, 2)):
        sizes = [abs(found[n] - exact[n]) / spins**power for n in names]
        errors = [3 * found[f"{n}_se"] / spins**power for n in names]
        beyond = [float((a - b).max()) for a, b in zip(sizes, errors, strict=True)]
        rows.append((max(float(a.max()) for a in sizes), max(beyond)))
    return np.array(rows)


@pytest.mark.parametrize("name", CASES)
def test_protocols_agree_with_the_master_equation(name):
    model, control, times, means, second = CASES[name]
    exact = evolve(model, times)
    spins = model.spins if len(model.members) > 1 else float(model.spin)
    settings = {"times": list(times), "trajectories": TRAJECTORIES, "seed": 4}
    found = off(tq.simulate(model, **settings), exact, spins)
    wrong = off(tq.simulate(control, **settings), exact, spins)
    print(
        f"{name:<16} means {found[0, 0]:.4f} (control {wrong[0, 0]:.3f}) of S, "
        f"second moments {found[1, 0]:.4f} (control {wrong[1, 0]:.3f}) of S^2"
    )
    assert found[0, 1] < means
    assert found[1, 1] < second
    assert wrong[0, 1] > means or wrong[1, 1] > second
