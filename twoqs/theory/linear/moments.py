"""Moments and correlations of spins and modes with Gaussian fluctuations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twoqs.measure.members import MODES, has_modes
from twoqs.model.arrays import Floats, Ints
from twoqs.model.lattice import Lattice
from twoqs.model.model import Model
from twoqs.theory.linear.gaussian import Gaussian, Symbols
from twoqs.theory.means import Variables, families_of, family_averages

PAIRS = (("x", "x"), ("y", "y"), ("z", "z"), ("x", "y"), ("x", "z"), ("y", "z"))


@dataclass(frozen=True, eq=False)
class Moments:
    """Spins of a cell and their fluctuations at one time, see `Gaussian`.

    Attributes:
        spins: s, shape (3, basis).
        mean: m_1, shape (3, basis).
        covariance: C(q).
    """

    model: Model
    gaussian: Gaussian
    spins: Floats
    mean: Floats
    covariance: Symbols

    def second(self, correlations: bool) -> Variables:
        """The second moments of a result; correlations over distances if asked for."""
        found = self._variances()
        distances = () if has_modes(self.model) else self.model.lattice.distances
        if correlations and len(distances):
            found |= self._correlations()
        return found

    def _variances(self) -> Variables:
        """Variances and covariances."""
        cells, found = self.gaussian.cells, {}
        for family in families_of(self.model):
            values = self._of_modes() if family.dim == MODES else self._of_spins()
            for name, of_sites in values.items():
                found[name] = family.dims, family_averages(family, cells, of_sites)
        return found

    def _of_spins(self) -> dict[str, Floats]:
        """At each site of a cell.

        S^n along a spin is S - a^+a, whose variance is that of a number in a Gaussian state:
        tr sigma^2/2 - 1/4, sigma = C/S. It is smaller than the others by 1/S, and all there is of
        the variance along an axis that the spins point along. Ensembles of any length fluctuate
        along it as across.
        """
        cell, own = self.gaussian.cell, self.gaussian.local(self.covariance)
        fixed = ~(cell.modes | cell.free)
        spins = cell.spins[fixed]
        along = self.spins[:, fixed] / spins
        number = np.sum(own[fixed] ** 2, axis=(1, 2)) / (2 * spins**2) - 0.25
        own[fixed] += np.einsum("i,ai,bi->iab", number, along, along)
        found = {}
        for a, b in PAIRS:
            name = f"var_s{a}" if a == b else f"cov_s{a}s{b}"
            found[name] = own[:, "xyz".index(a), "xyz".index(b)]
        return found

    def _of_modes(self) -> dict[str, Floats]:
        """Of q = sqrt(2) x and p = -sqrt(2) y, and of n as in a Gaussian state."""
        own = self.gaussian.local(self.covariance)
        squares = np.sum(own[:, :2, :2] ** 2, axis=(1, 2))
        return {
            "var_q": 2 * own[:, 0, 0],
            "var_p": 2 * own[:, 1, 1],
            "cov_qp": -2 * own[:, 0, 1],
            "var_n": own[:, 2, 2] + 2 * squares - 0.25,
        }

    def _correlations(self) -> Variables:
        """<S^a_n S^a_n+s> and Re <S^+_n S^-_n+s>, averaged over n, to the order S."""
        cells, lattice = self.gaussian.cells, self.model.lattice
        blocks = self.gaussian.from_home(self.covariance)
        places = _place_in_cell(cells.sites)
        totals: dict[str, list[float]] = {name: [] for name in ("xx", "yy", "zz", "all")}
        for distance in lattice.distances:
            first, second = _pairs(lattice, cells.home, distance)
            place, other = places[first], places[second]
            products = []
            for a in range(3):
                s, m = self.spins[a], self.mean[a]
                classical = s[place] * s[other] + m[place] * s[other] + s[place] * m[other]
                products.append(classical + blocks[place, a, second, a])
            for name, product in zip(("xx", "yy", "zz"), products, strict=True):
                totals[name].append(float(np.mean(product)))
            itself = np.mean(self.spins[2, place]) if distance == 0 else 0.0
            totals["all"].append(totals["xx"][-1] + totals["yy"][-1] + float(itself))
        found: Variables = {
            f"correlation_{name}": (("distance",), np.array(totals[name]))
            for name in ("xx", "yy", "zz")
        }
        whole = np.array(totals["all"])
        # Without excitations there is nothing to compare with, but rounding.
        some = abs(whole[0]) > 1e-12 * float(np.max(self.gaussian.cell.spins))
        normalised = whole / whole[0] if some else np.full(len(whole), np.nan)
        found["correlation"] = ("distance",), whole
        found["correlation_normalised"] = ("distance",), normalised
        return found


def _place_in_cell(sites: Ints) -> Ints:
    """Which site of its cell each site is, shape (site,)."""
    found = np.empty(sites.size, np.int64)
    found[sites.reshape(-1, sites.shape[-1])] = np.arange(sites.shape[-1])
    return found


def _pairs(lattice: Lattice, first: Ints, distance: int) -> tuple[Ints, Ints]:
    """Sites, and those a distance further along the first axis, where these exist."""
    place = np.stack(np.unravel_index(first, lattice.shape))
    place[0] += distance
    inside = place[0] < lattice.shape[0]
    if lattice.periodic:
        inside[:] = True
    place[0] %= lattice.shape[0]
    second = np.ravel_multi_index(tuple(place[:, inside]), lattice.shape)
    return first[inside], np.asarray(second)
