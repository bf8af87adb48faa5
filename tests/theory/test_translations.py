"""Translations that leave models alone, and the equations of one cell."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import twoqs
from twoqs import Sites, Spin, chain, coherent, jump
from twoqs.flows.generators import Field, Generators
from twoqs.flows.lowered import generators_of
from twoqs.theory import mean_field
from twoqs.theory.mean_field.equations import Equations
from twoqs.theory.mean_field.translations import (
    Translations,
    equations_of_cell,
    translations_of,
)


def test_a_cell_has_the_equations_of_all_for_any_values():
    """Also where parameters are columns of the values."""
    ring = twoqs.Model(spin=5, lattice=chain(6), coupling=(0.7, -0.4, 0.2))
    bonds_alone = generators_of(ring).bonds
    generators = Generators(
        ring.spins, fields=[Field(np.tile([0.3, 0.1, 0.0], (6, 1)), 1)], bonds=bonds_alone
    )
    equations, values = Equations.of(generators), np.array([1.0, -2.5])
    cells = translations_of(ring, equations.at(values))
    one = np.array([[3.0], [0.0], [4.0]])
    found = equations_of_cell(equations, cells).at(values).rate(one)
    np.testing.assert_allclose(cells.everywhere(found), equations.at(values).rate(one.repeat(6, 1)))
    assert cells.n_cells == 6


def test_ten_thousand_sites_are_one_cell():
    lattice = twoqs.square(100, 100)
    few = twoqs.Model(spin=100, lattice=twoqs.square(4, 4), field=(0.3, 0, 0.2),
                      coupling=(0.5, -0.8, 0.1), decay=1.0, initial=coherent(1.0, 0.5))  # fmt: skip
    many = dataclasses.replace(few, lattice=lattice)
    one, other = (mean_field.trajectory(model, [0.0, 3.0]) for model in (few, many))
    for name in ("sx", "sy", "sz"):
        np.testing.assert_allclose(one[name], other[name], atol=1e-6)
    equations = Equations.of(generators_of(many))
    assert translations_of(many, equations.at()).n_cells == 10_000


def two_chains(n: int, m: int) -> twoqs.Model:
    a, b = Sites(Spin(3), chain(n), "a"), Sites(Spin(2), chain(m), "b")
    return twoqs.Model(hamiltonian=a.x * b.x)


@pytest.mark.parametrize(
    ("model", "cells", "basis"),
    [
        (twoqs.Model(spin=5, lattice=chain(6), coupling=(1, 0, 0)), (6,), 1),
        (twoqs.Model(spin=5, lattice=chain(6, periodic=False), coupling=(1, 0, 0)), (1,), 6),
        (twoqs.Model(spin=5, lattice=chain(6), field=([1, 2] * 3, 0, 0)), (3,), 2),
        (twoqs.Model(spin=5, lattice=chain(6), field=([1, 2, 3] * 2, 0, 0)), (1,), 6),
        (twoqs.Model(spin=5, lattice=chain(6), decay=[1, 2] * 3), (3,), 2),
        (twoqs.Model(spin=5, lattice=twoqs.honeycomb(2, 3), coupling=(1, 0, 0)), (2, 3), 2),
        (twoqs.Model(spin=5, lattice=twoqs.kagome(2, 2), coupling=(1, 0, 0)), (2, 2), 3),
        (twoqs.Model(spin=5, lattice=twoqs.all_to_all(5), coupling=(1, 0, 0)), (5,), 1),
        (
            twoqs.Model(spin=5, lattice=twoqs.power_law(chain(6), 3), coupling=(1, 0, 0)),
            (6,), 1,
        ),
        (twoqs.Model(spin=5, lattice=chain(4), field=(1, 0, 0), decay=1), (4,), 1),
        (twoqs.Model(hamiltonian=Spin(3, "a").x * Spin(3, "b").x), (1,), 2),
        (two_chains(4, 4), (4,), 2),
        (two_chains(4, 5), (1,), 9),
    ],
)  # fmt: skip
def test_translations_are_those_of_all_terms(model, cells, basis):
    found = translations_of(model, Equations.of(generators_of(model)).at())
    assert (found.cells, found.basis) == (cells, basis)


def test_a_common_bath_with_a_phase_that_winds_is_seen():
    """Its friction is the same from every site, though its form is not; not with another phase."""
    ring = Sites(Spin(5), chain(6), "s")
    for turns, cells in ((2, 6), (0.3, 1)):
        phases = np.exp(2j * np.pi * turns * np.arange(6) / 6).tolist()
        model = twoqs.Model(jumps=[jump(twoqs.total(ring.minus, phases), 0.1)])
        found = translations_of(model, Equations.of(generators_of(model)).at())
        assert found.n_cells == cells


def test_doubled_cells():
    one = Translations(np.arange(8).reshape(4, 2, 1))
    doubled = one.doubled()
    assert (doubled.cells, doubled.basis) == ((2, 1), 4)
    assert sorted(doubled.sites.ravel().tolist()) == list(range(8))
    assert Translations(np.arange(9).reshape(3, 3, 1)).doubled() is None
