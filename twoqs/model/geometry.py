"""Unit cells of the lattices that have one: where their sites are, and how far apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np

from twoqs.model.arrays import Floats, Ints

_ROOT3 = math.sqrt(3)


@dataclass(frozen=True)
class Cell:
    """A unit cell, in units of the bond length.

    Attributes:
        vectors: from a cell to the next one along each axis, shape (axis, dimension).
        basis: positions of the sites of a cell, shape (site, dimension).
        bonds: (a, b, offset): from site a of each cell to site b of the cell `offset` further on.
        least: fewest cells along an axis that closes on itself. With fewer, two sites would share
            two bonds.
    """

    vectors: tuple[tuple[float, ...], ...]
    basis: tuple[tuple[float, ...], ...]
    bonds: tuple[tuple[int, int, tuple[int, ...]], ...]
    least: int

    def shape(self, cells: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of the sites of so many cells: an axis more if a cell has several."""
        return cells if len(self.basis) == 1 else (*cells, len(self.basis))


def _cube(dimension: int) -> Cell:
    unit = tuple(tuple(int(a == b) for b in range(dimension)) for a in range(dimension))
    return Cell(unit, ((0.0,) * dimension,), tuple((0, 0, step) for step in unit), 3)


CELLS: dict[str, Cell] = {
    "chain": _cube(1),
    "square": _cube(2),
    "cubic": _cube(3),
    "triangular": Cell(
        ((1, 0), (1 / 2, _ROOT3 / 2)),
        ((0, 0),),
        ((0, 0, (1, 0)), (0, 0, (0, 1)), (0, 0, (1, -1))),
        3,
    ),
    "honeycomb": Cell(
        ((_ROOT3, 0), (_ROOT3 / 2, 3 / 2)),
        ((0, 0), (_ROOT3 / 2, 1 / 2)),
        ((0, 1, (0, 0)), (0, 1, (-1, 0)), (0, 1, (0, -1))),
        2,
    ),
    "kagome": Cell(
        ((2, 0), (1, _ROOT3)),
        ((0, 0), (1, 0), (1 / 2, _ROOT3 / 2)),
        (
            (0, 1, (0, 0)), (0, 2, (0, 0)), (1, 2, (0, 0)),
            (1, 0, (1, 0)), (2, 0, (0, 1)), (1, 2, (1, -1)),
        ),
        2,
    ),
}  # fmt: skip
"""By the name of the lattice."""


def bonds_of(cell: Cell, cells: tuple[int, ...], periodic: bool) -> Ints:
    """Bonds between the sites of so many cells, shape (bond, 2); sites in row-major order."""
    sites = np.arange(math.prod(cells) * len(cell.basis)).reshape(*cells, len(cell.basis))
    axes = tuple(range(len(cells)))
    found = []
    for a, b, offset in cell.bonds:
        further = np.roll(sites[..., b], tuple(-step for step in offset), axes)
        inside = tuple(
            slice(None) if periodic else slice(max(0, -step), n - max(0, step))
            for step, n in zip(offset, cells, strict=True)
        )
        found.append(np.stack([sites[..., a][inside].ravel(), further[inside].ravel()], axis=1))
    return np.concatenate(found)


def positions_of(cell: Cell, cells: tuple[int, ...]) -> Floats:
    """Positions of all sites, shape (site, dimension)."""
    numbers = np.indices(cells).reshape(len(cells), -1).T
    origins = numbers @ np.array(cell.vectors, dtype=np.float64)
    basis = np.array(cell.basis, dtype=np.float64)
    return (origins[:, None, :] + basis).reshape(-1, basis.shape[1])


def periods_of(cell: Cell, cells: tuple[int, ...]) -> Floats:
    """Vectors after which a periodic lattice repeats itself, shape (axis, dimension)."""
    return np.array(cells)[:, None] * np.array(cell.vectors, dtype=np.float64)


def nearest_squared(apart: Floats, periods: Floats | None) -> Floats:
    """Squared distances to the nearest image.

    Args:
        apart: differences of positions, shape (pair, dimension).
        periods: rows after which all repeats itself, if it does; at right angles, or two.
    """
    if periods is None:
        return np.einsum("pd,pd->p", apart, apart)
    short = _shortest(periods)
    wrapped = apart - np.rint(apart @ np.linalg.inv(short)) @ short
    # Between the shortest periods, the nearest image is this one or a neighbour of it.
    images = (wrapped + np.array(steps) @ short for steps in product((-1, 0, 1), repeat=len(short)))
    nearest = np.full(len(apart), np.inf)
    for image in images:
        np.minimum(nearest, np.einsum("pd,pd->p", image, image), out=nearest)
    return nearest


def _shortest(periods: Floats) -> Floats:
    """The shortest periods of the same lattice (Lagrange's reduction of two vectors)."""
    if len(periods) != 2:
        return periods
    one, other = periods
    while True:
        if one @ one > other @ other:
            one, other = other, one
        steps = np.rint(one @ other / (one @ one))
        if steps == 0:
            return np.stack([one, other])
        other = other - steps * one


def grid_shape(points: Floats) -> tuple[int, ...]:
    """Sides of the grid that points (site, dimension) fill in row-major order, or their number."""
    size = np.max(np.abs(points), initial=0.0) or 1.0
    distinct = [np.unique(np.round(x / size, 9), return_inverse=True) for x in points.T]
    shape = tuple(len(values) for values, _ in distinct)
    if math.prod(shape) != len(points):
        return (len(points),)
    numbers = np.ravel_multi_index(tuple(place for _, place in distinct), shape)
    return shape if np.array_equal(numbers, np.arange(len(points))) else (len(points),)
