"""The phase-space density of a spin or an ensemble on the sphere, by its spherical harmonics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from twoqs.errors import require
from twoqs.kernels.moments import ROWS
from twoqs.measure.observable import Averages, Observable
from twoqs.methods.numerics import Numerics
from twoqs.methods.request import (
    Accumulator,
    OneByOne,
    OwnCoordinate,
    PartSums,
    Request,
    Sample,
    by_rows,
    part_name,
)
from twoqs.model.arguments import integer
from twoqs.model.arrays import Floats, Ints
from twoqs.model.compose import name_of
from twoqs.model.kinds import ENSEMBLE, MODE
from twoqs.model.language.members import Member
from twoqs.model.language.names import meant
from twoqs.model.limits import MOST_RANK
from twoqs.model.model import Model
from twoqs.observe.harmonics import harmonics, on_angles
from twoqs.observe.ranks import coherent_moments, sample_moments, taper

MARGIN = 6
"""Cells between the poles beyond l_max: two for each wave, and some more."""


@dataclass(frozen=True)
class Sphere(Request):
    """Where on the sphere the vector of a spin points: its Husimi and its Wigner function.

    Attributes:
        of: name of the spin or ensemble; of a lattice the mean over its sites.
        l_max: rank of the last harmonics that are summed. Q and W are exact up to it, and Q is
            smoothed further where it ends too early.
    """

    of: Any
    l_max: Any = 24
    kind: ClassVar[str] = "sphere"
    formulas: ClassVar[tuple[str, ...]] = ("of",)

    def __post_init__(self) -> None:
        require(isinstance(self.of, str), "sphere", "be the name of a spin or ensemble", self.of)
        integer("l_max", self.l_max, 1, MOST_RANK)

    def check(self, model: Model, numerics: Numerics) -> None:
        """Refuse what has no direction, and phase spaces that are no spheres."""
        where = f"observables.{self.name}"
        known = {name_of(m): m for m in model.members if m.kind != MODE}
        wanted = f"name a spin, an ensemble or a lattice of spins{meant(self.of, known)}"
        require(self.of in known, where, wanted, self.of)
        wanted = "go with schemes whose vectors are on a sphere, conserving or discrete"
        require(numerics.method.keeps_length, where, wanted, numerics.scheme)

    def _member(self, model: Model) -> tuple[Member, Ints]:
        """The member, and the numbers of its sites."""
        first = 0
        for member in model.members:
            if name_of(member) == self.of:
                return member, np.arange(first, first + member.n_sites)
            first += member.n_sites
        raise AssertionError("the member was checked to be there")

    def _rank(self, model: Model) -> int:
        """The last rank that there is."""
        member, _ = self._member(model)
        return int(min(self.l_max, 2 * member.spin))

    def shapes(self, model: Model, numerics: Numerics) -> Mapping[str, tuple[int, ...]]:
        """Sums of harmonics."""
        ranks = self._rank(model) + 1
        return {"harmonics": (numerics.saved_times, ranks, ranks, 2)}

    def accumulator(self, model: Model, numerics: Numerics, parts: PartSums) -> Accumulator:
        """Adds harmonics."""
        _, sites = self._member(model)
        return _Harmonics(sites, self._rank(model), parts["harmonics"])

    def observables(self, model: Model, numerics: Numerics) -> tuple[Observable, ...]:
        """Q and W; of ensembles, whose length is free, the density of directions."""
        member, _ = self._member(model)
        rank = self._rank(model)
        exact = rank >= 2 * member.spin
        if member.kind == ENSEMBLE:
            ranks = np.ones(rank + 1)
            text = f"density of directions of {self.of}, smoothed"
            return (self._density("", text, member, ranks * taper(ranks, exact)),)
        epsilon = coherent_moments(member.spin, rank)
        wigner = epsilon / sample_moments(member.spin, rank)
        husimi = epsilon * wigner
        more = taper(husimi, exact)
        text = f"Husimi function of {self.of}" + ("" if more[-1] == 1 else ", smoothed further")
        return (
            self._density("", text, member, husimi * more),
            self._density("_w", f"Wigner function of {self.of} up to l_max", member, wigner),
        )

    def _density(self, suffix: str, text: str, member: Member, factors: Floats) -> Observable:
        theta, phi = (_middles(edges) for edges in self._edges)
        part = part_name(self, "harmonics")

        def finish(averages: Averages) -> Floats:
            count = averages.sums["count"][..., None, None, None] * member.n_sites
            return on_angles(averages.sums[part] / count * factors[:, None, None], theta, phi)

        return Observable(self.name + suffix, text, "1/sr", None, finish, self._dims, over="")

    @property
    def _dims(self) -> tuple[str, str]:
        return f"{self.name}_theta", f"{self.name}_phi"

    @property
    def _edges(self) -> tuple[Floats, Floats]:
        """Of the cells of the grid."""
        count = self.l_max + MARGIN
        return np.linspace(0, np.pi, count + 1), np.linspace(-np.pi, np.pi, 2 * count + 1)

    def coordinates(self, model: Model, numerics: Numerics) -> Mapping[str, OwnCoordinate]:
        """Angles of the middles of the cells, with the ends of these as an attribute."""
        texts = "angle from the north pole", "angle about z"
        return {
            dim: OwnCoordinate(_middles(edges), text, "rad", {"edges": edges.tolist()})
            for dim, edges, text in zip(self._dims, self._edges, texts, strict=True)
        }


def sphere(of: str, l_max: int = Sphere.l_max) -> Sphere:
    """A density on the sphere to be measured: `simulate(observables={"ball": sphere("s")})`.

    Args:
        of, l_max: as the attributes of the class.

    Raises:
        ArgumentError: for anything else.

    Examples:
        >>> model = twoqs.Model(spin=100, field=(0.5, 0, 0), decay=1.0)
        >>> asked = {"ball": twoqs.sphere("spin", l_max=8)}
        >>> ds = twoqs.simulate(model, times=[0, 5], trajectories=256, observables=asked)
        >>> ds.ball.dims
        ('time', 'ball_theta', 'ball_phi')
    """
    return Sphere("", of, l_max)


def _middles(edges: Floats) -> Floats:
    return np.asarray((edges[1:] + edges[:-1]) / 2)


class _Harmonics(OneByOne):
    """Of the directions of some sites."""

    def __init__(self, sites: Ints, l_max: int, sums: Floats) -> None:
        self._sites, self._l_max, self._sums = sites, l_max, sums

    def add(self, sample: Sample) -> None:
        """Take one more sample."""
        for site in self._sites:  # one after the other: harmonics of all take much memory
            vectors, length = sample.bloch[:3, site], sample.bloch[3, site]
            directions = vectors / np.where(length > 0, length, 1.0)
            values = harmonics(directions, self._l_max) * sample.finite
            self._sums[:, sample.saved] += by_rows(values, ROWS)
