"""Which spins there are and which pairs of them interact."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from twoqs.errors import ArgumentError, require

Kind = Literal["single", "chain", "square", "cubic", "all_to_all", "graph"]


@dataclass(frozen=True, eq=False)
class Lattice:
    """A weighted, undirected graph of spins; every bond is listed once.

    Made by `single`, `chain`, `square`, `cubic`, `all_to_all` and `from_edges`.

    Attributes:
        kind: the constructor that made it.
        shape: sites along each axis; sites are numbered in row-major (C) order.
        periodic: whether the axes close on themselves.
        edges: integer array of shape (bond, 2), read-only.
        weights: array of shape (bond,) that multiplies the couplings, read-only.
    """

    kind: Kind
    shape: tuple[int, ...]
    periodic: bool
    edges: NDArray[np.int64]
    weights: NDArray[np.float64]

    def __post_init__(self) -> None:
        edges = np.array(self.edges, dtype=np.int64, order="C").reshape(-1, 2)
        weights = np.array(self.weights, dtype=np.float64, order="C").reshape(-1)
        edges.setflags(write=False)
        weights.setflags(write=False)
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "weights", weights)

    @property
    def n_sites(self) -> int:
        """Number of spins."""
        return math.prod(self.shape)

    @property
    def n_edges(self) -> int:
        """Number of bonds."""
        return len(self.edges)

    @property
    def transitive(self) -> bool:
        """Whether all sites are equivalent by symmetry (then sites may be averaged)."""
        if self.kind in ("single", "all_to_all"):
            return True
        return self.periodic and self.kind in ("chain", "square", "cubic")

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
    """One spin without partners."""
    return Lattice("single", (1,), False, np.empty((0, 2), np.int64), np.empty(0))


def chain(n: int, periodic: bool = True) -> Lattice:
    """A chain of `n` spins with bonds between neighbours (paper eq. 34).

    Raises:
        ArgumentError: if `n` is below 1, or below 3 for a ring (two sites would share two bonds).
    """
    return _grid("chain", {"n": n}, periodic)


def square(nx: int, ny: int, periodic: bool = True) -> Lattice:
    """A square lattice of `nx` times `ny` spins; site (x, y) has the number x * ny + y.

    Raises:
        ArgumentError: if a side is below 1, or below 3 with periodic boundaries.
    """
    return _grid("square", {"nx": nx, "ny": ny}, periodic)


def cubic(nx: int, ny: int, nz: int, periodic: bool = True) -> Lattice:
    """A cubic lattice; site (x, y, z) has the number (x * ny + y) * nz + z.

    Raises:
        ArgumentError: if a side is below 1, or below 3 with periodic boundaries.
    """
    return _grid("cubic", {"nx": nx, "ny": ny, "nz": nz}, periodic)


def all_to_all(n: int) -> Lattice:
    """`n` spins, each coupled to every other one with weight 1 (no 1/n is applied).

    Raises:
        ArgumentError: if `n` is below 1.
    """
    _check_count("n", n, 1)
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
    """
    rows = [tuple(edge) for edge in edges]
    require(bool(rows) or n_sites is not None, "edges", "hold at least one bond", rows)
    for row in rows:
        require(len(row) in (2, 3), "edges", "hold pairs (i, j) or triples (i, j, weight)", row)
    with_weight = [len(row) == 3 for row in rows]
    if any(with_weight):
        require(all(with_weight), "edges", "give a weight for every bond or for none", rows[0])
        require(weights is None, "weights", "be left out when the edges carry weights", weights)
        weights = [row[2] for row in rows]
    for row in rows:
        for site in row[:2]:
            require(_is_count(site) and site >= 0, "edges", "hold site numbers from 0", row)
        require(row[0] != row[1], "edges", "join two different sites (see `twist`)", row)
    pairs = np.array([row[:2] for row in rows], dtype=np.int64).reshape(-1, 2)
    ordered = np.sort(pairs, axis=1)
    unique, counts = np.unique(ordered, axis=0, return_counts=True)
    if np.any(counts > 1):
        raise ArgumentError.of(
            "edges", "name each bond once", tuple(unique[counts > 1][0].tolist())
        )
    needed = int(pairs.max()) + 1 if len(pairs) else 1
    n = needed if n_sites is None else n_sites
    require(_is_count(n) and n >= needed, "n_sites", f"be an integer of at least {needed}", n)
    values = np.ones(len(pairs)) if weights is None else np.asarray(weights, dtype=float)
    require(values.shape == (len(pairs),), "weights", f"hold {len(pairs)} numbers", weights)
    require(bool(np.all(np.isfinite(values))), "weights", "be finite", weights)
    return Lattice("graph", (int(n),), False, ordered, values)


def _grid(kind: Kind, sides: dict[str, int], periodic: bool) -> Lattice:
    require(isinstance(periodic, bool), "periodic", "be true or false", periodic)
    for name, n in sides.items():
        _check_count(name, n, 3 if periodic else 1)
    shape = tuple(sides.values())
    sites = np.arange(math.prod(shape)).reshape(shape)
    bonds = []
    for axis in range(len(shape)):
        neighbour = np.roll(sites, -1, axis=axis)
        inside = slice(None) if periodic else slice(0, shape[axis] - 1)
        pick = tuple(inside if a == axis else slice(None) for a in range(len(shape)))
        bonds.append(np.stack([sites[pick].ravel(), neighbour[pick].ravel()], axis=1))
    edges = np.concatenate(bonds)
    return Lattice(kind, shape, periodic, edges, np.ones(len(edges)))


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _check_count(name: str, value: Any, least: int) -> None:
    reason = " with periodic boundaries" if least == 3 else ""
    wanted = f"be an integer of at least {least}{reason}"
    require(_is_count(value) and value >= least, name, wanted, value)
