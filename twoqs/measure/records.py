"""Layout of a batch record: which raw sum stands where.

A record has one row for each group of `GROUP` trajectories, and a row holds nothing but sums, so
that rows of any number of batches combine by concatenation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from twoqs.kernels.moments import QUANTITIES
from twoqs.measure.coarse import coarse_shapes
from twoqs.measure.halves import half_shapes, sum_shapes
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import part_name
from twoqs.model.arrays import Floats, Ints
from twoqs.model.model import Model

SUMS_OF_DRIFT = "sums of drift"
"""What of the cause "drift" records did not always have."""


def group_sizes(model: Model, groups: int) -> Ints:
    """Sites in each of so many groups: those of the members, or single ones; shape (group,)."""
    if groups == len(model.members):
        return np.array([member.n_sites for member in model.members])
    return np.ones(groups, dtype=np.int64)


@dataclass(frozen=True)
class RecordLayout:
    """Sizes of the parts of a row.

    Attributes:
        times: saved times; a time average has one.
        groups: groups of sites that are averaged over: one for each member, or for each site.
        distances: distances at which correlations are kept.
        requested: names and shapes of the parts of requests.
        beside: those of what tells how right averages are, by the causes of their errors.
        causes: which of them records have.
    """

    times: int
    groups: int
    distances: int
    requested: tuple[tuple[str, tuple[int, ...]], ...] = ()
    beside: tuple[tuple[str, tuple[tuple[str, tuple[int, ...]], ...]], ...] = ()
    causes: tuple[str, ...] = ()

    @classmethod
    def of(cls, model: Model, numerics: Numerics) -> RecordLayout:
        """The layout for a model with resolved numerics."""
        together = model.homogeneous and "sites" not in numerics.observables
        correlated = "correlation" in numerics.observables
        groups = len(model.members) if together else model.n_sites
        distances = len(model.lattice.distances) if correlated else 0
        own = [SUMS_OF_DRIFT] if "drift" in numerics.budget else []
        return cls(
            times=numerics.saved_times,
            groups=groups,
            distances=distances,
            requested=tuple(
                (part_name(request, part), shape)
                for request in numerics.requests
                for part, shape in request.shapes(model, numerics).items()
            ),
            beside=(
                ("drift", tuple(half_shapes(model, numerics, groups).items())),
                (SUMS_OF_DRIFT, tuple(sum_shapes(model, numerics, groups, distances).items())),
                ("step", tuple(coarse_shapes(numerics.saved_times, groups, distances).items())),
            ),
            causes=tuple(sorted({*numerics.budget, *own})),
        )

    @property
    def variants(self) -> list[RecordLayout]:
        """This one, and those of the same records with other causes; no two have one length."""
        own = [name for name, _ in self.beside]
        subsets = [some for count in range(len(own) + 1) for some in combinations(own, count)]
        found = {self.length: self}
        for causes in subsets:
            one = replace(self, causes=causes)
            found.setdefault(one.length, one)
        return list(found.values())

    def fitted(self, records: Floats) -> Floats:
        """Records with this layout, of others that tell more or less of how right they are.

        What they do not tell is zero.
        """
        if records.shape[1] == self.length:
            return records
        found = np.zeros((len(records), self.length))
        given, parts = self.split(records), self.split(found)
        for name in given.keys() & parts.keys():
            parts[name][...] = given[name]
        return found

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape of each part of a row, in their order.

        count: samples of finite trajectories; diverged: of others; clipped: updates with clipped
        diffusion and all updates so far; sums: QUANTITIES, of modes those of Re alpha, -Im alpha
        and |alpha|^2 - 1/2; correlation: xx, yy, zz; then those of requests, of `half_shapes`,
        `sum_shapes` and `coarse_shapes`.
        """
        return {
            "count": (self.times,),
            "diverged": (self.times,),
            "clipped": (self.times, 2),
            "sums": (self.times, len(QUANTITIES), self.groups),
            "correlation": (self.times, 3, self.distances),
            **dict(self.requested),
            **{
                name: shape
                for cause, parts in self.beside
                if cause in self.causes
                for name, shape in parts
            },
        }

    @property
    def length(self) -> int:
        """Numbers in a row."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    def split(self, records: Floats) -> dict[str, Floats]:
        """Views of all parts of `records`, shape (row, length), each of shape (row, *part).

        Of records with other causes those that they have.
        """
        if records.shape[1] != self.length:
            known = [one for one in self.variants if one.length == records.shape[1]]
            return known[0].split(records)
        parts, start = {}, 0
        for name, shape in self.shapes.items():
            stop = start + math.prod(shape)
            parts[name] = records[:, start:stop].reshape(len(records), *shape)
            start = stop
        return parts
