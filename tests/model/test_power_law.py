"""Bonds of all pairs with weights 1/r^alpha."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import twoqs
from twoqs.theory import evolve


def test_ring_has_the_shorter_way() -> None:
    lattice = twoqs.power_law(twoqs.chain(6), 3)
    assert lattice.edges.tolist() == [list(pair) for pair in combinations(range(6), 2)]
    expected = [min(j - i, 6 - j + i) ** -3 for i, j in lattice.edges.tolist()]
    np.testing.assert_allclose(lattice.weights, expected, rtol=1e-12)
    assert lattice.transitive
    assert twoqs.Model(spin=1, lattice=lattice, coupling=(1, 0, 0)).homogeneous


def test_open_chain_has_images_nowhere() -> None:
    """Negative control of the one above: here, both ends are far from each other."""
    lattice = twoqs.power_law(twoqs.chain(6, periodic=False), 3)
    expected = [(j - i) ** -3 for i, j in lattice.edges.tolist()]
    np.testing.assert_allclose(lattice.weights, expected, rtol=1e-12)
    assert not lattice.transitive


@pytest.mark.parametrize(
    "lattice",
    [
        twoqs.chain(7), twoqs.square(3, 4), twoqs.square(3, 4, periodic=False),
        twoqs.triangular(4, 5), twoqs.honeycomb(3, 3), twoqs.kagome(4, 4),
        twoqs.kagome(3, 2, periodic=False),
    ],
    ids=repr,
)  # fmt: skip
def test_cutoff_at_one_bond_keeps_the_bonds(lattice) -> None:
    near = twoqs.power_law(lattice, 6, cutoff=1)
    bonds = {tuple(sorted(edge)) for edge in lattice.edges.tolist()}
    assert {tuple(edge) for edge in near.edges.tolist()} == bonds
    np.testing.assert_allclose(near.weights, 1, rtol=1e-10)
    assert near != lattice
    everywhere = twoqs.power_law(lattice, 0)
    assert np.all(everywhere.weights == 1)
    assert everywhere.n_edges == lattice.n_sites * (lattice.n_sites - 1) // 2


@pytest.mark.parametrize("lattice", [twoqs.triangular(4, 4), twoqs.kagome(2, 2)], ids=repr)
def test_equal_distances_have_equal_weights(lattice) -> None:
    """To the bit: every site of a periodic lattice has the same weights, in some order."""
    law = twoqs.power_law(lattice, 3)
    matrix = np.zeros((law.n_sites, law.n_sites))
    matrix[tuple(law.edges.T)] = law.weights
    rows = np.sort(matrix + matrix.T, axis=1)
    assert np.array_equal(rows, np.broadcast_to(rows[0], rows.shape))


def test_equality_is_by_what_it_is_made_of() -> None:
    law = twoqs.power_law(twoqs.chain(6), 3)
    assert law == twoqs.power_law(twoqs.chain(6), 3.0)
    assert hash(law) == hash(twoqs.power_law(twoqs.chain(6), 3.0))
    others = [(twoqs.chain(6), 2.9), (twoqs.chain(7), 3), (twoqs.chain(6, periodic=False), 3)]
    assert all(law != twoqs.power_law(*other) for other in others)
    assert law != twoqs.power_law(twoqs.chain(6), 3, cutoff=2)
    assert repr(law) == "power_law(Lattice(chain 6, periodic, 6 bonds), alpha=3: 15 bonds)"


def test_positions_in_any_unit() -> None:
    """A thousandth of the unit makes all weights larger by the power, and no two of them equal."""
    points = np.random.default_rng(3).normal(size=(8, 3))
    one = twoqs.from_positions(points, alpha=6)
    small = twoqs.from_positions(points / 1e3, alpha=6)
    apart = np.linalg.norm(points[one.edges[:, 0]] - points[one.edges[:, 1]], axis=1)
    np.testing.assert_allclose(one.weights, apart**-6, rtol=1e-10)
    np.testing.assert_allclose(small.weights, one.weights * 1e18, rtol=1e-10)
    assert len(set(small.weights.tolist())) == one.n_edges == 28
    assert np.array_equal(one.positions, points)
    with pytest.raises(ValueError, match="read-only"):
        one.positions[0] = 0


def test_positions_are_a_graph() -> None:
    lattice = twoqs.from_positions([0, 1, 2.5], cutoff=1.5)
    assert lattice == twoqs.from_edges([(0, 1), (1, 2)])
    assert twoqs.power_law(lattice, 2) == twoqs.from_positions([0, 1, 2.5], alpha=2)
    assert not lattice.distances
    assert twoqs.from_positions([[0, 0]]).n_edges == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: twoqs.power_law(twoqs.all_to_all(4), 3), "sites have positions"),
        (lambda: twoqs.power_law(twoqs.single(), 3), "sites have positions"),
        (lambda: twoqs.power_law("chain", 3), "sites have positions"),
        (lambda: twoqs.power_law(twoqs.power_law(twoqs.chain(4), 3), 3), "no power law yet"),
        (lambda: twoqs.power_law(twoqs.chain(4), -1), "`alpha` must be a power from 0 to 100"),
        (lambda: twoqs.power_law(twoqs.chain(4), np.inf), "`alpha` must be finite"),
        (lambda: twoqs.power_law(twoqs.chain(4), 3, cutoff=0), "`cutoff` must be a positive"),
        (lambda: twoqs.power_law(twoqs.chain(4), 3, cutoff=0.5), "as long as one bond"),
        (lambda: twoqs.power_law(twoqs.chain(20000), 3, 2), "`lattice` must have at most 10000"),
        (lambda: twoqs.from_positions([[0, 0], [1, 0], [0, 0]]), "in different places, but got"),
        (lambda: twoqs.from_positions([[0, 0], [1]]), "one to three numbers each"),
        (lambda: twoqs.from_positions([[0] * 4, [1] * 4]), "one to three numbers each"),
        (lambda: twoqs.from_positions([0, np.nan]), "`points` must hold finite"),
        (lambda: twoqs.from_positions([0, 1j]), "one to three numbers each"),
        (lambda: twoqs.from_positions([]), "`points` must"),
        (lambda: twoqs.from_positions(["a", "b"]), "one to three numbers each"),
        (lambda: twoqs.from_positions([0, 1e-160], alpha=6), "leave weights finite"),
    ],
)  # fmt: skip
def test_refusals_name_the_argument(call, message: str) -> None:
    with pytest.raises(twoqs.ArgumentError, match=message):
        call()


@pytest.mark.filterwarnings("ignore::twoqs.AccuracyWarning")  # QuTiP takes short spins only
def test_all_pairs_against_quantum_mechanics() -> None:
    """Moments and correlations of three spins; at S = 2, they may be off by 0.02 of S, S^2."""
    terms = {"spin": 2, "coupling": (4, 0, 0), "field": (0, 0.5, 0), "decay": 1}
    row, times = twoqs.chain(3, periodic=False), [0.5, 1]
    model = twoqs.Model(lattice=twoqs.power_law(row, 0.5), **terms)
    found = twoqs.simulate(
        model, times=times, trajectories=4096, observables=["correlation"], seed=1
    )
    exact, wrong = evolve(model, times), evolve(twoqs.Model(lattice=row, **terms), times)

    def off(name, expected) -> float:
        return float((np.abs(found[name] - expected[name]) - 3 * found[f"{name}_se"]).max())

    assert max(off("sy", exact), off("sz", exact)) < 0.02 * 2
    assert off("correlation_xx", exact) < 0.02 * 4
    assert off("sy", wrong) > 0.03 * 2  # negative control: neighbours alone
