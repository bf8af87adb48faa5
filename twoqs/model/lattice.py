"""Which spins there are and which pairs of them interact."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import integer, number, numbers
from twoqs.model.arrays import Floats, Ints
from twoqs.model.geometry import CELLS, bonds_of, periods_of, positions_of
from twoqs.model.limits import MOST_CONNECTED, MOST_SITES

GridKind = Literal["chain", "square", "cubic", "triangular", "honeycomb", "kagome"]
Kind = Literal["single", "all_to_all", "graph", "power_law"] | GridKind


@dataclass(frozen=True, eq=False)
class Lattice:
    """A weighted, undirected graph of spins; every bond is listed once.

    Made by `single`, `chain`, `square`, `cubic`, `triangular`, `honeycomb`, `kagome`,
    `all_to_all`, `from_edges`, `from_positions` and `power_law`.

    Attributes:
        kind: the constructor that made it; `graph`, if bonds or positions were given.
        shape: cells along each axis, and sites of a cell if it has several; sites are numbered in
            row-major (C) order.
        periodic: whether the axes close on themselves.
        edges: integer array of shape (bond, 2), read-only.
        weights: array of shape (bond,) that multiplies the couplings, read-only.
        points: positions, shape (site, dimension), if they were given. They are no part of what a
            lattice is equal to: bonds and weights are.

    Examples:
        >>> ring = twoqs.chain(4)
        >>> ring.n_sites, ring.n_edges, ring.transitive
        (4, 4, True)
        >>> ring.edges.tolist()
        [[0, 1], [1, 2], [2, 3], [3, 0]]
    """

    kind: Kind
    shape: tuple[int, ...]
    periodic: bool
    edges: Ints
    weights: Floats
    points: Floats | None = None

    def __post_init__(self) -> None:
        edges = np.array(self.edges, dtype=np.int64, order="C").reshape(-1, 2)
        weights = np.array(self.weights, dtype=np.float64, order="C").reshape(-1)
        edges.setflags(write=False)
        weights.setflags(write=False)
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "weights", weights)
        if self.points is not None:
            points = np.array(self.points, dtype=np.float64, order="C")
            points.setflags(write=False)
            object.__setattr__(self, "points", points)

    @property
    def n_sites(self) -> int:
        """Number of spins."""
        return math.prod(self.shape)

    @property
    def n_edges(self) -> int:
        """Number of bonds."""
        return len(self.edges)

    @property
    def cells(self) -> tuple[int, ...]:
        """Unit cells along each axis; empty where there are none."""
        cell = CELLS.get(self.kind)
        return () if cell is None else self.shape[: len(cell.vectors)]

    @property
    def grid(self) -> Lattice:
        """The lattice that has the sites, this one unless it only adds bonds to another one."""
        return self

    def displaced(self, displacement: tuple[int, ...]) -> Ints:
        """Pairs of sites so many cells apart, shape (pair, 2), for cells of one site.

        In the order of the first site; closing round periodic lattices.

        Examples:
            >>> twoqs.chain(4).displaced((2,)).tolist()
            [[0, 2], [1, 3], [2, 0], [3, 1]]
        """
        cell = replace(CELLS[self.kind], bonds=((0, 0, displacement),))
        return bonds_of(cell, self.cells, self.periodic)

    @cached_property
    def positions(self) -> Floats | None:
        """Where the sites are, shape (site, dimension), in bond lengths or as they were given.

        None for graphs without, for `single` and for `all_to_all`.
        """
        cell = CELLS.get(self.kind)
        if cell is None:
            return self.points
        positions = positions_of(cell, self.cells)
        positions.setflags(write=False)
        return positions

    @property
    def periods(self) -> Floats | None:
        """Vectors after which the positions repeat themselves, shape (axis, dimension), if any."""
        cell = CELLS.get(self.kind)
        return periods_of(cell, self.cells) if cell is not None and self.periodic else None

    @property
    def transitive(self) -> bool:
        """Whether all sites are equivalent by symmetry (then sites may be averaged)."""
        if self.kind in ("single", "all_to_all"):
            return True
        # The three sites of a cell are turned into each other, which sides of one length allow.
        equal = self.kind != "kagome" or self.shape[0] == self.shape[1]
        return self.periodic and self.kind in CELLS and equal

    @property
    def uniform(self) -> bool:
        """Whether all sites are equivalent with the weights of their bonds."""
        return self.transitive and bool(np.all(self.weights == self.weights[:1]))

    @property
    def distances(self) -> range:
        """Distances along the first axis at which correlations are defined (may be empty)."""
        if self.kind not in ("chain", "square", "cubic"):
            return range(0)
        return range(self.shape[0] // 2 + 1 if self.periodic else self.shape[0])

    @cached_property
    def digest(self) -> str:
        """Hexadecimal SHA-256 of the content."""
        head = repr((self.kind, self.shape, self.periodic)).encode()
        little = self.edges.astype("<i8").tobytes() + self.weights.astype("<f8").tobytes()
        return hashlib.sha256(head + little).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lattice) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        boundary = ", periodic" if self.periodic else ""
        size = "x".join(str(n) for n in self.shape)
        return f"Lattice({self.kind} {size}{boundary}, {self.n_edges} bonds)"


def single() -> Lattice:
    """One spin without partners.

    Examples:
        >>> twoqs.single()
        Lattice(single 1, 0 bonds)
    """
    return Lattice("single", (1,), False, np.empty((0, 2), np.int64), np.empty(0))


def all_to_all(n: int) -> Lattice:
    """`n` spins, each coupled to every other one with weight 1 (no 1/n is applied).

    Raises:
        ArgumentError: if `n` is below 1.

    Examples:
        >>> twoqs.all_to_all(100)
        Lattice(all_to_all 100, 4950 bonds)
    """
    n = integer("n", n, 1, MOST_CONNECTED)
    i, j = np.triu_indices(n, k=1)
    return Lattice("all_to_all", (n,), False, np.stack([i, j], axis=1), np.ones(len(i)))


def from_edges(
    edges: Iterable[Sequence[float]],
    weights: Sequence[float] | None = None,
    n_sites: int | None = None,
) -> Lattice:
    """Any weighted graph.

    Args:
        edges: bonds (i, j) or (i, j, weight), sites counted from 0, each bond once.
        weights: one weight per bond; not together with (i, j, weight).
        n_sites: number of spins; the largest site number plus one if left out.

    Raises:
        ArgumentError: for a bond of a site with itself (that is a one-axis `twist`), a bond given
            twice, a site number that is negative or too large, or a weight that is not finite.

    Examples:
        >>> twoqs.from_edges([(0, 1, 1.0), (1, 2, 0.5)]).weights
        array([1. , 0.5])
    """
    pairs, carried = _bonds(edges)
    require(len(pairs) > 0 or n_sites is not None, "edges", "hold at least one bond", edges)
    if carried is not None:
        require(weights is None, "weights", "be left out when the edges carry weights", weights)
    values = carried if weights is None else numbers("weights", weights, len(pairs))
    ordered = np.sort(np.array(pairs, dtype=np.int64).reshape(-1, 2), axis=1)
    unique, counts = np.unique(ordered, axis=0, return_counts=True)
    if np.any(counts > 1):
        twice = tuple(unique[counts > 1][0].tolist())
        given = [tuple(pair) for pair in pairs if tuple(sorted(pair)) == twice]
        raise ArgumentError.of("edges", "name each bond once, in one direction", given)
    needed = int(ordered.max()) + 1 if len(pairs) else 1
    n = needed if n_sites is None else integer("n_sites", n_sites, needed, MOST_SITES)
    weight = np.ones(len(pairs)) if values is None else np.array(values)
    return Lattice("graph", (n,), False, ordered, weight)


def _bonds(edges: Any) -> tuple[list[tuple[int, int]], tuple[float, ...] | None]:
    """Pairs of sites, and the weights if the bonds carry them."""
    listed = isinstance(edges, Iterable) and not isinstance(edges, str | bytes)
    listed = listed and getattr(edges, "ndim", 1) > 0
    require(listed, "edges", "be a list of bonds (i, j) or (i, j, weight)", edges)
    # An array of triples has floats for sites; its whole numbers are meant.
    rows = [row.tolist() if isinstance(row, np.ndarray) else row for row in edges]
    pairs = []
    for row in rows:
        fits = isinstance(row, list | tuple) and len(row) in (2, 3)
        require(fits, "edges", "hold pairs (i, j) or triples (i, j, weight)", row)
        i, j = (int(s) if isinstance(s, float) and s.is_integer() else s for s in row[:2])
        for site in (i, j):
            ok = isinstance(site, int | np.integer) and not isinstance(site, bool)
            require(
                ok and 0 <= site < MOST_SITES,
                "edges",
                f"hold site numbers from 0 to {MOST_SITES - 1}",
                row,
            )
        require(i != j, "edges", "join two different sites (see `twist`)", row)
        pairs.append((int(i), int(j)))
    with_weight = [len(row) == 3 for row in rows]
    if not any(with_weight):
        return pairs, None
    require(all(with_weight), "edges", "give a weight for every bond or for none", rows[0])
    return pairs, tuple(number("edges", row[2]) for row in rows)
