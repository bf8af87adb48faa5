"""Which pieces of a model turn the spins in one stage: as few rotations as can be found.

A stage gives every site one axis, or leaves it free. Pieces go where their axes are, or where their
sites are free, else into a new stage; those that leave no choice come first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import scipy  # its packages are loaded when first used
from numpy.typing import NDArray

from twoqs.flows.axes import AXIS_VECTORS, AxisTable
from twoqs.flows.cover import covering
from twoqs.flows.generators import Generators
from twoqs.flows.mode import are_translated
from twoqs.flows.partners import pair_weights
from twoqs.flows.turn import Parts, Turn
from twoqs.model.arrays import Floats, Ints
from twoqs.model.kinds import keeps_length

FREE = -1

ANY_AXIS = 2.5
"""What a turn about a general axis costs, in units of one about x, y or z."""


class TooDearError(Exception):
    """Stages cost more than they may."""


class TurnStage:
    """What turns about one axis at each site; attributes as those of a `Turn`, by column."""

    def __init__(self, sites: int) -> None:
        self.axis: Ints = np.full(sites, FREE)
        self.fields: dict[int, Floats] = {}
        self.couplings: dict[int, list[tuple[Ints, Ints, Floats]]] = {}
        self.squares: list[tuple[int, float, Floats, Floats]] = []
        self.drags: dict[int, Floats] = {}
        self.noises: dict[int, Floats] = {}

    def takes(self, sites: Ints, axes: Ints) -> NDArray[np.bool_]:
        """Where the axis is this one, or free."""
        there = self.axis[sites]
        return (there == FREE) | (there == axes)

    def add_field(self, column: int, sites: Ints, values: Floats) -> None:
        """h += values."""
        _add(self.fields, column, np.zeros(len(self.axis)), sites, values)

    def add_bonds(self, column: int, ends: Ints, values: Floats) -> None:
        """M_ij += values and M_ji += values for ends (i, j), shape (bond, 2)."""
        i, j = ends.T
        self.couplings.setdefault(column, []).extend([(i, j, values), (j, i, values)])

    def add_onsite(self, column: int, sites: Ints, values: Floats) -> None:
        """M_ii += values."""
        self.couplings.setdefault(column, []).append((sites, sites, values))

    def add_jump(self, column: int, sites: Ints, drags: Floats, noises: Floats) -> None:
        """f += drags, n += noises."""
        if np.any(drags):
            _add(self.drags, column, np.zeros((len(self.axis), 3)), sites, drags)
        _add(self.noises, column, np.zeros(len(self.axis)), sites, noises)

    def finished(self, table: AxisTable, generators: Generators) -> Turn:
        """The stage as a flow, with what acts by products over its weight."""
        sites, row = np.flatnonzero(self.axis != FREE), np.cumsum(self.axis != FREE) - 1
        couplings = []
        for column, added in self.couplings.items():
            i, j, values = (np.concatenate(parts) for parts in zip(*added, strict=True))
            entries = (values / pair_weights(generators, i, j), (row[i], row[j]))
            matrix = scipy.sparse.csr_array(entries, shape=(len(sites), len(sites)))
            matrix.sum_duplicates()
            couplings.append((column, matrix))
        axes = table.axes(self.axis[sites])
        return Turn(
            sites=sites,
            axes=axes,
            translated=are_translated(generators.modes[sites], axes),
            free=not np.all(keeps_length(generators.kinds[sites])),
            fields=_rows(self.fields, sites),
            couplings=tuple(couplings),
            squares=tuple(
                (column, strength, form[sites], divided[sites])
                for column, strength, form, divided in self.squares
            ),
            drags=_rows(self.drags, sites),
            noises=_rows(self.noises, sites),
        )


class TurnStages:
    """All stages of a model of so many sites, while they are made.

    Args:
        sites: their number.
        most: what all turns may cost, in units of one about x, y or z.
    """

    def __init__(self, sites: int, most: float = math.inf) -> None:
        self.table = AxisTable()
        self.all: list[TurnStage] = []
        self.sites, self._most = sites, most

    @property
    def cost(self) -> float:
        """Of all turns, in units of one about x, y or z."""
        axes = np.concatenate([np.zeros(0, np.int64), *(stage.axis for stage in self.all)])
        return float(np.sum(axes != FREE) + (ANY_AXIS - 1) * np.sum(axes >= AXIS_VECTORS))

    def each(self, sites: Ints, axes: Ints) -> Iterator[tuple[TurnStage, Ints]]:
        """Stages for pieces at single sites, and which of the pieces (by place) each gets.

        TurnStages that turn about that axis already come before those where the site is free.

        Args:
            sites: of the pieces, each once.
            axes: numbers of their axes.
        """
        left = np.arange(len(sites))
        for wanted in (axes, np.full_like(axes, FREE)):
            for stage in self.all:
                fits = stage.axis[sites[left]] == wanted[left]
                if np.any(fits):
                    stage.axis[sites[left[fits]]] = axes[left[fits]]
                    yield stage, left[fits]
                    left = left[~fits]
        if left.size:
            stage = self._new()
            stage.axis[sites[left]] = axes[left]
            yield stage, left

    def together(self, sites: Ints, axes: Ints) -> TurnStage:
        """One stage for a piece that needs all of these sites at once."""
        for stage in self.all:
            if np.all(stage.takes(sites, axes)):
                break
        else:
            stage = self._new()
        stage.axis[sites] = axes
        return stage

    def pairs(self, ends: Ints, axes: Ints) -> Iterator[tuple[TurnStage, Ints]]:
        """Stages for pieces at pairs of sites, one after the other, and which of them each gets.

        Args:
            ends: sites of each piece, shape (piece, 2).
            axes: numbers of their axes, likewise.

        Raises:
            TooDearError: as soon as the stages cost more than they may.
        """
        # Lists, as arrays take long to be asked for single numbers.
        kept = [stage.axis.tolist() for stage in self.all]
        places, cost = np.empty(len(ends), np.int64), self.cost
        pieces = zip(ends.tolist(), axes.tolist(), strict=True)
        for number, ((i, j), (at_i, at_j)) in enumerate(pieces):
            places[number] = place = _first_fit(kept, i, j, at_i, at_j)
            if place == len(kept):
                kept.append([FREE] * self.sites)
            for site, axis in ((i, at_i), (j, at_j)):
                if kept[place][site] == FREE:
                    kept[place][site] = axis
                    cost += 1.0 if axis < AXIS_VECTORS else ANY_AXIS
            if cost > self._most:
                raise TooDearError
        for place in range(len(kept)):
            stage = self.all[place] if place < len(self.all) else self._new()
            chosen = np.flatnonzero(places == place)
            if chosen.size:
                stage.axis[ends[chosen]] = axes[chosen]
                yield stage, chosen

    def covering(self, ends: Ints, axes: Ints) -> Iterator[tuple[TurnStage, Ints]]:
        """The same for many pieces about x, y and z at each site; see `cover`."""
        left = np.arange(len(ends))
        for stage in self.all:
            fits = np.all(stage.axis[ends[left]] == axes[left], axis=1)
            if np.any(fits):
                yield stage, left[fits]
                left = left[~fits]
        for axis, chosen in covering(self.sites, ends[left], axes[left]):
            stage = self._new()
            sites = np.unique(ends[left[chosen]])
            stage.axis[sites] = axis[sites]
            yield stage, left[chosen]

    def _new(self) -> TurnStage:
        self.all.append(TurnStage(self.sites))
        return self.all[-1]


def _first_fit(kept: list[list[int]], i: int, j: int, at_i: int, at_j: int) -> int:
    """The first of the stages, axes by site, that takes a pair; their number if none does."""
    for place, axis in enumerate(kept):
        if axis[i] in (FREE, at_i) and axis[j] in (FREE, at_j):
            return place
    return len(kept)


def _add(kept: dict[int, Floats], column: int, zero: Floats, sites: Ints, values: Floats) -> None:
    np.add.at(kept.setdefault(column, zero), sites, values)


def _rows(kept: dict[int, Floats], sites: Ints) -> Parts:
    return tuple((column, values[sites]) for column, values in kept.items())
