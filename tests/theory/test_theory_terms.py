"""A theory predicts nothing for a model with a term that it does not list."""

from __future__ import annotations

import dataclasses

import pytest
from measured import TIMES, WINDOW

import twoqs
from twoqs.errors import ArgumentError
from twoqs.execution.predict import THEORY_METHODS, method_for, predict
from twoqs.methods.numerics import resolve
from twoqs.theory import driven_spin, evolve, linear, steady_state
from twoqs.theory.catalogue import CATALOGUE
from twoqs.theory.decay import decaying_spin
from twoqs.theory.populations import populations_at_rest, populations_in_time
from twoqs.theory.single_members import single_members_at_rest, single_members_in_time
from twoqs.theory.spin_waves import chain_prediction


@dataclasses.dataclass(frozen=True)
class Squeezed(twoqs.Model):
    """A model with a term that no theory knows, nor any integrator."""

    squeezed: float = 0.0


ATOMS, MANY = twoqs.Ensemble(30, name="e"), twoqs.Ensemble(200, name="e")
NO_SPIN = {"spin": None, "decay": 0.0}
EACH = NO_SPIN | {"members": (ATOMS,), "jumps": (twoqs.jump(twoqs.each(ATOMS.minus), 0.3),)}
LASER = NO_SPIN | {
    "members": (MANY,),
    "jumps": (twoqs.jump(MANY.minus, 0.01), twoqs.jump(twoqs.each(MANY.plus), 0.5)),
}

COVERED = [
    # (arguments, what is measured, theory, the same called directly)
    ({"field": (0.5, 0, 0)}, WINDOW, "closed form", driven_spin),
    ({"spin": 500}, TIMES, "rate equation", lambda model: decaying_spin(model, [0.5])),
    (
        {"spin": 500, "lattice": twoqs.chain(6), "coupling": (0.5, -0.8, 0)},
        WINDOW, "Holstein-Primakoff", chain_prediction,
    ),
    (EACH, WINDOW, "single members", single_members_at_rest),
    (EACH, TIMES, "single members", lambda model: single_members_in_time(model, [0.5])),
    (LASER, WINDOW, "rate equation", populations_at_rest),
    (LASER, TIMES, "rate equation", lambda model: populations_in_time(model, [0.5])),
    ({"gain": 0.5}, WINDOW, "master equation", steady_state),
    ({"gain": 0.5}, TIMES, "master equation", lambda model: evolve(model, [0.5])),
    ({"spin": 500, "field": (0, 0.5, 0)}, WINDOW, "Holstein-Primakoff", linear.Fluctuations.about),
    (
        {"spin": 500, "field": (0, 0.5, 0)}, TIMES, "mean field",
        lambda model: linear.evolution(model, [0.5]),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("terms", "when", "method", "theory"), COVERED)
def test_a_term_that_a_theory_does_not_know_has_no_reference(terms, when, method, theory):
    given = {"spin": 3, "decay": 1.0} | terms
    for strength in (0.0, 0.3):
        model = Squeezed(**given, squeezed=strength)
        numerics = resolve(model, when)
        if strength == 0.0:
            assert method_for(model, numerics) == method
            theory(model)
        else:
            assert method_for(model, numerics) is None
            assert predict(model, numerics) is None
            with pytest.raises(ArgumentError, match=r"`squeezed` must be left out for .* got 0.3"):
                theory(model)


@pytest.mark.parametrize("term", ["field.y", "twist.z", "gain", "dephasing", "coupling.z"])
@pytest.mark.parametrize("theory", [driven_spin, decaying_spin, chain_prediction])
def test_each_theory_refuses_every_term_that_it_does_not_list(theory, term):
    name, _, axis = term.partition(".")
    value = tuple(0.3 * (a == axis) for a in "xyz") if axis else 0.3
    ring = theory is chain_prediction
    if name == "coupling" and not ring:
        pytest.skip("a single spin has no bonds")
    model = twoqs.Model(
        spin=3, decay=1.0, lattice=twoqs.chain(4) if ring else twoqs.single(), **{name: value}
    )
    with pytest.raises(ArgumentError, match=f"`{term}` must be left out"):
        theory(model, [0.5]) if theory is decaying_spin else theory(model)


def test_every_theory_of_the_catalogue_is_tried_with_one_term_more():
    tried = {(when.average is not None, method) for _, when, method, _ in COVERED}
    assert tried == {(theory.steady, theory.method) for theory in CATALOGUE}
    assert {theory.method for theory in CATALOGUE} == set(THEORY_METHODS)


def test_a_simulation_refuses_a_term_that_it_does_not_know():
    with pytest.raises(ArgumentError, match="`squeezed` must be left out for a simulation"):
        twoqs.simulate(Squeezed(spin=2, decay=1.0, squeezed=0.3), times=[1.0], trajectories=64)
