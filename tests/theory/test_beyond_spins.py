"""Theories of spins refuse modes, and processes of single members of ensembles."""

from __future__ import annotations

import pytest
import xarray as xr
from measured import TIMES, WINDOW

import twoqs as tq
from twoqs.errors import ArgumentError
from twoqs.methods.numerics import resolve
from twoqs.theory import linear, mean_field
from twoqs.theory.catalogue import CATALOGUE, ONLY_SPINS, why_not
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
def test_the_catalogue_refuses_them(model, when) -> None:
    numerics = resolve(TOGETHER, when)
    for theory in CATALOGUE:
        if theory.sites == ONLY_SPINS:
            assert theory.refusal(model, numerics).startswith("does not cover")
            assert not theory.covers(model, numerics)
    large = tq.Model(hamiltonian=tq.Mode("a").n * tq.Spin(400, "s").z)
    named = why_not(large, numerics)
    assert "Holstein" not in named
    assert "master equation" in named


@pytest.mark.parametrize("model", [MODES, EACH])
@pytest.mark.parametrize(
    "theory",
    [
        lambda model: mean_field.trajectory(model, [1.0]),
        mean_field.fixed_points,
        linear.Fluctuations.about,
        lambda model: linear.evolution(model, [1.0]),
    ],
)
def test_each_theory_of_spins_refuses_them(model, theory) -> None:
    with pytest.raises(ArgumentError, match=f"`model` must have no {beyond_spins(model)} for mean"):
        theory(model)


def test_an_ensemble_without_processes_of_its_members_is_a_spin() -> None:
    found = mean_field.trajectory(TOGETHER, [0.5, 1.0])
    spin = tq.Spin(3, name="atoms")
    same = tq.Model(hamiltonian=spin.x, jumps=[tq.jump(spin.minus, 0.1)])
    xr.testing.assert_allclose(found, mean_field.trajectory(same, [0.5, 1.0]), rtol=1e-8)
