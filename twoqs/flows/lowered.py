"""The terms of a model as generators of flows."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from twoqs.flows.generators import Bonds, Channel, Field, Generators, LocalJump, Onsite, Square
from twoqs.model.geometry import grid_shape
from twoqs.model.language.lower import lower
from twoqs.model.language.members import Sites, Spin
from twoqs.model.language.pieces import HamiltonianPiece, LocalJumps
from twoqs.model.model import Model


@lru_cache(maxsize=8)
def generators_of(model: Model) -> Generators:
    """All terms of a model, for the values that its parameters have."""
    pieces = lower(model.members, *model.operators)
    n = model.n_sites
    energy = pieces.hamiltonian
    return Generators(
        pieces.spins,
        fields=tuple(Field(p.factor * p.fields) for p in energy if np.any(p.fields)),
        bonds=tuple(Bonds(p.pairs, p.factor * p.tensors) for p in energy if len(p.pairs)),
        onsite=tuple(Onsite(p.factor * p.onsite) for p in energy if np.any(p.onsite)),
        squares=tuple(square for p in energy for square in _squares(p, n)),
        local=tuple(_local(p, n) for p in pieces.local),
        channels=tuple(Channel(p.sites, p.forms, p.rate) for p in pieces.channels),
        grids=tuple(_grid(member) for member in model.members),
    )


def _grid(member: Spin | Sites) -> tuple[int, ...]:
    """The grid that the sites of a member fill, in their order."""
    if isinstance(member, Spin):
        return (1,)
    points = member.lattice.points
    return member.lattice.shape if points is None else grid_shape(points)


def _squares(piece: HamiltonianPiece, n: int) -> list[Square]:
    found = []
    for square in piece.squares:
        form = np.zeros((n, 3))
        form[square.sites] = square.forms
        found.append(Square(piece.factor * square.strength, form))
    return found


def _local(piece: LocalJumps, n: int) -> LocalJump:
    rates = np.zeros(n)
    rates[piece.sites] = piece.rates
    return LocalJump(piece.form, rates)
