"""Unit cells: where sites are, which of them are neighbours and equivalent, and images."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

import twoqs
from twoqs.model.geometry import nearest_squared

GRIDS = [
    twoqs.chain(7), twoqs.square(3, 4), twoqs.cubic(3, 4, 5), twoqs.triangular(3, 4),
    twoqs.triangular(3, 7), twoqs.honeycomb(3, 4), twoqs.honeycomb(5, 3), twoqs.kagome(3, 3),
]  # fmt: skip
OPEN = [
    twoqs.chain(5, periodic=False), twoqs.square(3, 4, periodic=False),
    twoqs.cubic(2, 3, 2, periodic=False), twoqs.triangular(3, 4, periodic=False),
    twoqs.honeycomb(3, 4, periodic=False), twoqs.kagome(3, 2, periodic=False),
]  # fmt: skip
DIGESTS = [
    (twoqs.single(), "83c54f0c04"), (twoqs.chain(5), "cc70d59238"),
    (twoqs.chain(5, periodic=False), "8dbaed5baf"), (twoqs.chain(1, periodic=False), "add1d2d82f"),
    (twoqs.square(3, 4), "3f5b26a003"), (twoqs.square(3, 4, periodic=False), "d705af5e90"),
    (twoqs.cubic(3, 3, 4), "d66310c647"), (twoqs.cubic(2, 1, 3, periodic=False), "108c1aafe6"),
    (twoqs.all_to_all(4), "465684180c"), (twoqs.from_edges([(0, 1), (1, 3)]), "15e388f5bd"),
]  # fmt: skip


def squared_to_images(lattice, reach: int = 4) -> np.ndarray:
    """Squared distances of all sites to each other, over many images one by one."""
    apart = lattice.positions[:, None] - lattice.positions
    found = np.full(apart.shape[:2], np.inf)
    for steps in product(range(-reach, reach + 1), repeat=len(lattice.periods)):
        image = apart + np.array(steps) @ lattice.periods
        found = np.minimum(found, (image**2).sum(axis=2))
    return found


def walks(lattice) -> np.ndarray:
    """Numbers of closed walks of 1 to 12 steps from each site: equal at equivalent sites."""
    adjacent = np.zeros((lattice.n_sites, lattice.n_sites), dtype=np.int64)
    adjacent[tuple(lattice.edges.T)] = 1
    adjacent += adjacent.T
    powers = [np.linalg.matrix_power(adjacent, steps).diagonal() for steps in range(1, 13)]
    return np.array(powers)


@pytest.mark.parametrize(("lattice", "digest"), DIGESTS, ids=lambda one: repr(one))
def test_digests_are_those_of_stores_that_exist(lattice, digest: str) -> None:
    assert lattice.digest.startswith(digest)


@pytest.mark.parametrize("lattice", OPEN, ids=repr)
def test_bonds_join_all_sites_that_are_one_apart(lattice) -> None:
    i, j = np.triu_indices(lattice.n_sites, k=1)
    apart = lattice.positions[i] - lattice.positions[j]
    near = np.isclose(nearest_squared(apart, None), 1.0)
    pairs = {(int(a), int(b)) for a, b in zip(i[near], j[near], strict=True)}
    assert {tuple(sorted(edge)) for edge in lattice.edges.tolist()} == pairs
    assert nearest_squared(apart, None).min() > 0.99


@pytest.mark.parametrize("lattice", GRIDS, ids=repr)
def test_periodic_bonds_join_nearest_images(lattice) -> None:
    squared = squared_to_images(lattice)
    pairs = {tuple(sorted(edge)) for edge in lattice.edges.tolist()}
    assert pairs == {(i, j) for i, j in np.argwhere(np.isclose(squared, 1.0)).tolist() if i < j}


@pytest.mark.parametrize("lattice", [*GRIDS, twoqs.triangular(3, 11)], ids=repr)
def test_nearest_images_are_found(lattice) -> None:
    """Also where a cell is long and oblique, so that its own periods are not the shortest."""
    i, j = np.triu_indices(lattice.n_sites, k=1)
    found = nearest_squared(lattice.positions[i] - lattice.positions[j], lattice.periods)
    np.testing.assert_allclose(found, squared_to_images(lattice)[i, j], rtol=1e-12)


def test_images_can_be_missed() -> None:
    """Negative control: without images, sites at both ends of a ring are far from each other."""
    ring = twoqs.chain(7)
    apart = ring.positions[[6]] - ring.positions[[0]]
    assert (nearest_squared(apart, None), nearest_squared(apart, ring.periods)) == (36.0, 1.0)


@pytest.mark.parametrize("lattice", [*GRIDS, *OPEN, twoqs.kagome(2, 3)], ids=repr)
def test_sites_are_called_equivalent_where_they_are(lattice) -> None:
    found = walks(lattice)
    assert lattice.transitive == bool(np.all(found == found[:, :1]))


def test_lattices_without_positions() -> None:
    for lattice in (twoqs.single(), twoqs.all_to_all(3), twoqs.from_edges([(0, 1)])):
        assert lattice.positions is None
        assert lattice.periods is None
    assert twoqs.chain(3).positions.tolist() == [[0], [1], [2]]
    assert twoqs.square(1, 2, periodic=False).positions.tolist() == [[0, 0], [0, 1]]


def test_correlations_are_over_distances_of_chains_squares_and_cubes() -> None:
    assert not twoqs.triangular(3, 3).distances
    with pytest.raises(twoqs.ArgumentError, match="correlation"):
        twoqs.simulate(
            twoqs.Model(spin=5, lattice=twoqs.triangular(3, 3)), times=[0, 1], trajectories=64,
            observables=["correlation"], seed=1,
        )  # fmt: skip


def test_ordered_products_on_bonds_keep_only_translations() -> None:
    """Bonds of a honeycomb lead from one kind of site to the other, which tells them apart."""
    for lattice, alike in [(twoqs.triangular(3, 3), True), (twoqs.honeycomb(2, 2), False)]:
        s = twoqs.Sites(twoqs.Spin(1), lattice)
        ordered = twoqs.bonds(s.x, s.y, directed=True) - twoqs.bonds(s.y, s.x, directed=True)
        assert twoqs.Model(hamiltonian=ordered).homogeneous == alike
        assert twoqs.Model(hamiltonian=twoqs.bonds(s.x, s.x)).homogeneous
