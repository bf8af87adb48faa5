"""The terms of a model as generators of flows, and what multiplies them in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from twoqs.flows.generators import (
    Bonds,
    Channel,
    Field,
    Generators,
    LocalJump,
    MemberJump,
    Onsite,
    Square,
)
from twoqs.flows.timetable import Rotation, Timetable
from twoqs.model.arrays import Ints
from twoqs.model.geometry import grid_shape
from twoqs.model.kinds import MODE
from twoqs.model.labels import Taps, parted_by_labels
from twoqs.model.language.components import ALL
from twoqs.model.language.in_time import NO_PULSE
from twoqs.model.language.jumps import AnyJump
from twoqs.model.language.lower import lower, lower_channels
from twoqs.model.language.members import Member, Sites
from twoqs.model.language.numbering import Numbering
from twoqs.model.language.parameters import Expression
from twoqs.model.language.pieces import (
    ChannelPiece,
    HamiltonianPiece,
    LocalJumps,
    MemberJumps,
)
from twoqs.model.model import Model


def generators_of(model: Model) -> Generators:
    """All terms of a model, for the values that its parameters have; pulses are columns."""
    return _lowered(model)[0]


def timetable_of(model: Model) -> Timetable:
    """The pulses of a model, by the columns that its generators name, and its events."""
    return _lowered(model)[1] if model.general else Timetable((NO_PULSE,), ())


def tapped_generators_of(model: Model, taps: Taps) -> Generators:
    """Terms of a model, jumps of some labels as channels whose field is kept, in their order.

    Raises:
        ArgumentError: for labels that no jump has, and jumps that have no field of their own.
    """
    return _tapped(model, taps)[0]


def channels_of(model: Model, taps: Taps) -> list[tuple[str, int | None]]:
    """The label of each of these channels, and its site if it is one of `each`.

    Those of a matrix of rates are its eigenvectors, by rising rates, with phases of their own.

    Raises:
        ArgumentError: as `tapped_generators_of`.
    """
    return list(_tapped(model, taps)[1])


Columns: TypeAlias = Callable[[Expression], int]


@lru_cache(maxsize=8)
def _tapped(model: Model, taps: Taps) -> tuple[Generators, tuple[tuple[str, int | None], ...]]:
    chosen, others = parted_by_labels(model, taps)
    columns = {key: place for place, key in enumerate(timetable_of(model).keys)}
    plain = _generators(model, others, columns.__getitem__)
    names, channels = [], []
    for one, pieces in zip(chosen, lower_channels(model.members, chosen), strict=True):
        assert one.label is not None
        names += [(one.label, site) for site, _ in pieces]
        channels += [_channel(piece, columns.__getitem__) for _, piece in pieces]
    return replace(plain, taps=tuple(channels)), tuple(names)


@lru_cache(maxsize=8)
def _lowered(model: Model) -> tuple[Generators, Timetable]:
    keys = {NO_PULSE: 0}

    def column(key: Expression) -> int:
        return keys.setdefault(key, len(keys))

    generators = _generators(model, model.operators.jumps, column)
    return generators, Timetable(tuple(keys), _rotations(model))


def _generators(model: Model, jumps: tuple[AnyJump, ...], column: Columns) -> Generators:
    """The terms of H and some jumps; columns are asked for in the order of the pieces."""
    pieces = lower(model.members, model.operators.hamiltonian, jumps)
    n, energy = model.n_sites, pieces.hamiltonian
    return Generators(
        pieces.spins,
        kinds=pieces.kinds,
        fields=tuple(Field(p.factor * p.fields, column(p.key)) for p in energy if np.any(p.fields)),
        bonds=tuple(
            Bonds(p.pairs, p.factor * p.tensors, column(p.key)) for p in energy if len(p.pairs)
        ),
        onsite=tuple(
            Onsite(p.factor * p.onsite, column(p.key)) for p in energy if np.any(p.onsite)
        ),
        squares=tuple(s for p in energy for s in _squares(p, n, column(p.key) if p.squares else 0)),
        local=tuple(_local(p, n, column(p.key)) for p in pieces.local),
        channels=tuple(_channel(p, column) for p in pieces.channels),
        members=tuple(_members(p, n, column(p.key)) for p in pieces.members),
        grids=tuple(_grid(member) for member in model.members),
    )


def _channel(piece: ChannelPiece, column: Columns) -> Channel:
    return Channel(piece.sites, piece.forms, piece.rate, column(piece.key))


def _grid(member: Member) -> tuple[int, ...]:
    """The grid that the sites of a member fill, in their order."""
    if not isinstance(member, Sites):
        return (1,)
    points = member.lattice.points
    return member.lattice.shape if points is None else grid_shape(points)


def _squares(piece: HamiltonianPiece, n: int, column: int) -> list[Square]:
    found = []
    for square in piece.squares:
        form = np.zeros((n, 3))
        form[square.sites] = square.forms
        found.append(Square(piece.factor * square.strength, form, column))
    return found


def _local(piece: LocalJumps, n: int, column: int) -> LocalJump:
    rates = np.zeros(n)
    rates[piece.sites] = piece.rates
    return LocalJump(piece.form, rates, column)


def _members(piece: MemberJumps, n: int, column: int) -> MemberJump:
    rates = np.zeros(n)
    rates[piece.site] = piece.rate
    return MemberJump(piece.form, rates, column)


def _rotations(model: Model) -> tuple[Rotation, ...]:
    """All turns; those at one time in the order of the events."""
    numbering = Numbering.of(model.members)
    found = []
    for event in model.turns:
        targets = event.targets or tuple((m, ALL) for m in model.members if m.kind != MODE)
        sites = np.concatenate([_sites(numbering, *target) for target in targets])
        for time in event.times:
            when, angle = time.value().real, event.angle.value().real
            found.append(Rotation(when, sites, event.axis, angle))
    return tuple(sorted(found, key=lambda turn: turn.time))


def _sites(numbering: Numbering, member: Member, site: int) -> Ints:
    first = numbering.first[member.name or ""]
    return np.arange(first, first + member.n_sites) if site == ALL else np.array([first + site])
