"""Which pieces of a model turn the spins in one stage: as few rotations as can be found.

A stage gives every site one axis, or leaves it free. Pieces go where their axes are, or where their
sites are free, else into a new stage; those that leave no choice come first.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from twoqs.flows.axes import AxisTable
from twoqs.flows.turn import Parts, Turn

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FREE = -1


class Stage:
    """What turns about one axis at each site; attributes as those of a `Turn`, by column."""

    def __init__(self, sites: int) -> None:
        self.axis: Ints = np.full(sites, FREE)
        self.fields: dict[int, Floats] = {}
        self.couplings: dict[int, list[tuple[Ints, Ints, Floats]]] = {}
        self.squares: list[tuple[int, float, Floats]] = []
        self.drags: dict[int, Floats] = {}
        self.noises: dict[int, Floats] = {}

    def takes(self, sites: Ints, axes: Ints) -> NDArray[np.bool_]:
        """Where the axis is this one, or free."""
        there = self.axis[sites]
        return (there == FREE) | (there == axes)

    def add_field(self, column: int, sites: Ints, values: Floats) -> None:
        """h += values."""
        _add(self.fields, column, np.zeros(len(self.axis)), sites, values)

    def add_coupling(self, column: int, i: Ints, j: Ints, values: Floats) -> None:
        """M_ij += values, for i = j as well; M_ji is to be added, too."""
        self.couplings.setdefault(column, []).append((i, j, values))

    def add_jump(self, column: int, sites: Ints, drags: Floats, noises: Floats) -> None:
        """f += drags, n += noises."""
        if np.any(drags):
            _add(self.drags, column, np.zeros((len(self.axis), 3)), sites, drags)
        _add(self.noises, column, np.zeros(len(self.axis)), sites, noises)

    def finished(self, table: AxisTable, weights: Floats) -> Turn:
        """The stage as a flow; weights m divide what acts on spins by products."""
        sites = np.flatnonzero(self.axis != FREE)
        row = np.cumsum(self.axis != FREE) - 1
        couplings = []
        for column, added in self.couplings.items():
            i, j, values = (np.concatenate(parts) for parts in zip(*added, strict=True))
            entries = (values / weights[j], (row[i], row[j]))
            matrix = sparse.csr_array(entries, shape=(len(sites), len(sites)))
            matrix.sum_duplicates()
            couplings.append((column, matrix))
        return Turn(
            sites=sites,
            axes=table.axes(self.axis[sites]),
            fields=_rows(self.fields, sites),
            couplings=tuple(couplings),
            squares=tuple(
                (column, strength, form[sites], form[sites] / weights[sites])
                for column, strength, form in self.squares
            ),
            drags=_rows(self.drags, sites),
            noises=_rows(self.noises, sites),
        )


class Stages:
    """All stages of a model of so many sites, while they are made."""

    def __init__(self, sites: int) -> None:
        self.table = AxisTable()
        self.all: list[Stage] = []
        self._sites = sites

    @property
    def rotations(self) -> int:
        """Of single sites, in all stages."""
        return sum(int(np.count_nonzero(stage.axis != FREE)) for stage in self.all)

    def each(self, sites: Ints, axes: Ints) -> Iterator[tuple[Stage, Ints]]:
        """Stages for pieces at single sites, and which of the pieces (by place) each gets.

        Stages that turn about that axis already come before those where the site is free.

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

    def together(self, sites: Ints, axes: Ints) -> Stage:
        """One stage for a piece that needs all of these sites at once."""
        for stage in self.all:
            if np.all(stage.takes(sites, axes)):
                break
        else:
            stage = self._new()
        stage.axis[sites] = axes
        return stage

    def _new(self) -> Stage:
        self.all.append(Stage(self._sites))
        return self.all[-1]


def _add(kept: dict[int, Floats], column: int, zero: Floats, sites: Ints, values: Floats) -> None:
    np.add.at(kept.setdefault(column, zero), sites, values)


def _rows(kept: dict[int, Floats], sites: Ints) -> Parts:
    return tuple((column, values[sites]) for column, values in kept.items())
