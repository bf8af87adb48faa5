"""Bonds of all pairs of sites, weighted by a power of their distance: 1/r^alpha."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from twoqs.errors import ArgumentError, require
from twoqs.model.arguments import is_sequence, number
from twoqs.model.arrays import Floats, Ints
from twoqs.model.geometry import nearest_squared
from twoqs.model.lattice import Lattice
from twoqs.model.limits import MOST_CONNECTED, MOST_POWER

_ROUNDING = 1e-9
"""Relative size of what rounding does to distances: sites at the cutoff are within it."""


@dataclass(frozen=True, eq=False, repr=False)
class PowerLaw(Lattice):
    """The sites of a lattice with bonds of all pairs, made by `power_law`.

    Attributes:
        base: the lattice that has the sites.
        alpha: the power.
        cutoff: the longest bonds, in units of those of `base`; None for all.
    """

    base: Lattice = field(kw_only=True)
    alpha: float = field(kw_only=True)
    cutoff: float | None = field(kw_only=True)

    @property
    def grid(self) -> Lattice:
        """The lattice that has the sites."""
        return self.base

    @cached_property
    def positions(self) -> Floats | None:
        """Positions of the lattice that has the sites."""
        return self.base.positions

    @property
    def periods(self) -> Floats | None:
        """Periods of the lattice that has the sites."""
        return self.base.periods

    @property
    def distances(self) -> range:
        """Distances of the lattice that has the sites."""
        return self.base.distances

    @property
    def transitive(self) -> bool:
        """Whether all sites are equivalent by symmetry."""
        return self.base.transitive

    @property
    def uniform(self) -> bool:
        """Whether the lattice is: weights depend on distances alone."""
        return self.base.transitive

    @cached_property
    def digest(self) -> str:
        """Of what it is made of; the last bit of a power depends on the machine."""
        content = repr((self.kind, self.base.digest, self.alpha, self.cutoff))
        return hashlib.sha256(content.encode()).hexdigest()

    def __repr__(self) -> str:
        cut = "" if self.cutoff is None else f", cutoff={self.cutoff:g}"
        return f"power_law({self.base!r}, alpha={self.alpha:g}{cut}: {self.n_edges} bonds)"


def power_law(lattice: Lattice, alpha: float, cutoff: float | None = None) -> Lattice:
    """The sites of a lattice with bonds of all pairs, weighted 1/r^alpha.

    r is in units of the bond length of `lattice`, and in periodic ones the distance to the nearest
    image. With `J*bonds(s.z, s.z)` the energy is J sum_{i<j} S^z_i S^z_j / r_ij^alpha. No factor
    makes it extensive: J is to be divided by sum_r 1/r^alpha where that is wanted.

    Args:
        lattice: one with positions: `chain`, `square`, `cubic`, `triangular`, `honeycomb`,
            `kagome` or `from_positions`.
        alpha: the power, from 0 (all pairs alike) on.
        cutoff: pairs further apart have no bond; None for all pairs.

    Raises:
        ArgumentError: for a lattice without positions or with too many pairs, a negative power, or
            a cutoff that leaves no bonds.

    Examples:
        >>> twoqs.power_law(twoqs.chain(4, periodic=False), alpha=2).weights.round(3)
        array([1.   , 0.25 , 0.111, 1.   , 0.25 , 1.   ])
    """
    wanted = "be a lattice whose sites have positions"
    require(isinstance(lattice, Lattice), "lattice", wanted, lattice)
    require(not isinstance(lattice, PowerLaw), "lattice", "have no power law yet", lattice)
    if lattice.positions is None:
        raise ArgumentError.of("lattice", wanted, lattice)
    if lattice.points is not None:
        return from_positions(lattice.points, alpha=alpha, cutoff=cutoff)
    alpha, longest = _power(alpha), _longest(cutoff)
    edges, weights = _pairs(lattice.positions, lattice.periods, alpha, longest, "lattice")
    return PowerLaw(
        "power_law",
        lattice.shape,
        lattice.periodic,
        edges,
        weights,
        base=lattice,
        alpha=alpha,
        cutoff=longest,
    )


def from_positions(points: Any, *, alpha: float = 0.0, cutoff: float | None = None) -> Lattice:
    """Spins at given places, with bonds of all pairs, or of those within a cutoff.

    Bonds have the weight 1/r^alpha, r in the unit of the positions; they are ordered by their
    sites, the lower number first.

    Args:
        points: a position for each site, shape (site, dimension), in one to three dimensions; or
            one number for each.
        alpha: the power; at 0, all weights are 1.
        cutoff: pairs further apart have no bond; None for all pairs.

    Raises:
        ArgumentError: for anything else, for two sites in one place, a negative power, and a cutoff
            that leaves no bonds.

    Examples:
        >>> twoqs.from_positions([0, 1, 3], alpha=1, cutoff=2).edges.tolist()
        [[0, 1], [1, 2]]
    """
    places = checked_points("points", points)
    alpha, longest = _power(alpha), _longest(cutoff)
    edges, weights = _pairs(places, None, alpha, longest, "points")
    return Lattice("graph", (len(places),), False, edges, weights, places)


def checked_points(name: str, points: Any) -> Floats:
    """Positions as an array of shape (site, dimension).

    Raises:
        ArgumentError: if they are none, too many or not finite, or if two of them are one.
    """
    wanted = "hold positions of one to three numbers each"
    require(is_sequence(points), name, wanted, points)
    try:
        places = np.array(points)
    except ValueError:  # rows of different lengths
        raise ArgumentError.of(name, wanted, points) from None
    places = places[:, None] if places.ndim == 1 else places
    fits = places.ndim == 2 and 1 <= places.shape[1] <= 3 and places.dtype.kind in "iuf"
    require(fits, name, wanted, points)
    places = places.astype(np.float64)
    require(bool(np.all(np.isfinite(places))), name, "hold finite numbers", points)
    count = len(places)
    require(0 < count <= MOST_CONNECTED, name, f"be 1 to {MOST_CONNECTED} positions", count)
    unique, counts = np.unique(places, axis=0, return_counts=True)
    if np.any(counts > 1):
        raise ArgumentError.of(name, "be in different places", unique[counts > 1][0].tolist())
    return places


def _power(alpha: Any) -> float:
    power = number("alpha", alpha)
    require(0 <= power <= MOST_POWER, "alpha", f"be a power from 0 to {MOST_POWER}", alpha)
    return power


def _longest(cutoff: Any) -> float | None:
    if cutoff is None:
        return None
    longest = number("cutoff", cutoff)
    require(longest > 0, "cutoff", "be a positive distance", cutoff)
    return longest


def _pairs(
    places: Floats, periods: Floats | None, alpha: float, longest: float | None, name: str
) -> tuple[Ints, Floats]:
    """Bonds and weights of the pairs that are no further apart than the longest bond."""
    count = len(places)
    require(count <= MOST_CONNECTED, name, f"have at most {MOST_CONNECTED} sites", count)
    reach = math.inf if longest is None else (longest * (1 + _ROUNDING)) ** 2
    seconds, squares = [], []
    for site in range(count - 1):
        squared = nearest_squared(places[site + 1 :] - places[site], periods)
        near = np.flatnonzero(squared <= reach)
        seconds.append(near + site + 1)
        squares.append(squared[near])
    number_of = [len(near) for near in seconds]
    first = np.repeat(np.arange(len(number_of)), number_of)
    second = np.concatenate([np.empty(0, np.int64), *seconds])
    if longest is not None and len(second) == 0:
        raise ArgumentError.of("cutoff", "be as long as one bond at least", longest)
    return np.stack([first, second], axis=1), _weights(
        np.concatenate([np.empty(0), *squares]), alpha
    )


def _weights(squared: Floats, alpha: float) -> Floats:
    """1/r^alpha; equal distances have equal weights, to the bit and on any machine."""
    # Rounded, so that distances are equal that should be; NumPy's own powers differ by processor.
    fractions, exponents = np.frexp(squared)
    rounded = np.ldexp(np.round(fractions, 12), exponents)
    unique, places = np.unique(rounded, return_inverse=True)
    try:
        powers = [math.pow(one, -alpha / 2) for one in unique.tolist()]
    except (OverflowError, ValueError):
        raise ArgumentError.of("alpha", "leave weights finite", alpha) from None
    weights: Floats = np.array(powers)[places]
    return weights
