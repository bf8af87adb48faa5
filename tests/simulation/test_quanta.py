"""Warnings about numbers of quanta that belong to no state, and what modes do not warn of."""

from __future__ import annotations

import warnings

import pytest

import twoqs
from twoqs import Mode, Model, Spin, gaussian, jump
from twoqs.methods import Conserving
from twoqs.simulation.quanta import NEGATIVE, quanta_reasons, quanta_warning
from twoqs.simulation.validity import note, warning

A, B, S = Mode("a"), Mode("b"), Spin(5, "s")
PAIR = Model(hamiltonian=A.n + B.n + S.z)


@pytest.fixture(scope="module")
def data():
    return twoqs.simulate(PAIR, times=[0, 1], trajectories=256, seed=1)


def test_noise_is_no_reason():
    """The vacuum has n = 0: half of all estimates are below."""
    model = Model(hamiltonian=A.n, jumps=[jump(A.a, 0.5)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(20):
            twoqs.simulate(model, times=[0, 1, 3], trajectories=64, seed=seed)


def test_what_since_when_and_of_which_mode(data):
    wrong = data.copy(deep=True)
    wrong["n"].loc[{"time": 1, "mode": "b"}] = -0.3
    wrong["n_se"].loc[{"time": 1, "mode": "b"}] = 0.01
    said = warning(wrong, Conserving(), PAIR)
    assert said.startswith("Values from time 1 on belong to no state of the mode b, whatever their")
    assert "the number of quanta is negative (-0.3)" in said
    found = quanta_reasons(wrong)
    assert found.values.tolist() == [[0, 0], [0, NEGATIVE]]
    assert found.attrs["flag_meanings"] == "negative-quanta"
    assert note(found.values).startswith("no state of a mode: the number of quanta is negative.")
    assert warning(data, Conserving(), PAIR) is None


def test_a_small_deficit_of_the_method_is_no_reason(data):
    """Within 5 % of the half quantum of the vacuum."""
    near = data.copy(deep=True)
    near["n"][:], near["n_se"][:] = -0.02, 1e-4
    assert quanta_warning(near, PAIR) is None
    near["n"][:] = -0.03
    assert "the mode a, b" in quanta_warning(near, PAIR)


def test_a_dataset_without_quanta_is_refused(data):
    with pytest.raises(twoqs.ArgumentError, match="`data` must hold n, n_se"):
        quanta_reasons(data.drop_vars(["n", "n_se"]))


def test_spins_and_modes_may_both_be_wrong(data):
    wrong = data.copy(deep=True)
    wrong["n"][:], wrong["n_se"][:] = -1.0, 0.01
    wrong["sz"][:] = -9.0
    for name in ("sx_se", "sy_se", "sz_se"):
        wrong[name][:] = 0.01
    said = warning(wrong, Conserving(), PAIR)
    assert "no state of a spin S = 5" in said
    assert "no state of the mode a, b" in said


def test_strong_light_is_in_order():
    model = Model(
        hamiltonian=0.05 * A.n * A.n, jumps=[jump(A.a, 0.5)], initial={"a": gaussian(3.0)}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = twoqs.simulate(model, average=(1, 2), trajectories=128, budget=())
    assert found.n.dims == ()
