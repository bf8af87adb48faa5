"""Bins of histograms: how they are asked for, and which of them a value falls into."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from twoqs.errors import require
from twoqs.model.arguments import is_sequence
from twoqs.model.arrays import Floats, Ints
from twoqs.model.limits import MOST_BINS

BINS = "be a number of bins, [low, high, number], or four edges or more that increase"

EDGE_ROUNDING = 1e-9
"""Share of a bound within which values count as inside: those at the pole of a sphere."""


@dataclass(frozen=True)
class Bins:
    """Intervals next to each other, the last one closed at its end.

    Attributes:
        edges: their ends, shape (bin + 1,).
    """

    edges: Floats

    @classmethod
    def of(cls, given: Any, bound: float | None, where: str) -> Bins:
        """The bins that were asked for.

        Args:
            given: a number of bins, [low, high, number], or edges.
            bound: what values do not exceed in size; None if nobody knows.

        Raises:
            ArgumentError: if there is no range, or it makes no sense.
        """
        if is_count(given):
            wanted = "have bins [low, high, number]: its values have no bounds of their own"
            require(bound is not None, where, wanted, given)
            assert bound is not None
            return cls(np.linspace(-1, 1, given + 1) * bound * (1 + EDGE_ROUNDING))
        if len(given) == 3:
            low, high, count = given
            return cls(np.linspace(low, high, int(count) + 1))
        return cls(np.array(given, dtype=float))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.edges) - 1

    @property
    def centres(self) -> Floats:
        """Middles of the bins, shape (bin,)."""
        return np.asarray((self.edges[1:] + self.edges[:-1]) / 2)

    @property
    def widths(self) -> Floats:
        """Shape (bin,)."""
        return np.diff(self.edges)

    def index(self, values: Floats) -> Ints:
        """The bin of each value; -1 below all of them, `count` above."""
        found = np.searchsorted(self.edges, values, side="right") - 1
        return np.where(values == self.edges[-1], self.count - 1, found)


def is_count(given: Any) -> bool:
    """Whether bins are asked for by their number alone."""
    return isinstance(given, int) and not isinstance(given, bool)


def check_bins(given: Any, where: str) -> None:
    """Refuse what describes no bins.

    Raises:
        ArgumentError: naming the observable.
    """
    if is_count(given):
        require(1 <= given <= MOST_BINS, where, f"have from 1 to {MOST_BINS} bins", given)
        return
    listed = is_sequence(given) and len(given) >= 3 and all(map(_is_number, given))
    require(listed, where, BINS, given)
    if len(given) == 3:
        low, high, count = given
        whole = float(count).is_integer()
        require(low < high and whole, where, BINS, list(given))
        require(1 <= count <= MOST_BINS, where, f"have from 1 to {MOST_BINS} bins", count)
        return
    require(all(a < b for a, b in pairwise(given)), where, BINS, list(given))
    require(len(given) <= MOST_BINS, where, f"have from 1 to {MOST_BINS} bins", len(given) - 1)


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and bool(np.isfinite(value))
