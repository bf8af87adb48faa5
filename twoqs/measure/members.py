"""Which members of a model a variable is over: its spins and ensembles, or its modes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twoqs.model.arrays import Ints
from twoqs.model.kinds import MODE
from twoqs.model.language.members import Member
from twoqs.model.model import Model

MEMBER, MODES = "member", "mode"
"""Dimensions over spins and ensembles, and over modes; also names of the two families."""

SITES_OF = {MEMBER: "site", MODES: "mode_site"}
"""Dimension over the sites of each."""


@dataclass(frozen=True)
class Family:
    """The spins and ensembles of a model, or its modes.

    Attributes:
        dim: dimension of variables over them, `MEMBER` or `MODES`.
        members: in the order of the model.
        kinds: of all sites of the model, shape (site,).
    """

    dim: str
    members: tuple[Member, ...]
    kinds: Ints

    @property
    def sites(self) -> Ints:
        """Numbers of their sites among all of the model, shape (site,)."""
        return np.flatnonzero((self.kinds == MODE) == (self.dim == MODES))

    @property
    def dims(self) -> tuple[str, ...]:
        """The dimension of averages over the sites of each, if there are several."""
        return (self.dim,) if len(self.members) > 1 else ()

    @property
    def names(self) -> list[str]:
        """What the members are called."""
        return [str(member.name) for member in self.members]


def family_of(model: Model, dim: str) -> Family:
    """The members of a model that variables over `MEMBER` or `MODES` are of."""
    members = tuple(m for m in model.members if (m.kind == MODE) == (dim == MODES))
    return Family(dim, members, model.kinds)


def names_of(model: Model, sites: Ints) -> str:
    """The members that some sites belong to: `a`, `b`."""
    counts = [member.n_sites for member in model.members]
    names = np.repeat([str(member.name) for member in model.members], counts)
    return ", ".join(sorted({f"`{name}`" for name in names[sites]}))


def has_spins(model: Model) -> bool:
    """Whether there are spins or ensembles."""
    return bool(np.any(model.kinds != MODE))


def has_modes(model: Model) -> bool:
    """Whether there are modes."""
    return bool(np.any(model.kinds == MODE))
