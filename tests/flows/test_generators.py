"""What the pieces of a model accept, and how fast its spins turn."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from cases import MINUS, PLUS, X, Z
from equations import random_generators
from exact_spins import stream_of
from start import coherent_spins, step_of

from twoqs.errors import ArgumentError
from twoqs.flows.fastest import fastest_turn
from twoqs.flows.generators import (
    Bonds,
    Channel,
    Field,
    Generators,
    LocalJump,
    MemberJump,
    Onsite,
    Square,
)
from twoqs.flows.plan import plan_of
from twoqs.flows.step import advance
from twoqs.model.kinds import ENSEMBLE, HALF, MODE, SPIN

WRONG = {
    "spins": lambda: Generators([]),
    "of `spins`: a third": lambda: Generators([1 / 3]),
    "of `spins`: negative": lambda: Generators([-1]),
    "vectors": lambda: Field([[1.0, 2.0]]),
    "of `vectors`: complex": lambda: Field([[1.0, 2.0, 1j]]),
    "of `vectors`: nan": lambda: Field([[1.0, 2.0, math.nan]]),
    "of `vectors`: ragged": lambda: Field([[1.0, 2.0], [1.0]]),
    "of `vectors`: words": lambda: Field([["a", "b", "c"]]),
    "parameter": lambda: Field([X], -1),
    "of `parameter`: a fraction": lambda: Field([X], 0.5),
    "pairs": lambda: Bonds([(1, 0)], [np.eye(3)]),
    "of `pairs`: of one site": lambda: Bonds([(1, 1)], [np.eye(3)]),
    "of `pairs`: fractions": lambda: Bonds([(0.5, 1)], [np.eye(3)]),
    "tensors": lambda: Bonds([(0, 1)], np.eye(3)),
    "of `tensors`: not symmetric": lambda: Onsite([np.triu(np.ones((3, 3)))]),
    "form": lambda: Square(1.0, X),
    "strength": lambda: Square("1", [X]),
    "rates": lambda: LocalJump(MINUS, [-0.1]),
    "sites": lambda: Channel([0, 0], [MINUS, MINUS], 0.1),
    "forms": lambda: Channel([0, 1], [MINUS], 0.1),
    "rate": lambda: Channel([0], [MINUS], -0.1),
    "fields[1].vectors": lambda: Generators([1, 2], fields=[Field([X, Z]), Field([X])]),
    "bonds[0].pairs": lambda: Generators([1], bonds=[Bonds([(0, 1)], [np.eye(3)])]),
    "channels[0].sites": lambda: Generators([1], channels=[Channel([1], [MINUS], 0.1)]),
    "local[0].rates": lambda: Generators([1], local=[LocalJump(MINUS, [0.1, 0.1])]),
    "squares[0].form": lambda: Generators([1, 1], squares=[Square(1.0, [X])]),
    "kinds": lambda: Generators([1, 0], kinds=[0, 4]),
    "of `kinds`: too few": lambda: Generators([1, 0], kinds=[1]),
    "of `spins`: of a mode": lambda: Generators([1], kinds=[MODE]),
    "of `spins`: no mode": lambda: Generators([0], kinds=[ENSEMBLE]),
    "of `spins`: a half": lambda: Generators([1], kinds=[HALF]),
    "onsite[0].tensors": lambda: Generators([0], kinds=[MODE], onsite=[Onsite([np.ones((3, 3))])]),
    "of `squares[0].form`: mixed": lambda: Generators(
        [0], kinds=[MODE], squares=[Square(1.0, [X + Z])]
    ),
    "local[0].form": lambda: Generators([0], kinds=[MODE], local=[LocalJump(MINUS + Z, [1])]),
    "channels[0].forms": lambda: Generators(
        [0, 1], kinds=[MODE, SPIN], channels=[Channel([1, 0], [Z, X + Z], 1)]
    ),
    "members[0].rates": lambda: Generators([1], members=[MemberJump(MINUS, [0.1])]),
    "of `rates`: of members": lambda: MemberJump(MINUS, [-0.1]),
    "step": lambda: step_of(Generators([1], fields=[Field([X])]), 0.6),
    "of `step`: zero": lambda: step_of(Generators([1]), 0),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_in_one_line(name):
    with pytest.raises(ArgumentError) as caught:
        WRONG[name]()
    message = str(caught.value)
    wanted = name.split("`")[1] if "`" in name else name
    assert message.startswith(f"Argument `{wanted}` must ")
    assert "\n" not in message
    assert len(message) < 200


def test_pieces_are_read_only():
    h = np.ones((1, 3))
    field = Field(h)
    h[:] = 2
    assert np.all(field.vectors == 1)
    with pytest.raises(ValueError, match="read-only"):
        field.vectors[0] = 0
    with pytest.raises(FrozenInstanceError):
        field.parameter = 1


def test_number_of_parameters():
    assert Generators([1]).parameters == 1
    assert Generators([1], fields=[Field([X], 2)], local=[LocalJump(Z, [1], 1)]).parameters == 3


ZZ = np.diag([0.0, 0.0, 1.0])


def mode(**pieces):
    return Generators([0], kinds=[MODE], **pieces)


RATES = {
    "field": (Generators([5], fields=[Field([[3, 0, -4]])]), 5.0),
    "fields of one parameter": (Generators([5], fields=[Field([X]), Field([-X])]), 0.0),
    "fields of two": (Generators([5], fields=[Field([X]), Field([-X], 1)]), 2.0),
    "decay": (Generators([5], local=[LocalJump(MINUS, [0.07])]), 0.7),
    "decay and gain": (
        Generators([5], local=[LocalJump(MINUS, [0.07]), LocalJump(PLUS, [0.05])]), 1.2,
    ),
    "dephasing": (Generators([5], local=[LocalJump(1j * Z, [2.5])]), 2.5),
    "twist": (Generators([5], onsite=[Onsite([np.diag([0, 0, -0.2])])]), 2.0),
    "bond": (Generators([5, 3], bonds=[Bonds([(0, 1)], [np.diag([0, -0.3, 0])])]), 1.5),
    "square": (Generators([5, 5], squares=[Square(0.1, [X, X])]), 2.0),
    "common decay": (Generators([5, 3], channels=[Channel([0, 1], [MINUS] * 2, 0.1)]), 1.6),
    "a mode's frequency": (mode(fields=[Field([[3, 0, -4]])]), 4.0),
    "a mode's loss": (mode(local=[LocalJump(MINUS, [0.7])]), 0.7),
    "a driven mode's Kerr term": (
        # |alpha| = sqrt(1/2) of the vacuum, and 2 K |alpha|^3 = 2 of the drive
        mode(
            fields=[Field([4 * X])], local=[LocalJump(MINUS, [0.5])], onsite=[Onsite([0.1 * ZZ])]
        ),
        2 * 0.1 * (0.5**0.5 + 10 ** (1 / 3)) ** 2,
    ),
    "a squeezed mode": (mode(onsite=[Onsite([np.diag([0.3, -0.3, 0])])]), 0.3),
    "polarised spins and a mode": (
        # 2g = 1; 2S quanta at most, with the vacuum
        Generators(
            [0, 8], kinds=[MODE, SPIN], bonds=[Bonds([(0, 1)], [np.diag([1.0, 1.0, 0])])]
        ),
        0.5**0.5 + 16.5**0.5,
    ),
    "a spin in the field of a mode": (
        Generators(
            [0, 8], kinds=[MODE, SPIN], bonds=[Bonds([(0, 1)], [ZZ])],
            local=[LocalJump(MINUS, [1, 0])],
        ),
        8.0,
    ),
    "members": (
        Generators([5], kinds=[ENSEMBLE], members=[MemberJump(MINUS, [0.2]), MemberJump(Z, [0.3])]),
        0.5,
    ),
    "common dephasing": (Generators([5, 3], channels=[Channel([0, 1], [Z, 2 * Z], 0.1)]), 0.4),
}  # fmt: skip


@pytest.mark.parametrize("name", RATES)
def test_fastest_rate_of_simple_models(name):
    generators, rate = RATES[name]
    assert fastest_turn(generators) == pytest.approx(rate)
    assert step_of(generators) == pytest.approx(0.05 / rate if rate else math.inf)


def test_the_fastest_rate_knows_the_parameters():
    generators = Generators([5], fields=[Field([X], 1)])
    assert fastest_turn(generators, np.array([1.0, -3.0])) == pytest.approx(3)


def test_the_fastest_rate_knows_the_amplitude_at_the_start():
    """A Kerr term K n^2 turns a mode by 2 K |alpha|^2."""
    generators = mode(onsite=[Onsite([0.1 * ZZ])])
    rate = fastest_turn(generators, amplitudes=np.array([3.0]))
    assert rate == pytest.approx(2 * 0.1 * (3 + 0.5**0.5) ** 2)


@pytest.mark.parametrize("seed", range(20))
def test_no_spin_turns_faster_than_the_fastest_rate(seed):
    """By the Hamiltonian, without noise: a spin of length L > S among others as long."""
    whole = random_generators(np.random.default_rng(seed))
    closed = Generators(whole.spins, whole.fields, whole.bonds, whole.onsite, whole.squares)
    rng = np.random.default_rng(seed)
    theta, phi = rng.uniform(0, np.pi, (2, closed.n_sites))
    state = coherent_spins(closed.spins, theta, 2 * phi, rng, 256)
    values = np.ones((1, closed.parameters))
    end = advance(state, plan_of(closed), values, 1e-5, stream_of(1, 256))
    speed = np.linalg.norm(end - state, axis=0) / closed.lengths[:, None] / 1e-5
    bound = fastest_turn(closed) * (closed.lengths / closed.spins).max()
    assert speed.max() <= bound * (1 + 1e-3) + 1e-9  # rounding over the step
    assert speed.max() >= 0.1 * bound  # a bound that is worth something


def test_coherent_states_of_different_spins():
    """Means S n, squares S^2 along n and S/2 across it."""
    spins = np.array([0.5, 3.0, 20.0])
    theta, phi = np.array([0.3, 1.5, 2.4]), np.array([0.0, 1.0, 4.0])
    generators = Generators(spins)
    s = coherent_spins(spins, theta, phi, np.random.default_rng(1), 65536)
    n = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)])
    np.testing.assert_allclose(
        np.linalg.norm(s, axis=0), generators.lengths[:, None] * np.ones(65536)
    )
    means = s.mean(axis=2) * generators.weights
    # three of nine numbers' standard errors, stratified
    np.testing.assert_allclose(means, spins * n, atol=0.03 * math.sqrt(20))
    along = np.einsum("asl,as->sl", s, n)
    np.testing.assert_allclose((along**2).mean(axis=1)[1:], spins[1:] ** 2, rtol=0.005)
