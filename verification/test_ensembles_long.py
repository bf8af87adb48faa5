"""How far off the method is for ensembles with jumps of their members, against PIQS.

Each row: largest deviation beyond three standard errors, over the times, of means over N/2 and of
symmetrised second moments over its square.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest
import scipy
from qutip import destroy, fock_dm, liouvillian, mesolve, piqs, qeye, super_tensor, tensor, to_super

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "flows"))

from cases import DOWN, MINUS, PLUS, UP, Z
from ensembles import beyond, by_piqs, model_of
from exact_spins import OPTIONS, sampled, trajectories

from twoqs.flows.generators import Bonds, Generators, LocalJump, MemberJump
from twoqs.model.kinds import ENSEMBLE, MODE

LANES = 16384

CASES = {
    "collective, pump": (20, DOWN, {"collective": 0.5, "pump": 3.0}, 4.0),
    "all members' jumps": (
        30, DOWN, {"collective": 0.167, "decay": 0.2, "pump": 2.0, "dephasing": 0.3}, 4.0,
    ),
    "superradiance and decay": (40, UP, {"collective": 0.025, "decay": 0.3}, 8.0),
    "superradiance and dephasing": (20, UP, {"collective": 0.05, "dephasing": 1.0}, 8.0),
    "driven": (20, DOWN, {"drive": 1.0, "collective": 0.05, "decay": 0.05}, 20.0),
    "time crystal, 0.01": (20, DOWN, {"drive": 1.5, "collective": 0.05, "dephasing": 0.01}, 20.0),
    "time crystal, 0.1": (20, DOWN, {"drive": 1.5, "collective": 0.05, "dephasing": 0.1}, 20.0),
    "time crystal, 1": (20, DOWN, {"drive": 1.5, "collective": 0.05, "dephasing": 1.0}, 20.0),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_deviations_from_piqs(name):
    n, theta, rates, end = CASES[name]
    times, begun = np.linspace(0, end, 17), time.perf_counter()
    expected = by_piqs(n, theta, times, **rates)
    found = beyond(n, theta, times, expected, lanes=LANES, **rates)
    taken = time.perf_counter() - begun
    print(f"\n{name:28s} N={n} means {found[0]:.4f}, squares {found[1]:.4f}; {taken:.0f} s")
    assert max(found) < 0.03


@pytest.mark.parametrize("wrong", [{"noise": 0.0}, {"cross": 0.0}])
def test_lost_noise_is_seen(wrong):
    """Negative controls: no noise of members, and none that depends on the state."""
    rates, times = {"collective": 0.05, "decay": 0.3}, np.linspace(0, 8, 17)
    expected = by_piqs(12, UP, times, **rates)
    assert max(beyond(12, UP, times, expected, lanes=LANES, **rates, **wrong)) > 0.03


@pytest.mark.parametrize("pump", [0.15, 5.0, 50.0])
def test_a_superradiant_laser_of_200_members(pump):
    """The steady state, against the populations of the states |j, m>; it is brightest at 50."""
    n, collective = 200, 0.5
    rates = piqs.Pim(n, pumping=2 * pump, collective_emission=2 * collective)
    matrix = scipy.sparse.lil_array(rates.coefficient_matrix())
    matrix[0, :] = 1.0  # the sum of all is one
    right = np.zeros(matrix.shape[0])
    right[0] = 1.0
    populations = scipy.sparse.linalg.spsolve(matrix.tocsc(), right)
    jz = piqs.jspin(n, "z").diag()
    lowered = (piqs.jspin(n, "+") * piqs.jspin(n, "-")).diag()
    generators = model_of(n, collective=collective, pump=pump)
    *_, state = trajectories(generators, [np.pi / 2], [0.0], [0.0, 40.0], lanes=4096)
    x, y, z = state[:, 0]
    height = generators.weights[0] * z.mean()
    found = 2 * height / n, ((x**2 + y**2).mean() + height) / n**2
    exact = 2 * jz.real @ populations / n, lowered.real @ populations / n**2
    numbers = zip(("2<Jz>/N", "<J+J->/N^2"), found, exact, strict=True)
    print(
        f"\nsuperradiant laser N=200, pump {pump}:",
        *(f"{name} {value:.4f} (exact {right:.4f})" for name, value, right in numbers),
    )
    np.testing.assert_allclose(found, exact, atol=0.03)


def test_a_laser_of_a_mode_and_an_ensemble():
    """Ten pumped members in a cavity, against PIQS with a mode: 0.05 of N/2, of n 5 %."""
    n, levels, g, loss, pump, times = 10, 14, 0.4, 0.5, 0.5, np.linspace(0, 8, 9)
    a = tensor(destroy(levels), qeye(piqs.num_dicke_states(n)))
    jz, up = (tensor(qeye(levels), piqs.jspin(n, axis)) for axis in ("z", "+"))
    energy = g * (a * up + a.dag() * up.dag())
    members = piqs.Dicke(n, pumping=2 * pump, dephasing=0.2).liouvillian()
    whole = super_tensor(to_super(qeye(levels)), members) + liouvillian(
        energy, [(2 * loss) ** 0.5 * a]
    )
    start = tensor(fock_dm(levels, 0), piqs.dicke(n, n / 2, -n / 2))
    options = {key: OPTIONS[key] for key in ("atol", "rtol", "nsteps")}
    result = mesolve(whole, start, times, e_ops=[jz / (n / 2), a.dag() * a], options=options)
    exact = np.real(result.expect)
    generators = Generators(
        [0, n / 2], kinds=[MODE, ENSEMBLE],
        bonds=[Bonds([(0, 1)], [2 * g * np.diag([1.0, 1.0, 0.0])])],
        local=[LocalJump(MINUS, [loss, 0.0])],
        members=[MemberJump(PLUS, [0.0, pump]), MemberJump(Z, [0.0, 0.1])],
    )  # fmt: skip
    states = trajectories(generators, [0.0, DOWN], [0.0, 0.0], times, lanes=LANES)
    found = np.array([sampled(generators, state)[0][[5, 2]] for state in states]).T
    off = np.abs(found - exact).max(axis=1)
    print(f"\nlaser N=10: 2<Jz>/N off by {off[0]:.4f}, n by {off[1]:.4f} of {exact[1].max():.2f}")
    assert off[0] < 0.05
    assert off[1] < 0.05 * exact[1].max()
