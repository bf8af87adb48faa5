"""Couplings of a grid as convolutions: what is one, and what is none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import twoqs
from twoqs.flows.convolution import convolution_of, convolved
from twoqs.model.geometry import grid_shape

ROUNDING = 1e-13
"""Relative to the largest value: transforms of some hundred sites."""

GRIDS = [
    twoqs.chain(3), twoqs.chain(8), twoqs.chain(97), twoqs.chain(2, periodic=False),
    twoqs.chain(50, periodic=False), twoqs.square(3, 4), twoqs.square(7, 10),
    twoqs.square(6, 5, periodic=False), twoqs.square(1, 9, periodic=False), twoqs.cubic(3, 4, 5),
    twoqs.cubic(4, 2, 3, periodic=False), twoqs.triangular(4, 6), twoqs.honeycomb(3, 4),
    twoqs.honeycomb(3, 2, periodic=False),
]  # fmt: skip


def matrix_of(lattice: twoqs.Lattice) -> sparse.csr_array:
    i, j = lattice.edges.T
    entries = (np.tile(lattice.weights, 2), (np.r_[i, j], np.r_[j, i]))
    return sparse.csr_array(entries, shape=(lattice.n_sites,) * 2)


def deviation(matrix: sparse.csr_array, shape: tuple[int, ...]) -> float:
    """From the product of the matrix, relative to its largest value."""
    found = convolution_of(matrix, shape)
    assert found is not None
    p = np.random.default_rng(1).normal(size=(matrix.shape[0], 3))
    expected = matrix @ p
    return float(np.abs(convolved(found, p) - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize("alpha", [0, 3, 6])
@pytest.mark.parametrize("base", GRIDS, ids=repr)
def test_power_laws_are_convolutions(base: twoqs.Lattice, alpha: float) -> None:
    matrix = matrix_of(twoqs.power_law(base, alpha))
    assert deviation(matrix, base.shape) < ROUNDING
    closed = convolution_of(matrix, base.shape)
    assert closed is not None
    cells = [s for s, long in zip(closed.periodic, base.cells, strict=False) if long > 1]
    # All pairs alike close on themselves, whatever the ends are.
    assert all(cells) == (base.periodic or alpha == 0 or base.n_sites == 2)


@pytest.mark.parametrize("base", GRIDS, ids=repr)
def test_neighbours_are_convolutions(base: twoqs.Lattice) -> None:
    if base.kind != "honeycomb":  # which has bonds that only one of two sites has
        assert deviation(matrix_of(base), base.shape) < ROUNDING


def test_a_kernel_of_one_direction() -> None:
    """As antisymmetric couplings make it; the direction is kept."""
    n, rng = 9, np.random.default_rng(2)
    weights = rng.normal(size=2 * n - 1)
    dense = np.array([[weights[i - j] * (i != j) for j in range(n)] for i in range(n)])
    assert deviation(sparse.csr_array(dense), (n,)) < ROUNDING
    found = convolution_of(sparse.csr_array(dense.T), (n,))
    assert found is not None
    p = rng.normal(size=(n, 1))
    assert np.abs(convolved(found, p) - dense @ p).max() > 0.1  # negative control


def test_the_diagonal_is_left_out() -> None:
    """It may differ from site to site, as twists do."""
    matrix = matrix_of(twoqs.power_law(twoqs.chain(6), 3))
    twisted = sparse.csr_array(matrix + sparse.diags_array(np.arange(6.0)))
    found = convolution_of(twisted, (6,))
    assert found is not None
    p = np.random.default_rng(1).normal(size=(6, 2))
    np.testing.assert_allclose(convolved(found, p), matrix @ p, rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("entry", "value"), [((2, 5), 1.1), ((2, 5), 0.0), ((0, 9), 1e-10)], ids=str
)
def test_one_other_coupling_is_seen(entry: tuple[int, int], value: float) -> None:
    dense = matrix_of(twoqs.chain(10, periodic=False)).toarray()
    dense[2, 5] = 1.0
    for i in range(7):
        dense[i, i + 3] = 1.0
    assert convolution_of(sparse.csr_array(dense), (10,)) is not None
    dense[entry] = value if entry != (0, 9) else dense[entry]
    dense[1, 9] = value if entry == (0, 9) else dense[1, 9]
    assert convolution_of(sparse.csr_array(dense), (10,)) is None


def test_what_is_no_convolution() -> None:
    rng = np.random.default_rng(1)
    assert convolution_of(sparse.csr_array(rng.normal(size=(6, 6))), (2, 3)) is None
    assert convolution_of(sparse.csr_array(np.diag(np.ones(6))), (6,)) is None
    kagome = twoqs.power_law(
        twoqs.kagome(3, 3), 3
    )  # of three sites in a cell, not one behind another
    assert convolution_of(matrix_of(kagome), kagome.shape) is None
    square = matrix_of(twoqs.power_law(twoqs.square(4, 5), 3))
    assert convolution_of(square, (5, 4)) is None


def test_the_grid_of_positions() -> None:
    x, y = (a.ravel() for a in np.meshgrid([0, 1.5, 3], [0, 1, 2, 3], indexing="ij"))
    places = np.stack([x, y], axis=1)
    assert grid_shape(places) == (3, 4)
    assert grid_shape(1e-9 * places) == (3, 4)
    assert grid_shape(places[:, :1] + 10 * places[:, 1:]) == (12,)
    assert grid_shape(places[::-1]) == (12,)  # in another order
    assert grid_shape(places[:-1]) == (11,)
    law = twoqs.from_positions(places, alpha=3)
    assert deviation(matrix_of(law), grid_shape(places)) < ROUNDING
