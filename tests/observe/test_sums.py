"""Products of sums over sites, and lattice sums, against matrices of three spins."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from observed_states import (
    Nodes,
    average,
    coherent,
    coherent_matrix,
    gaussian,
    spin_operators,
)

import twoqs
from twoqs.methods import Conserving, Discrete
from twoqs.model.model import Model
from twoqs.observe import meetings, sums
from twoqs.observe.symbol import symbol_of

ANGLES = ((0.9, 0.4), (2.0, -1.0), (1.3, 2.2))
WEIGHTS = [1.0, -0.5, 2.0]


def at(i, matrix):
    """A matrix of one of three spins in the space of all."""
    identity = np.eye(len(matrix))
    factors = [matrix if j == i else identity for j in range(3)]
    return np.kron(np.kron(factors[0], factors[1]), factors[2])


class Site:
    def __init__(self, i, spin):
        for letter, matrix in spin_operators(spin).items():
            setattr(self, letter, at(i, matrix))


class Matrices:
    """The sum of three spins, and each of them; `@` is the product."""

    def __init__(self, spin):
        self.sites = [Site(i, spin) for i in range(3)]
        for letter in ("x", "y", "z", "plus", "minus"):
            setattr(self, letter, sum(getattr(site, letter) for site in self.sites))

    def __getitem__(self, i):
        return self.sites[i]

    def weighted(self, letter):
        return sum(w * getattr(s, letter) for w, s in zip(WEIGHTS, self.sites, strict=True))


def state(spin):
    one, two, three = (coherent_matrix(spin, *angles) for angles in ANGLES)
    return np.kron(np.kron(one, two), three)


def nodes(spin):
    return [coherent(spin, *angles) for angles in ANGLES]


FORMULAS = {
    "s.x**4": lambda s: s.x @ s.x @ s.x @ s.x,
    "s.z*s.x*s.y*s.z": lambda s: s.z @ s.x @ s.y @ s.z,
    "s.plus**2*s.minus**2": lambda s: s.plus @ s.plus @ s.minus @ s.minus,
    "s[0].x*s.z*s[2].y*s[0].z": lambda s: s[0].x @ s.z @ s[2].y @ s[0].z,
    "s[1].x*s[0].x*s[1].y": lambda s: s[1].x @ s[0].x @ s[1].y,
    "total(s.x, [1, -0.5, 2])**2*s.z": lambda s: s.weighted("x") @ s.weighted("x") @ s.z,
    "total(s.plus, [1, -0.5, 2])*s.minus*s.z": lambda s: s.weighted("plus") @ s.minus @ s.z,
    "bonds(s.x, s.y)": lambda s: sum(
        (s[i].x @ s[j].y + s[j].x @ s[i].y) / 2 for i, j in ((0, 1), (1, 2))
    ),
    "0.5*each(s.z**2, [1, -0.5, 2]) - s.z**2": lambda s: (
        sum(0.5 * w * one.z @ one.z for w, one in zip(WEIGHTS, s.sites, strict=True)) - s.z @ s.z
    ),
    "bonds(s.z, s.x, displacement=2)": lambda s: s[0].z @ s[2].x,
    "bonds(s.x, s.x, [1j, 2])": lambda s: 1j * s[0].x @ s[1].x + 2 * s[1].x @ s[2].x,
}


def lattice(spin):
    chain = twoqs.chain(3, periodic=False)
    return Model(members=[twoqs.Sites(twoqs.Spin(spin), chain, name="s")])


def deviation(text, spin, method=None):
    """In units of the size that a product can have."""
    symbol = symbol_of(text, lattice(spin), method or Conserving())
    exact = np.trace(state(spin) @ FORMULAS[text](Matrices(spin)))
    return abs(average(symbol, *nodes(spin)) - exact) / (3 * spin) ** 4


@pytest.mark.parametrize("text", list(FORMULAS))
@pytest.mark.parametrize("spin", [1, 2])
def test_product_states_are_exact(text, spin):
    assert deviation(text, spin) < 1e-10


@pytest.mark.parametrize("text", ["s.x**4", "s.z*s.x*s.y*s.z", "s[0].x*s.z*s[2].y*s[0].z"])
def test_factors_that_meet_at_a_site(text, monkeypatch):
    """Negative control: as if the sites of factors were different ones always."""
    monkeypatch.setattr(sums, "partitions", lambda n: (tuple((i,) for i in range(n)),))
    assert deviation(text, 2) > 1e-4  # where it is 1e-10 at most


@pytest.mark.parametrize("text", ["s.x**4", "s.plus**2*s.minus**2"])
def test_spins_one_half_by_corners(text):
    """Averages over the corners of `Discrete` samples: exact for the product state down, up, x."""
    half = Matrices(0.5)
    corners = [
        np.array([[a, b, v] for a, b in itertools.product((0.5, -0.5), repeat=2)]).T
        for v in (-0.5, 0.5)
    ]
    down, up = (Nodes(one, np.full(4, 0.25)) for one in corners)
    along_x = Nodes(up.vectors[[2, 0, 1]], up.weights)
    matrices = [np.diag([0, 1]), np.diag([1, 0]), np.full((2, 2), 0.5)]
    whole = np.kron(np.kron(matrices[0], matrices[1]), matrices[2])
    exact = np.trace(whole @ FORMULAS[text](half))
    symbol = symbol_of(text, lattice(0.5), Discrete())
    assert abs(average(symbol, down, up, along_x) - exact) < 1e-12
    assert symbol.order_note == "exact"


def test_lattices_of_modes():
    """The number of quanta of two modes squared, in coherent states: n^2 + n of the sum."""
    modes = twoqs.Sites(twoqs.Mode(), twoqs.chain(2, periodic=False), name="c")
    one, two = gaussian(0.7, np.eye(2) / 4), gaussian(0.2 - 0.9j, np.eye(2) / 4)
    n = 0.49 + 0.85
    model = Model(members=[modes])
    found = {text: average(symbol_of(text, model, Conserving()), one, two)
             for text in ("c.n**2", "c.adag*c.a", "c[0].n*c[1].n", "bonds(c.n, c.n)",
                          "each(c.n**2)")}  # fmt: skip
    total = abs(0.7 + 0.2 - 0.9j) ** 2
    wanted = [n**2 + n, total, 0.49 * 0.85, 0.49 * 0.85, 0.49**2 + 0.49 + 0.85**2 + 0.85]
    np.testing.assert_allclose(list(found.values()), wanted, atol=1e-10)


def test_displaced_bonds_of_two_members():
    sites = [twoqs.Sites(twoqs.Spin(2), twoqs.chain(3, periodic=False), name=n) for n in "ab"]
    model = Model(members=sites)
    bloch = np.random.default_rng(2).normal(size=(4, 6, 8))
    one, other = (
        symbol_of(text, model, Conserving()).values(bloch)
        for text in ("bonds(b.x, a.z, displacement=1)", "b[0].x*a[1].z + b[1].x*a[2].z")
    )
    np.testing.assert_allclose(one, other, rtol=1e-12)


def test_operators_of_python():
    """An operator is what its formula is."""
    s = twoqs.Sites(twoqs.Spin(3), twoqs.chain(4), name="s")
    lam = twoqs.Parameter("lam", 0.3)
    operator = lam * s.x * s.y + twoqs.bonds(s.x, s.x) - 2 * s[1].z
    model = Model(members=[s], hamiltonian=lam * s.x * s[0].x)
    bloch = np.random.default_rng(2).normal(size=(4, 4, 8))
    text = "lam*s.x*s.y + bonds(s.x, s.x) - 2*s[1].z"
    for values in (None, {"lam": -1.5}):
        one, other = (symbol_of(given, model, Conserving(), values).values(bloch)
                      for given in (operator, text))  # fmt: skip
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_only_member_needs_no_name():
    """A model that keywords can say has none for its spin, but knows what it was called."""
    nameless, named = twoqs.Spin(3), twoqs.Spin(3, "atoms")
    bloch = np.random.default_rng(2).normal(size=(4, 1, 8))
    model = Model(members=[named], hamiltonian=named.x)
    assert model == Model(spin=3, field=(1, 0, 0))
    one, *others = (
        symbol_of(given, model, Conserving()).values(bloch)
        for given in (
            "spin.x*spin.z",
            "atoms.x*atoms.z",
            nameless.x * nameless.z,
            named.x * named.z,
        )
    )
    for other in others:
        np.testing.assert_array_equal(one, other)
    with pytest.raises(twoqs.ArgumentError, match=r"name a member.*`spin`.* at character"):
        symbol_of("s.x*atoms.z", model, Conserving())


def test_products_of_sums_over_bonds_are_those_written_out(monkeypatch):
    """Where factors meet at one site, too, and of two members."""
    lattice = twoqs.chain(3, periodic=False)
    model = Model(members=[twoqs.Sites(twoqs.Spin(n + 2), lattice, name=name)
                           for n, name in enumerate("ab")])  # fmt: skip
    same = "(bonds(a.x, a.x, [1, 2]) - 0.5*bonds(b.z, b.x) + 3*a.x - b[1].z)**2"
    mixed = "sym(bonds(a.z, b.x, displacement=1)*(bonds(a.y, a.y) + 1j*b.y))"
    out = {"bonds(a.x, a.x, [1, 2])": "a[0].x*a[1].x + 2*a[1].x*a[2].x",
           "bonds(b.z, b.x)": "(b[0].z*b[1].x + b[0].x*b[1].z + b[1].z*b[2].x + b[1].x*b[2].z)/2",
           "bonds(a.z, b.x, displacement=1)": "(a[0].z*b[1].x + a[1].z*b[2].x)",
           "bonds(a.y, a.y)": "a[0].y*a[1].y + a[1].y*a[2].y"}  # fmt: skip
    bloch = np.random.default_rng(1).normal(size=(4, 6, 64))
    for text in (same, mixed):
        written = text
        for one, other in out.items():
            written = written.replace(one, other)
        found, expected = (symbol_of(t, model, Conserving()) for t in (text, written))
        np.testing.assert_allclose(found.values(bloch), expected.values(bloch), rtol=1e-9)
        assert found.order_note == expected.order_note == "exact"
    # Too many terms that meet are left as they are, and that is told.
    monkeypatch.setattr(meetings, "MOST_WORDS", 8)
    assert "1/S^2" in symbol_of(same, model, Conserving()).order_note
