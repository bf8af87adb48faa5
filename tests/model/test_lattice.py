"""Lattices: bonds, sizes, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import twoqs


def degrees(lattice):
    return np.bincount(lattice.edges.ravel(), minlength=lattice.n_sites)


@pytest.mark.parametrize(
    ("lattice", "sites", "bonds", "degree"),
    [
        (twoqs.single(), 1, 0, {0}),
        (twoqs.chain(7), 7, 7, {2}),
        (twoqs.chain(7, periodic=False), 7, 6, {1, 2}),
        (twoqs.chain(2, periodic=False), 2, 1, {1}),
        (twoqs.square(3, 4), 12, 24, {4}),
        (twoqs.square(3, 4, periodic=False), 12, 17, {2, 3, 4}),
        (twoqs.square(1, 4, periodic=False), 4, 3, {1, 2}),
        (twoqs.cubic(3, 4, 5), 60, 180, {6}),
        (twoqs.triangular(3, 4), 12, 36, {6}),
        (twoqs.triangular(2, 2, periodic=False), 4, 5, {2, 3}),
        (twoqs.honeycomb(2, 3), 12, 18, {3}),
        (twoqs.honeycomb(1, 1, periodic=False), 2, 1, {1}),
        (twoqs.kagome(2, 3), 18, 36, {4}),
        (twoqs.kagome(1, 1, periodic=False), 3, 3, {2}),
        (twoqs.all_to_all(6), 6, 15, {5}),
        (twoqs.from_edges([(0, 1), (1, 4)]), 5, 2, {0, 1, 2}),
    ],
)
def test_counts(lattice, sites, bonds, degree):
    assert lattice.n_sites == sites
    assert lattice.n_edges == bonds
    assert set(degrees(lattice)) == degree
    assert len({tuple(sorted(edge)) for edge in lattice.edges.tolist()}) == bonds


def test_square_neighbours_are_one_apart():
    lattice = twoqs.square(4, 5)
    x, y = np.divmod(lattice.edges, 5)
    apart_x = (x[:, 1] - x[:, 0]) % 4
    apart_y = (y[:, 1] - y[:, 0]) % 5
    assert set(zip(apart_x.tolist(), apart_y.tolist(), strict=True)) == {(1, 0), (0, 1)}


def test_distances():
    assert twoqs.chain(10).distances == range(6)
    assert twoqs.chain(11).distances == range(6)
    assert twoqs.chain(5, periodic=False).distances == range(5)
    assert twoqs.square(6, 9).distances == range(4)
    assert not twoqs.all_to_all(4).distances


def test_weights_in_triples_and_apart_agree():
    triples = twoqs.from_edges([(0, 1, 0.5), (2, 1, -1.0)])
    apart = twoqs.from_edges([(0, 1), (1, 2)], weights=[0.5, -1.0])
    assert triples == apart
    assert hash(triples) == hash(apart)
    assert triples != twoqs.from_edges([(0, 1), (1, 2)], weights=[0.5, 1.0])


def test_arrays_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        twoqs.chain(5).edges[0, 0] = 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: twoqs.chain(0), "`n` must be an integer of at least 3 with periodic"),
        (lambda: twoqs.chain(2), "at least 3 with periodic boundaries, but got 2"),
        (lambda: twoqs.chain(0, periodic=False), "`n` must be an integer of at least 1"),
        (lambda: twoqs.chain(4.5), "`n` must be an integer"),
        (lambda: twoqs.chain(True), "`n` must be an integer"),
        (lambda: twoqs.chain(4, periodic="no"), "`periodic` must be true or false"),
        (lambda: twoqs.square(3, 2), "`ny`"),
        (lambda: twoqs.triangular(3, 2), "`ny` must be an integer of at least 3 with periodic"),
        (lambda: twoqs.honeycomb(1, 2), "`nx` must be an integer of at least 2 with periodic"),
        (lambda: twoqs.kagome(2, 1), "`ny` must be an integer of at least 2 with periodic"),
        (lambda: twoqs.kagome(1000, 1000), "at most 1000000 sites, but got 3000000"),
        (lambda: twoqs.all_to_all(-1), "`n`"),
        (lambda: twoqs.from_edges([]), "at least one bond"),
        (lambda: twoqs.from_edges([(0, 0)]), "two different sites"),
        (lambda: twoqs.from_edges([(0, 1), (1, 0)]), "each bond once"),
        (lambda: twoqs.from_edges([(0, -1)]), "site numbers from 0"),
        (lambda: twoqs.from_edges([(0, 1.5)]), "site numbers from 0"),
        (lambda: twoqs.from_edges([(0, 1), (1, 2, 3.0)]), "for every bond or for none"),
        (lambda: twoqs.from_edges([(0, 1, 2.0)], weights=[1.0]), "be left out"),
        (lambda: twoqs.from_edges([(0, 1)], weights=[1.0, 2.0]), "`weights` must hold 1"),
        (lambda: twoqs.from_edges([(0, 1, np.nan)]), "finite"),
        (lambda: twoqs.from_edges([(0, 5)], n_sites=3), "`n_sites` must be .* at least 6"),
        (lambda: twoqs.from_edges([(0, 1, 2, 3)]), "pairs"),
    ],
)  # fmt: skip
def test_refusals_name_the_argument(call, message):
    with pytest.raises(twoqs.ArgumentError, match=message):
        call()
