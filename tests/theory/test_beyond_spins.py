"""Which theories are for modes, and for processes of single members of ensembles."""

from __future__ import annotations

import pytest
import xarray as xr
from measured import TIMES, WINDOW

import twoqs as tq
from twoqs.methods.numerics import resolve
from twoqs.theory import mean_field
from twoqs.theory.catalogue import CATALOGUE, ONLY_SPINS, why_not
from twoqs.theory.point import method_for, predict
from twoqs.theory.sites import beyond_spins

SPIN, ATOMS, CAVITY = tq.Spin(3, name="s"), tq.Ensemble(6, name="atoms"), tq.Mode(name="cavity")
MODES = tq.Model(
    hamiltonian=CAVITY.n + SPIN.z + 0.2 * (CAVITY.a + CAVITY.adag) * SPIN.x,
    jumps=[tq.jump(CAVITY.a, 0.5)],
)
EACH = tq.Model(hamiltonian=ATOMS.x, jumps=[tq.jump(tq.each(ATOMS.minus), 0.5)])
TOGETHER = tq.Model(hamiltonian=ATOMS.x, jumps=[tq.jump(ATOMS.minus, 0.1)])


def test_what_is_beyond_spins() -> None:
    assert beyond_spins(MODES) == "modes"
    assert beyond_spins(EACH) == "processes of single members"
    assert beyond_spins(TOGETHER) == ""
    matrix = tq.jump([ATOMS.minus, ATOMS.plus], rates=[[0.2, 0.1], [0.1, 0.2]])
    assert beyond_spins(tq.Model(jumps=[matrix])) == ""


@pytest.mark.parametrize("model", [MODES, EACH])
@pytest.mark.parametrize("when", [TIMES, WINDOW])
def test_theories_of_spins_refuse_them(model, when) -> None:
    numerics = resolve(TOGETHER, when)
    for theory in CATALOGUE:
        if theory.sites == ONLY_SPINS:
            assert theory.refusal(model, numerics).startswith("does not cover")
            assert not theory.covers(model, numerics)


def driven_atoms(n: int) -> tq.Model:
    atoms = tq.Ensemble(n, name="atoms")
    return tq.Model(
        hamiltonian=0.6 * atoms.x + CAVITY.n + 0.9 / n**0.5 * (CAVITY.a + CAVITY.adag) * atoms.x,
        jumps=[tq.jump(CAVITY.a, 0.8), tq.jump(tq.each(atoms.minus), 0.5)],
    )


@pytest.mark.parametrize(("when", "large"), [(TIMES, "mean field"), (WINDOW, "Holstein-Primakoff")])
def test_what_is_too_large_for_the_master_equation_has_a_theory(when, large) -> None:
    few, many = driven_atoms(8), driven_atoms(10_000)
    assert method_for(few, resolve(few, when)) == "master equation"
    numerics = resolve(many, when)
    assert method_for(many, numerics) == large
    found = predict(many, numerics)
    names = {"sx", "sy", "sz", "n", "a_re", "a_im", "var_q", "var_p", "cov_qp", "var_n"}
    assert names <= set(found)
    assert not found.isnull().any().to_array().any()


def test_the_rate_equation_is_preferred_where_it_holds() -> None:
    atoms = tq.Ensemble(150, name="atoms")
    jumps = [tq.jump(atoms.minus, 0.01), tq.jump(tq.each(atoms.minus), 0.2)]
    model = tq.Model(jumps=[*jumps, tq.jump(tq.each(atoms.plus), 0.1)])
    assert method_for(model, resolve(model, WINDOW)) == "rate equation"


def test_a_large_model_that_nothing_damps_has_no_steady_state() -> None:
    large = tq.Model(hamiltonian=tq.Mode("a").n * tq.Spin(400, "s").z)
    named = why_not(large, resolve(large, WINDOW))
    assert "Holstein-Primakoff needs decay, gain or dephasing" in named


def test_an_ensemble_without_processes_of_its_members_is_a_spin() -> None:
    found = mean_field.trajectory(TOGETHER, [0.5, 1.0])
    spin = tq.Spin(3, name="atoms")
    same = tq.Model(hamiltonian=spin.x, jumps=[tq.jump(spin.minus, 0.1)])
    xr.testing.assert_allclose(found, mean_field.trajectory(same, [0.5, 1.0]), rtol=1e-8)
