"""Covariances of the spins at all pairs of sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.pairs import add_pair_products, pair_places, pair_scratch
from twoqs.kernels.totals import add_site_sums
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    Accumulator,
    OwnCoordinate,
    PartSums,
    Request,
    SamplesOfCall,
    part_name,
)
from twoqs.model.arrays import Floats, Ints
from twoqs.model.limits import MOST_COVARIANCES
from twoqs.model.model import Model
from twoqs.observe.sites import (
    axes_of,
    checked_components,
    chosen_sites,
    order_of,
    own_offsets,
    spin_sites,
)


@dataclass(frozen=True)
class Pairs(Request):
    """Symmetrised covariances <{S_i^a, S_j^b}>/2 - <S_i^a><S_j^b> of all pairs of sites.

    Attributes:
        sites: true for all spins and ensembles, or numbers of their sites.
        components: pairs of axes ab.
    """

    sites: Any = True
    components: tuple[str, ...] = ("xx", "yy", "zz")
    kind: ClassVar[str] = "pairs"

    def __post_init__(self) -> None:
        given = self.sites
        listed = isinstance(given, tuple) and len(given) > 0
        numbers = listed and all(isinstance(i, int) and not isinstance(i, bool) for i in given)
        require(given is True or numbers, "pairs", "be true, or a list of numbers of sites", given)
        checked_components(self.components)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse what are no sites of spins, and too many of them."""
        where = f"observables.{self.name}"
        n = len(chosen_sites(model, self.sites, where))
        size = numerics.saved_times * len(self.components) * n**2
        wanted = f"make at most {MOST_COVARIANCES} covariances (times, components, pairs of sites)"
        require(size <= MOST_COVARIANCES, where, wanted, size)

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of components, and of products of equal and of different ones."""
        times, n = numerics.saved_times, len(chosen_sites(model, self.sites, self.name))
        same = sum(a == b for a, b in map(axes_of, self.components))
        mixed = len(self.components) - same
        return {
            "first": (times, 3, n),
            "same": (times, same, pair_places(n, ordered=False)[1]),
            "mixed": (times, mixed, pair_places(n, ordered=True)[1]),
        }

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds products by a kernel."""
        return _Products(chosen_sites(model, self.sites, self.name), self.components, parts)

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """One variable with all of them."""
        sites = chosen_sites(model, self.sites, self.name)
        order = order_of(model, numerics)
        mean = order.mean[sites]
        weights = np.outer(mean, mean)
        np.fill_diagonal(weights, order.product)
        own = np.searchsorted(spin_sites(model), sites)

        def finish(averages: Averages) -> Floats:
            sums = averages.sums
            count = sums["count"][..., None, None]
            means = mean * sums[part_name(self, "first")] / count
            offset = own_offsets(averages)[..., own]
            products = self._products(sums, len(sites))
            products *= weights
            products /= count[..., None]
            diagonal = np.einsum("...ii->...i", products)
            for k, (a, b) in enumerate(map(axes_of, self.components)):
                if a == b:
                    diagonal[:, :, k] += offset
                products[:, :, k] -= means[:, :, a, :, None] * means[:, :, b, None, :]
            return products

        dims = tuple(f"{self.name}_{dim}" for dim in ("component", "site", "other"))
        text = "covariance <{S_i^a, S_j^b}>/2 - <S_i^a><S_j^b> of the spins at two sites"
        return (Observable(self.name, text, "hbar^2", None, finish, dims, over=""),)

    def _products(self, sums: Mapping[str, Floats], n: int) -> Floats:
        """Sums of products at all pairs, shape (any, time, component, site, site)."""
        same, mixed = (sums[part_name(self, part)] for part in ("same", "mixed"))
        found = np.empty((*same.shape[:2], len(self.components), n, n))
        places = {ordered: pair_places(n, ordered)[0] for ordered in (False, True)}
        taken = {False: 0, True: 0}
        for k, (a, b) in enumerate(map(axes_of, self.components)):
            ordered = a != b
            found[:, :, k] = (mixed if ordered else same)[:, :, taken[ordered], places[ordered]]
            taken[ordered] += 1
        return found

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Pairs of axes, and numbers of sites twice."""
        sites, text = chosen_sites(model, self.sites, self.name), "number of a site"
        return {
            f"{self.name}_component": OwnCoordinate(np.array(self.components), "axes a, b", "1"),
            f"{self.name}_site": OwnCoordinate(sites, f"{text}, i", "1"),
            f"{self.name}_other": OwnCoordinate(sites, f"{text}, j", "1"),
        }

    def buffer_bytes(self, model: Model, numerics: Numerics) -> int:
        """The scratch of the kernel."""
        return pair_scratch(len(chosen_sites(model, self.sites, self.name))).nbytes


class _Products(Accumulator):
    def __init__(self, sites: Ints, components: tuple[str, ...], parts: PartSums) -> None:
        self._sites = np.ascontiguousarray(sites, np.int64)
        self._parts = parts
        self._same = [axes_of(one) for one in components if one[0] == one[1]]
        self._mixed = [axes_of(one) for one in components if one[0] != one[1]]
        self._scratch = pair_scratch(len(sites))

    def add_all(self, samples: SamplesOfCall) -> None:
        """Add samples, those of one time together."""
        for saved, bloch in samples.by_time():
            self._add(bloch, saved)

    def _add(self, bloch: Floats, saved: int) -> None:
        parts = self._parts
        add_site_sums(bloch, self._sites, parts["first"][:, saved])
        for part, pairs in (("same", self._same), ("mixed", self._mixed)):
            sums = parts[part][:, saved]
            for k, (a, b) in enumerate(pairs):
                # Sums of one row are contiguous, those of all are not.
                rows = tuple(sums[:, k])
                add_pair_products(bloch, a, b, self._sites, self._scratch, rows)
