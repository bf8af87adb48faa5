"""What spins do to other spins: by s_j, by s_j/m_j if they are long or share a bath."""

from __future__ import annotations

import numpy as np
import pytest
from cases import MINUS, X, Z, exchange
from equations import of_flows
from test_equations_of_flows import directions

from twoqs.flows import length
from twoqs.flows.generators import Bonds, Channel, Field, Generators, Onsite, Square
from twoqs.flows.partners import act_undivided, pair_weights
from twoqs.flows.plan import plan_of
from twoqs.model.kinds import HALF, MODE, SPIN

ALL = [(i, j) for j in range(4) for i in range(j)]
ISOTROPIC = Bonds([(0, 1), (0, 2), (1, 2)], [np.eye(3)] * 3)


def drift_of(generators, s):
    return of_flows(plan_of(generators), s, np.ones(generators.parameters))[0]


@pytest.fixture
def divided(monkeypatch):
    """A function that divides couplings of all spins by m, as was done once."""
    return lambda: monkeypatch.setattr(length, "LONG_SPIN", 1.0)


@pytest.mark.parametrize("spin", [1, 2, 5, 8, 20])
def test_precession_about_a_polarised_spin(spin, divided):
    """Its mean of s^z is S/m: too slow by 1/m, for long spins and with the division by 1/m^2."""
    generators = Generators([spin, spin], bonds=[Bonds([(0, 1)], [np.diag([0, 0, 1.0])])])
    (m, _), mean = generators.weights, np.array([[1.0, 0, 0], [0, 0, spin]])
    found = drift_of(generators, mean / m)[0, 1] / (1.0 / m) / spin
    assert found == pytest.approx(1 / m if spin < 8 else m**-2, rel=1e-12)
    divided()
    wrong = drift_of(generators, mean / m)[0, 1] / (1.0 / m) / spin
    assert wrong == pytest.approx(m**-2, rel=1e-12)
    assert abs(found - 1) <= (0.6 if spin < 8 else 1) * abs(wrong - 1)


@pytest.mark.parametrize("spins", [[2, 2, 2], [1, 3, 7.5]])
def test_isotropic_exchange_keeps_the_sum_of_spins(spins, divided):
    s = directions(np.random.default_rng(5), np.array(spins))
    generators = Generators(spins, bonds=[ISOTROPIC])
    drift = drift_of(generators, s)
    np.testing.assert_allclose(drift.sum(axis=0), 0, atol=1e-12)
    assert np.abs(drift).max() > 1
    if len(set(spins)) > 1:  # negative control: of different spins, whose m differ
        divided()
        assert np.abs(drift_of(generators, s).sum(axis=0)).max() > 0.01


def test_energy_is_constant(divided):
    """H = sum h.s + s J s + s K s/m; its gradient is across what moves the spins."""
    rng, spins = np.random.default_rng(6), np.array([1, 2.5, 6])
    h, tensors, k = rng.normal(size=(3, 3)), rng.normal(size=(3, 3, 3)), rng.normal(size=(3, 3, 3))
    k += k.transpose(0, 2, 1)
    pairs = [(0, 1), (0, 2), (1, 2)]
    generators = Generators(
        spins, fields=[Field(h)], bonds=[Bonds(pairs, tensors)], onsite=[Onsite(k)]
    )
    s = directions(rng, spins)
    gradient = h + 2 * np.einsum("iab,ib->ia", k, s) / generators.weights[:, None]
    for (i, j), tensor in zip(pairs, tensors, strict=True):
        gradient[i] += tensor @ s[j]
        gradient[j] += tensor.T @ s[i]
    assert abs(np.sum(gradient * drift_of(generators, s))) < 1e-9
    divided()
    assert abs(np.sum(gradient * drift_of(generators, s))) > 0.1


@pytest.mark.parametrize("bath", [[], [Channel([0, 1, 2, 3], [MINUS] * 4, 0.1)]])
def test_a_square_is_its_products(bath):
    """Of long and short spins, alone and on a bath."""
    form, spins = np.array([X, 2 * X, X, -X]), np.array([1, 3, 9, 2.5])
    pairs = [2 * np.outer(form[i], form[j]) for i, j in ALL]
    own = np.einsum("ia,ib->iab", form, form)
    one = Generators(spins, squares=[Square(0.3, form)], channels=bath)
    other = Generators(
        spins,
        bonds=[Bonds(ALL, 0.3 * np.array(pairs))], onsite=[Onsite(0.3 * own)], channels=bath,
    )  # fmt: skip
    s = directions(np.random.default_rng(7), spins)
    np.testing.assert_allclose(drift_of(one, s), drift_of(other, s), atol=1e-12)


def test_weights_of_pairs():
    """Over m: what a spin does to itself, to spins on its bath, and what long spins do."""
    generators = Generators(
        [2, 3, 1, 10, 0], kinds=[SPIN] * 4 + [MODE],
        channels=[
            Channel([0, 1], [MINUS, MINUS], 0.0),  # of the rate 0, as at the end of a sweep
            Channel([1, 2], [Z, Z], 0.1),  # no friction
            Channel([1, 2], [MINUS, 0 * X], 0.1),  # of one spin
        ],
    )  # fmt: skip
    i, j = np.indices((5, 5)).reshape(2, -1)
    found = pair_weights(generators, i, j).reshape(5, 5)
    m, expected = generators.weights, np.ones((5, 5))
    expected[np.arange(4), np.arange(4)] = m[:4]
    expected[0, 1], expected[1, 0], expected[:4, 3] = m[1], m[0], m[3]
    np.testing.assert_array_equal(found, expected)


BATH = [Channel([0, 1], [MINUS, MINUS], 0.1)]
UNDIVIDED = {
    "short spins": (Generators([2, 3], bonds=[exchange(0.1)]), True),
    "a short and a long one": (Generators([20, 3], bonds=[exchange(0.1)]), True),
    "long spins": (Generators([8, 20], bonds=[exchange(0.1)]), False),
    "a coupling of 0": (Generators([2, 3], bonds=[exchange(0)]), False),
    "on one bath": (Generators([2, 3], bonds=[exchange(0.1)], channels=BATH), False),
    "a bath alone": (Generators([2, 3], channels=BATH), False),
    "a spin and a mode": (
        Generators([2, 0], kinds=[SPIN, MODE], bonds=[exchange(0.1)]), False,
    ),
    "spins 1/2": (Generators([0.5, 0.5], kinds=[HALF, HALF], bonds=[exchange(0.1)]), False),
    "a twist": (Generators([2, 3], onsite=[Onsite([np.diag([0, 0, 1.0])] * 2)]), False),
    "a square": (Generators([2, 3], squares=[Square(0.1, [X, X])]), True),
    "a square on one bath": (
        Generators([2, 3], squares=[Square(0.1, [X, X])], channels=BATH), False,
    ),
    "a square of one and a mode": (
        Generators([2, 0], kinds=[SPIN, MODE], squares=[Square(0.1, [X, X])]), False,
    ),
    "a square of one": (Generators([2, 3], squares=[Square(0.1, [X, 0 * X])]), False),
}  # fmt: skip


@pytest.mark.parametrize("name", UNDIVIDED)
def test_which_models_differ_from_those_with_all_divided(name, monkeypatch):
    """So says `act_undivided`, and so do the equations of motion."""
    generators, differs = UNDIVIDED[name]
    assert act_undivided(generators) is differs
    rng = np.random.default_rng(8)
    s = rng.normal(size=(2, 3))
    s[generators.modes, 2] = np.sum(s[generators.modes, :2] ** 2, axis=1) - 0.5
    found = drift_of(generators, s)
    monkeypatch.setattr(length, "LONG_SPIN", 1.0)
    assert (float(np.abs(found - drift_of(generators, s)).max()) > 1e-6) is differs
