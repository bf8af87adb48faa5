"""The values of an axis, and numbers of few digits between them."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

import numpy as np

from twoqs.errors import require
from twoqs.model.arrays import Floats

TIDY = 0.05
"""Share of the gap between its neighbours by which a new value may be moved to have few digits."""


class Scale:
    """Where numbers lie along an axis, and which ones may lie between them.

    Args:
        name: the axis.
        values: its numbers so far, in any order.
        whole: whether new values must be integers, as the old ones are.
        logarithmic: whether distances are those of the logarithms.

    Raises:
        ArgumentError: if there are less than two values, or logarithms that do not exist.
    """

    def __init__(
        self, name: str, values: Sequence[int | float], whole: bool, logarithmic: bool
    ) -> None:
        several = len(set(values)) > 1
        require(several, "axis", f"have at least two values (`{name}`)", list(values))
        least = min(values)
        require(least > 0 or not logarithmic, "log", f"have positive values (`{name}`)", least)
        self.name = name
        self.whole = whole and all(float(value).is_integer() for value in values)
        self._integers = all(isinstance(value, int) for value in values)
        self._logarithmic = logarithmic
        self._first, self._last = (self._scaled(value) for value in (least, max(values)))

    def position(self, value: int | float) -> float:
        """From 0 at the smallest of the values to 1 at the largest."""
        return (self._scaled(value) - self._first) / (self._last - self._first)

    def value(self, position: float) -> float:
        """What lies at a position."""
        scaled = self._first + position * (self._last - self._first)
        return math.exp(scaled) if self._logarithmic else scaled

    def between(self, value: float, low: float, high: float) -> int | float | None:
        """A number of few digits near `value` within an interval; None if there is no room."""
        tidied = round(value) if self.whole else fewest_digits(value, high - low)
        if not low < tidied < high:
            return None
        # Whole numbers are written as the others are: 3 or 3.0.
        return int(tidied) if self._integers and self.whole else float(tidied)

    def _scaled(self, value: int | float) -> float:
        return math.log(value) if self._logarithmic else float(value)


class GrowingAxis:
    """An axis that takes up values, one after the other.

    Args:
        scale: of the axis.
        values: its numbers so far, in any order.

    Attributes:
        added: the new values, in the order in which they were taken up.
    """

    def __init__(self, scale: Scale, values: Sequence[int | float]) -> None:
        self.scale = scale
        self.added: list[int | float] = []
        self._old = list(values)
        self._values = sorted(values)

    @property
    def positions(self) -> Floats:
        """Positions of the old values along the axis, from 0 to 1, increasing."""
        return np.array([self.scale.position(value) for value in sorted(self._old)])

    @property
    def full(self) -> bool:
        """Whether no integer is left to take up."""
        return self.scale.whole and len(self._values) > self._values[-1] - self._values[0]

    @property
    def grown(self) -> list[int | float]:
        """Old and new values: falling if the old ones fall, else rising."""
        falling = self._old == sorted(self._old, reverse=True)
        return sorted(self._values, reverse=falling)

    def take(self, position: float) -> bool:
        """Take up a value at a position from 0 to 1, if there is room between its neighbours."""
        value = self.scale.value(position)
        above = min(max(bisect.bisect(self._values, value), 1), len(self._values) - 1)
        taken = self.scale.between(value, self._values[above - 1], self._values[above])
        if taken is None:
            return False
        bisect.insort(self._values, taken)
        self.added.append(taken)
        return True


def fewest_digits(value: float, gap: float) -> float:
    """The number of fewest digits that is near `value`: nearer than `TIDY` of `gap`."""
    digits = -math.floor(math.log10(gap)) - 1
    while abs(round(value, digits) - value) > TIDY * gap:
        digits += 1
    return round(value, digits) + 0.0
