"""Lattices that repeat a unit cell."""

from __future__ import annotations

import math

import numpy as np

from twoqs.errors import require
from twoqs.model.arguments import flag, integer
from twoqs.model.geometry import CELLS, bonds_of
from twoqs.model.lattice import GridKind, Lattice
from twoqs.model.limits import MOST_SITES


def chain(n: int, periodic: bool = True) -> Lattice:
    """A chain of `n` spins with bonds between neighbours (paper eq. 34).

    Raises:
        ArgumentError: if `n` is below 1, or below 3 for a ring (two sites would share two bonds).

    Examples:
        >>> twoqs.chain(3, periodic=False).edges.tolist()
        [[0, 1], [1, 2]]
        >>> twoqs.chain(100)
        Lattice(chain 100, periodic, 100 bonds)
    """
    return _grid("chain", {"n": n}, periodic)


def square(nx: int, ny: int, periodic: bool = True) -> Lattice:
    """A square lattice of `nx` times `ny` spins; site (x, y) has the number x * ny + y.

    Raises:
        ArgumentError: if a side is below 1, or below 3 with periodic boundaries.

    Examples:
        >>> twoqs.square(2, 2, periodic=False).edges.tolist()
        [[0, 2], [1, 3], [0, 1], [2, 3]]
    """
    return _grid("square", {"nx": nx, "ny": ny}, periodic)


def cubic(nx: int, ny: int, nz: int, periodic: bool = True) -> Lattice:
    """A cubic lattice; site (x, y, z) has the number (x * ny + y) * nz + z.

    Raises:
        ArgumentError: if a side is below 1, or below 3 with periodic boundaries.

    Examples:
        >>> twoqs.cubic(3, 4, 5)
        Lattice(cubic 3x4x5, periodic, 180 bonds)
    """
    return _grid("cubic", {"nx": nx, "ny": ny, "nz": nz}, periodic)


def triangular(nx: int, ny: int, periodic: bool = True) -> Lattice:
    """A triangular lattice, six neighbours a site; site (x, y) has the number x * ny + y.

    It is at x (1, 0) + y (1/2, sqrt(3)/2).

    Raises:
        ArgumentError: if a side is below 1, or below 3 with periodic boundaries.

    Examples:
        >>> twoqs.triangular(2, 2, periodic=False).positions.round(3).tolist()
        [[0.0, 0.0], [0.5, 0.866], [1.0, 0.0], [1.5, 0.866]]
    """
    return _grid("triangular", {"nx": nx, "ny": ny}, periodic)


def honeycomb(nx: int, ny: int, periodic: bool = True) -> Lattice:
    """A honeycomb lattice of `nx` times `ny` cells of two sites, three neighbours a site.

    Site a = 0, 1 of the cell (x, y) has the number (x * ny + y) * 2 + a. It is at x (sqrt(3), 0)
    + y (sqrt(3)/2, 3/2) + a (sqrt(3)/2, 1/2). Bonds lead from the sites 0 to the sites 1.

    Raises:
        ArgumentError: if a side is below 1, or below 2 with periodic boundaries.

    Examples:
        >>> lattice = twoqs.honeycomb(3, 3)
        >>> lattice
        Lattice(honeycomb 3x3x2, periodic, 27 bonds)
        >>> set(np.bincount(lattice.edges.ravel()).tolist())  # neighbours of the sites
        {3}
    """
    return _grid("honeycomb", {"nx": nx, "ny": ny}, periodic)


def kagome(nx: int, ny: int, periodic: bool = True) -> Lattice:
    """A kagome lattice of `nx` times `ny` cells of three sites, four neighbours a site.

    Site a = 0, 1, 2 of the cell (x, y) has the number (x * ny + y) * 3 + a. It is at x (2, 0)
    + y (1, sqrt(3)) and, for 1 and 2, further by (1, 0) and (1/2, sqrt(3)/2).

    Raises:
        ArgumentError: if a side is below 1, or below 2 with periodic boundaries.

    Examples:
        >>> lattice = twoqs.kagome(3, 3)
        >>> lattice
        Lattice(kagome 3x3x3, periodic, 54 bonds)
        >>> set(np.bincount(lattice.edges.ravel()).tolist())  # neighbours of the sites
        {4}
    """
    return _grid("kagome", {"nx": nx, "ny": ny}, periodic)


def _grid(kind: GridKind, sides: dict[str, int], periodic: bool) -> Lattice:
    periodic, cell = flag("periodic", periodic), CELLS[kind]
    # Two sites that close on themselves would share two bonds.
    least, where = (cell.least, " with periodic boundaries") if periodic else (1, "")
    cells = tuple(integer(name, n, least, MOST_SITES, where) for name, n in sides.items())
    total = math.prod(cell.shape(cells))
    require(total <= MOST_SITES, next(iter(sides)), f"make at most {MOST_SITES} sites", total)
    edges = bonds_of(cell, cells, periodic)
    return Lattice(kind, cell.shape(cells), periodic, edges, np.ones(len(edges)))
