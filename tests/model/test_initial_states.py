"""Initial states that are not coherent: what they are, and what is refused."""

from __future__ import annotations

import dataclasses
import math

import pytest

import twoqs
from twoqs import (
    ArgumentError,
    Model,
    Sites,
    Spin,
    chain,
    coherent,
    dicke,
    mixed,
    mixture,
    squeezed,
    thermal,
)
from twoqs.methods.numerics import Numerics
from twoqs.simulation.canonical import model_text
from twoqs.sweep.settings import build_model
from twoqs.theory.catalogue import why_not
from twoqs.theory.decay import decaying_spin
from twoqs.theory.point import method_for

A, B, ROW = Spin(1, "a"), Spin(1.5, "b"), Sites(Spin(2), chain(3), "s")
PAIR = A.x * B.x
HALVES = [(0.5, "up"), (0.5, coherent(1.0))]
STATES = {
    "dicke": dicke(1),
    "turned": dicke(-2, 1.0, 0.5),
    "thermal": thermal(-0.4, 0.3),
    "mixed": mixed(),
    "squeezed": squeezed(1.0, 0.2, (0.25, 4.0), 0.7),
    "mixture": mixture([(0.25, thermal(1)), (0.75, "down")]),
    "mixture for each": mixture(HALVES, each=True),
}


@pytest.mark.parametrize("name", STATES)
def test_text_gives_the_same_model_again(name):
    """Of keywords, and of several members."""
    state = STATES[name]
    ring = Model(spin=20, lattice=chain(3), decay=1.0, initial=state)
    long = Spin(20, "c")
    several = Model(hamiltonian=long.x * A.z, initial={"a": "up", "c": state})
    for model in (ring, several):
        again = build_model(model_text(model))
        assert again == model
        assert again.digest == model.digest
    assert len({ring.digest, dataclasses.replace(ring, initial="up").digest}) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (mixed(), {"a": mixed(), "b": mixed()}),
        (thermal(1), {"a": thermal(1.0, 0, 0), "b": thermal(1)}),
        (mixture([(1, "up")]), "up"),
        (squeezed(1.0, 0.5, (1, 1), 2.0), coherent(1.0, 0.5)),
        ({"a": mixture([(1, "up")]), "b": "up"}, "up"),
        (mixture(HALVES, each=True), {"a": mixture(HALVES), "b": mixture(HALVES, each=True)}),
    ],
)
def test_what_means_the_same_is_the_same(one, other):
    first, second = (Model(hamiltonian=PAIR, initial=value) for value in (one, other))
    assert first == second
    assert first.digest == second.digest


def test_a_mixture_of_all_is_not_one_of_each():
    both = Model(hamiltonian=PAIR, initial=mixture(HALVES))
    assert both != Model(hamiltonian=PAIR, initial=mixture(HALVES, each=True))
    assert both != Model(hamiltonian=PAIR, initial={"a": mixture(HALVES), "b": mixture(HALVES)})


@pytest.mark.parametrize("state", [*STATES.values(), {"a": "up", "b": thermal(1)}, "down"])
def test_models_can_be_replaced_in_part(state):
    if isinstance(state, dict):
        model = Model(hamiltonian=PAIR, initial=state)
        changed = dataclasses.replace(model, jumps=(twoqs.jump(A.minus),))
    else:
        model = Model(spin=20, initial=state)
        changed = dataclasses.replace(model, decay=1.0)
    assert changed.initial == model.initial


def test_homogeneous():
    ring = {"spin": 20, "lattice": chain(3)}
    for state in STATES.values():
        assert Model(**ring, initial=state).homogeneous
    staggered = mixture([(0.5, "up"), (0.5, coherent([0.0, 1.0, 2.0]))])
    assert not Model(**ring, initial=staggered).homogeneous
    energy = A.z * ROW.z
    assert Model(hamiltonian=energy, initial={"a": mixed(), "s": dicke(1)}).homogeneous
    assert Model(hamiltonian=energy, initial=coherent([1.0, 2.0, 2.0, 2.0])).homogeneous
    assert not Model(hamiltonian=energy, initial={"a": mixed(), "s": staggered}).homogeneous
    assert not Model(hamiltonian=energy, initial=coherent([1.0, 2.0, 2.0, 1.0])).homogeneous


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: dicke("x"), "`m` must be a number"),
        (lambda: dicke(0, 4.0), r"`theta` must lie in \[0, pi\]"),
        (lambda: thermal(math.inf), "`beta` must be finite"),
        (lambda: thermal(1, phi=[1, 2]), "`phi` must be a number"),
        (lambda: squeezed(0, 0, (0.5, 1.5)), "`variances` must have a product of at least 1"),
        (lambda: squeezed(0, 0, (-1, -1)), "`variances` must be positive"),
        (lambda: squeezed(0, 0, 2.0), "`variances` must hold 2 numbers"),
        (lambda: mixture([]), r"`states` must be a list of \(weight, state\)"),
        (lambda: mixture([0.5, 0.5]), r"`states` must be a list of \(weight, state\)"),
        (lambda: mixture([(0.5, "up"), (0.4, "down")]), "`states` must have weights that sum to 1"),
        (lambda: mixture([(-1, "up"), (2, "down")]), "`weight` must not be negative"),
        (lambda: mixture([(1, "left")]), '`states` must be "down", "up" or a state'),
        (lambda: mixture([(1, mixture(HALVES))]), "`states` must hold no mixtures"),
        (lambda: mixture(HALVES, each=1), "`each` must be true or false"),
        (lambda: Model(spin=2, initial=dicke(0.5)), "`initial.m` must be one of -S, -S[+]1"),
        (lambda: Model(spin=2, initial=dicke(3)), "`initial.m` must .* for the spin S = 2"),
        (lambda: Model(hamiltonian=PAIR, initial=dicke(0)), "`initial.b.m` must be one of"),
        (lambda: Model(hamiltonian=PAIR, initial={"a": dicke(2)}), "`initial.a.m` must be one of"),
        (
            lambda: Model(spin=9, initial=squeezed(0, 0, (0.25, 4))),
            "`initial.variances` must be at most 2 for S = 9",
        ),
        (
            lambda: Model(spin=2, lattice=chain(3), initial=mixture([(1, coherent([1, 2]))])),
            "`initial.theta` must be one number or hold 3 numbers",
        ),
        (lambda: Model(spin=1, initial="mixed"), '`initial` must be "down", "up" or a state'),
    ],
)
def test_refusals_name_the_argument(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("scheme", ["pda", "euler-maruyama"])
def test_spinors_start_from_coherent_states_alone(scheme):
    model = Model(spin=10, decay=1.0, initial=dicke(0))
    with pytest.raises(ArgumentError, match=r"`initial` must be .*: its spinors are sampled as"):
        twoqs.simulate(model, times=[0], trajectories=64, scheme=scheme)
    coherent_one = dataclasses.replace(model, initial=mixture([(1, "up")]))
    twoqs.simulate(coherent_one, times=[0], trajectories=64, scheme=scheme)


def test_theory_of_other_states_is_the_master_equation():
    """The rate equation starts from the populations of coherent states."""
    settings = Numerics(times=(0.0, 1.0))
    small = Model(spin=3, decay=1.0, initial=thermal(0.1))
    assert method_for(small, settings) == "master equation"
    model = Model(spin=300, decay=1.0, initial=thermal(0.1))
    assert method_for(model, settings) is None
    assert "rate equation starts from coherent states" in why_not(model, settings)
    assert method_for(dataclasses.replace(model, initial="up"), settings) == "rate equation"
    with pytest.raises(ArgumentError, match=r"`initial` must be .* for the rate equation"):
        decaying_spin(model, [0.0])


def test_states_of_members_by_name() -> None:
    a, b, s = Spin(3, "a"), Spin(6, "b"), Sites(Spin(2), chain(3), "s")
    model = Model(members=[s, a], initial={"s": coherent([0.1, 0.2, 0.3], 1.0)})
    assert model.initial.theta == (0.1, 0.2, 0.3, math.pi)
    assert model.initial.phi == (1.0, 1.0, 1.0, 0.0)
    assert Model(members=[s, a], initial={}) == Model(members=[s, a])
    assert Model(members=[s, a], initial={"s": "up", "a": "up"}) == Model(
        members=[s, a], initial="up"
    )
    assert Model(members=[a], initial={"a": "up"}) == Model(3, initial="up")
    whole = Model(members=[a, b], initial=coherent([0.5, 1.5]))
    assert whole == Model(members=[a, b], initial={"a": coherent(0.5), "b": coherent(1.5)})
