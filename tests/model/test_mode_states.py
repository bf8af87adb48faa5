"""Where modes start."""

from __future__ import annotations

import numpy as np
import pytest
import qutip

import twoqs
from twoqs.errors import ArgumentError
from twoqs.simulation.canonical import model_text
from twoqs.sweep.settings import build_model

C, E, S = twoqs.Mode("c"), twoqs.Ensemble(20, "e"), twoqs.Spin(3, "s")
FIELD = C.n + S.z + E.z


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"alpha": 1.2 - 0.7j},
        {"n": 0.8},
        {"r": 0.5},
        {"alpha": 0.3j, "n": 0.4, "r": 0.4, "angle": 1.1},
    ],
)
def test_moments_are_those_of_the_density_matrix(values):
    state, levels = twoqs.gaussian(**values), 60
    xi = state.r * np.exp(1j * state.angle)
    rho = qutip.thermal_dm(levels, state.n)
    for unitary in (qutip.squeeze(levels, xi), qutip.displace(levels, state.alpha)):
        rho = unitary * rho * unitary.dag()
    a = qutip.destroy(levels)
    x, y = (a + a.dag()) / 2, (a.dag() - a) / 2j
    means = [qutip.expect(x, rho), qutip.expect(y, rho)]
    assert np.allclose(state.mean, means, atol=1e-6)
    products = [[qutip.expect((u * v + v * u) / 2, rho) for v in (x, y)] for u in (x, y)]
    # 1e-5: the matrices end at 60 levels.
    assert np.allclose(state.covariance, products - np.outer(means, means), atol=1e-5)


@pytest.mark.parametrize(
    ("initial", "expected"),
    [
        ("down", ["down", "vacuum", "down"]),
        ("up", ["up", "vacuum", "up"]),
        ({"c": twoqs.gaussian(alpha=2)}, ["down", "gaussian(alpha=2, n=0, r=0, angle=0)", "down"]),
        ({"c": "vacuum", "e": "up"}, ["up", "vacuum", "down"]),
        (twoqs.mixed(), ["mixed", "vacuum", "mixed"]),
    ],
)
def test_states_of_members(initial, expected):
    model = twoqs.Model(hamiltonian=FIELD, initial=initial, members=[E, C, S])
    lines = str(model).splitlines()[:3]
    assert [line.partition("initially ")[2] for line in lines] == expected
    assert build_model(model_text(model)) == model


def test_a_model_of_one_mode():
    model = twoqs.Model(hamiltonian=C.n, initial=twoqs.gaussian(alpha=1j))
    assert model == twoqs.Model(hamiltonian=C.n, initial={"c": twoqs.gaussian(alpha=1j)})
    assert model != twoqs.Model(hamiltonian=C.n)
    assert model.digest != twoqs.Model(hamiltonian=C.n).digest


def three(initial):
    return twoqs.Model(hamiltonian=FIELD, initial=initial)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: twoqs.gaussian(n=-0.1), "`n` must not be negative"),
        (lambda: twoqs.gaussian(r=-1), "`r` must not be negative"),
        (lambda: twoqs.gaussian(alpha="1"), "`alpha` must be a number"),
        (lambda: twoqs.gaussian(alpha=1e7), "`gaussian` must describe at most 1e.12 quanta"),
        (lambda: three({"c": "down"}), '`initial.c` must be "vac'),
        (lambda: three({"s": "vacuum"}), "`initial.s` must be .*modes"),
        (lambda: three({"s": twoqs.vacuum()}), "states of modes"),
        (lambda: three({"c": twoqs.dicke(1)}), "number states"),
        (lambda: twoqs.Model(hamiltonian=C.n, initial=twoqs.dicke(1)), "must be a mapping"),
        (lambda: three(twoqs.mixture([(0.5, "up"), (0.5, "down")])), "be a mapping with a state"),
    ],
)  # fmt: skip
def test_what_is_refused(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
